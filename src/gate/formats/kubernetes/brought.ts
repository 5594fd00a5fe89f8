import { counted } from "../../../base/index.ts";
import type { Register } from "../../drafting.ts";
import { at, entriesOf, itemsOf, placeOf, textOf, type Node } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { isSettingCredential, settingCredentials } from "../workload/credential-text.ts";
import { isUnfilled, type KubeObject } from "./objects.ts";

/**
 * Kinds by which a cluster fetches other manifests, by group; what these say is in no file here. Sources: Argo CD, "Declarative setup" and
 * "ApplicationSet"; Flux, "Kustomization" and "HelmRelease"; K3s, "Helm"; Fleet, "GitRepo"; Config Sync, "RootSync and RepoSync"; Carvel, "App
 * CR" and "PackageInstall"; Open Cluster Management, "Subscription"; Cluster API, "ClusterResourceSet"; Crossplane, "Release".
 */
const BRINGING: readonly (readonly [group: RegExp, kinds: RegExp])[] = [
  [/^argoproj\.io$/, /^Application(?:Set)?$/],
  [/\.toolkit\.fluxcd\.io$/, /^(?:Kustomization|HelmRelease)$/],
  [/^fluxcd\.controlplane\.io$/, /^(?:FluxInstance|ResourceSet)$/],
  [/^helm\.cattle\.io$/, /^HelmChart(?:Config)?$/],
  [/^fleet\.cattle\.io$/, /^(?:GitRepo|HelmOp|Bundle)$/],
  [/^configsync\.gke\.io$/, /^(?:Root|Repo)Sync$/],
  [/^kappctrl\.k14s\.io$|^packaging\.carvel\.dev$/, /^(?:App|PackageInstall)$/],
  [/^apps\.open-cluster-management\.io$/, /^Subscription$/],
  [/^addons\.cluster\.x-k8s\.io$/, /^(?:ClusterResourceSet|HelmChartProxy)$/],
  [/^helm(?:\.m)?\.crossplane\.io$/, /^Release$/],
  [/^operators\.coreos\.com$/, /^ClusterServiceVersion$/],
];

const RENDER = "give the gate what it brings: helm template, or kustomize build, | countersign gate -";

/** Whether an object has a cluster fetch others. */
export function brings({ group, kind }: KubeObject): boolean {
  return BRINGING.some(([groups, kinds]) => groups.test(group) && kinds.test(kind));
}

/** Tells which kinds of a directory bring manifests that nobody reads, one each: these are not judged, and no pass. */
export function* broughtUnread(objects: readonly KubeObject[]): Generator<Unread> {
  const kinds = Map.groupBy(objects, ({ group, kind }) => `${kind} of ${group}`);
  for (const [kind, [first, ...others]] of kinds) {
    if (first === undefined) continue;
    const more = others.length === 0 ? "" : `, and ${counted(others.length, "other")} of its kind`;
    yield {
      format: "kubernetes",
      place: placeOf(first.spot),
      reason: "unsupported",
      detail: `${kind} brings manifests that are not read: those of ${first.called}${more} not judged; ${RENDER}`,
    };
  }
}

/** Credentials among the values that an object hands to what it brings: as a map, as YAML in a text, or as names with values. */
export function valuesWritten(
  { node, called }: KubeObject,
  register: Register,
  within: readonly string[],
): void {
  const add = (value: Node, name: string): void => {
    register.credential("kubernetes-values-literal", value, `${called} ${name}`);
  };
  const waiting: { readonly node: Node; readonly path: string }[] = [];
  const values = at(node, ...within);
  if (values !== undefined) waiting.push({ node: values, path: within.join(".") });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path } = next;
    const name = textOf(at(next.node, "name"));
    const value = at(next.node, "value");
    if (name !== undefined && value !== undefined && isLiteral(name, value)) add(value, `${path} ${name}`);
    for (const item of itemsOf(next.node)) waiting.push({ node: item, path });
    for (const [key, entry] of entriesOf(next.node).toReversed()) {
      const below = `${path}.${key}`.slice(-256);
      if (isLiteral(key, entry.value)) add(entry.value, below);
      else for (const found of namesIn(entry.value)) add(entry.value, `${below} ${found}`);
      waiting.push({ node: entry.value, path: below });
    }
  }
}

function isLiteral(name: string, value: Node): boolean {
  const text = value.kind === "number" ? String(value.number) : textOf(value);
  return text !== undefined && !isUnfilled(text) && isSettingCredential(name, text);
}

/** What a text of several lines sets to credentials. */
function namesIn(value: Node): string[] {
  const text = textOf(value);
  return text?.includes("\n") === true ? settingCredentials(text).map(({ name }) => name) : [];
}
