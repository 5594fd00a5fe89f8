import { FactSet, type Fact, type FactKind, type FactOf, type Gap } from "../../src/facts/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import {
  buildSubjects,
  type ClassificationRules,
  type EffectiveAccess,
  type Subject,
  type SubjectKind,
  type SubjectOf,
} from "../../src/subjects/index.ts";
import { TAKEN_AT, recordOf } from "./facts.ts";

export const SOURCE = "shop-aws";
export const ACCOUNT = "111122223333";
export const REGION = "eu-central-1";
export const MOUNT = `${ACCOUNT}/${REGION}`;
export const SCOPE = `${SOURCE}/${MOUNT}`;
export const STORE_ID = `${SOURCE}:${MOUNT}`;

type Own<K extends FactKind> = Omit<FactOf<K>, "kind" | "id" | "store_id" | "scope" | "record">;

export const arn = (service: string, rest: string, region = REGION): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;

/** A fact of an AWS source; `name` is what follows the source's name in its id. */
export function fact<K extends FactKind>(kind: K, name: string, own: Own<K>, scope = SCOPE): FactOf<K> {
  const id = `${SOURCE}:${name}`;
  return { kind, id, store_id: SOURCE, scope, record: recordOf(kind, name), ...own } as unknown as FactOf<K>;
}

export function gap(hides: readonly FactKind[], own: Partial<Gap> = {}): Gap {
  return {
    store_id: SOURCE,
    scope: SCOPE,
    operation: "test",
    reason: "denied",
    hides: [...hides],
    detail: "refused by the test",
    ...own,
  };
}

const ABSENT = ["high_availability", "listener", "login", "raw_storage", "seal_shares"] as const;

export const region = (account = ACCOUNT, name = REGION): Fact =>
  fact(
    "store",
    `${account}/${name}`,
    { product: "aws", account, region: name, absent_features: [...ABSENT] },
    `${SOURCE}/${account}`,
  );

export const SECRET_ARN = arn("secretsmanager", "secret:shop/db-AbCdEf");

export const secret = (own: Partial<Own<"secret">> = {}, name = SECRET_ARN): Fact =>
  fact("secret", name, { mount: MOUNT, name: "shop/db", secret_type: "aws_secret", ...own });

export const metadata = (own: Partial<Own<"secret_metadata">> = {}, name = SECRET_ARN): Fact =>
  fact("secret_metadata", name, { mount: MOUNT, name: "shop/db", labels: {}, ...own });

export const version = (ref: string, own: Partial<Own<"secret_version">> = {}): Fact =>
  fact("secret_version", `${SECRET_ARN}#${ref}`, { mount: MOUNT, name: "shop/db", version_ref: ref, ...own });

export const parameter = (name: string, own: Partial<Own<"secret_metadata">>): Fact[] => {
  const id = arn("ssm", `parameter${name}`);
  return [secret({ name, secret_type: "aws_parameter" }, id), metadata({ name, ...own }, id)];
};

export const KEY_ARN = arn("kms", "key/0f3c1f0e-8a4b-4a51-9d3e-2b1c7f6a5d40");

export const key = (own: Partial<Own<"key">> = {}, name = KEY_ARN): Fact =>
  fact("key", name, {
    mount: MOUNT,
    name: name.slice(name.lastIndexOf("/") + 1),
    key_type: "SYMMETRIC_DEFAULT",
    exportable: false,
    managed_by: "customer",
    state: "Enabled",
    ...own,
  });

export const NOBODY: EffectiveAccess = {
  principals: [],
  targets: [],
  readers: () => {
    throw new Error("expected nobody to ask for readers");
  },
  access: () => {
    throw new Error("expected nobody to ask for access");
  },
  whatCan: () => [],
  mayReach: () => true,
};

interface Given {
  readonly gaps?: readonly Gap[];
  readonly rules?: Partial<ClassificationRules>;
  readonly access?: EffectiveAccess;
}

export function subjectsOf(
  facts: readonly Fact[],
  { gaps = [], rules = {}, access = NOBODY }: Given = {},
): Subject[] {
  const complete = { ...classificationRules({}), ...rules };
  return [...buildSubjects(new FactSet(facts, gaps), access, complete, TAKEN_AT)];
}

/** The one subject of a kind that the facts make, or that of an id. */
export function subject<K extends SubjectKind>(
  kind: K,
  facts: readonly Fact[],
  given: Given & { readonly id?: string } = {},
): SubjectOf<K> {
  const found = subjectsOf(facts, given).filter(
    (one) => one.kind === kind && (given.id === undefined || one.id === given.id),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`expected one ${kind}, got ${found.length}`);
  return first;
}

export const hiddenIn = ({ gaps }: Subject): string[] => gaps.map(({ fact_kind }) => fact_kind);
