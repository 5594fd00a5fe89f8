import { isMasked } from "../../facts/index.ts";
import { durationSeconds } from "./policy/duration.ts";

/** A JSON object as received: nothing about its members is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** An answer that is not shaped as its API documents. The message never quotes a value. */
export class Misshapen extends Error {
  override readonly name = "Misshapen";

  constructor(field: string, expected: string, got: unknown) {
    super(`expected ${field} to be ${expected}, got ${kindOf(got)}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `another ${typeof value}`;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown, field: string): Json {
  if (isObject(value)) return value;
  throw new Misshapen(field, "an object", value);
}

/** The object under `key`; an empty one where the key is missing or null. */
export function objectAt(json: Json, key: string): Json {
  const value = json[key];
  return value === undefined || value === null ? {} : objectOf(value, key);
}

/** The objects of a list; none where the key is missing or null. */
export function objectsAt(json: Json, key: string): Json[] {
  const value = json[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Misshapen(key, "a list", value);
  return value.map((item: unknown, index) => objectOf(item, `${key}[${index}]`));
}

/** As `objectsAt`, of a list that must be there. */
export function requiredObjects(json: Json, key: string): Json[] {
  if (json[key] === undefined) throw new Misshapen(key, "a list", undefined);
  return objectsAt(json, key);
}

export function text(json: Json, key: string): string {
  const value = json[key];
  if (typeof value === "string") return value;
  throw new Misshapen(key, "a string", value);
}

/** Absent for a missing key, null and the empty string, which this API writes for "not set". */
export function optionalText(json: Json, key: string): string | undefined {
  const value = json[key];
  return value === undefined || value === null || value === "" ? undefined : text(json, key);
}

export function flag(json: Json, key: string): boolean {
  const value = json[key];
  if (typeof value === "boolean") return value;
  throw new Misshapen(key, "true or false", value);
}

export function optionalFlag(json: Json, key: string): boolean | undefined {
  const value = json[key];
  return value === undefined || value === null ? undefined : flag(json, key);
}

/** A whole number from 0. */
export function count(json: Json, key: string): number {
  const value = json[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Misshapen(key, "a whole number from 0", value);
}

export function optionalCount(json: Json, key: string): number | undefined {
  const value = json[key];
  return value === undefined || value === null ? undefined : count(json, key);
}

export function optionalNumber(json: Json, key: string): number | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Misshapen(key, "a number", value);
}

/** A duration in whole seconds, from seconds or Go's text (`720h0m0s`). */
export function optionalSeconds(json: Json, key: string): number | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === "string" ? durationSeconds(value) : value;
  if (typeof seconds === "number" && seconds >= 0 && Number.isFinite(seconds)) return Math.floor(seconds);
  throw new Misshapen(key, "a duration", value);
}

/** Absent for 0 as well, which this API writes for "inherited". */
export function positiveSeconds(json: Json, key: string): number | undefined {
  const seconds = optionalSeconds(json, key);
  return seconds === 0 ? undefined : seconds;
}

/** A list of strings; a single string stands for itself; nothing and null are the empty list. */
export function texts(json: Json, key: string): string[] {
  const value = json[key];
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw new Misshapen(key, "a list of strings", value);
  return value.map((item: unknown, index) => {
    if (typeof item === "string") return item;
    throw new Misshapen(`${key}[${index}]`, "a string", item);
  });
}

/** Absent where the key is: an empty list is an answer. */
export function optionalTexts(json: Json, key: string): string[] | undefined {
  return json[key] === undefined || json[key] === null ? undefined : texts(json, key);
}

/** Text to text; whatever else stands there as its JSON. What a mask stands for is not the label's value: it is left out. */
export function labels(json: Json, key: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectAt(json, key))
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

/** RFC 3339 in UTC from RFC 3339 or seconds since 1970; absent for nothing, the empty string, 0 and Go's zero time. */
export function optionalInstant(json: Json, key: string): string | undefined {
  const value = json[key];
  if (value === undefined || value === null || value === "" || value === 0) return undefined;
  if (typeof value === "string" && NEVER.test(value)) return undefined;
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? Date.parse(value) : NaN;
  const date = new Date(ms);
  const year = Number.isNaN(date.getTime()) ? NaN : date.getUTCFullYear();
  if (!(year >= 1970 && year <= 9999)) throw new Misshapen(key, "an instant", value);
  return typeof value === "string" && UTC.test(value) ? value : date.toISOString();
}

export function instant(json: Json, key: string): string {
  const found = optionalInstant(json, key);
  if (found !== undefined) return found;
  throw new Misshapen(key, "an instant", json[key]);
}

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
