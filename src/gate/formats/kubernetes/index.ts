import type { Declared, PlacedChange } from "../../declared.ts";
import { Drafting, Register } from "../../drafting.ts";
import { at, itemsOf, textOf } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Head, InputFormat, Surroundings, Unread } from "../format.ts";
import { objectsOf, type KubeObject } from "./objects.ts";
import { podOf, workloadOf, type Beside } from "./pods.ts";
import { boundAccounts, RbacDraft, isRbac } from "./rbac.ts";
import { handlingOf, writtenIn } from "./secrets.ts";

/** Manifests of Kubernetes, also as Helm and Kustomize print them. Those of one directory belong together. */
export const KUBERNETES: InputFormat = {
  id: "kubernetes",
  recognises,
  *read(files, surroundings) {
    const directories = Map.groupBy(files, ({ path }) => path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    for (const [directory, some] of directories) yield* readDirectory(directory, some, surroundings);
  },
};

function recognises({ name, text }: Head): boolean {
  if (/^kustomization(?:\.ya?ml)?$/i.test(name)) return true;
  if (/\.json$/i.test(name))
    return (
      /"apiVersion"\s*:/.test(text) &&
      /"kind"\s*:/.test(text) &&
      !/"\$schema"\s*:|"contentVersion"\s*:/.test(text)
    );
  return (
    /\.ya?ml$/i.test(name) && /^["']?apiVersion["']?\s*:/m.test(text) && /^["']?kind["']?\s*:/m.test(text)
  );
}

function* readDirectory(
  directory: string,
  files: readonly SourceText[],
  { source }: Surroundings,
): Generator<Declared | Unread> {
  const register = new Register();
  // Facts are of all files of the directory together.
  const drafting = new Drafting(source.kubernetes, files.map(({ text }) => text).join("\n"));
  const rbac = new RbacDraft(drafting, register);
  const workloads: ((beside: Beside) => PlacedChange)[] = [];
  const handling: PlacedChange[] = [];
  // Kept whole, since others ask them.
  const asked: KubeObject[] = [];
  let count = 0;
  for (const object of files.values().flatMap(objectsOf)) {
    if ("detail" in object) {
      yield object;
      continue;
    }
    count += 1;
    const pod = podOf(object);
    if (pod !== undefined) workloads.push(workloadOf(object, pod, register));
    else handling.push(...handlingOf(object));
    writtenIn(object, register);
    if (isRbac(object)) rbac.add(object);
    if (isRbac(object) || object.kind === "ServiceAccount") asked.push(object);
    for (const name of secretsOf(object)) draftSecret(object, name, { drafting, register });
  }
  if (count === 0) return;
  const accounts = asked.filter(({ kind, group }) => kind === "ServiceAccount" && group === "");
  const beside: Beside = {
    serviceAccounts: new Map(accounts.map((one) => [`${one.namespace}/${one.name}`, one])),
    bound: boundAccounts(asked),
  };
  const changes = [...workloads.map((done) => done(beside)), ...handling];
  yield* rbac.unread;
  drafting.add("store", { id: drafting.source, product: "kubernetes" });
  const after = drafting.side();
  const path = directory === "" ? "." : directory;
  yield register.declared({
    format: "kubernetes",
    provider: "kubernetes",
    path,
    source: drafting.source,
    after,
    told: [],
    changes,
  });
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
