import { Command, InvalidArgumentError, Option } from "commander";
import { OWN_REGO_SECONDS, REGO_VERSIONS, SEVERITIES } from "../../policy/index.ts";
import { configOption } from "./collect.ts";
import type { GateOptions } from "../gating.ts";
import type { CommandMaker } from "./command.ts";

/** Values of an option that may be given several times, or with commas between. */
function listed(value: string, all: readonly string[] | undefined): string[] {
  return [...(all ?? []), ...value.split(",").filter((one) => one !== "")];
}

/** The most that one can wait for: a day. */
const MAX_SECONDS = 86_400;

function seconds(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_SECONDS) return Number(value);
  throw new InvalidArgumentError(`expected a whole number of seconds from 1 to ${MAX_SECONDS}`);
}

/** What is looked at, and what decides and is told. */
function judging(command: Command): Command {
  return command
    .argument("[paths...]", "files and directories of the change; - is standard input", ["."])
    .description("Judges a change before it is applied: plans, templates, manifests, policies and pipelines.")
    .addOption(configOption())
    .addOption(
      new Option("--fail-on <severity>", "the least severity that fails").choices(SEVERITIES).default("low"),
    )
    .addOption(
      new Option("--allow-undetermined", "what cannot be decided from the files is told, and does not fail"),
    )
    .option(
      "-o, --output <format[=file]>",
      "text, json, sarif, junit, github, gitlab, markdown, or conftest, tap or table of own rules, each to a file or one to standard output; repeatable",
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option(
      "--stdin-name <path>",
      "what standard input is called: by it findings are placed, and it is told what it is",
    )
    .option("--baseline <file>", "findings that are known: they are told, and do not fail")
    .option("--write-baseline <file>", "write the findings of this run as known")
    .option(
      "--base <ref>",
      "take configuration, own policies, baseline and waivers from this commit; a change of them is a finding",
    )
    .option(
      "--against <snapshot>",
      "hold access against what was collected, and the requests in it: a snapshot's id or directory, or latest",
    )
    .addOption(new Option("--staged", "look at what is staged alone, as it is staged: for a pre-commit hook"))
    .addOption(new Option("--since <ref>", "look at files alone that are otherwise than in this commit"))
    .addOption(new Option("--history", "search earlier commits for credentials, too"))
    .option("--source <dir>", "configuration that a plan was made of (default: beside the plan)");
}

/** Options about rules that somebody wrote for conftest, as it has them. */
function withOwnRego(command: Command): Command {
  return command
    .option(
      "-p, --policy <path>",
      "ask own rules, written for conftest, in this directory too; repeatable",
      listed,
    )
    .option(
      "-n, --namespace <name>",
      "package of own rules, or a pattern (default: main); repeatable",
      listed,
    )
    .option("--all-namespaces", "ask own rules of all packages")
    .option("-d, --data <path>", "data for own rules, as JSON or YAML; repeatable", listed)
    .option("--combine", "ask own rules once about all files, as [{path, contents}]")
    .option("--fail-on-warn", "what own rules warn of fails by its severity")
    .addOption(
      new Option("--rego-version <version>", "language of own rules (default: v1)").choices(REGO_VERSIONS),
    )
    .option("--parser <kind>", "the kind that all files are taken for by own rules, e.g. hcl2")
    .option(
      "--ignore <pattern>",
      "own rules are not asked about paths in which this regular expression is found",
    )
    .addOption(
      new Option(
        "--policy-timeout <seconds>",
        `the most that own rules may take over one input (default: ${OWN_REGO_SECONDS})`,
      ).argParser(seconds),
    );
}

/** `gate [paths…]`: policies on a change, before it is applied. */
export const gateCommand: CommandMaker = (environment, end) =>
  withOwnRego(judging(new Command("gate")))
    .addHelpText(
      "after",
      `
A value that is known only when the change is applied makes an outcome undetermined (exit 3), never a pass.

Examples:
  $ terraform show -json plan.out > plan.json && countersign gate plan.json
  $ helm template chart/ | countersign gate -
  $ terraform show -json plan.out | countersign gate - --stdin-name plan.json
  $ countersign gate deploy/ --fail-on high
  $ countersign gate . --base origin/main --output text --output sarif=gate.sarif
  $ countersign gate deploy/ --policy policy/ --namespace main
  $ countersign gate --staged
  $ countersign gate plan.json --against latest
  $ countersign gate . --history --base origin/main
  $ countersign gate . --json`,
    )
    .action(async (paths: readonly string[], options: GateOptions) => {
      const { runGate } = await import("../gating.ts");
      end(await runGate(environment, paths, options));
    });
