import { at, itemsOf, placeOf, textOf, type Node } from "../../text/node.ts";
import type { Besides, Unread } from "../format.ts";
import type { KubeObject } from "./objects.ts";

const BUILD = "give the gate what it makes of it: kustomize build <directory> | countersign gate -";

/** Where something is that is fetched from elsewhere. */
const REMOTE = /^(?:[a-z+]+:|git@|github\.com\/|[^/]+\.[a-z]{2,}\/.*\/\/)|[?&]ref=/i;

/**
 * Fields of which policies judge something, as a patch names them; and what could hide their names. A patch of nothing of that, such as one of
 * replicas, changes no judgement.
 */
const JUDGED =
  /\b(?:env|envFrom|valueFrom|secret\w*|serviceAccount\w*|automount\w*|command|args|data|stringData|rules|verbs|roleRef|subjects|aggregat\w*|refresh\w*|provider\w*|auth|parameters|initContainers|eks\.amazonaws\.com|iam\.gke\.io|azure\.workload)\b|\bcontainers\/(?:\d+|-)(?=["'\s]|$)|\\|\{\{|\$\{/i;

/** Beside these, what of a replacement tells that it changes who a role is given to, or which one. */
const TARGETS = new RegExp(String.raw`${JUDGED.source}|\b(?:Cluster)?Role(?:Binding)?\b|\bcontainers\b`, "i");

/** What one kustomization puts together. */
interface Put {
  readonly directory: string;
  /** Whether a manifest of this path, or below it, is among those that are judged, or did not change. */
  readonly isJudged: (path: string) => boolean;
  readonly besides: Besides;
}

/** What a kustomization takes from where the gate does not look, and changes so that its manifests say something else. */
export async function* kustomized({ node }: KubeObject, put: Put): AsyncGenerator<Unread> {
  const unread = (spot: Node, what: string): Unread => ({
    format: "kubernetes",
    place: placeOf(spot),
    reason: "unsupported",
    detail: `${what}; ${BUILD}`,
  });
  for (const field of ["resources", "bases", "components"])
    for (const one of itemsOf(at(node, field))) {
      const path = textOf(one);
      if (path === undefined || REMOTE.test(path) || !put.isJudged(within(put.directory, path)))
        yield unread(one, `expected ${field} that are among the manifests to be judged, got others`);
    }
  for (const field of ["helmCharts", "helmChartInflationGenerator", "generators", "transformers"])
    for (const one of itemsOf(at(node, field)))
      yield unread(one, `expected no ${field}, which only Kustomize runs, got some`);
  for (const one of itemsOf(at(node, "replacements")))
    if (at(one, "path") !== undefined || TARGETS.test(one.source.text.slice(one.start, one.end)))
      yield unread(
        one,
        "expected a replacement of what no policy is about, got one that changes what is judged",
      );
  for (const field of ["patches", "patchesJson6902", "patchesStrategicMerge"])
    for (const one of itemsOf(at(node, field))) {
      const text = await patchOf(one, put);
      if (text === undefined || JUDGED.test(text))
        yield unread(one, "expected a patch of what no policy is about, got one that changes what is judged");
    }
}

/** The text of a patch; empty where it is a manifest that is judged for what it says. */
async function patchOf(one: Node, { directory, isJudged, besides }: Put): Promise<string | undefined> {
  const written =
    textOf(at(one, "patch")) ?? (textOf(one)?.includes("\n") === true ? textOf(one) : undefined);
  if (written !== undefined) return written;
  const named = textOf(at(one, "path")) ?? textOf(one);
  if (named === undefined || REMOTE.test(named)) return undefined;
  const path = within(directory, named);
  return isJudged(path) ? "" : await besides(path);
}

/** A path that is relative to a directory of the tree. */
function within(directory: string, path: string): string {
  const parts = path.startsWith("/") || directory === "" ? [] : directory.split("/");
  for (const part of path.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
