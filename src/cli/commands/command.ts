import type { Command } from "commander";
import type { ExitCode } from "../../base/index.ts";
import type { Environment } from "../environment.ts";

/** Makes one command; `end` says with what code the process ends when the command has not thrown. */
export type CommandMaker = (environment: Environment, end: (code: ExitCode) => void) => Command;

/** Options of every command, as commander gives them. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly config?: string;
}
