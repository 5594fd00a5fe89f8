import { computeGrants } from "../../src/access/index.ts";
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

export const TAKEN_AT = "2026-09-30T06:00:00.000Z";
export const STORE = "vault-eu";

/** So many days before the snapshot, as an instant. */
export function daysAgo(days: number): string {
  return new Date(Date.parse(TAKEN_AT) - days * 86_400_000).toISOString();
}

type Own<K extends FactKind> = Omit<FactOf<K>, "kind" | "id" | "store_id" | "scope" | "record">;

/** A fact of the store; its record is a digest that its kind and id decide. */
export function fact<K extends FactKind>(kind: K, path: string, own: Own<K>, scope = STORE): Fact {
  const id = path === "" ? STORE : `${STORE}:${path}`;
  return { kind, id, store_id: STORE, scope, record: recordOf(kind, path), ...own } as unknown as Fact;
}

/** Digest-shaped, and the same for the same fact. */
export function recordOf(kind: string, path: string): string {
  return Buffer.from(`${kind}/${path}`).toString("hex").padEnd(64, "0").slice(0, 64);
}

export function gap(hides: readonly FactKind[], resource?: string, own: Partial<Gap> = {}): Gap {
  return {
    store_id: STORE,
    scope: STORE,
    ...(resource === undefined ? {} : { resource }),
    operation: "test",
    reason: "denied",
    hides: [...hides],
    detail: "refused by the test",
    ...own,
  };
}

export const secret = (path: string, mount = "kv/"): Fact =>
  fact("secret", `${mount}${path}`, { mount, name: path, secret_type: "kv" });

export const metadata = (path: string, own: Partial<Own<"secret_metadata">> = {}, mount = "kv/"): Fact =>
  fact("secret_metadata", `${mount}${path}`, {
    mount,
    name: path,
    created_at: daysAgo(400),
    updated_at: daysAgo(40),
    current_version: 3,
    version_count: 3,
    deleted_version_count: 0,
    destroyed_version_count: 0,
    value_set_at: daysAgo(40),
    labels: {},
    ...own,
  });

export const role = (name: string, own: Partial<Own<"auth_role">> = {}, mount = "auth/approle/"): Fact =>
  fact("auth_role", `${mount}role/${name}`, {
    mount,
    name,
    method: "approle",
    role_type: "role",
    policies: [],
    bounds: {},
    ...own,
  });

export const entity = (name: string, own: Partial<Own<"principal">> = {}): Fact =>
  fact("principal", `identity/entity/id/${name}`, {
    name,
    principal_type: "entity",
    native_id: name,
    policies: [],
    disabled: false,
    labels: {},
    aliases: [],
    direct_group_ids: [],
    inherited_group_ids: [],
    ...own,
  });

export const token = (accessor: string, own: Partial<Own<"token">> = {}): Fact =>
  fact("token", `auth/token/accessor/${accessor}`, {
    accessor,
    display_name: accessor,
    path: "auth/token/create",
    policies: [],
    identity_policies: [],
    root: false,
    orphan: false,
    token_type: "service",
    created_at: daysAgo(10),
    ttl_s: 0,
    num_uses: 0,
    labels: {},
    collector: false,
    ...own,
  });

export const store = (own: Partial<Own<"store">> = {}): Fact =>
  fact("store", "", { product: "vault", version: "1.21.1", initialized: true, sealed: false, ...own });

export interface Given {
  readonly gaps?: readonly Gap[];
  readonly rules?: Partial<ClassificationRules>;
  /** Computed from the facts where it is not given. */
  readonly access?: EffectiveAccess;
}

export function subjectsOf(facts: readonly Fact[], { gaps = [], rules = {}, access }: Given = {}): Subject[] {
  const set = new FactSet(facts, gaps);
  const model = access ?? computeGrants(set, { takenAt: TAKEN_AT });
  const complete = { ...classificationRules({}), ...rules };
  return [...buildSubjects(set, model, complete, TAKEN_AT)];
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
