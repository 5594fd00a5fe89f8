import { Command, CommanderError, Option } from "commander";
import { CountersignError, EXIT, fileError, type ExitCode } from "../base/index.ts";
import { commandsFor } from "./commands/index.ts";
import { processEnvironment, productVersion, sayError } from "./environment.ts";
import { interruptedBy } from "./interrupt.ts";
import { asCountersignError, errorJson, errorText } from "./output.ts";

const DESCRIPTION =
  "Proves who can reach every secret, and whether each secrets store is configured, rotated and watched as SOC 2, " +
  "ISO 27001, HIPAA and NIST ask. What could not be read is a gap, and a gap is never a pass.";

const EPILOGUE = `
Exit codes:
  0 pass   1 violations   2 usage, configuration or policy error   3 incomplete evidence
  4 integrity failure   5 environment   70 a bug of ours   130 interrupted

Examples:
  $ countersign demo                      a report from a recorded estate, no store needed
  $ countersign init                      write countersign.yaml and print the policy to install
  $ countersign run                       collect, assess and report
  $ countersign access who-can kv/payments/db

State is kept in .countersign beside countersign.yaml, or where COUNTERSIGN_STATE says.`;

/** Runs one command line and says how the process should end. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  const environment = processEnvironment(interruptedBy(process));
  let exit: ExitCode = EXIT.pass;
  const program = new Command("countersign")
    .description(DESCRIPTION)
    .version(productVersion())
    .addHelpText("after", EPILOGUE)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: environment.terminal.out,
      writeErr: environment.terminal.err,
      outputError: (text, write) => {
        write(usageText(withoutValues(text)));
      },
    });
  for (const command of await commandsFor(argv[2]))
    program.addCommand(command(environment, (code) => (exit = code)));
  inheritSettings(program);
  try {
    await program.parseAsync(argv);
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.pass;
    // What is wrong with a command line has been said by then, as text.
    const said = thrown instanceof CommanderError;
    const error = said
      ? new CountersignError("E_USAGE", withoutValues(thrown.message))
      : asCountersignError(thrown);
    if (!said) environment.terminal.err(errorText(error));
    if (argv.includes("--json")) environment.terminal.out(`${JSON.stringify(errorJson(error))}\n`);
    if (error.code === "E_INTERNAL" && thrown instanceof Error)
      environment.terminal.err(`${thrown.stack ?? ""}\n`);
    return error.exit;
  }
}

/** What the command line's parser says of it, as every other error is told; what was perhaps meant is the fix. */
function usageText(complaint: string): string {
  const told = complaint
    .replace(/^error: /, "countersign: E_USAGE: ")
    .replace(/^\((Did you mean .*)\)$/m, "  fix: $1");
  const isLost = /^countersign: E_USAGE: unknown command /.test(told) && !told.includes("\n  fix: ");
  return isLost ? `${told}  fix: Write --help in its place: that lists the commands\n` : told;
}

/** A complaint about an option without what was given to it: somebody may take `--value=…` for how a secret is put. */
function withoutValues(complaint: string): string {
  return complaint.replaceAll(/'(--?[^=']+)=[^']*'/g, "'$1=…'");
}

/** Subcommands throw and print as the program does, and know `--json` as well. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    if (command.commands.length === 0 && !command.options.some(({ long }) => long === "--json")) {
      command.addOption(new Option("--json", "results and errors as JSON on standard output"));
    }
    inheritSettings(command);
  }
}

/** A closed pipe (`| head`) is the reader's choice, not an error: the verdict stays what it is. */
const isClosedPipe = ({ code }: NodeJS.ErrnoException): boolean => code === "EPIPE";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (isClosedPipe(error)) return;
  const failure = fileError(error, "standard output", "write");
  sayError(errorText(failure));
  process.exit(failure.exit);
});

/** Where nobody can be told anything, the exit code alone speaks. */
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (!isClosedPipe(error)) process.exit(EXIT.environment);
});
