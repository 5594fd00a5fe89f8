import { Command, Option } from "commander";
import { configOption } from "./collect.ts";
import type { CommandMaker } from "./command.ts";
import type { PeopleOptions } from "../people-check.ts";

/** `people …`: who is behind each principal, by the rosters of the newest snapshot. */
export const peopleCommand: CommandMaker = (environment, end) => {
  const command = new Command("people")
    .description("Shows who is behind each principal, by rosters of people.")
    .addHelpText("after", "\nExample:\n  $ countersign people check");
  command
    .command("check")
    .addOption(configOption())
    .addOption(new Option("-f, --from <snapshot>", "a snapshot's id or directory; default: the newest"))
    .description(
      "People against principals: counts on both sides, leavers with access, who fits several, who fits nobody.",
    )
    .addHelpText(
      "after",
      `
Ends with 1 where somebody who left still has access, else with 3 where a list or a store could not be read whole, or a
principal fits several people. Text names the first twenty of each; --json has all. docs/people.md tells the rules.

Examples:
  $ countersign people check
  $ countersign people check --json`,
    )
    .action(async (options: PeopleOptions) => {
      const { checkPeople } = await import("../people-check.ts");
      end(await checkPeople(environment, options));
    });
  return command;
};
