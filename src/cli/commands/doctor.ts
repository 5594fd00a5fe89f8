import { Command } from "commander";
import { configOption } from "./collect.ts";
import type { CommandMaker, CommonOptions } from "./command.ts";

export const doctorCommand: CommandMaker = (environment, end) =>
  new Command("doctor")
    .description("Checks this machine, the configuration, the stores and the state, and says what to do.")
    .addOption(configOption())
    .addHelpText("after", "\nExample:\n  $ countersign doctor --json")
    .action(async (options: CommonOptions) => {
      const { examine } = await import("../examination.ts");
      end(await examine(environment, options));
    });
