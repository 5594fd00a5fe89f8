import type { Declared } from "../declared.ts";
import { Drafting, Register } from "../drafting.ts";
import {
  AWS_TOLD,
  placeIn,
  policyText,
  tellAws,
  textsOf,
  widestStatement,
  type AwsPlace,
  type AwsTerms,
} from "../resources/aws/index.ts";
import { Unreadable } from "../text/bounds.ts";
import { readJson } from "../text/json.ts";
import { at, itemsOf, placeOf, plainValue, textOf, type Node, type Spot } from "../text/node.ts";
import type { SourceText } from "../text/source-text.ts";
import { UNKNOWN_SURROUNDINGS, type InputFormat, type Surroundings, type Unread } from "./format.ts";

/** Policies of AWS in files of their own, in the JSON language of IAM: of identities, of secrets and keys, and of whom a role trusts. */
export const iamPolicy: InputFormat = {
  id: "iam_policy",
  recognises: (head) =>
    /\.json$/i.test(head.name) &&
    /Statement|\\u/i.test(head.text) &&
    /"(?:Effect|Version)"\s*:|\\u/i.test(head.text) &&
    (head.keys.has("Statement") || (isAnyCase(head.keys) && /"Effect"\s*:/i.test(head.text))),
  *read(files, surroundings): Iterable<Declared | Unread> {
    for (const source of files) yield* readFile(source, surroundings);
  },
};

function* readFile(source: SourceText, surroundings: Surroundings): Iterable<Declared | Unread> {
  let root: Node;
  try {
    root = readJson(source);
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    const { offset, reason, message } = thrown;
    yield { format: "iam_policy", place: source.place(offset), reason, detail: message };
    return;
  }
  const written = at(root, "Statement");
  if (written === undefined) {
    if (root.kind === "map" && isAnyCase(new Set(root.entries.keys()))) yield miscalled(root);
    return;
  }
  const statements = written.kind === "list" ? itemsOf(written) : [written];
  const unfit =
    statements.find((one) => !isStatement(one)) ?? (statements.length === 0 ? written : undefined);
  if (unfit === undefined) yield* ofPolicy({ source, root, statements }, surroundings);
  else
    yield {
      format: "iam_policy",
      place: placeOf(unfit),
      reason: "malformed",
      detail: "expected statements with Effect, and Action or NotAction, got something else",
    };
}

/** Whether there are statements under a name that differs in its case alone: AWS takes no such policy, and others' clouds do. */
function isAnyCase(keys: ReadonlySet<string>): boolean {
  return [...keys].some((key) => key.toLowerCase() === "statement");
}

function miscalled(root: Node): Unread {
  const detail = "expected Statement, got it written in another case: no policy of AWS is written so";
  return { format: "iam_policy", place: placeOf(root), reason: "unsupported", detail };
}

function isStatement(node: Node): boolean {
  const has = (name: string): boolean => at(node, name) !== undefined;
  return /^(?:Allow|Deny)$/.test(textOf(at(node, "Effect")) ?? "") && (has("Action") || has("NotAction"));
}

interface Policy {
  readonly source: SourceText;
  readonly root: Node;
  readonly statements: readonly Node[];
}

type Judged = "identity" | "key" | "secret" | "trust";
type Use = Judged | "bounds" | "other";

/** Names of files of policies that only bound what others allow: an Allow in them gives nobody anything. */
const BOUNDING_FILE =
  /(?:^|[/_.-])(?:scps?|rcps?|service-?control|resource-?control|permissions?-?boundar|boundar|endpoint)/i;

/** What a policy is for, by its principals and actions; of one that only bounds, by the name of its file. */
function useOf({ source, statements }: Policy): Use {
  if (BOUNDING_FILE.test(source.path)) return "bounds";
  const isNamed = statements.some((one) =>
    ["Principal", "NotPrincipal"].some((name) => at(one, name) !== undefined),
  );
  if (!isNamed) return "identity";
  const services = new Set(
    statements.flatMap(actionsOf).map((action) => action.toLowerCase().split(":")[0] ?? ""),
  );
  if (services.has("sts")) return "trust";
  if (services.has("kms")) return "key";
  return services.has("secretsmanager") || services.has("*") ? "secret" : "other";
}

