import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { accessCommand } from "../../src/cli/commands/access.ts";
import { eventsCommand } from "../../src/cli/commands/events.ts";
import { peopleCommand } from "../../src/cli/commands/people.ts";
import { policyCommand } from "../../src/cli/commands/policy.ts";
import { reviewCommand } from "../../src/cli/commands/review.ts";
import { vaultCommand } from "../../src/cli/commands/vault.ts";
import { processEnvironment } from "../../src/cli/environment.ts";

const environment = processEnvironment(new AbortController().signal);

/** A command with subcommands, and all of these, each with the words that call it. */
function withAllBelow(command: Command, words: readonly string[] = []): [string, Command][] {
  const own = [...words, command.name()];
  return [[own.join(" "), command], ...command.commands.flatMap((below) => withAllBelow(below, own))];
}

const groups = [accessCommand, eventsCommand, peopleCommand, policyCommand, reviewCommand, vaultCommand];
const all = groups.flatMap((make) => withAllBelow(make(environment, () => undefined)));

describe("the help of a command with subcommands, and of each of these", () => {
  it("is looked at for all", () => {
    expect(all.length).toBeGreaterThan(30);
  });

  it.each(all)("has an example that calls it: %s", (name, command) => {
    let text = "";
    command.configureOutput({ writeOut: (piece) => void (text += piece) }).outputHelp();
    expect(text).toContain(`\n  $ countersign ${name}`);
  });
});
