import { Command, InvalidArgumentError, Option } from "commander";
import { exitSummary } from "../output.ts";
import { MAX_EARLIER, type Environment } from "../environment.ts";
import { configOption } from "./collect.ts";
import type { CommandMaker, CommonOptions } from "./command.ts";

interface AssessOptions extends CommonOptions {
  readonly from?: string;
  readonly history: number;
}

interface ReportOptions extends AssessOptions {
  readonly out: string;
  readonly page: "a4" | "letter";
}

const fromOption = (): Option =>
  new Option("-f, --from <snapshot>", "a snapshot's id or directory; default: the newest");

const historyOption = (): Option =>
  new Option("--history <number>", "earlier snapshots to follow findings through; 0: none")
    .default(MAX_EARLIER)
    .argParser(wholeNumber);

function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= MAX_EARLIER) return Number(text);
  throw new InvalidArgumentError(`expected a whole number from 0 to ${MAX_EARLIER}`);
}

const reportOptions = (command: Command): Command =>
  command
    .addOption(new Option("-o, --out <directory>", "where the report goes").default("out"))
    .addOption(new Option("--page <size>", "paper").choices(["a4", "letter"]).default("a4"))
    .addOption(historyOption());

export const assessCommand: CommandMaker = (environment, end) =>
  new Command("assess")
    .description("Judges a snapshot, offline: facts, effective access, policies, controls.")
    .addOption(configOption())
    .addOption(fromOption())
    .addOption(historyOption())
    .addHelpText(
      "after",
      `
The same snapshot, earlier snapshots and configuration give the same bytes, on any machine. An earlier snapshot that was
judged here once and is gone is named, and so is a store that only earlier ones looked at.

Examples:
  $ countersign assess
  $ countersign assess --from 20260930T060000Z-4be1f0a9c2d7 --json`,
    )
    .action(async (options: AssessOptions) => {
      const { assessCommandLine, packageJson, packageText, packageExits } = await import("../reporting.ts");
      const evidence = await assessCommandLine(environment, options);
      const summary = exitSummary(packageExits(evidence));
      print(environment, options, { ...packageJson(evidence), ...summary }, packageText(evidence));
      end(summary.exit);
    });

export const reportCommand: CommandMaker = (environment, end) =>
  reportOptions(
    new Command("report")
      .description("Judges a snapshot and writes the evidence report: PDF, CSV and the evidence package.")
      .addOption(configOption())
      .addOption(fromOption()),
  )
    .addHelpText(
      "after",
      `
Without --from, a newest snapshot that read no store takes no earlier report's place: E_UNSEEN names the last that did.

Examples:
  $ countersign report
  $ countersign report --from 20260930T060000Z-4be1f0a9c2d7 --out evidence/2026-q3 --page letter`,
    )
    .action(async (options: ReportOptions) => {
      const { reportCommandLine, packageJson, packageText, packageExits, filesText } =
        await import("../reporting.ts");
      const { evidence, files } = await reportCommandLine(environment, options);
      const summary = exitSummary(packageExits(evidence));
      print(
        environment,
        options,
        { ...packageJson(evidence), files, ...summary },
        packageText(evidence) + filesText(files),
      );
      end(summary.exit);
    });

export const runCommand: CommandMaker = (environment, end) =>
  reportOptions(
    new Command("run")
      .description("Collects, assesses and reports: the command to schedule. Snapshots accumulate.")
      .addOption(configOption()),
  )
    .addHelpText(
      "after",
      `
Schedule it from the first day: evidence over a period cannot be made up afterwards. The report of the last run stays
until a new one is whole, and where no store could be read at all: the exit code tells, and the snapshot is kept. That the
embedded vault could be read counts only where it is the only source, or where it is not intact. Where something could be
read and a listing failed, the new report says INCOMPLETE first, and names the last snapshot that was complete.

Examples:
  $ countersign run
  $ countersign run --out evidence/$(date -u +%F) --json`,
    )
    .action(async (options: ReportOptions) => {
      const collecting = await import("../collecting.ts");
      const reporting = await import("../reporting.ts");
      await reporting.finishLastReport(environment, options);
      const prepared = await (await import("../rulebook.ts")).prepare(environment, options);
      const collected = await collecting.collectSnapshot(environment, options, prepared);
      environment.terminal.err(collecting.troublesText(collected));
      const from = collected.manifest.snapshot_id;
      const exits = collecting.collectExits(collected);
      const json = { collected: collecting.collectedJson(collected) };
      const { reportable, unreadSources } = await import("../unread.ts");
      const worth = reportable(collected);
      if (worth === "no") {
        const failed = exitSummary(exits);
        print(
          environment,
          options,
          { ...json, ...failed },
          reporting.unreportedText(from, options, unreadSources(collected)),
        );
        end(failed.exit);
        return;
      }
      if (worth === "damage") environment.terminal.err(reporting.DAMAGE_TEXT);
      const { evidence, files } = await reporting.reportCommandLine(
        environment,
        { ...options, from, outcomes: "reuse" },
        prepared,
      );
      const summary = exitSummary([...exits, ...reporting.packageExits(evidence)]);
      print(
        environment,
        options,
        { ...json, ...reporting.packageJson(evidence), files, ...summary },
        reporting.packageText(evidence) + reporting.filesText(files),
      );
      end(summary.exit);
    });

function print({ terminal }: Environment, { json }: CommonOptions, value: object, text: string): void {
  terminal.out(json === true ? `${JSON.stringify(value)}\n` : text);
}
