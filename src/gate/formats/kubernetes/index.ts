import { canonicalJson } from "../../../base/index.ts";
import type { Declared, PlacedChange } from "../../declared.ts";
import { Drafting, Register } from "../../drafting.ts";
import { at, itemsOf, placeOf, plainValue, textOf } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Head, LoadedFormat, Unread } from "../format.ts";
import { brings, broughtUnread, valuesWritten } from "./brought.ts";
import { mayBeYaml } from "../yaml-name.ts";
import { cloudIdentityOf } from "./cloud-identity.ts";
import { unjudged } from "./connections.ts";
import { Elsewhere } from "./elsewhere.ts";
import { kustomized } from "./kustomize.ts";
import { isKustomization, objectsOf, type KubeObject } from "./objects.ts";
import { podOf, stepsWritten, workloadOf, type Beside } from "./pods.ts";
import { RbacDraft, isOtherRbac, isRbac, otherRbac } from "./rbac.ts";
import { handlingOf, writtenIn } from "./secrets.ts";
import { volumesWritten } from "./volumes.ts";

/** Manifests of Kubernetes, also as Helm and Kustomize print them. Those of one directory belong together. */
export const KUBERNETES: LoadedFormat = {
  id: "kubernetes",
  recognises,
  async *load(files, { source, partial = false }, besides) {
    const directories = Map.groupBy(files, ({ path }) => path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    const elsewhere = new Elsewhere();
    const paths = new Set(files.flatMap(({ path }) => upwards(path)));
    const isJudged = (path: string): boolean => partial || paths.has(path);
    const read: ((elsewhere: Elsewhere) => Iterable<Declared | Unread>)[] = [];
    for (const [directory, some] of directories) {
      const kustomizations: KubeObject[] = [];
      const terms = { source: source.kubernetes, elsewhere, kustomizations };
      read.push(yield* readDirectory(directory, some, terms));
      for (const one of kustomizations) yield* kustomized(one, { directory, isJudged, besides });
    }
    for (const done of read) yield* done(elsewhere);
  },
};

/** A path with those of all directories that it is in. */
function upwards(path: string): string[] {
  const above = [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
  return [path, ...above];
}

function recognises(head: Head): boolean {
  if (isKustomization(head.name)) return true;
  return (
    /apiVersion|\\/.test(head.text) && mayBeYaml(head) && head.keys.has("apiVersion") && head.keys.has("kind")
  );
}

/** Where access comes from in a cluster, and what no cluster has of it. Who else is bound, and what is in its secrets, no file tells. */
const TOLD = ["auth_config", "auth_method", "auth_role", "group", "policy_document", "store"] as const;

interface DirectoryTerms {
  readonly source: string;
  /** Gets what others may name. */
  readonly elsewhere: Elsewhere;
  /** Gets those that are there. */
  readonly kustomizations: KubeObject[];
}

/** Reads the objects of one directory; what it declares is known when those of all others are. */
function* readDirectory(
  directory: string,
  files: readonly SourceText[],
  { source, elsewhere: known, kustomizations }: DirectoryTerms,
): Generator<Unread, (elsewhere: Elsewhere) => Iterable<Declared | Unread>> {
  const register = new Register();
  // Facts are of all files of the directory together.
  const drafting = new Drafting(source, files.map(({ text }) => text).join("\n"));
  const rbac = new RbacDraft(drafting, register);
  const workloads: ((beside: Beside) => PlacedChange)[] = [];
  const handling: PlacedChange[] = [];
  const bringing: KubeObject[] = [];
  const written = new Map<string, string>();
  let count = 0;
  for (const object of files.values().flatMap(objectsOf)) {
    if ("detail" in object) {
      yield object;
      continue;
    }
    count += 1;
    const pod = podOf(object);
    if (pod !== undefined) workloads.push(workloadOf(object, pod, register));
    else {
      handling.push(...handlingOf(object));
      if (object.group.includes(".")) stepsWritten(object, register);
    }
    writtenIn(object, register);
    volumesWritten(object, pod, register);
    yield* unjudged(object);
    if (brings(object)) {
      bringing.push(object);
      valuesWritten(object, register, ["spec"]);
    }
    if (isRbac(object)) {
      const twice = declaredTwice(object, written);
      if (twice !== undefined) yield twice;
      rbac.add(object);
    } else if (isOtherRbac(object)) yield otherRbac(object);
    if (isAccount(object)) handling.push(...cloudIdentityOf(object, register));
    if (isRbac(object) || isAccount(object)) known.add(directory, object);
    if (/^(?:Kustomization|Component)$/.test(object.kind) && object.group.startsWith("kustomize.config."))
      kustomizations.push(object);
    for (const name of secretsOf(object)) draftSecret(object, name, { drafting, register });
  }
  yield* broughtUnread(bringing);
  if (count === 0) return () => [];
  return function* (elsewhere) {
    rbac.join((binding) => elsewhere.roleOf(directory, binding));
    const changes = [...workloads.map((done) => done({ directory, elsewhere })), ...handling];
    yield* rbac.unread;
    drafting.add("store", { id: drafting.source, product: "kubernetes" });
    yield register.declared({
      format: "kubernetes",
      provider: "kubernetes",
      path: directory === "" ? "." : directory,
      source: drafting.source,
      after: drafting.side(),
      told: TOLD,
      changes,
    });
  };
}

/**
 * Why a role or binding that is declared before, and otherwise, is not read: whichever is applied last holds, and no file tells which that is. `written`:
 * those before, by what they are called.
 */
function declaredTwice(
  { kind, namespace, name, called, node }: KubeObject,
  written: Map<string, string>,
): Unread | undefined {
  const key = [kind, kind.startsWith("Cluster") ? "" : namespace, name].join(" ");
  const own = canonicalJson(plainValue(node) ?? {});
  const before = written.get(key) ?? own;
  written.set(key, before);
  if (own === before) return undefined;
  const detail = `${called} is declared before, and says otherwise: which of them is applied last is not known`;
  return { format: "kubernetes", place: placeOf(node), reason: "unsupported", detail };
}

function isAccount({ kind, group }: KubeObject): boolean {
  return kind === "ServiceAccount" && group === "";
}

/** Names of the secrets that an object makes, or has something make. */
function secretsOf({ kind, group, name, node }: KubeObject): string[] {
  if (kind === "Secret" && group === "") return [name];
  if (kind === "SealedSecret") return [textOf(at(node, "spec", "template", "metadata", "name")) ?? name];
  if (kind === "ExternalSecret") return [textOf(at(node, "spec", "target", "name")) ?? name];
  if (kind === "VaultStaticSecret" || kind === "VaultDynamicSecret")
    return [textOf(at(node, "spec", "destination", "name")) ?? ""];
  if (kind !== "SecretProviderClass") return [];
  return itemsOf(at(node, "spec", "secretObjects")).map((one) => textOf(at(one, "secretName")) ?? "");
}

function draftSecret(
  { namespace, called, spot }: KubeObject,
  name: string,
  { drafting, register }: { readonly drafting: Drafting; readonly register: Register },
): void {
  if (name === "") return;
  const id = drafting.id(`${namespace}/secrets/${name}`);
  drafting.add("secret", { id, mount: namespace, name, secret_type: "kubernetes_secret" });
  register.declare(id, `${spot.source.path} ${called}`, spot);
}
