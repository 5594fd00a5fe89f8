import {
  subjectPath,
  widenedBy,
  type BindingText,
  type RbacRule,
  type RoleText,
} from "../../../access/index.ts";
import type { Drafting, Register } from "../../drafting.ts";
import { at, entriesOf, itemsOf, placeOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { isUnfilled, settled, type KubeObject } from "./objects.ts";

const RBAC = "rbac.authorization.k8s.io";

/** Whether an object is of Kubernetes' own access control. */
export function isRbac({ group, kind }: KubeObject): boolean {
  return group === RBAC && /^(?:Cluster)?Role(?:Binding)?$/.test(kind);
}

/** Whether an object is of OpenShift's own access control, which it keeps for what was written before Kubernetes had one. */
export function isOtherRbac({ group, kind }: KubeObject): boolean {
  return group === "authorization.openshift.io" && /^(?:Cluster)?Role(?:Binding)?$/.test(kind);
}

export function otherRbac({ group, called, spot }: KubeObject): Unread {
  const detail = `expected roles and bindings of ${RBAC}, got ${called} of ${group}: it is not judged`;
  return { format: "kubernetes", place: placeOf(spot), reason: "unsupported", detail };
}

/** Collects what roles and bindings say. What of them something else fills in is hidden, since it may give more, and is told as unread. */
export class RbacDraft {
  readonly unread: Unread[] = [];
  readonly #drafting: Drafting;
  readonly #register: Register;
  readonly #bindings: { readonly binding: KubeObject; readonly principals: readonly string[] }[] = [];

  constructor(drafting: Drafting, register: Register) {
    this.#drafting = drafting;
    this.#register = register;
  }

  add(object: KubeObject): void {
    const { hides, principals, widens } = object.kind.endsWith("Binding")
      ? draftBinding(object, this.#drafting, this.#register)
      : draftRole(object, this.#drafting);
    if (widens !== undefined) this.unread.push(widening(object, widens));
    if (principals !== undefined) this.#bindings.push({ binding: object, principals });
    for (const { resource, what } of hides) {
      const detail = `${what} of ${object.called} is filled in elsewhere`;
      this.#drafting.hide({ resource, kinds: ["policy_document"], detail });
      this.unread.push({ format: "kubernetes", place: placeOf(object.spot), reason: "unsupported", detail });
    }
  }

  /**
   * Takes in roles that bindings name and that `roleOf` knows from elsewhere; of whom a role is bound to that is not known it is not known
   * what they may do. After all of the directory was added.
   */
  join(roleOf: (binding: KubeObject) => KubeObject | string | undefined): void {
    for (const { binding, principals } of this.#bindings) {
      const role = roleOf(binding);
      if (typeof role === "object") this.add({ ...role, namespace: binding.namespace });
      else if (role !== undefined)
        for (const resource of principals)
          this.#drafting.hide({ resource, kinds: ["policy_document"], detail: role });
    }
  }
}

function widening({ called, spot }: KubeObject, role: string): Unread {
  const detail = `${called} adds what it gives at secrets to the role ${role} of the cluster: who holds that is not known here`;
  return { format: "kubernetes", place: placeOf(spot), reason: "unsupported", detail };
}

interface Hides {
  /** A built-in role whose holders come to secrets by this role. */
  readonly widens?: string | undefined;
  /** Ids of those to whom a binding binds. */
  readonly principals?: readonly string[];
  readonly hides: readonly { readonly resource: string; readonly what: string }[];
}

function draftRole({ kind, name, namespace, node }: KubeObject, drafting: Drafting): Hides {
  const own = kind === "Role" ? namespace : undefined;
  const id = drafting.id(`${own === undefined ? "" : `${own}/`}${kind.toLowerCase()}s/${name}`);
  const rules = at(node, "rules");
  const list = itemsOf(rules).map(ruleOf);
  const unread = rules !== undefined && rules.kind !== "list" && rules.kind !== "null";
  const aggregates = at(node, "aggregationRule", "clusterRoleSelectors");
  const text: RoleText = {
    role_kind: kind === "Role" ? "Role" : "ClusterRole",
    ...(own === undefined ? {} : { namespace: own }),
    labels: textsOf(at(node, "metadata", "labels")),
    rules: list.map(({ rule }) => rule),
    ...(aggregates === undefined
      ? {}
      : {
          aggregates: itemsOf(aggregates).map((selector) => ({
            match_labels: textsOf(at(selector, "matchLabels")),
            more: at(selector, "matchExpressions") !== undefined,
          })),
        }),
  };
  drafting.add("policy_document", { id, name, policy_type: "kubernetes_role", text: JSON.stringify(text) });
  const partly = unread || list.some((one) => one.partly);
  return { hides: partly ? [{ resource: id, what: "a rule" }] : [], widens: widenedBy(text) };
}

function ruleOf(node: Node): { readonly rule: RbacRule; readonly partly: boolean } {
  let partly = node.kind !== "map" || unknownIn(node) !== undefined;
  const names = (key: string): string[] =>
    itemsOf(at(node, key)).flatMap((one) => {
      const text = textOf(one);
      if (text === undefined || isUnfilled(text)) partly = true;
      return text === undefined ? [] : [text];
    });
  const rule: RbacRule = {
    verbs: names("verbs"),
    api_groups: names("apiGroups"),
    resources: names("resources"),
    resource_names: names("resourceNames"),
    line: placeOf(node).line,
  };
  return { rule, partly };
}

function draftBinding(
  { kind, name, namespace, node, called }: KubeObject,
  drafting: Drafting,
  register: Register,
): Hides {
  const own = kind === "RoleBinding" ? namespace : undefined;
  const id = drafting.id(`${own === undefined ? "" : `${own}/`}${kind.toLowerCase()}s/${name}`);
  const roleKind = settled(at(node, "roleRef", "kind"));
  const roleName = settled(at(node, "roleRef", "name"));
  const hides: { resource: string; what: string }[] = [];
  const principals: string[] = [];
  if (roleKind.text === undefined || roleName.text === undefined) {
    return { hides: [{ resource: id, what: "the role" }] };
  }
  const subjects = itemsOf(at(node, "subjects")).flatMap((subject) => {
    const subjectKind = settled(at(subject, "kind")).text;
    const subjectName = settled(at(subject, "name")).text;
    const where = settled(at(subject, "namespace"));
    if (subjectName === undefined || where.unknown !== undefined || !isSubjectKind(subjectKind)) {
      hides.push({ resource: id, what: "a subject" });
      return [];
    }
    const at_ = subjectKind === "ServiceAccount" ? (where.text ?? namespace) : undefined;
    const principal = drafting.id(subjectPath(subjectKind, subjectName, at_));
    const address = `${subject.source.path} ${subjectKind} ${at_ === undefined ? "" : `${at_}/`}${subjectName}`;
    register.declare(principal, address, at(subject, "name") ?? subject);
    principals.push(principal);
    return [
      { subject_kind: subjectKind, name: subjectName, ...(at_ === undefined ? {} : { namespace: at_ }) },
    ];
  });
  const text: BindingText = {
    ...(own === undefined ? {} : { namespace: own }),
    role_kind: roleKind.text,
    role_name: roleName.text,
    subjects,
  };
  drafting.add("policy_document", {
    id,
    name: called,
    policy_type: "kubernetes_binding",
    text: JSON.stringify(text),
  });
  return { hides, principals };
}

function isSubjectKind(kind: string | undefined): kind is BindingText["subjects"][number]["subject_kind"] {
  return kind === "Group" || kind === "ServiceAccount" || kind === "User";
}

function textsOf(node: Node | undefined): Record<string, string> {
  return Object.fromEntries(entriesOf(node).map(([key, { value }]) => [key, textOf(value) ?? ""]));
}
