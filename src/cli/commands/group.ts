import { Command } from "commander";
import type { ExitCode } from "../../base/index.ts";
import type { Environment } from "../environment.ts";
import type { CommandMaker } from "./command.ts";

/** Adds subcommands to `parent`; `run` loads what they do, and ends the process as that says. */
export type Adding<Commands> = (
  parent: Command,
  environment: Environment,
  run: (work: (made: Commands) => Promise<ExitCode>) => Promise<void>,
) => void;

export interface GroupTerms<Commands> {
  readonly name: string;
  readonly description: string;
  /** Follows the help. */
  readonly epilogue: string;
  /** Loaded when a subcommand runs, not for the help. */
  readonly load: () => Promise<Commands>;
  readonly adding: readonly Adding<Commands>[];
}

/** A command that is only subcommands. */
export function commandGroup<Commands>({
  name,
  description,
  epilogue,
  load,
  adding,
}: GroupTerms<Commands>): CommandMaker {
  return (environment, end) => {
    const command = new Command(name).description(description).addHelpText("after", epilogue);
    for (const add of adding) add(command, environment, async (work) => end(await work(await load())));
    return command;
  };
}
