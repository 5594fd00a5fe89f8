import { isMasked } from "../../facts/index.ts";
import { Misshapen, isObject, nonEmptyText, objects, optional, text, type Json } from "../shape.ts";
import type { Answered, Ask, Operation, Params } from "./operation.ts";
import type { ServiceName } from "./services.ts";

type Row = Pick<Operation, "id" | "title" | "service" | "action" | "needs" | "scope" | "resource">;

/** Rows of one service whose actions take the IAM action of the same name; `resource` where a row says nothing else. */
export function rowsOf(service: ServiceName, scope: Operation["scope"], resource: string) {
  return (name: string, title: string, action: string): Row => ({
    id: `${service}.${name}`,
    title,
    service,
    action,
    needs: [`${service}:${action}`],
    scope,
    resource,
  });
}

/** RFC 3339 in UTC, as `asking.ts` writes what the SDK parsed. */
export function instant(json: Json, key: string): string {
  const value = text(json, key);
  const year = Number(/^(\d{4})-\d{2}-\d{2}T[\d:.]+Z$/.exec(value)?.[1]);
  if (year >= 1970) return value;
  throw new Misshapen(key, "an instant", value);
}

export const optionalInstant = optional(instant);

/** Without value where AWS leaves it out or writes an empty one. */
export const optionalText = (json: Json, key: string): string | undefined => {
  const value = optional(text)(json, key);
  return value === "" ? undefined : value;
};

/** Tags as labels. AWS leaves the list out of what has none. A label whose name or value was taken out is none. */
export function tags(
  json: Json,
  key = "Tags",
  names = { key: "Key", value: "Value" },
): Record<string, string> {
  const list = json[key] === undefined ? [] : objects(json, key);
  return Object.fromEntries(
    list
      .map((tag): [string, string] => [nonEmptyText(tag, names.key), text(tag, names.value)])
      .filter(([name, value]) => !isMasked(name) && !isMasked(value)),
  );
}

/** The object under `key`, or an empty one where AWS leaves it out. */
export function objectOrNone(json: Json, key: string): Json {
  const value = json[key];
  if (value === undefined) return {};
  if (isObject(value)) return value;
  throw new Misshapen(key, "an object", value);
}

/** A list that AWS leaves out where it is empty. */
export function listOrNone(json: Json, key: string): Json[] {
  return json[key] === undefined ? [] : objects(json, key);
}

/** What the answer calls itself, which must be what was asked for. */
export function sameAsAsked(
  value: string,
  { params }: Pick<Answered, "params">,
  param: string,
  field: string,
): string {
  const asked = params[param];
  if (asked === undefined || asked === value) return value;
  throw new Misshapen(field, "what was asked for", "the name of another");
}

/** The same parameters for each of some operations, in the place of the answer. */
export function asksOf({ account, region }: Answered, operations: readonly string[], params: Params): Ask[] {
  const place = { account, ...(region === "" ? {} : { region }) };
  return operations.map((operation) => ({ operation, params, ...place }));
}
