import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const FOLDER = join(import.meta.dirname, "../cases/access/aws");

type Json = Readonly<Record<string, unknown>>;

/** A case of the tables in `test/cases/access/aws/`: a question with all that bears on it, and its answer. */
export interface AwsCase {
  readonly title: string;
  readonly world: Json & { readonly questions: readonly Json[] };
  readonly expect: string;
  /** Compared where they are given. */
  readonly because?: unknown;
  readonly conditions?: unknown;
  readonly reason?: string;
}

/** What a case may state; statements are written `{ allow: { … } }` or `{ deny: { … } }`, with what they lack filled in. */
interface Stated {
  readonly name?: string;
  readonly clause?: string;
  readonly expect: string;
  readonly principal?: string | Json;
  readonly session_arn?: string;
  readonly action?: string;
  readonly resource_arn?: string;
  /** Of the default resource. */
  readonly account?: string;
  readonly identity?: readonly Json[];
  readonly raw_identity?: readonly Json[];
  readonly boundary?: readonly Json[];
  readonly session?: readonly Json[];
  readonly scps?: readonly (readonly Json[])[];
  readonly rcps?: readonly (readonly Json[])[];
  readonly management?: boolean;
  readonly endpoint?: readonly Json[];
  readonly resource?: readonly Json[];
  readonly raw_resource?: Json;
  readonly trust?: readonly Json[];
  readonly key_policy?: readonly Json[];
  readonly key_grants?: readonly Json[];
  readonly grants?: readonly Json[];
  readonly kms_key?: string;
  readonly tags?: Json;
  readonly resource_tags?: Json;
  readonly context?: Json;
  readonly unknown?: readonly string[];
  readonly unreadable?: readonly string[];
  readonly because?: unknown;
  readonly conditions?: unknown;
  readonly reason?: string;
}

interface Table {
  readonly clause: string;
  readonly columns: readonly string[];
  readonly fill: Json;
  readonly rows: readonly (readonly unknown[])[];
}

interface CaseFile {
  readonly source: string;
  readonly tables?: readonly Table[];
  readonly cases?: readonly Stated[];
}

export const CASE_FILES = readdirSync(FOLDER).sort();

export function awsCases(file: string): AwsCase[] {
  const { source, tables = [], cases = [] } = parse(readFileSync(join(FOLDER, file), "utf8")) as CaseFile;
  const rows = tables.flatMap((table) => table.rows.map((row) => rowCase(table, row)));
  return [...rows, ...cases].map((stated) => ({
    title: `${stated.name ?? ""} [${source}: ${stated.clause ?? ""}]`,
    world: worldOf(stated),
    expect: stated.expect,
    ...(stated.because === undefined ? {} : { because: stated.because }),
    ...(stated.conditions === undefined ? {} : { conditions: stated.conditions }),
    ...(stated.reason === undefined ? {} : { reason: stated.reason }),
  }));
}

function rowCase({ clause, columns, fill }: Table, row: readonly unknown[]): Stated {
  const values = new Map(columns.map((column, at) => [`$${column}`, row[at]]));
  if (row.length !== columns.length)
    throw new Error(`expected ${columns.length} columns: ${JSON.stringify(row)}`);
  const filled = filledIn(fill, values) as Omit<Stated, "expect">;
  return { ...filled, name: JSON.stringify(row), clause, expect: String(values.get("$expect")) };
}

/** The value with every `$column` replaced; entries that become null are left out. */
function filledIn(value: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === "string") return values.has(value) ? values.get(value) : value;
  if (Array.isArray(value)) return value.map((one) => filledIn(one, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [String(filledIn(key, values)), filledIn(one, values)] as const)
      .filter(([, one]) => one !== null),
  );
}

const HOME = "111122223333";

const PRINCIPALS: Readonly<Record<string, string>> = {
  app: `arn:aws:iam::${HOME}:role/app`,
  ana: `arn:aws:iam::${HOME}:user/ana`,
  other: `arn:aws:iam::${HOME}:role/other`,
  root: `arn:aws:iam::${HOME}:root`,
  outsider: "arn:aws:iam::777788889999:role/outsider",
};

const UNIQUE_IDS: Readonly<Record<string, string>> = {
  app: "AROAEXAMPLEAPP00000001",
  ana: "AIDAEXAMPLEANA00000001",
};

const RESOURCES: Readonly<Record<string, (account: string) => string>> = {
  secretsmanager: (account) => `arn:aws:secretsmanager:eu-west-1:${account}:secret:db-AbCdEf`,
  ssm: (account) => `arn:aws:ssm:eu-west-1:${account}:parameter/a/b`,
  kms: (account) => `arn:aws:kms:eu-west-1:${account}:key/1234abcd`,
};

const UNREADABLE = { unreadable: true };

