/**
 * A second evaluator of AWS worlds, written from the IAM User Guide alone and built in another way than the engine: it reads the
 * documents as they stand, answers yes or no, and knows nothing of gaps, disputes or unknown context. For tests only.
 */

type Json = Readonly<Record<string, unknown>>;
type Context = ReadonlyMap<string, readonly string[]>;

interface Asked {
  /** Who asks: ARN of the user or role. */
  readonly identity: string;
  readonly session: string | undefined;
  readonly account: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
  readonly bounded: boolean;
}

/** Answers the only question of a world in which everything is known. */
export function naiveAnswer(world: Json): "allow" | "deny" {
  const question = (world["questions"] as readonly Json[])[0]!;
  const principals = world["principals"] as Readonly<Record<string, Json>>;
  const resource =
    (world["resources"] as Readonly<Record<string, Json>>)[question["resource"] as string] ?? {};
  const asked = askedBy(world, question, principals, resource);
  const holder = principals[asked.identity]!;
  const session = (question["session"] as Json | undefined)?.["policies"] as readonly Json[] | undefined;
  const accounts = world["accounts"] as Readonly<Record<string, Json>>;
  const owner = (question["resource"] as string).split(":")[4]!;
  const of = (value: unknown): readonly Json[] => (value ?? []) as readonly Json[];
  const trusted = of(resource["policy"] === undefined ? [] : [resource["policy"]]);
  const kinds = {
    identity: of(holder["identity_policies"]),
    boundary: of(holder["permission_boundaries"]),
    session: of(session),
    endpoint: of(question["endpoint_policies"]),
  };
  const scps = levels(accounts[asked.account], "scps");
  const rcps = asked.action.startsWith("ssm:") ? [] : levels(accounts[owner], "rcps");
  const everything = [...Object.values(kinds), ...scps, ...rcps, trusted].flat();
  if (says(everything, "Deny", asked, () => true)) return "deny";
  for (const level of [...scps, ...rcps]) if (!says(level, "Allow", asked, () => true)) return "deny";
  if (kinds.endpoint.length > 0 && !says(kinds.endpoint, "Allow", asked, () => true)) return "deny";

  const byIdentity = says(kinds.identity, "Allow", asked, () => true);
  const inBoundary = kinds.boundary.length === 0 || says(kinds.boundary, "Allow", asked, () => true);
  const inSession = kinds.session.length === 0 || says(kinds.session, "Allow", asked, () => true);
  const names = (...ways: readonly string[]) => says(trusted, "Allow", asked, (way) => ways.includes(way));
  const limited = inBoundary && inSession;
  if (owner !== asked.account)
    return byIdentity && limited && names("star", "itself", "session", "account", "role") ? "allow" : "deny";
  if (names("itself", "star", "session")) return "allow";
  if (names("role") && limited) return "allow";
  const delegated = !asked.action.startsWith("kms:") || names("account");
  return byIdentity && limited && delegated ? "allow" : "deny";
}

function levels(account: Json | undefined, key: string): readonly (readonly Json[])[] {
  if (account === undefined || account["management"] === true) return [];
  return (account[key] ?? []) as readonly (readonly Json[])[];
}

function askedBy(world: Json, question: Json, principals: Json, resource: Json): Asked {
  const principal = question["principal"] as string;
  const stated = (question["session"] as Json | undefined)?.["arn"] as string | undefined;
  const session = stated ?? (principal.includes(":assumed-role/") ? principal : undefined);
  const [, , , , account = "", rest = ""] = principal.split(":");
  const identity = rest.startsWith("assumed-role/")
    ? `arn:aws:iam::${account}:role/${rest.split("/")[1]}`
    : principal;
  const accounts = world["accounts"] as Readonly<Record<string, Json>>;
  const context = new Map<string, readonly string[]>();
  const put = (key: string, value: unknown): void => {
    if (value !== undefined)
      context.set(key.toLowerCase(), Array.isArray(value) ? (value as string[]) : [value as string]);
  };
  const holder = principals[identity] as Json;
  const owner = (question["resource"] as string).split(":")[4]!;
  put("aws:PrincipalArn", identity);
  put("aws:PrincipalAccount", account);
  put("aws:PrincipalOrgID", accounts[account]?.["organization_id"]);
  put("aws:ResourceAccount", owner);
  put("aws:ResourceOrgID", accounts[owner]?.["organization_id"]);
  if (identity.includes(":user/")) put("aws:username", identity.split("/").at(-1));
  for (const [name, value] of Object.entries((holder["tags"] ?? {}) as Json))
    put(`aws:PrincipalTag/${name}`, value);
  for (const [name, value] of Object.entries((resource["tags"] ?? {}) as Json))
    put(`aws:ResourceTag/${name}`, value);
  for (const [key, value] of Object.entries((question["context"] ?? {}) as Json)) put(key, value);
  return {
    identity,
    session,
    account,
    action: question["action"] as string,
    resource: question["resource"] as string,
    context,
    bounded: ((holder["permission_boundaries"] ?? []) as readonly Json[]).length > 0,
  };
}

