import { isMasked } from "../../facts/index.ts";
import { Misshapen, isObject, objectAt, objects, optional, text, texts, type Json } from "../shape.ts";
import { durationSeconds } from "../../hashicorp/index.ts";

export * from "../shape.ts";

/**
 * How a key is read says what the server promises about it. A plain reader (`text`, `texts`, `labels` …): the key is always
 * there. `nullable…`: always there, and null is Go's nil slice or map, which is empty. `set…`: always there, and null,
 * the empty string, 0 or Go's zero time mean "not set". `optional…`: the server leaves the key out where there is nothing to
 * say, or some versions do not know it; whoever reads so says which. Anything else is `Misshapen`.
 */

export function nullableObject(json: Json, key: string): Json {
  return json[key] === null ? {} : objectAt(json, key);
}

/** Of what every server has at least one of. */
export function someObjects(json: Json, key: string): Json[] {
  const found = objects(json, key);
  if (found.length > 0) return found;
  throw new Misshapen(key, "a list with something in it", []);
}

export function setText(json: Json, key: string): string | undefined {
  const value = text(json, key);
  return value === "" ? undefined : value;
}

/** A duration in whole seconds, from seconds or Go's text (`720h0m0s`). */
export function seconds(json: Json, key: string): number {
  const value = json[key];
  const found = typeof value === "string" && value !== "" ? durationSeconds(value) : value;
  if (typeof found === "number" && found >= 0 && Number.isFinite(found)) return Math.floor(found);
  throw new Misshapen(key, "a duration", value);
}

/** As `seconds`, where 0 stands for "inherited" or "none". */
export function setSeconds(json: Json, key: string): number | undefined {
  const found = seconds(json, key);
  return found === 0 ? undefined : found;
}

/** Of a list that may be empty, but that names something in each place: networks, policies. */
export function namesOrNone(json: Json, key: string): string[] {
  const found = texts(json, key);
  if (found.every((name) => name !== "")) return found;
  throw new Misshapen(key, "a list without empty names", found);
}

/** Of what cannot be empty: a list of names, which a server with nothing to name does not answer with. */
export function names(json: Json, key: string): string[] {
  const found = texts(json, key);
  if (found.length > 0 && found.every((name) => name !== "")) return found;
  throw new Misshapen(key, "a list of names", found);
}

export function nullableTexts(json: Json, key: string): string[] {
  return json[key] === null ? [] : texts(json, key);
}

/** Absent where nothing is set, which is null. */
export function setTexts(json: Json, key: string): string[] | undefined {
  return json[key] === null ? undefined : texts(json, key);
}

/**
 * Text to text, Go's nil map included; whatever else stands there as its JSON. What a mask stands for is not the label's
 * value: it is left out.
 */
export function labels(json: Json, key: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(nullableObject(json, key))
      .map(([name, value]): [string, string] => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ])
      .filter(([, value]) => !isMasked(value)),
  );
}

/** Go's zero time, which this API writes for "never". */
const NEVER = /^0001-01-01T00:00:00/;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

/** RFC 3339 in UTC, from RFC 3339 or seconds since 1970. The empty string, 0 and Go's zero time are "never". */
export function setInstant(json: Json, key: string): string | undefined {
  const value = json[key];
  if (value === "" || value === 0) return undefined;
  if (typeof value === "string" && NEVER.test(value)) return undefined;
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? Date.parse(value) : NaN;
  const date = new Date(ms);
  const year = Number.isNaN(date.getTime()) ? NaN : date.getUTCFullYear();
  if (!(year >= 1970 && year <= 9999)) throw new Misshapen(key, "an instant", value);
  return typeof value === "string" && UTC.test(value) ? value : date.toISOString();
}

/** As `setInstant`, of a time that is null where there is none. */
export function nullableInstant(json: Json, key: string): string | undefined {
  return json[key] === null ? undefined : setInstant(json, key);
}

export function instant(json: Json, key: string): string {
  const found = setInstant(json, key);
  if (found !== undefined) return found;
  throw new Misshapen(key, "an instant", json[key]);
}

export const optionalInstant = optional(instant);
export const optionalSeconds = optional(setSeconds);
export const optionalText = optional(setText);

/** The value without keys whose value is null, all the way down: absent means the key is missing. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}
