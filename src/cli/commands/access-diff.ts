import { Command, Option } from "commander";
import type { DiffOptions } from "../access-diffing.ts";
import { configOption } from "./collect.ts";
import type { CommandMaker } from "./command.ts";

/** `access diff <paths…>`: who gains or loses what by a change. */
export const diffCommand: CommandMaker = (environment, end) =>
  new Command("diff")
    .argument("<paths...>", "plan, template, policies, manifests, or directories of them")
    .addOption(configOption())
    .option("--base <ref>", "hold the files against those of this commit")
    .option(
      "--against <snapshot>",
      "hold the change against what was collected: a snapshot's id or directory, latest, or none (default: latest, where a snapshot is kept and no --base is given)",
    )
    .option("--source <dir>", "configuration that a plan was made of (default: beside the plan)")
    .addOption(
      new Option("--format <format>", "how it is told").choices(["text", "markdown", "csv"]).default("text"),
    )
    .description("Who gains or loses which secrets by a change, and by which statement.")
    .addHelpText(
      "after",
      `
A change is put on the newest snapshot where one is kept that has its source, and of gains it is told whether they were requested. Without one, or with \`--against none\`, a plan is held against what it found itself. Exit 0: everything was compared, whatever the differences; 3: something was not, or is not decided.
\`countersign gate\` judges the same differences by the policies.

Examples:
  $ terraform show -json plan.out > plan.json && countersign access diff plan.json
  $ countersign access diff policies/ --base origin/main
  $ countersign access diff plan.json --against none
  $ countersign access diff plan.json --format markdown > comment.md`,
    )
    .action(async (paths: readonly string[], options: DiffOptions) => {
      const { diffAccess } = await import("../access-diffing.ts");
      end(await diffAccess(environment, paths, options));
    });
