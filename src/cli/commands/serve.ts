import { Command } from "commander";
import { configOption } from "./collect.ts";
import type { CommandMaker, CommonOptions } from "./command.ts";

const EPILOGUE = `
Without serve.oidc, people sign in by links that are good once. Beyond this machine it listens with TLS alone, or behind a
proxy that has it: docs/serve.md.

Examples:
  $ countersign serve
  $ countersign serve link mia.hart@example.com`;

/** `serve`, `serve link`: the access review in the browser. */
export const serveCommand: CommandMaker = (environment, end) => {
  const command = new Command("serve")
    .description("Serves the access review to browsers, on 127.0.0.1 unless serve.host says otherwise.")
    .addOption(configOption())
    .option("--json", "the address as JSON on standard output")
    .addHelpText("after", EPILOGUE)
    .action(async (options: CommonOptions) => {
      const { serve } = await import("../serving.ts");
      end(await serve(environment, options));
    });
  command
    .command("link")
    .argument("<email>", "whom to let in, as the rosters and review.roles know them")
    .addOption(configOption())
    .description("Prints a link by which one person signs in, once.")
    .addHelpText("after", "\nExample:\n  $ countersign serve link mia.hart@example.com")
    .action(async (email: string, options: CommonOptions) => {
      const { serveLink } = await import("../serving.ts");
      end(await serveLink(environment, email, options));
    });
  return command;
};
