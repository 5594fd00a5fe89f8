import { appendFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CountersignError, fileError, writeOutput } from "../base/index.ts";
import {
  OUTPUT_FORMATS,
  rendered,
  verdictLine,
  type OutputFormat,
  type OutputTerms,
  type Verdict,
} from "../gate/index.ts";
import type { Environment } from "./environment.ts";

/** One place where the verdict goes. */
export interface Output {
  readonly format: OutputFormat;
  /** Absent: standard output. */
  readonly file?: string;
}

/** Room for a job's summary: GitHub drops one above 1,024 KiB whole. */
const SUMMARY_BYTES = 1_000_000;

/** Below this nothing can be said. */
const LEAST_SUMMARY_BYTES = 4096;

/** What `--output` and `--json` ask for; text where nothing does. E_USAGE for two at once on standard output. */
export function outputsOf(given: readonly string[] = [], json = false): Output[] {
  const outputs = given.map(outputOf);
  if (json) outputs.push({ format: "json" });
  if (outputs.length === 0) return [{ format: "text" }];
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw new CountersignError("E_USAGE", "expected one output on standard output, got several", {
      fix: "Name a file for the others: --output sarif=gate.sarif",
    });
  }
  return outputs;
}

function outputOf(text: string): Output {
  const at = text.indexOf("=");
  const [name, file] = at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const format = OUTPUT_FORMATS.find((one) => one === name);
  if (format === undefined)
    throw new CountersignError("E_USAGE", `expected an output of ${OUTPUT_FORMATS.join(", ")}, got ${name}`);
  if (file === undefined) return { format };
  if (file === "") throw new CountersignError("E_USAGE", `expected a file after ${name}=, got none`);
  return { format, file };
}

/** Writes a verdict to all of its outputs: files whole or not at all, the job's summary at its end. E_DISK. */
export async function tell(
  environment: Environment,
  verdict: Verdict,
  outputs: readonly Output[],
): Promise<void> {
  const { terminal, cwd, env } = environment;
  const summaryFile = env["GITHUB_STEP_SUMMARY"];
  const wanted = outputs.some(({ format }) => format === "github");
  const room =
    wanted && summaryFile !== undefined && summaryFile !== "" ? await roomIn(summaryFile) : undefined;
  const terms: OutputTerms = {
    colour: terminal.columns !== undefined && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb",
    ...(room === undefined ? {} : { summaryBytes: room }),
  };
  for (const { format, file } of outputs) {
    const { text, summary } = await rendered(
      verdict,
      format,
      file === undefined ? terms : { ...terms, colour: false },
    );
    if (file === undefined) terminal.out(text);
    else await writeOutput(resolve(cwd, file), text);
    if (summary !== undefined && room !== undefined) {
      await appendFile(summaryFile ?? "", summary).catch((thrown: unknown) => {
        throw fileError(thrown, summaryFile ?? "", "write");
      });
    }
  }
  if (outputs.every(({ file }) => file !== undefined)) terminal.err(`${verdictLine(verdict)}\n`);
}

/** Bytes that the summary still takes; undefined where that is nothing. */
async function roomIn(file: string): Promise<number | undefined> {
  const used = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const room = SUMMARY_BYTES - used;
  return room < LEAST_SUMMARY_BYTES ? undefined : room;
}