function* ofPolicy(policy: Policy, surroundings: Surroundings): Iterable<Declared | Unread> {
  const use = useOf(policy);
  if (use !== "bounds" && use !== "other") {
    // Of an identity's that is told with the identity.
    const { missing } = use === "identity" ? {} : policyText(policy.root, "resource");
    if (missing === undefined) yield declaredBy(policy, use, surroundings);
    else
      yield {
        format: "iam_policy",
        place: placeOf(policy.root),
        reason: "malformed",
        detail: `not judged, ${missing}`,
      };
    return;
  }
  const what =
    use === "bounds"
      ? "what only bounds what others allow, as this is by the name of its file,"
      : "a policy of another resource than a secret, a key or a role";
  yield {
    format: "iam_policy",
    place: placeOf(policy.root),
    reason: "unsupported",
    detail: `${what} is not judged: judge the plan or template that uses it`,
  };
}

function declaredBy(policy: Policy, use: Judged, surroundings: Surroundings): Declared {
  const { source } = policy;
  const name = surroundings.source.aws;
  const drafting = new Drafting(name, source.text);
  const register = new Register();
  const place = placeOfPolicy(policy, surroundings);
  const terms: AwsTerms = { drafting, register, place, format: "iam_policy" };
  if (use === "identity") held(policy, terms);
  else ofThing(use, policy, terms);
  return register.declared({
    format: "iam_policy",
    provider: "aws",
    path: source.path,
    source: name,
    after: drafting.side(),
    told: use === "identity" ? AWS_TOLD : ["auth_role", "organization", "resource_policy"],
  });
}

/** A policy of an identity, as held by a role that has nothing else, over secrets that its own patterns name, or any. */
function held(policy: Policy, terms: AwsTerms): void {
  const { source, root } = policy;
  const spot = widest(policy);
  for (const arn of secretsNamed(policy)) standIn(arn, terms);
  const own = { name: text(spot, fileName(source)), policy: root };
  const { partition, account } = terms.place;
  tellAws(
    [
      {
        kind: "role",
        address: source.path,
        spot,
        attributes: {
          name: text(spot, fileName(source)),
          assume_role_policy: text(spot, trusting(`arn:${partition}:iam::${account}:root`)),
          inline_policy: { ...ranged(spot), kind: "list", items: [map(spot, own)] },
        },
      },
    ],
    terms,
  );
}

