import { canonicalJson } from "../../../base/index.ts";
import { at, itemsOf, plainValue, textOf } from "../../text/node.ts";
import { isRbac } from "./rbac.ts";
import { isUnfilled, type KubeObject } from "./objects.ts";

/** Roles that every cluster has and that give nothing at secrets. Source: Kubernetes documentation, "Using RBAC authorization", default roles. */
const HARMLESS: ReadonlySet<string> = new Set([
  "ClusterRole system:auth-delegator",
  "ClusterRole system:basic-user",
  "ClusterRole system:discovery",
  "ClusterRole system:monitoring",
  "ClusterRole system:public-info-viewer",
  "ClusterRole system:service-account-issuer-discovery",
  "Role extension-apiserver-authentication-reader",
]);

/** Roles that every cluster has, into which rules of others come by their labels. */
const USER_FACING = new Set(["admin", "edit", "view"]);

const AGGREGATES = /^rbac\.authorization\.k8s\.io\/aggregate-to-(?:admin|edit|view)$/;

/** A role of which several differ. */
const SEVERAL = Symbol("several");

interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

/** An object that others name, with the directory of its file. */
interface Named {
  readonly directory: string;
  readonly object: KubeObject;
}

/**
 * Roles, bindings and service accounts of the whole tree, of which those of one directory are looked for in that first. Kustomize puts directories
 * together, and gives a namespace to what states none.
 */
export class Elsewhere {
  readonly #roles = new ByName<Named>();
  readonly #accounts = new ByName<Named>();
  /** Service accounts that some binding names. */
  readonly #bound = new ByName<{ readonly directory: string }>();
  readonly #aggregated: Named[] = [];
  /** What was asked already: many bindings and pods ask the same. */
  readonly #answers = new Map<string, unknown>();

  add(directory: string, object: KubeObject): void {
    const named = { directory, object };
    if (object.kind === "ServiceAccount") this.#accounts.add(object.name, object, named);
    else if (object.kind.endsWith("Binding")) this.#addBound(named);
    else if (isRbac(object)) {
      this.#roles.add(`${object.kind} ${object.name}`, object, named);
      const labels = at(object.node, "metadata", "labels");
      if (labels?.kind === "map" && [...labels.entries.keys()].some((key) => AGGREGATES.test(key)))
        this.#aggregated.push(named);
    }
  }

  #addBound({ directory, object }: Named): void {
    for (const subject of itemsOf(at(object.node, "subjects"))) {
      if (textOf(at(subject, "kind")) !== "ServiceAccount") continue;
      const own = textOf(at(subject, "namespace"));
      const where = {
        namespace: own ?? object.namespace,
        stated: own !== undefined || object.stated,
      };
      this.#bound.add(textOf(at(subject, "name")) ?? "", where, { directory });
    }
  }

  /**
   * The role that a binding of a directory names and that is not there under the binding's own namespace: the one of that name in the tree.
   * Why it is not known, where there is none or more than one; undefined where the directory has it, or every cluster.
   */
  roleOf(directory: string, binding: KubeObject): KubeObject | string | undefined {
    const kind = textOf(at(binding.node, "roleRef", "kind"));
    const name = textOf(at(binding.node, "roleRef", "name"));
    if (kind === undefined || name === undefined || isUnfilled(kind) || isUnfilled(name)) return undefined;
    const found = this.#once(["role", directory, kind, name, binding.namespace, binding.stated], () =>
      this.#roleOf(directory, binding, { kind, name }),
    );
    return found === SEVERAL
      ? `${kind} ${name}, which ${binding.called} names, is in several directories, each time with other rules`
      : found;
  }

  #roleOf(
    directory: string,
    binding: KubeObject,
    { kind, name }: RoleRef,
  ): KubeObject | string | typeof SEVERAL | undefined {
    const called = `${kind} ${name}`;
    const all = this.#roles.of(called, kind === "Role" ? binding : undefined);
    const same = ({ object }: Named): boolean => kind !== "Role" || object.namespace === binding.namespace;
    const here = all.filter((one) => one.directory === directory);
    if (here.some(same)) return undefined;
    const near = here.length > 0 ? here : all;
    const [first] = near;
    if (first === undefined) return this.#unknownRole(directory, called, { kind, name });
    const rules = new Set(
      near.map(({ object }) => canonicalJson(plainValue(at(object.node, "rules") ?? object.node))),
    );
    return rules.size === 1 ? first.object : SEVERAL;
  }

  #unknownRole(directory: string, called: string, { kind, name }: RoleRef): string | undefined {
    if (HARMLESS.has(called)) return undefined;
    if (kind !== "ClusterRole" || !(USER_FACING.has(name) || name === "cluster-admin"))
      return `${called} is not in these files, and what it lets somebody do is not known`;
    const adds = this.#aggregated.find((one) => one.directory !== directory);
    return adds === undefined || name === "cluster-admin"
      ? undefined
      : `${called} has the rules of ${adds.object.called} as well, if that is of the same cluster`;
  }

  /** A service account of this name that may be the one of an object's namespace: of its directory, or the only one elsewhere. */
  accountOf(directory: string, name: string, of: Whereabouts): KubeObject | undefined {
    return this.#once(["account", directory, name, of.namespace, of.stated], () => {
      const all = this.#accounts.of(name, of);
      const here = all.filter((one) => one.directory === directory);
      const exact = here.find(({ object }) => object.namespace === of.namespace);
      if (exact !== undefined) return exact.object;
      const [first, ...others] = here.length > 0 ? here : all;
      return others.length === 0 ? first?.object : undefined;
    });
  }

  /** Whether a role is bound to a service account: by the same directory; `perhaps` where another one does that may be of its cluster. */
  isBound(directory: string, name: string, of: Whereabouts): boolean | "perhaps" {
    return this.#once(["bound", directory, name, of.namespace, of.stated], () => {
      const all = this.#bound.of(name, of);
      if (all.some((one) => one.directory === directory)) return true;
      return all.length > 0 ? "perhaps" : false;
    });
  }

  /** An answer that is worked out for the first who asks. All that is asked of is added before. */
  #once<T>(question: readonly unknown[], answer: () => T): T {
    const key = JSON.stringify(question);
    if (!this.#answers.has(key)) this.#answers.set(key, answer());
    return this.#answers.get(key) as T;
  }
}

/** Things of one name, by the namespaces that they may be in: what states none gets it when it is applied. */
class ByName<T> {
  readonly #all = new Map<string, T[]>();
  readonly #stated = new Map<string, T[]>();
  readonly #unstated = new Map<string, T[]>();

  add(name: string, { namespace, stated }: Whereabouts, thing: T): void {
    push(this.#all, name, thing);
    if (stated) push(this.#stated, `${namespace} ${name}`, thing);
    else push(this.#unstated, name, thing);
  }

  /** Those that may be in the namespace of something, or all. */
  of(name: string, near?: Whereabouts): readonly T[] {
    if (near?.stated !== true) return this.#all.get(name) ?? [];
    return [...(this.#stated.get(`${near.namespace} ${name}`) ?? []), ...(this.#unstated.get(name) ?? [])];
  }
}

type Whereabouts = Pick<KubeObject, "namespace" | "stated">;

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
