import { wildGlob } from "../../access/index.ts";
import type { Fact, FactOf } from "../../facts/index.ts";

/** Most secrets that stand for what policies name. */
const MAX_NAMED = 200;

const NAMING = /^arn:([^:]*):(secretsmanager|ssm):([^:]*):([^:]*):(secret:|parameter\/)(.+)$/;

/** The account of a secret, parameter or key. */
const OWNER =
  /^arn:[^:]*:(?:kms:[^:]*:([^:]*):key\/|(?:secretsmanager|ssm):[^:]*:([^:]*):(?:secret:|parameter\/))./;

/**
 * Secrets that stand for those that AWS policies name by ARN or pattern, and that nobody declares: without them, who may read them would not
 * show. At most {@link MAX_NAMED}; those of one account and Region where a pattern leaves these open. None of an account of which nothing else is
 * there: it would be taken for one of its own, and whoever is of it for nobody from outside.
 */
export function namedSecrets(facts: readonly Fact[]): Fact[] {
  const stores = facts.filter((fact) => fact.kind === "store");
  const [store] = stores.filter(({ account }) => account !== undefined);
  if (store?.account === undefined) return [];
  const accounts = new Set(stores.map(({ account }) => account));
  const known = facts.filter(({ kind }) => kind === "secret").map(({ id }) => id.slice(id.indexOf(":") + 1));
  const found = new Map<string, Fact[]>();
  for (const { text } of policies(facts))
    for (const written of resourcesOf(text)) {
      if (found.has(written) || found.size >= MAX_NAMED) continue;
      const account = accountIn(written);
      if (account !== undefined && !accounts.has(account)) continue;
      const glob = wildGlob(written);
      if (NAMING.test(written) && !known.some((arn) => glob.matches(arn)))
        found.set(written, standIn(written, store));
    }
  return [...found.values()].flat();
}

/** Accounts of which nothing else is there, by policy and secret or key of theirs that it names. */
export function othersNamed(facts: readonly Fact[]): ReadonlyMap<string, string> {
  const own = new Set(facts.flatMap((fact) => (fact.kind === "store" ? (fact.account ?? []) : [])));
  const found = new Map<string, string>();
  for (const { id, text } of policies(facts))
    for (const written of resourcesOf(text)) {
      const account = accountIn(written);
      if (account !== undefined && !own.has(account)) found.set(`${id} ${written}`, account);
    }
  return found;
}

/** The account of the secret or key that an ARN names; undefined where a pattern leaves it open. */
function accountIn(written: string): string | undefined {
  const [, ofKey, ofSecret] = OWNER.exec(written) ?? [];
  const account = ofKey ?? ofSecret ?? "";
  return /^\d{12}$/.test(account) ? account : undefined;
}

/** Policies of IAM, whoever holds them. */
export function* policies(facts: readonly Fact[]): Generator<FactOf<"policy_document">> {
  for (const fact of facts)
    if (fact.kind === "policy_document" && fact.policy_type.startsWith("iam_")) yield fact;
}

/** What the statements of a policy name; none of what is no policy. */
export function resourcesOf(text: string): string[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return [];
  }
  const { Statement } = (document ?? {}) as { Statement?: unknown };
  return listed(Statement)
    .flatMap((one) => listed((one as { Resource?: unknown } | null)?.Resource))
    .filter((one) => typeof one === "string");
}

function listed(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function standIn(written: string, { store_id, record, account = "", region = "" }: FactOf<"store">): Fact[] {
  const [, partition = "aws", service = "", where = "", whose = "", type = "", rest = ""] =
    NAMING.exec(written) ?? [];
  const settled = (part: string, otherwise: string): string => (/[*?]|^$/.test(part) ? otherwise : part);
  const [place, owner] = [settled(where, region), settled(whose, account)];
  const name = rest.replaceAll("*", "some");
  const mount = `${owner}/${place}`;
  const id = `${store_id}:arn:${partition}:${service}:${place}:${owner}:${type}${name}`;
  const own = { id, store_id, record, scope: `${store_id}/${mount}`, mount, name: rest };
  return [
    { ...own, kind: "secret", secret_type: service === "ssm" ? "aws_parameter" : "aws_secret" },
    { ...own, kind: "secret_metadata", encrypted: true, labels: {} },
    { id: `${id}#policy`, store_id, record, scope: own.scope, kind: "resource_policy", resource: id },
  ];
}
