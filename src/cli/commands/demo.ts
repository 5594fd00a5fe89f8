import { Command, Option } from "commander";
import type { DemoOptions } from "../demonstration.ts";
import type { CommandMaker } from "./command.ts";

export const demoCommand: CommandMaker = (environment, end) =>
  new Command("demo")
    .description(
      "Makes an evidence report from the recorded estate of a company that does not exist, with realistic faults.",
    )
    .addOption(new Option("--estate <name>", "which recording").choices(["vault", "aws"]).default("vault"))
    .addOption(new Option("-o, --out <directory>", "where the report goes").default("out"))
    .addOption(new Option("--page <size>", "paper").choices(["a4", "letter"]).default("a4"))
    .addHelpText(
      "after",
      "\nNothing is sent anywhere and no store is needed.\n\nExample:\n  $ countersign demo --out out\n  $ countersign demo --estate aws",
    )
    .action(async (options: DemoOptions) => {
      const { demonstrate } = await import("../demonstration.ts");
      end(await demonstrate(environment, options));
    });
