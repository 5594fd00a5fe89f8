import { Command, Option } from "commander";
import { diffCommand } from "./access-diff.ts";
import { configOption } from "./collect.ts";
import type { AccessOptions } from "../access-queries.ts";
import type { CommandMaker } from "./command.ts";

/** `access …`: who can do what to a secret, by which policy line, through which role or group. */
export const accessCommand: CommandMaker = (environment, end) => {
  const command = new Command("access")
    .description("Shows who can do what to each secret, and by which path.")
    .addHelpText("after", "\nExample:\n  $ countersign access who-can kv/payments/db --action read");
  const exploring = async () => import("../access-queries.ts");
  const onSnapshot = (name: string): Command =>
    command
      .command(name)
      .addOption(configOption())
      .addOption(new Option("-f, --from <snapshot>", "a snapshot's id or directory; default: the newest"));
  const actions = ["read", "list", "write", "delete", "rotate", "share", "administer"];

  onSnapshot("who-can")
    .argument("<secret>", "id of a secret or key, or the end of one that is unique")
    .addOption(new Option("-a, --action <action>", "only this action").choices(actions))
    .addOption(new Option("--all", "list also those whom only what could not be read may let in"))
    .description("Every principal that can reach a secret.")
    .addHelpText(
      "after",
      "\n`share`: hands the value, or a way in to it, to somebody else, or comes to it by credentials of others that it makes or sets, or" +
        "\nby work that it has done as them. `administer`: may give itself or others any of the rest." +
        "\nWho assumes an AWS role does what the role does.\n" +
        "\nExample:\n  $ countersign access who-can kv/payments/db --action read",
    )
    .action(async (secret: string, options: AccessOptions) =>
      end(await (await exploring()).whoCan(environment, secret, options)),
    );
  onSnapshot("what-can")
    .argument("<principal>", "id or name of a principal, or the end of an id that is unique")
    .description(
      "Every secret and key of the snapshot that a principal can reach; not paths where nothing is yet.",
    )
    .addHelpText("after", "\nExample:\n  $ countersign access what-can auth/approle/role/payments-api")
    .action(async (principal: string, options: AccessOptions) =>
      end(await (await exploring()).whatCan(environment, principal, options)),
    );
  onSnapshot("path")
    .argument("<principal>")
    .argument("<secret>")
    .description("How a principal comes to a secret: role, group, policy and line.")
    .addHelpText("after", "\nExample:\n  $ countersign access path ada.lindqvist kv/payments/db")
    .action(async (principal: string, secret: string, options: AccessOptions) =>
      end(await (await exploring()).accessPath(environment, principal, secret, options)),
    );
  command.addCommand(diffCommand(environment, end));
  command
    .command("simulate")
    .argument("<world>", "world file (JSON, or NDJSON with one world a line); - for standard input")
    .description(
      "Answers the questions of a world file, without any store. docs/world-format.md describes it.",
    )
    .addHelpText("after", "\nExample:\n  $ countersign access simulate world.json")
    .action(async (file: string) => end(await (await exploring()).simulateWorld(environment, file)));
  return command;
};