function trusting(AWS: string): string {
  const Statement = [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** Most secrets that stand for what a policy names. */
const MAX_STAND_INS = 20;

/** ARNs that the patterns of a policy match, one each. */
function secretsNamed({ statements }: Policy): string[] {
  const found = new Set<string>();
  for (const written of statements.flatMap((one) => textsOf(at(one, "Resource"))))
    if (/^arn:[^:]*:(?:secretsmanager:[^:]*:[^:]*:secret|ssm:[^:]*:[^:]*:parameter)/.test(written))
      found.add(written);
  return [...found].slice(0, MAX_STAND_INS);
}

/** A secret that a pattern matches. It is judged by nothing itself. */
function standIn(written: string, { drafting, place }: AwsTerms): void {
  const [, , service = "", , , ...rest] = written.split(":");
  const resource = rest.join(":").replaceAll("*", "some");
  const arn = `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource}`;
  const mount = `${place.account}/${place.region}`;
  const scope = `${drafting.source}/${mount}`;
  const own = { id: drafting.id(arn), scope, mount, name: resource };
  const isParameter = service === "ssm";
  drafting.standIn("secret", { ...own, secret_type: isParameter ? "aws_parameter" : "aws_secret" });
  drafting.standIn("secret_metadata", { ...own, encrypted: true, labels: {} });
  drafting.standIn("resource_policy", { id: `${own.id}#policy`, scope, resource: own.id });
}

/** Where nothing is known of it, the account and Region are those that the policy names, if it names one alone. */
function placeOfPolicy({ statements }: Policy, surroundings: Surroundings): AwsPlace {
  const known = placeIn(surroundings);
  const parts = statements.flatMap((one) => textsOf(at(one, "Resource"))).map((arn) => arn.split(":"));
  const only = (index: number, form: RegExp): string | undefined => {
    const found = new Set(parts.flatMap((one) => (form.test(one[index] ?? "") ? [one[index] ?? ""] : [])));
    return found.size === 1 ? [...found][0] : undefined;
  };
  const unknown = UNKNOWN_SURROUNDINGS;
  return {
    partition: known.partition,
    account: known.account === unknown.account ? (only(4, /^\d{12}$/) ?? known.account) : known.account,
    region:
      known.region === unknown.region ? (only(3, /^[a-z]{2}-[a-z-]+-\d$/) ?? known.region) : known.region,
  };
}

/** The own policy of a secret or key, or whom a role trusts: of the thing itself nothing else is told. */
function ofThing(
  use: "key" | "secret" | "trust",
  policy: Policy,
  { drafting, register, place }: AwsTerms,
): void {
  const { partition, region, account } = place;
  const own = fileName(policy.source);
  const mount = `${account}/${region}`;
  const arn = {
    key: `arn:${partition}:kms:${region}:${account}:key/${own}`,
    secret: `arn:${partition}:secretsmanager:${region}:${account}:secret:${own}-??????`,
    trust: `arn:${partition}:iam::${account}:role/${own}`,
  }[use];
  const id = drafting.id(arn);
  const scope = `${drafting.source}/${use === "trust" ? account : mount}`;
  const written = JSON.stringify(plainValue(policy.root));
  register.declare(id, policy.source.path, widest(policy));
  drafting.add("store", {
    id: drafting.id(mount),
    scope: `${drafting.source}/${mount}`,
    product: "aws",
    account,
    region,
    absent_features: ["high_availability", "listener", "login", "raw_storage", "seal_shares"],
  });
  if (use === "trust") {
    trusted({ id, arn, scope, name: own, text: written }, drafting);
    return;
  }
  if (use === "secret") {
    drafting.add("secret", { id, scope, mount, name: own, secret_type: "aws_secret" });
    // Of what a secret's metadata tell nothing is known; without them nobody looks at its policy.
    drafting.add("secret_metadata", {
      id,
      scope,
      mount,
      name: own,
      encrypted: true,
      encryption_key: "told-elsewhere",
      labels: {},
    });
  } else
    drafting.add("key", {
      id,
      scope,
      mount,
      name: own,
      key_type: "SYMMETRIC_DEFAULT",
      exportable: false,
      managed_by: "customer",
    });
  drafting.add("resource_policy", { id: `${id}#policy`, scope, resource: id, text: written });
}

interface Trusted {
  readonly id: string;
  readonly arn: string;
  readonly scope: string;
  readonly name: string;
  /** JSON of its trust policy. */
  readonly text: string;
}

/** A role of which only is told whom it trusts: what it may is told elsewhere. */
function trusted({ id, arn, scope, name, text: written }: Trusted, drafting: Drafting): void {
  drafting.add("principal", {
    id,
    scope,
    name,
    principal_type: "iam_role",
    native_id: arn,
    policies: [`${id}#elsewhere`],
    disabled: false,
    labels: {},
    aliases: [],
    direct_group_ids: [],
    inherited_group_ids: [],
    ext: { aws: { path: "/" } },
  });
  drafting.add("policy_document", {
    id: `${id}#trust`,
    scope,
    name,
    policy_type: "iam_trust",
    text: written,
  });
}

function widest({ root, statements }: Policy): Spot {
  return widestStatement(statements) ?? root;
}

function actionsOf(statement: Node): readonly string[] {
  return textsOf(at(statement, "Action") ?? at(statement, "NotAction"));
}

/** The name of a file without its end, as a name of AWS. */
function fileName({ path }: SourceText): string {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.json$/i, "");
  return name.replace(/[^\w+=,.@-]/g, "_").slice(0, 64) || "policy";
}

function ranged({ source, start, end }: Spot): Spot {
  return { source, start, end };
}

function text(spot: Spot, written: string): Node {
  return { ...ranged(spot), kind: "text", text: written };
}

function map(spot: Spot, members: Readonly<Record<string, Node>>): Node {
  const entries = Object.entries(members).map(([key, value]) => [key, { key: ranged(spot), value }] as const);
  return { ...ranged(spot), kind: "map", entries: new Map(entries) };
}
