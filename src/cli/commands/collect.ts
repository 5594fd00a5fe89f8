import { Command, Option } from "commander";
import { exitSummary } from "../output.ts";
import type { CommandMaker, CommonOptions } from "./command.ts";

export const configOption = (): Option =>
  new Option("-c, --config <file>", "configuration").default("countersign.yaml");

interface CollectOptions extends CommonOptions {
  readonly source?: readonly string[];
}

export const collectCommand: CommandMaker = (environment, end) =>
  new Command("collect")
    .description(
      "Reads the configured stores into a snapshot. Never writes to a store, never reads a secret's value.",
    )
    .addOption(configOption())
    .option("-s, --source <name...>", "read only these sources")
    .addHelpText(
      "after",
      `
Ctrl-C leaves a journal; the next collect of the same configuration continues there.

Examples:
  $ countersign collect
  $ countersign collect --source payments-vault --json`,
    )
    .action(async (options: CollectOptions) => {
      const { collectSnapshot, collectedText, collectedJson, collectExits, troublesText } =
        await import("../collecting.ts");
      const collected = await collectSnapshot(environment, options);
      const exits = collectExits(collected);
      environment.terminal.out(
        options.json === true
          ? `${JSON.stringify({ ...collectedJson(collected), ...exitSummary(exits) })}\n`
          : collectedText(collected),
      );
      environment.terminal.err(troublesText(collected));
      end(exitSummary(exits).exit);
    });
