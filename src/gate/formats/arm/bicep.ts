import { counted } from "../../../base/index.ts";
import type { Unread } from "../format.ts";
import type { SourceText } from "../../text/source-text.ts";

/** Source of templates and of parameters, which is read as the JSON that it is built to. */
export const BICEP = /\.bicep(?:param)?$/i;

/** A part of a template that stands in another file of the tree. Source: Azure Bicep, "Modules". */
const MODULE = /^[ \t]*(?:module\s+\w+|import\s[^'\n]*from|using)\s+'([^':\n]+\.bicep)'/gm;

/**
 * Tells source of Bicep that is not there as what it is built to, all of it as one: `main.json` beside `main.bicep`, or a template that takes it
 * as a module and is.
 */
export function* unbuilt(files: readonly SourceText[]): Generator<Unread> {
  const sources = new Map(files.map((source) => [source.path.toLowerCase(), source]));
  const built = new Set<string>();
  const take = (path: string): void => {
    const source = sources.get(path);
    if (source === undefined || built.has(path)) return;
    built.add(path);
    for (const [, module = ""] of source.text.matchAll(MODULE)) take(joined(path, module.toLowerCase()));
  };
  for (const path of sources.keys())
    if (BICEP.test(path) && outputsOf(path).some((output) => sources.has(output))) take(path);
  const left = [...sources].filter(([path]) => BICEP.test(path) && !built.has(path));
  const [first] = left;
  if (first === undefined) return;
  const more = left.length === 1 ? "" : `, and ${counted(left.length - 1, "other")}`;
  const detail = `expected what bicep build makes of it beside it, got none: ${first[1].path}${more} not judged`;
  yield { format: "arm", place: first[1].place(0), reason: "unsupported", detail };
}

function outputsOf(path: string): readonly string[] {
  const stem = path.replace(BICEP, "");
  return path.endsWith(".bicep") ? [`${stem}.json`] : [`${stem}.json`, `${stem}.parameters.json`];
}

/** A path as one of its directory names it. */
function joined(from: string, path: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of path.split("/"))
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  return parts.join("/");
}
