import "./hardening.ts";
import type { Actor } from "../review/index.ts";
import { processEnvironment } from "./environment.ts";
import { asCountersignError } from "./output.ts";
import { openDesk } from "./review-desk.ts";
import { makeReport, type ReviewReportOptions } from "./reviewing-report.ts";

/** What the process is asked, once. */
export interface ReportJob {
  readonly campaign: string;
  readonly actor: Actor;
  readonly options: ReviewReportOptions;
}

/** How it answers before it ends. */
export type ReportEnd =
  | { readonly files: readonly { readonly file: string; readonly sha256: string }[] }
  | { readonly code: string; readonly message: string; readonly fix?: string };

/** The evidence of one campaign, made apart from the server: it takes its processor, and memory that is free again afterwards. */
async function made({ campaign, actor, options }: ReportJob, signal: AbortSignal): Promise<ReportEnd> {
  const environment = processEnvironment(signal);
  try {
    const opened = await openDesk(environment, options);
    try {
      const files = await makeReport(environment, { actor, opened }, campaign, options);
      return { files: files.map(({ file, sha256 }) => ({ file, sha256 })) };
    } finally {
      await opened.close();
    }
  } catch (thrown) {
    const { code, message, fix } = asCountersignError(thrown);
    return { code, message, ...(fix === undefined ? {} : { fix }) };
  }
}

// Without the server nobody waits for it.
process.on("disconnect", () => process.exit(1));
process.once("message", (job) => {
  const stop = new AbortController();
  void made(job as ReportJob, stop.signal).then((end) => process.send?.(end, () => process.exit(0)));
});