/** Whether some statement of that effect applies, where its way of naming the principal is one that is asked for. */
function says(
  documents: readonly Json[],
  effect: string,
  asked: Asked,
  wanted: (way: string) => boolean,
): boolean {
  return documents.some((document) =>
    list(document["Statement"]).some((statement) => {
      if ((statement as Json)["Effect"] !== effect) return false;
      const ways = waysNamed(statement as Json, effect, asked);
      return ways.some(wanted) && applies(statement as Json, document["Version"] === "2012-10-17", asked);
    }),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function waysNamed(statement: Json, effect: string, asked: Asked): string[] {
  const except = statement["NotPrincipal"];
  const plain = statement["Principal"];
  if (except === undefined && plain === undefined) return ["none"];
  const entries = (except ?? plain) === "*" ? ["*"] : (list(((except ?? plain) as Json)["AWS"]) as string[]);
  const ways = entries.flatMap((entry) => {
    if (entry === "*") return ["star"];
    if (entry === asked.account || entry === `arn:aws:iam::${asked.account}:root`) return ["account"];
    if (entry === asked.session) return ["session"];
    if (entry === asked.identity) return [asked.identity.includes(":role/") ? "role" : "itself"];
    return [];
  });
  if (except === undefined) return ways;
  if (effect === "Allow") return ways.length === 0 ? ["star"] : [];
  if (asked.bounded) return ["denied"];
  // Exempt are, by the guide's examples, those who are named together with their account.
  const exempt =
    ways.includes("star") || (ways.includes("account") && (ways.includes("itself") || ways.includes("role")));
  return exempt ? [] : ["denied"];
}

function applies(statement: Json, variables: boolean, asked: Asked): boolean {
  const lower = asked.action.toLowerCase();
  const actions = (key: string) =>
    list(statement[key]).some((one) => alike((one as string).toLowerCase(), lower));
  if (statement["Action"] !== undefined ? !actions("Action") : actions("NotAction")) return false;
  const resources = (key: string) =>
    list(statement[key]).some((one) => {
      const filled = variables ? withValues(one as string, asked.context) : (one as string);
      return filled !== undefined && alike(filled, asked.resource);
    });
  if (statement["Resource"] !== undefined && !resources("Resource")) return false;
  if (statement["NotResource"] !== undefined && resources("NotResource")) return false;
  return Object.entries((statement["Condition"] ?? {}) as Readonly<Record<string, Json>>).every(
    ([operator, block]) =>
      Object.entries(block).every(([key, values]) =>
        meets(operator, list(values).map(String), asked.context.get(key.toLowerCase()), (text) =>
          variables ? withValues(text, asked.context) : text,
        ),
      ),
  );
}

/** The text with variables replaced; undefined where one has no value. */
function withValues(text: string, context: Context): string | undefined {
  const variables = [...text.matchAll(/\$\{([^}]*)\}/g)].map(([whole, inside = ""]) => {
    const [name = "", fallback] = inside.split(/,\s*/);
    const values = context.get(name.toLowerCase());
    return {
      whole,
      value: values === undefined ? fallback?.slice(1, -1) : values.length === 1 ? values[0] : undefined,
    };
  });
  if (variables.some(({ value }) => value === undefined)) return undefined;
  return variables.reduce((filled, { whole, value = "" }) => filled.replace(whole, () => value), text);
}

/** Wildcards by plain recursion. */
function alike(pattern: string, text: string): boolean {
  const [head] = pattern;
  if (head === undefined) return text === "";
  if (head === "*") return alike(pattern.slice(1), text) || (text !== "" && alike(pattern, text.slice(1)));
  return text !== "" && (head === "?" || head === text[0]) && alike(pattern.slice(1), text.slice(1));
}

type Fill = (text: string) => string | undefined;

function meets(
  operator: string,
  wanted: readonly string[],
  got: readonly string[] | undefined,
  fill: Fill,
): boolean {
  if (operator === "Null")
    return wanted.some((one) => (one === "true") === (got === undefined || got.length === 0));
  const [set, rest] = operator.includes(":")
    ? (operator.split(":") as [string, string])
    : [undefined, operator];
  const ifExists = rest.endsWith("IfExists");
  const name = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  const one = (value: string): boolean => single(name, value, wanted, fill);
  if (set === "ForAllValues") return (got ?? []).every(one);
  if (set === "ForAnyValue") return (got ?? []).some(one);
  if (got === undefined || got.length === 0) return ifExists || name.includes("Not");
  return got.length === 1 && one(got[0]!);
}

const TESTS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toUpperCase() === wanted.toUpperCase(),
  StringLike: (value, wanted) => alike(wanted, value),
  NumericEquals: (value, wanted) => Number(value) === Number(wanted),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericGreaterThanEquals: (value, wanted) => Number(value) >= Number(wanted),
  DateLessThan: (value, wanted) => Date.parse(value) < Date.parse(wanted),
  DateGreaterThan: (value, wanted) => Date.parse(value) > Date.parse(wanted),
  Bool: (value, wanted) => value === wanted,
  IpAddress: (value, wanted) => inRange(value, wanted),
  ArnLike: (value, wanted) => {
    const parts = wanted.split(":");
    const given = value.split(":");
    if (parts.length < 6 || given.length < 6) return false;
    const six = (all: readonly string[]) => [...all.slice(0, 5), all.slice(5).join(":")];
    return six(parts).every((part, at) => alike(part, six(given)[at]!));
  },
};

function single(name: string, value: string, wanted: readonly string[], fill: Fill): boolean {
  const negated = name.includes("Not");
  const plain = name.replace("Not", "").replace("ArnEquals", "ArnLike");
  const test = TESTS[plain];
  if (test === undefined) throw new Error(`expected an operator that the naive evaluator knows, got ${name}`);
  const matches = wanted.some((one) => {
    const filled = fill(one);
    return filled !== undefined && test(value, filled);
  });
  return matches !== negated;
}

function inRange(address: string, range: string): boolean {
  const bits = (text: string): string =>
    text
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  const [host = "", length = "32"] = range.split("/");
  return bits(address).slice(0, Number(length)) === bits(host).slice(0, Number(length));
}
