import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import { at, itemsOf, placeOf, textOf, type MapNode, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { yamlDocuments, type YamlDocument } from "../../text/yaml.ts";
import type { Unread } from "../format.ts";

/** One object of a manifest. */
export interface KubeObject {
  /** Without its version; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** `default` where it names none, as `kubectl` has it; of what has no namespace it means nothing. */
  readonly namespace: string;
  /** Whether it names its namespace. */
  readonly stated: boolean;
  readonly node: MapNode;
  /** Where its name stands. */
  readonly spot: Spot;
  /** As people call it, e.g. `Deployment payments/api`. */
  readonly called: string;
}

const HINT = "what a chart makes of its values is not known here: helm template <chart> | countersign gate -";

/** Objects of a file, lists taken apart, and what of it could not be read. */
export function* objectsOf(source: SourceText): Generator<KubeObject | Unread> {
  const brace = source.text.indexOf("{{");
  if (brace !== -1 && isChartTemplate(source)) {
    yield unread(source, brace, "unsupported", `expected a manifest, got a template of a chart; ${HINT}`);
    return;
  }
  for (const { root, slip } of documentsOf(source)) {
    if (slip !== undefined) {
      const templated = brace !== -1 && slip.reason !== "limit";
      yield templated
        ? unread(source, slip.offset, "unsupported", `expected a manifest, got a template; ${HINT}`)
        : unread(source, slip.offset, slip.reason, slip.message);
    }
    if (root !== undefined) yield* objectsIn(root);
  }
}

/** Templates of a chart that are YAML by chance, with values that are none yet. */
function isChartTemplate({ path, text }: SourceText): boolean {
  return /(?:^|\/)templates\//.test(path) || /\{\{[^{}]{0,200}\.(?:Values|Release|Chart)\./.test(text);
}

function* documentsOf(source: SourceText): Generator<YamlDocument> {
  if (/^\s*[[{]/.test(source.text)) {
    try {
      yield { root: readJson(source) };
      return;
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown;
      // YAML in its flow style looks like JSON.
      if (/\.json$/i.test(source.path)) {
        yield { slip: thrown };
        return;
      }
    }
  }
  yield* yamlDocuments(source, { merges: true });
}

function* objectsIn(root: Node): Generator<KubeObject | Unread> {
  const waiting = [root];
  // Grows while it is gone through, by the items of lists.
  for (const node of waiting) {
    if (node.kind === "null") continue;
    // A kustomization is one by its name, and need not say so.
    const bare = node.kind === "map" && at(node, "kind") === undefined && isKustomization(node.source.path);
    const version = bare ? KUSTOMIZE : textOf(at(node, "apiVersion"));
    const kind = bare ? "Kustomization" : textOf(at(node, "kind"));
    if (node.kind !== "map" || kind === undefined || isUnfilled(kind)) {
      yield unread(
        node.source,
        node.start,
        "malformed",
        "expected an object with apiVersion and kind, got something else",
      );
      continue;
    }
    const items = at(node, "items");
    // `kubectl` takes whatever has items for a list, however it is called.
    if (items?.kind === "list" || (items !== undefined && kind.endsWith("List"))) {
      for (const item of itemsOf(items)) waiting.push(item);
      continue;
    }
    for (const one of heldBy(kind, node)) waiting.push(one);
    const named = at(node, "metadata", "name") ?? at(node, "metadata", "generateName");
    const name = textOf(named) ?? "";
    const own = textOf(at(node, "metadata", "namespace"));
    const namespace = own ?? "default";
    const stated = own !== undefined;
    const group = version?.includes("/") === true ? version.slice(0, version.indexOf("/")) : "";
    const called = WITHOUT_NAMESPACE.has(kind) ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
    const spot = named ?? at(node, "kind") ?? node;
    yield { group, kind, name, namespace, stated, node, spot, called: called.trim().slice(0, 512) };
  }
}

/** Where objects of certain kinds hold others whole. Sources: OpenShift, "Using templates"; Open Cluster Management, "ManifestWork"; Hive, "SyncSet"; Crossplane, provider-kubernetes. */
const HOLDING: ReadonlyMap<string, readonly string[]> = new Map([
  ["ManifestWork", ["spec", "workload", "manifests"]],
  ["Object", ["spec", "forProvider", "manifest"]],
  ["SelectorSyncSet", ["spec", "resources"]],
  ["SyncSet", ["spec", "resources"]],
  ["Template", ["objects"]],
]);

function heldBy(kind: string, node: Node): readonly Node[] {
  const path = HOLDING.get(kind);
  const held = path === undefined ? undefined : at(node, ...path);
  return held?.kind === "map" ? [held] : itemsOf(held);
}

const KUSTOMIZE = "kustomize.config.k8s.io/v1beta1";

/** Whether Kustomize takes a file for a kustomization by its name. */
export function isKustomization(path: string): boolean {
  return /(?:^|\/)kustomization(?:\.ya?ml)?$/i.test(path);
}

const WITHOUT_NAMESPACE = new Set([
  ...["ClusterExternalSecret", "ClusterRole", "ClusterRoleBinding", "ClusterSecretStore", "Config"],
  ...["EncryptionConfiguration", "EncryptionConfig", "Kustomization", "Namespace"],
]);

function unread(source: SourceText, offset: number, reason: Unread["reason"], detail: string): Unread {
  return { format: "kubernetes", place: placeOf({ source, start: offset, end: offset }), reason, detail };
}

/** Whether a text waits for Helm, Flux or `envsubst` to fill it in. */
export function isUnfilled(text: string): boolean {
  return /\{\{|\$\{[^{}]{0,256}\}|^\$\(\w+\)$/.test(text);
}

/** A text of a place in an object: undefined where none stands there, and why it is not known where something else fills it in. */
export function settled(node: Node | undefined): { readonly text?: string; readonly unknown?: string } {
  if (node === undefined) return {};
  if (node.kind === "text")
    return isUnfilled(node.text)
      ? { unknown: `${JSON.stringify(node.text.slice(0, 64))} is filled in elsewhere` }
      : { text: node.text };
  if (node.kind === "unknown") return { unknown: node.why };
  return { unknown: "it is no text" };
}
