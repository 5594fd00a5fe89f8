import type { Verdict } from "../verdict.ts";
import type { TextTerms } from "./text.ts";

export { verdictLine } from "./words.ts";

/** How a verdict can be told. */
export const OUTPUT_FORMATS = [
  "text",
  "json",
  "sarif",
  "junit",
  "github",
  "gitlab",
  "markdown",
  "conftest",
  "tap",
  "table",
] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Where a verdict is told. */
export interface OutputTerms extends TextTerms {
  /** Bytes that the summary of the job may have; absent where there is no such summary. */
  readonly summaryBytes?: number;
}

export interface Rendered {
  readonly text: string;
  /** Markdown for the summary of a pipeline's job, where the output has more than fits. */
  readonly summary?: string;
}

/** A verdict in one format. Each is loaded when it is asked for: the gate has to begin at once. */
export async function rendered(
  verdict: Verdict,
  format: OutputFormat,
  terms: OutputTerms = {},
): Promise<Rendered> {
  switch (format) {
    case "text":
      return { text: (await import("./text.ts")).verdictText(verdict, terms) };
    case "json":
      return { text: (await import("./json.ts")).jsonText(verdict) };
    case "sarif":
      return { text: (await import("./sarif.ts")).verdictSarif(verdict) };
    case "junit":
      return { text: (await import("./junit.ts")).verdictJunit(verdict) };
    case "gitlab":
      return { text: (await import("./gitlab.ts")).verdictGitlab(verdict) };
    case "markdown":
      return { text: (await import("./markdown.ts")).verdictMarkdown(verdict) };
    case "conftest":
      return { text: (await import("./conftest.ts")).conftestJson(verdict) };
    case "tap":
      return { text: (await import("./conftest.ts")).conftestTap(verdict) };
    case "table":
      return { text: (await import("./conftest.ts")).conftestTable(verdict) };
    case "github": {
      const { commands, summary } = (await import("./github.ts")).verdictGithub(verdict, terms.summaryBytes);
      return { text: commands, summary };
    }
  }
}
