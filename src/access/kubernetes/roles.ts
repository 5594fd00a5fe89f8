import { Type, closed, compileSchema, type FactOf, type FactSet, type Static } from "../../facts/index.ts";

const Names = Type.Array(Type.String(), { maxItems: 4096 });

/** What one rule of a role allows, as RBAC writes it. */
export const RbacRule = closed({
  verbs: Names,
  api_groups: Names,
  resources: Names,
  /** Empty: all of them. */
  resource_names: Names,
  /** Of its file, where it has one. */
  line: Type.Optional(Type.Integer({ minimum: 1 })),
});

export type RbacRule = Static<typeof RbacRule>;

const Selector = closed({
  match_labels: Type.Record(Type.String(), Type.String()),
  /** Whether it asks for more than labels: which roles it takes is then not known. */
  more: Type.Boolean(),
});

/** Text of a `policy_document` of the type `kubernetes_role`. */
export const RoleText = closed({
  role_kind: Type.Union([Type.Literal("ClusterRole"), Type.Literal("Role")]),
  namespace: Type.Optional(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
  rules: Type.Array(RbacRule, { maxItems: 65_536 }),
  /** Of a role that the control plane fills with rules of others. */
  aggregates: Type.Optional(Type.Array(Selector, { maxItems: 1024 })),
});

export type RoleText = Static<typeof RoleText>;

/** Text of a `policy_document` of the type `kubernetes_binding`. */
export const BindingText = closed({
  /** Where it holds; absent: everywhere. */
  namespace: Type.Optional(Type.String()),
  role_kind: Type.String(),
  role_name: Type.String(),
  subjects: Type.Array(
    closed({
      subject_kind: Type.Union([Type.Literal("Group"), Type.Literal("ServiceAccount"), Type.Literal("User")]),
      name: Type.String(),
      namespace: Type.Optional(Type.String()),
    }),
    { maxItems: 65_536 },
  ),
});

export type BindingText = Static<typeof BindingText>;

const roleSchema = compileSchema(RoleText);
const bindingSchema = compileSchema(BindingText);

export interface Role {
  /** E.g. `ClusterRole edit`. */
  readonly name: string;
  /** Fact id; absent of one that every cluster has. */
  readonly id?: string;
  readonly record?: string;
  readonly rules: readonly RbacRule[];
  /** Whether some of its rules are not known. */
  readonly partly: boolean;
}

export interface Binding extends BindingText {
  readonly id: string;
  readonly record: string;
  readonly name: string;
}

const rule = (verbs: string, resources: string, groups = ""): RbacRule => ({
  verbs: verbs.split(" "),
  api_groups: groups.split(" "),
  resources: resources.split(" "),
  resource_names: [],
});

const EDIT = [
  rule(
    "get list watch create update patch delete deletecollection",
    "secrets pods configmaps serviceaccounts",
  ),
  rule(
    "get list watch create update patch delete deletecollection",
    "deployments daemonsets statefulsets",
    "apps",
  ),
  rule("get create", "pods/exec pods/attach"),
  rule("create", "serviceaccounts/token"),
  rule("impersonate", "serviceaccounts"),
];

/** Roles that every cluster has, as far as they bear on secrets. Source: Kubernetes documentation, "Using RBAC authorization", user-facing roles. */
const BUILT_IN: ReadonlyMap<string, readonly RbacRule[]> = new Map([
  ["cluster-admin", [rule("*", "*", "*")]],
  // Roles may be bound and written there, as far as one holds what is in them.
  ["admin", EDIT],
  ["edit", EDIT],
  ["view", []],
]);

/** Label by which others add their rules to a built-in role. */
const AGGREGATES_TO = "rbac.authorization.k8s.io/aggregate-to-";

/** Whose rules a built-in role has as well. */
const ABOVE: Readonly<Record<string, readonly string[]>> = {
  admin: ["admin", "edit", "view"],
  edit: ["edit", "view"],
  view: ["view"],
};

/** Names of the built-in roles to which a role adds its rules by its labels. */
export function addedTo({ role_kind, labels }: RoleText): string[] {
  if (role_kind !== "ClusterRole") return [];
  return Object.keys(ABOVE).filter((name) => labels[`${AGGREGATES_TO}${name}`] === "true");
}

/** Roles and bindings of one cluster. */
export class Roles {
  readonly bindings: readonly Binding[];
  readonly #roles = new Map<string, { fact: FactOf<"policy_document">; text: RoleText }>();
  readonly #made = new Map<string, Role | undefined>();

  constructor(storeId: string, facts: FactSet) {
    const documents = facts.of("policy_document").filter(({ store_id }) => store_id === storeId);
    this.bindings = documents.flatMap((fact) => {
      const value = fact.policy_type === "kubernetes_binding" ? json(fact.text) : undefined;
      return bindingSchema.fits(value)
        ? [{ ...value, id: fact.id, record: fact.record, name: fact.name }]
        : [];
    });
    for (const fact of documents) {
      const text = fact.policy_type === "kubernetes_role" ? json(fact.text) : undefined;
      if (roleSchema.fits(text))
        this.#roles.set(key(text.role_kind, text.namespace, fact.name), { fact, text });
    }
  }

  /** The role that a binding names; undefined where nobody declares it. A role of a namespace is looked for in the binding's. */
  of({
    role_kind,
    role_name,
    namespace,
  }: Pick<BindingText, "namespace" | "role_kind" | "role_name">): Role | undefined {
    const called = key(role_kind, role_kind === "Role" ? namespace : undefined, role_name);
    // What many bindings name is put together once.
    if (!this.#made.has(called)) this.#made.set(called, this.#make(role_kind, role_name, called));
    return this.#made.get(called);
  }

  #make(role_kind: string, role_name: string, called: string): Role | undefined {
    const found = this.#roles.get(called);
    const name = `${role_kind} ${role_name}`;
    if (found === undefined) return role_kind === "ClusterRole" ? this.#builtIn(role_name) : undefined;
    const { fact, text } = found;
    const { rules, more } = this.#aggregated(text);
    return { name, id: fact.id, record: fact.record, rules: [...text.rules, ...rules], partly: more };
  }

  #aggregated({ aggregates = [] }: RoleText): { rules: RbacRule[]; more: boolean } {
    const rules = [...this.#roles.values()].flatMap(({ text }) =>
      aggregates.some((selector) => selects(selector.match_labels, text)) ? text.rules : [],
    );
    return { rules, more: aggregates.some(({ more }) => more) };
  }

  #builtIn(name: string): Role | undefined {
    const own = BUILT_IN.get(name);
    if (own === undefined) return undefined;
    const labels = (ABOVE[name] ?? []).map((one) => `${AGGREGATES_TO}${one}`);
    const added = [...this.#roles.values()].flatMap(({ text }) =>
      labels.some((label) => selects({ [label]: "true" }, text)) ? text.rules : [],
    );
    return { name: `ClusterRole ${name}`, rules: [...own, ...added], partly: false };
  }
}

/** No label at all selects nothing here: a selector that asks for nothing takes every role, which nobody writes. */
function selects(wanted: Readonly<Record<string, string>>, { role_kind, labels }: RoleText): boolean {
  const asked = Object.entries(wanted);
  return (
    role_kind === "ClusterRole" && asked.length > 0 && asked.every(([name, value]) => labels[name] === value)
  );
}

function key(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}\n${namespace ?? ""}\n${name}`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a rule lets one of these verbs at a resource, e.g. `secrets` or `pods/exec`, of an API group. */
export function allows(
  { verbs, api_groups, resources }: RbacRule,
  wanted: readonly string[],
  resource: string,
  group = "",
): boolean {
  const [, sub] = resource.split("/");
  return (
    (verbs.includes("*") || wanted.some((verb) => verbs.includes(verb))) &&
    (api_groups.includes("*") || api_groups.includes(group)) &&
    (resources.includes("*") ||
      resources.includes(resource) ||
      (sub !== undefined && resources.includes(`*/${sub}`)))
  );
}
