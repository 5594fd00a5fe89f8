import type { MergedRule } from "./acl.ts";
import type { Dialect } from "./identity.ts";

/** What a request carries besides operation and path. */
export interface RequestDetails {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Response wrapping asked for, in seconds; 0: none. */
  readonly wrapTtlS: number;
}

/** Why a rule that gives the operation still refuses this request; `undefined` when it does not. */
export function refusal(
  rule: MergedRule,
  operation: string,
  request: RequestDetails,
  dialect: Dialect,
): string | undefined {
  return (
    wrappingRefusal(rule, request.wrapTtlS) ?? parameterRefusal(rule, operation, request.parameters, dialect)
  );
}

function wrappingRefusal({ minWrappingS, maxWrappingS }: MergedRule, wrapTtlS: number): string | undefined {
  if (minWrappingS > 0 && wrapTtlS < minWrappingS)
    return `the answer must be wrapped for at least ${minWrappingS} s`;
  if (maxWrappingS > 0 && (wrapTtlS === 0 || wrapTtlS > maxWrappingS)) {
    return `the answer must be wrapped for at most ${maxWrappingS} s`;
  }
  return undefined;
}

const WITH_PARAMETERS = new Set(["create", "patch", "read", "recover", "update"]);

function parameterRefusal(
  rule: MergedRule,
  operation: string,
  parameters: Readonly<Record<string, unknown>>,
  dialect: Dialect,
): string | undefined {
  if (operation === "list" || operation === "scan") return pageRefusal(rule, parameters);
  if (!WITH_PARAMETERS.has(operation)) return undefined;
  const absent = rule.required.find((name) => !Object.hasOwn(parameters, name.toLowerCase()));
  if (absent !== undefined) return `parameter ${absent} is required`;
  const given = Object.entries(parameters);
  if (given.length === 0) return undefined;
  return deniedRefusal(rule, given, dialect) ?? allowedRefusal(rule, given, dialect);
}

function deniedRefusal(
  { denied }: MergedRule,
  given: [string, unknown][],
  dialect: Dialect,
): string | undefined {
  if (denied === undefined || denied.size === 0) return undefined;
  if (denied.has("*")) return "all parameters are denied";
  const bad = given.find(([name, value]) => {
    const list = denied.get(name.toLowerCase());
    return list !== undefined && inDeniedList(value, list, dialect);
  });
  return bad === undefined ? undefined : `parameter ${bad[0]} is denied`;
}

function allowedRefusal(
  { allowed }: MergedRule,
  given: [string, unknown][],
  dialect: Dialect,
): string | undefined {
  if (allowed === undefined || allowed.size === 0) return undefined;
  const any = allowed.has("*");
  if (any && allowed.size === 1) return undefined;
  const bad = given.find(([name, value]) => {
    const list = allowed.get(name.toLowerCase());
    return list === undefined ? !any : !inAllowedList(value, list, dialect);
  });
  return bad === undefined ? undefined : `parameter ${bad[0]} is not allowed`;
}

/** Vault since 1.21 also looks at each item of a list and of a comma-separated text; OpenBao only at the whole. */
function inAllowedList(value: unknown, list: readonly unknown[], dialect: Dialect): boolean {
  if (list.length === 0 || inList(value, list)) return true;
  const items = dialect === "vault" ? itemsOf(value) : undefined;
  return items?.every((item) => inList(item, list)) ?? false;
}

function inDeniedList(value: unknown, list: readonly unknown[], dialect: Dialect): boolean {
  if (list.length === 0 || inList(value, list)) return true;
  const items = dialect === "vault" ? itemsOf(value) : undefined;
  return items?.some((item) => inList(item, list)) ?? false;
}

/** The empty text has no items, so that it is always allowed and never denied. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value !== "string") return undefined;
  return value === "" ? [] : value.split(",").map((item) => item.trim());
}

function inList(value: unknown, list: readonly unknown[]): boolean {
  return list.some((element) =>
    typeof element === "string" && typeof value === "string"
      ? globbed(element, value)
      : equal(element, value),
  );
}

/** `*` at either end stands for any text; a lone `*` for itself. */
function globbed(pattern: string, value: string): boolean {
  if (pattern.length < 2) return value === pattern;
  const head = pattern.startsWith("*");
  const tail = pattern.endsWith("*");
  if (head && tail) return value.includes(pattern.slice(1, -1));
  if (head) return value.endsWith(pattern.slice(1));
  return tail ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/**
 * A number is never equal: the server reads the policy's as an integer and the request's as JSON text, and compares
 * the types as well.
 */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a === "number" || typeof b === "number") return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const entries = Object.entries(a);
  const other = new Map<string, unknown>(Object.entries(b));
  return (
    entries.length === other.size &&
    entries.every(([key, value]) => other.has(key) && equal(value, other.get(key)))
  );
}

/** OpenBao's limit on listings: `limit` absent or `max` means the most that is allowed. */
function pageRefusal(rule: MergedRule, parameters: Readonly<Record<string, unknown>>): string | undefined {
  if (rule.paginationLimit <= 0) return undefined;
  const limit = parameters["limit"];
  if (limit === undefined) {
    const required = rule.required.some((name) => name.toLowerCase() === "limit");
    return required ? "parameter limit is required" : undefined;
  }
  if (limit === "max") return undefined;
  const count =
    typeof limit === "number" ? limit : Number(typeof limit === "string" ? limit.trim() : Number.NaN);
  const fits = Number.isInteger(count) && count >= 0 && count <= rule.paginationLimit;
  return fits ? undefined : `parameter limit must be at most ${rule.paginationLimit}`;
}
