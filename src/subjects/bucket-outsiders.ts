import {
  BOUNDING_OPERATORS,
  deniesSomebody,
  isFields,
  listOf,
  statementsOf,
  type Fields,
} from "./openness.ts";

/** Accounts and organisations that are inside. */
export interface Inside {
  readonly accounts: ReadonlySet<string>;
  readonly organizations: ReadonlySet<string>;
}

/** Actions that show of a bucket what it is called and how it is set, but nothing of what it holds. */
const HARMLESS =
  /^s3:(?:get(?:accelerate|analytics|bucket|encryption|inventory|lifecycle|metrics|replication)|list)\w*\*?$/i;

/** Keys whose values name an account or an organisation of whoever asks, and how. */
const NAMING_KEYS: Readonly<Record<string, (value: string) => string | undefined>> = {
  "aws:principalaccount": (value) => value,
  "aws:principalarn": (value) => value.split(":")[4],
  "aws:principalorgid": (value) => value,
  "aws:principalorgpaths": (value) => value.split("/")[0],
};

/**
 * Accounts and organisations outside, by id and in order, whom a bucket's policy lets read, write, delete or change something: by
 * name, or of everyone by a condition. What services do for somebody is not looked at. Undefined where the text is none that is
 * known here, where it names somebody by an id that tells no account, or where another statement denies some of them something.
 */
export function bucketOutsiders(text: string, inside: Inside): readonly string[] | undefined {
  const statements = statementsOf(text);
  if (statements === undefined) return undefined;
  const found = statements
    .filter((one) => one["Effect"] === "Allow" && !isHarmless(one))
    .flatMap((one) => lets(one, inside));
  if (found.includes(undefined)) return undefined;
  const named = [...new Set(found.filter((one) => one !== undefined))].sort();
  const narrowed = statements.some((one) => one["Effect"] === "Deny" && deniesSomebody(one));
  return named.length > 0 && narrowed ? undefined : named;
}

function isHarmless(statement: Fields): boolean {
  const actions = listOf(statement["Action"]);
  return actions.length > 0 && actions.every((one) => typeof one === "string" && HARMLESS.test(one));
}

/** Whom a statement names of those outside; undefined in the list: somebody who may be. */
function lets(statement: Fields, inside: Inside): (string | undefined)[] {
  if (statement["NotPrincipal"] !== undefined) return [undefined];
  const principal = statement["Principal"];
  const named = isFields(principal) ? listOf(principal["AWS"]) : listOf(principal);
  // Whose a canonical id is, and for whom a provider vouches, no bucket policy tells.
  const untold =
    isFields(principal) && ["CanonicalUser", "Federated"].some((kind) => principal[kind] !== undefined);
  const bounds = boundsOf(statement["Condition"]);
  const isInside = (id: string) => inside.accounts.has(id) || inside.organizations.has(id);
  // Conditions on one key and the next hold together: whom one keeps inside, is.
  if (bounds.some((ids) => ids.every((id) => isInside(id)))) return [];
  const ofEveryone = (bounds[0] ?? []).filter((id) => !isInside(id));
  return [
    ...(untold ? [undefined] : []),
    ...named.flatMap((one) => (one === "*" ? ofEveryone : outsider(one, isInside))),
  ];
}

/** A unique id is of somebody who is gone. */
function outsider(named: unknown, isInside: (id: string) => boolean): (string | undefined)[] {
  if (typeof named !== "string") return [undefined];
  if (/^A(?:RO|ID)A[A-Z0-9]+$/.test(named)) return [];
  const id = /^\d{12}$/.test(named) ? named : /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(named)?.[1];
  if (id === undefined) return [undefined];
  return isInside(id) ? [] : [id];
}

/** By condition, the accounts or organisations that whoever asks must be of; one with a wildcard for which stands none. */
function boundsOf(condition: unknown): string[][] {
  if (!isFields(condition)) return [];
  return Object.entries(condition).flatMap(([operator, keys]) => {
    const base = operator.toLowerCase().replace(/^foranyvalue:/, "");
    if (!BOUNDING_OPERATORS.has(base) || !isFields(keys)) return [];
    return Object.entries(keys).flatMap(([key, values]) => {
      const idOf = NAMING_KEYS[key.toLowerCase()];
      if (idOf === undefined) return [];
      const ids = listOf(values).map((value) => (typeof value === "string" ? (idOf(value) ?? "*") : "*"));
      return ids.some((id) => /[*?$]/.test(id)) ? [] : [ids];
    });
  });
}
