import { Command, Option } from "commander";
import { configOption } from "./collect.ts";
import type { DetectOptions } from "../detecting.ts";
import type { IngestOptions } from "../event-ingest.ts";
import type { PublishOptions } from "../event-publishing.ts";
import type { QueryOptions } from "../event-queries.ts";
import type { UsageOptions } from "../event-usage.ts";
import type { CommandMaker, CommonOptions } from "./command.ts";

/** `events …`: audit logs as one table; who read what, when, from where, and what is odd. */
export const eventsCommand: CommandMaker = (environment, end) => {
  const command = new Command("events")
    .description(
      "Reads audit logs into one table, and says who read what, when, from where, and what is odd.",
    )
    .addHelpText("after", "\nExample:\n  $ countersign events ingest && countersign events detect");
  for (const make of [
    ingestCommand,
    queryCommand,
    usageCommand,
    checkCommand,
    detectCommand,
    publishCommand,
  ]) {
    command.addCommand(make(environment, end));
  }
  return command;
};

const ingestCommand: CommandMaker = (environment, end) =>
  new Command("ingest")
    .argument(
      "[paths...]",
      "files and directories of audit logs, s3://bucket/prefix, - for standard input; default: the logs of countersign.yaml's sources",
    )
    .addOption(configOption())
    .addOption(
      new Option("--format <format>", "of the logs")
        .choices(["auto", "cloudtrail", "hashicorp", "azure", "gcp"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "-s, --store <source>",
        "source of countersign.yaml that the logs are of; any name where there is no configuration",
      ),
    )
    .addOption(
      new Option("--digest-keys <file>", "public keys, as `aws cloudtrail list-public-keys` prints them"),
    )
    .addOption(
      new Option(
        "--verify-digests",
        "fetch all objects of s3:// addresses once more, to compare them with CloudTrail's digests",
      ),
    )
    .description("Reads audit logs: each call once, however often and in whatever order its log is read.")
    .addHelpText(
      "after",
      `
Without paths: what collect has kept of CloudTrail (audit_log of an AWS source), and the files that audit_log.files of a Vault source
names. Where digest files of CloudTrail lie among the files, these are compared with them; of objects in a bucket with --verify-digests
alone, since all of them are fetched for that. Ends with 3 where something could not be read or proven, with 1 where a log file or
digest is not as CloudTrail delivered it.

Examples:
  $ countersign events ingest
  $ countersign events ingest --store main-aws s3://shop-trail-files/AWSLogs/
  $ countersign events ingest --store main-vault /var/log/vault/audit.log`,
    )
    .action(async (paths: string[], options: IngestOptions) => {
      const { ingestEvents } = await import("../event-ingest.ts");
      end(await ingestEvents(environment, paths, options));
    });

const queryCommand: CommandMaker = (environment, end) =>
  new Command("query")
    .argument("[question]", "a saved question, or SQL over the tables events, inputs and aside")
    .addOption(configOption())
    .addOption(new Option("--set <name=value...>", "a parameter of the question"))
    .addOption(new Option("--csv", "as CSV"))
    .addOption(new Option("--list", "the saved questions"))
    .description("Asks the event table: a saved question by name, or SQL.")
    .addHelpText(
      "after",
      '\nExamples:\n  $ countersign events query --list\n  $ countersign events query "SELECT operation, count(*) FROM events GROUP BY operation"',
    )
    .action(async (question: string | undefined, options: QueryOptions) => {
      const { queryEvents } = await import("../event-queries.ts");
      end(await queryEvents(environment, question, options));
    });

const usageCommand: CommandMaker = (environment, end) =>
  new Command("usage")
    .addOption(configOption())
    .addOption(new Option("-f, --from <snapshot>", "a snapshot's id or directory; default: the newest"))
    .addOption(new Option("-s, --store <source>", "only of this source"))
    .addOption(new Option("--secret <part>", "only secrets with this in their id"))
    .addOption(new Option("--principal <part>", "only principals with this in their id"))
    .addOption(new Option("--unused", "what is granted and nobody used, and secrets that nobody read"))
    .addOption(new Option("--no-longer-granted", "reads by those who may not read today"))
    .addOption(new Option("--csv", "as CSV"))
    .description("Shows who read what, first and last, of a snapshot, held against who may.")
    .addHelpText(
      "after",
      `
Of what events ingest had read when the snapshot was collected. Ends with 3 where it holds nothing of an ingested log, or not all.

Examples:
  $ countersign events usage --secret kv/payments/db
  $ countersign events usage --unused --principal payments-api`,
    )
    .action(async (options: UsageOptions & { readonly longerGranted?: boolean }) => {
      const { showUsage } = await import("../event-usage.ts");
      // An option that begins with "no" is false where it is given.
      end(await showUsage(environment, { ...options, noLongerGranted: options.longerGranted === false }));
    });

const checkCommand: CommandMaker = (environment, end) =>
  new Command("check")
    .addOption(configOption())
    .description("Reads every file of the event table and compares it with its digest.")
    .addHelpText("after", "\nExample:\n  $ countersign events check")
    .action(async (options: CommonOptions) => {
      const { checkEvents } = await import("../event-queries.ts");
      end(await checkEvents(environment, options));
    });

const detectCommand: CommandMaker = (environment, end) =>
  new Command("detect")
    .argument("[detections...]", "only these")
    .addOption(configOption())
    .addOption(
      new Option("--since <instant>", "find what happened from then on; what was before is what is known"),
    )
    .addOption(new Option("--until <instant>", "as of then; default: now"))
    .addOption(new Option("--set <detection.name=value...>", "a parameter of a detection"))
    .addOption(new Option("--csv", "as CSV"))
    .addOption(new Option("--ocsf", "as OCSF Detection Findings (class 2004), one JSON document a line"))
    .description("Looks for what is odd: bulk reads, bursts of refusals, new readers and networks, and more.")
    .addHelpText(
      "after",
      `
Ends with 1 where something was found that is neither acknowledged nor suppressed, with 3 where logs have holes or there are none.

Examples:
  $ countersign events detect --since 2026-10-01
  $ countersign events detect bulk_read denied_burst --set bulk_read.threshold=50`,
    )
    .action(async (ids: string[], options: DetectOptions) => {
      const { detectEvents } = await import("../detecting.ts");
      end(await detectEvents(environment, ids, options));
    });

const publishCommand: CommandMaker = (environment, end) =>
  new Command("publish")
    .addOption(configOption())
    .addOption(new Option("--files", "only write the files; somebody else brings them to the cluster"))
    .description("Brings the event table to the Trino cluster of events.trino, as of its newest commit.")
    .addHelpText(
      "after",
      `
Questions go on being answered from what was published before until the cluster sees every row of the new commit.

Examples:
  $ countersign events publish
  $ countersign events publish --files && aws s3 sync /srv/events s3://shop-events/ && countersign events publish`,
    )
    .action(async (options: PublishOptions) => {
      const { publishEvents } = await import("../event-publishing.ts");
      end(await publishEvents(environment, options));
    });
