import { isObject, type Json } from "../base/index.ts";

export { isObject, type Json };

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
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value === "") return "an empty string";
  return typeof value === "object" ? "an object" : `another ${typeof value}`;
}

export function objectOf(value: unknown, field: string): Json {
  if (isObject(value)) return value;
  throw new Misshapen(field, "an object", value);
}

export function objectAt(json: Json, key: string): Json {
  return objectOf(json[key], key);
}

export function objects(json: Json, key: string): Json[] {
  return listAt(json, key).map((item, index) => objectOf(item, `${key}[${index}]`));
}

function listAt(json: Json, key: string): readonly unknown[] {
  const value = json[key];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new Misshapen(key, "a list", value);
}

/** May be empty. */
export function text(json: Json, key: string): string {
  const value = json[key];
  if (typeof value === "string") return value;
  throw new Misshapen(key, "a string", value);
}

export function nonEmptyText(json: Json, key: string): string {
  const value = text(json, key);
  if (value !== "") return value;
  throw new Misshapen(key, "a string with something in it", value);
}

export function flag(json: Json, key: string): boolean {
  const value = json[key];
  if (typeof value === "boolean") return value;
  throw new Misshapen(key, "true or false", value);
}

/** A whole number from 0. */
export function count(json: Json, key: string): number {
  const value = json[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Misshapen(key, "a whole number from 0", value);
}

export function number(json: Json, key: string): number {
  const value = json[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Misshapen(key, "a number", value);
}

export function texts(json: Json, key: string): string[] {
  return listAt(json, key).map((item, index) => {
    if (typeof item === "string") return item;
    throw new Misshapen(`${key}[${index}]`, "a string", item);
  });
}

type Reader<T> = (json: Json, key: string) => T;

/** As `read`, of what may be left out. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (json, key) => (json[key] === undefined ? undefined : read(json, key));
}

export const optionalCount = optional(count);
export const optionalFlag = optional(flag);
export const optionalObject = optional(objectAt);
export const optionalTexts = optional(texts);
