import { Command, InvalidArgumentError } from "commander";
import type { CommandMaker, CommonOptions } from "./command.ts";

interface BuildOptions extends CommonOptions {
  readonly out: string;
}

interface FormatOptions extends CommonOptions {
  readonly check?: boolean;
}

interface TestOptions extends CommonOptions {
  readonly coverage?: number;
}

function percentage(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}(\.\d+)?$/.test(text) && value <= 100) return value;
  throw new InvalidArgumentError("expected a number from 0 to 100");
}

/** `policy …`: everything that an author of policies needs, with nothing but this package. */
export const policyCommand: CommandMaker = (environment, end) => {
  const command = new Command("policy")
    .description("Lists, shows, checks, tests, formats and compiles Rego policies.")
    .addHelpText("after", "\nExample:\n  $ countersign policy list");
  const authoring = async () => import("../policy-authoring.ts");
  const directory = "[directory]";
  const where = "directory of policies; default: our own";

  command
    .command("list")
    .argument(directory, where)
    .description("Lists policies: id, subject, severity, title.")
    .addHelpText("after", "\nExample:\n  $ countersign policy list --json")
    .action(async (path: string | undefined, options: CommonOptions) =>
      end(await (await authoring()).listPolicyCommand(environment, path, options)),
    );
  command
    .command("show")
    .argument("<id>", "id of a policy of ours, as in `policy list` and in a finding")
    .description(
      "Tells what a policy asks and why, its parameters, how to mend what fails it, and its controls.",
    )
    .addHelpText("after", "\nExample:\n  $ countersign policy show too_many_readers")
    .action(async (id: string, options: CommonOptions) =>
      end(await (await import("../policy-page.ts")).showPolicyCommand(environment, id, options)),
    );
  command
    .command("check")
    .argument(directory, where)
    .description("Checks language, types against the schemas, annotations and paths.")
    .addHelpText("after", "\nExample:\n  $ countersign policy check policies")
    .action(async (path: string | undefined, options: CommonOptions) =>
      end(await (await authoring()).checkPolicyCommand(environment, path, options)),
    );
  command
    .command("test")
    .argument(directory, where)
    .description("Runs the policies' tests and says which lines no test reaches.")
    .option("--coverage <percent>", "exit 2 where tests reach less than this of the lines", percentage)
    .addHelpText("after", "\nExample:\n  $ countersign policy test my-policies --coverage 100")
    .action(async (path: string | undefined, options: TestOptions) =>
      end(await (await authoring()).testPolicyCommand(environment, path, options)),
    );
  command
    .command("format")
    .argument(directory, where)
    .option("--check", "write nothing; exit 1 when something would change")
    .description("Formats Rego in place.")
    .addHelpText("after", "\nExample:\n  $ countersign policy format --check policies")
    .action(async (path: string | undefined, options: FormatOptions) =>
      end(await (await authoring()).formatPolicyCommand(environment, path, options)),
    );
  command
    .command("build")
    .argument(directory, where)
    .option("-o, --out <file>", "bundle to write", "bundle.tar.gz")
    .description("Compiles policies to a Wasm bundle; the same policies give the same bytes.")
    .addHelpText("after", "\nExample:\n  $ countersign policy build policies --out policies/bundle.tar.gz")
    .action(async (path: string | undefined, options: BuildOptions) =>
      end(await (await authoring()).buildPolicyCommand(environment, path, options)),
    );
  return command;
};
