import { compareStrings, counted, oneLine } from "../base/index.ts";
import { LEFT_OUT, type LeftOutPath } from "./tree.ts";
import type { LeftOut } from "./verdict.ts";

/** Most paths that are named of one reason; the count is over all. */
const MAX_NAMED = 50;

/** Most that stand in a line. */
const MAX_SHOWN = 5;

/** What was left out, by why, each path once. Of what a change does not touch only the count is told. */
export function leftOutOf(all: readonly LeftOutPath[]): LeftOut[] {
  return LEFT_OUT.flatMap((why) => {
    const paths = [...new Set(all.filter((one) => one.why === why).map(({ path }) => path))];
    if (paths.length === 0) return [];
    const named = why === "unchanged" ? [] : paths.sort(compareStrings).slice(0, MAX_NAMED);
    return [{ why, path_count: paths.length, paths: named }];
  });
}

const SAID: Readonly<Record<LeftOut["why"], string>> = {
  ignored: "git ignores it",
  link: "it is a link to what is looked at where it lies, or to no input",
  not_entered: "others wrote it",
  not_text: "it is no text",
  special: "it is neither a file nor a directory",
  submodule: "it is another repository's",
  unchanged: "the change does not touch it",
};

/** What was left out of one reason, in a sentence. `quote`: how a path stands in it. */
export function leftOutLine(
  { why, path_count, paths }: LeftOut,
  quote: (path: string) => string = oneLine,
): string {
  const shown = paths.slice(0, MAX_SHOWN).map(quote);
  if (shown.length > 0 && path_count > shown.length) shown.push("…");
  const named = shown.length === 0 ? "" : ` (${shown.join(", ")})`;
  const fix = why === "ignored" || why === "not_entered" ? "; what is named is looked at" : "";
  return `Not looked at, since ${SAID[why]}: ${counted(path_count, "path")}${named}${fix}.`;
}
