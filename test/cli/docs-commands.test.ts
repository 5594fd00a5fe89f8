import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { accessCommand } from "../../src/cli/commands/access.ts";
import { collectCommand } from "../../src/cli/commands/collect.ts";
import { gateCommand } from "../../src/cli/commands/gate.ts";
import { peopleCommand } from "../../src/cli/commands/people.ts";
import { reviewCommand } from "../../src/cli/commands/review.ts";
import { serveCommand } from "../../src/cli/commands/serve.ts";
import { processEnvironment } from "../../src/cli/environment.ts";
import { ReviewSettings } from "../../src/review/settings.ts";
import { isReason } from "../../src/review/index.ts";
import { ROOT } from "./process.ts";

const PAGES = ["docs/review.md", "docs/serve.md", "docs/people.md", "docs/gate.md", "docs/gate-own-rego.md"];
const environment = processEnvironment(new AbortController().signal);

/** The command line as it is parsed, with nothing behind it. */
function parser(): Command {
  const program = new Command("countersign").enablePositionalOptions();
  for (const make of [accessCommand, collectCommand, gateCommand, peopleCommand, reviewCommand, serveCommand])
    program.addCommand(make(environment, () => undefined));
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    // Some pages show every command with `--json`, which the program gives to each.
    if (command.commands.length === 0) {
      if (!command.options.some(({ long }) => long === "--json")) command.option("--json");
      command.action(() => undefined);
    }
    command.commands.forEach(silence);
  };
  silence(program);
  return program;
}

/** Words of a line for a shell, without what follows the command. */
function wordsOf(line: string): string[] {
  const own = line.replace(/\s+(?:#|>>|\||&&).*$/, "");
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Lines that begin a command, in blocks and between backticks; a mere name of a command is none. */
function linesOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)]
    .map(([, inside = ""]) => inside)
    .join("\n");
  const inBlocks = blocks
    .split("\n")
    .flatMap((line) =>
      [...line.matchAll(/(?<![\w/])countersign (?!serve$).+?(?=&& countersign|$)/g)].map(([one]) => one),
    );
  const prose = page.replaceAll(/^```[\s\S]*?^```/gm, "");
  const inProse = [...prose.matchAll(/`(countersign [^`]+ [^`]*[<-][^`]*)`/g)].map(([, one = ""]) => one);
  return [...inBlocks, ...inProse];
}

const pages = await Promise.all(
  PAGES.map(async (page) => [page, await readFile(join(ROOT, page), "utf8")] as const),
);
const lines = pages.flatMap(([page, text]) => linesOf(text).map((line) => [page, line] as const));

describe("a command line of the pages", () => {
  it("is found", () => {
    expect(lines.length).toBeGreaterThan(15);
  });

  it.each(lines)("is one: %s: %s", async (_, line) => {
    const words = wordsOf(line);
    try {
      await parser().parseAsync(words.slice(1), { from: "user" });
    } catch (thrown) {
      if (!(thrown instanceof CommanderError) || thrown.exitCode !== 0) throw thrown;
    }
    const statement = words[words.indexOf("--statement") + 1];
    if (words.includes("--statement")) expect(isReason(statement ?? ""), statement).toBe(true);
  });
});

describe("the settings of reviews", () => {
  type Node = { properties?: Record<string, Node>; items?: Node; patternProperties?: Record<string, Node> };
  const table = (pages[0]?.[1] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");

  /** Every key below, whatever names stand between. */
  function keys({ properties = {}, items, patternProperties = {} }: Node): string[] {
    return [
      ...Object.entries(properties).flatMap(([name, below]) => [name, ...keys(below)]),
      ...(items === undefined ? [] : keys(items)),
      ...Object.values(patternProperties).flatMap(keys),
    ];
  }

  it.each([...new Set(keys(ReviewSettings as Node))])("stand in the table: %s", (key) => {
    expect(table).toMatch(new RegExp("`[^`]*\\b" + key + "\\b[^`]*`"));
  });
});
