import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findExecutable, isExecutable, missing, type Availability } from "./availability.ts";
import { cacheDir, runBuild } from "./cache.ts";

const run = promisify(execFile);
const VERSION = "5.7.0";

/** Microsoft's SARIF Multitool, from npm into the cache of counterparties. It is no dependency: it has 104 MB. Linux alone. */
export async function ensureSarifMultitool(): Promise<Availability<string>> {
  const home = join(cacheDir(), `sarif-multitool-${VERSION}`);
  const binary = join(home, "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool");
  if (isExecutable(binary)) return { found: binary };
  const npm = findExecutable("npm");
  if (npm === undefined || process.platform !== "linux")
    return missing("no npm on Linux for the SARIF Multitool");
  mkdirSync(home, { recursive: true });
  const what = `@microsoft/sarif-multitool-linux@${VERSION}`;
  try {
    await runBuild(npm, ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", what], home);
  } catch (thrown) {
    return missing(
      `npm could not fetch the SARIF Multitool: ${(thrown as Error).message.split("\n")[0] ?? ""}`,
    );
  }
  if (!existsSync(binary)) return missing("the SARIF Multitool's package holds no binary");
  chmodSync(binary, 0o755); // its package forgets to
  return { found: binary };
}

interface Log {
  readonly runs: readonly {
    readonly results?: readonly {
      readonly ruleId: string;
      readonly level?: string;
      readonly message: {
        readonly id?: string;
        readonly arguments?: readonly string[];
        readonly text?: string;
      };
    }[];
    readonly invocations?: readonly {
      readonly toolExecutionNotifications?: readonly { readonly level?: string; readonly message: unknown }[];
    }[];
  }[];
}

/** What it says of a log: `level rule: …`. It ends with 0 whatever it finds, so its own log is read. */
export async function sarifComplaints(binary: string, sarif: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-sarif-"));
  try {
    const [file, log] = [join(folder, "a.sarif"), join(folder, "log.sarif")];
    await writeFile(file, sarif);
    await run(binary, [
      "validate",
      file,
      "-o",
      log,
      "--level",
      "Error;Warning;Note",
      "--rule-kind",
      "Sarif;Ghas",
    ]);
    const { runs } = JSON.parse(await readFile(log, "utf8")) as Log;
    if (runs.length === 0) throw new Error("expected a run in the validator's log, got none");
    return runs.flatMap(({ results = [], invocations = [] }) => [
      ...results.map(
        ({ ruleId, level = "warning", message }) =>
          `${level} ${ruleId}: ${message.text ?? `${message.id ?? ""} ${(message.arguments ?? []).join(" ")}`}`,
      ),
      ...invocations.flatMap(({ toolExecutionNotifications = [] }) =>
        toolExecutionNotifications
          .filter(({ level }) => level === "error")
          .map(({ message }) => `error: ${JSON.stringify(message)}`),
      ),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