function worldOf(stated: Stated): AwsCase["world"] {
  const action = stated.action ?? "secretsmanager:GetSecretValue";
  const document = (statements: readonly Json[]): Json => documentOf(statements, action);
  const documents = (statements: readonly Json[] | undefined): Json[] =>
    statements === undefined || statements.length === 0 ? [] : [document(statements)];
  const gap = (name: string, value: unknown): unknown =>
    stated.unreadable?.includes(name) === true ? UNREADABLE : value;
  const levels = (given: readonly (readonly Json[])[] | undefined): unknown =>
    given?.map((level) => documents(level));
  const main = stated.resource_arn ?? RESOURCES[action.split(":")[0] ?? ""]?.(stated.account ?? HOME) ?? "*";
  const named = typeof stated.principal === "object" ? undefined : (stated.principal ?? "app");
  const scps =
    stated.unreadable?.includes("scp_level") === true ? [UNREADABLE] : gap("scps", levels(stated.scps));
  return present({
    format: "countersign-world/1",
    provider: "aws",
    accounts: present({
      [HOME]: gap(
        "account",
        present({
          organization_id: gap("organization_id", "o-a1b2c3d4e5"),
          management: stated.management,
          scps,
          rcps: gap("rcps", levels(stated.rcps)),
        }),
      ),
      "444455556666": { organization_id: "o-a1b2c3d4e5" },
    }),
    principals: principalsOf(stated, named, documents, gap),
    resources: resourcesOf(stated, main, document, gap),
    questions: [
      present({
        principal: named === undefined ? stated.principal : (PRINCIPALS[named] ?? named),
        session:
          stated.session_arn === undefined && stated.unreadable?.includes("session") !== true
            ? undefined
            : present({ arn: stated.session_arn, policies: gap("session", documents(stated.session)) }),
        action,
        resource: main,
        endpoint_policies: gap("endpoint", documents(stated.endpoint)),
        context: stated.context,
        unknown_context: stated.unknown,
      }),
    ],
  }) as AwsCase["world"];
}

function principalsOf(
  stated: Stated,
  named: string | undefined,
  documents: (statements: readonly Json[] | undefined) => Json[],
  gap: (name: string, value: unknown) => unknown,
): Json {
  const plain = Object.entries(PRINCIPALS)
    .filter(([alias]) => alias !== "root")
    .map(([alias, arn]) => [arn, present({ unique_id: UNIQUE_IDS[alias] })] as const);
  const defined = new Map<string, unknown>(plain);
  if (named === undefined || named === "root" || !/^arn:|^[a-z]+$/.test(named) || named === "anonymous")
    return Object.fromEntries(defined);
  const arn = (PRINCIPALS[named] ?? named)
    .replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, "arn:aws:iam::$1:role/$2")
    .replace(/^arn:aws:sts::(\d+):federated-user\//, "arn:aws:iam::$1:user/");
  const before = defined.get(arn) as Json | undefined;
  defined.set(
    arn,
    gap(
      "principal",
      present({
        ...before,
        identity_policies: gap("identity", stated.raw_identity ?? documents(stated.identity)),
        permission_boundaries: gap("boundary", documents(stated.boundary)),
        tags: gap("tags", stated.tags ?? {}),
      }),
    ),
  );
  return Object.fromEntries(defined);
}

function resourcesOf(
  stated: Stated,
  main: string,
  document: (statements: readonly Json[]) => Json,
  gap: (name: string, value: unknown) => unknown,
): Json {
  const statements = stated.trust ?? stated.resource;
  const policy = stated.raw_resource ?? (statements === undefined ? undefined : document(statements));
  const isListed = main !== "*" && !main.includes("unlisted") && !main.includes(":777788889999:");
  const own = present({
    account: stated.account,
    policy: gap("resource", policy),
    tags: gap("resource_tags", stated.resource_tags),
    kms_key: gap("kms_key", stated.kms_key),
    grants: gap("grants", stated.grants),
  });
  const key =
    stated.key_policy === undefined
      ? {}
      : {
          [RESOURCES["kms"]?.(HOME) ?? ""]: present({
            policy: document(stated.key_policy),
            grants: stated.key_grants,
          }),
        };
  return { ...(isListed ? { [main]: own } : {}), ...key };
}

function documentOf(statements: readonly Json[], action: string): Json {
  return {
    Version: "2012-10-17",
    Statement: statements.map((statement) => {
      const [[effect, given] = ["allow", {}]] = Object.entries(statement) as [string, Json][];
      return {
        Effect: effect === "deny" ? "Deny" : "Allow",
        ...("NotAction" in given ? {} : { Action: action }),
        ...("NotResource" in given ? {} : { Resource: "*" }),
        ...given,
      };
    }),
  };
}

function present(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}
