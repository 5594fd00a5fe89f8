import { join, resolve } from "node:path";
import {
  EXIT,
  counted,
  oneLine,
  readBounded,
  utf8Text,
  writeFileAtomically,
  writeOutput,
  type ExitCode,
} from "../base/index.ts";
import { ticketFiles, type ExportFormat } from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { wrapped } from "./output.ts";
import { atDesk, busy, done, told, type ReviewOptions } from "./reviewing.ts";

/** Largest list of decisions that is read. */
const MAX_IMPORT_BYTES = 64 * 1024 * 1024;

/** Largest list of ids. */
const MAX_IDS_BYTES = 1024 * 1024;

export interface ExportOptions extends ReviewOptions {
  readonly xlsx?: boolean;
  readonly out: string;
}

/** What waits for the reviewer, to be decided in a spreadsheet. */
export async function exportItems(
  environment: Environment,
  campaign: string,
  options: ExportOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const format = options.xlsx === true ? "xlsx" : "csv";
    const file = resolve(environment.cwd, options.out);
    const { bytes } = await busy(
      environment,
      "Writing",
      async () => await desk.offline.exportItems(actor, campaign, format),
    );
    await writeOutput(file, bytes);
    return done(environment, options, { campaign_id: campaign, format, file, bytes: bytes.length }, file);
  });
}

/** Takes decisions of such a file back. Ends with 2 where a row was refused; the others are recorded, but for a dry run. */
export async function importDecisions(
  environment: Environment,
  campaign: string,
  file: string,
  options: ReviewOptions & { readonly dryRun?: boolean },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const bytes = await readBounded(resolve(environment.cwd, file), {
      what: "a list of decisions",
      maxBytes: MAX_IMPORT_BYTES,
      code: "E_INPUT",
    });
    const format: ExportFormat = /\.xlsx$/i.test(file) ? "xlsx" : "csv";
    const result = await busy(
      environment,
      "Reading",
      async () =>
        await desk.offline.importDecisions(actor, campaign, format, bytes, {
          dryRun: options.dryRun === true,
        }),
    );
    const { accepted, handed_on, skipped, refused } = result;
    const exit = refused.length > 0 ? EXIT.usage : EXIT.pass;
    const head = `${options.dryRun === true ? "Would be recorded" : "Recorded"}: ${counted(accepted, "decision")}; handed on: ${handed_on}; without an answer: ${skipped}; refused: ${refused.length}.\n`;
    const lines = refused.map(({ row, column, reason, conflict }) =>
      wrapped(
        `row ${row}${column === undefined ? "" : `, ${column}`}: ${conflict === true ? "conflict: " : ""}${reason}`,
        120,
        "  ",
      ),
    );
    told(environment, options, { campaign_id: campaign, ...result, exit }, head + lines.join(""));
    return exit;
  });
}

export interface TicketsOptions extends ReviewOptions {
  readonly out: string;
  readonly jiraProject?: string;
  readonly jiraType: string;
}

/** What has to be removed, for people, for spreadsheets, for Jira and for webhooks. Nothing is sent or changed. */
export async function writeTickets(
  environment: Environment,
  campaign: string,
  options: TicketsOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { tickets, snapshot_id } = await busy(
      environment,
      "Looking for what to change",
      async () => await desk.tickets.tickets(actor, campaign),
    );
    const directory = resolve(environment.cwd, options.out);
    const { jiraProject: project, jiraType: issue_type } = options;
    const made = ticketFiles(tickets, project === undefined ? {} : { jira: { project, issue_type } });
    const files = made.map(({ name }) => join(directory, name));
    for (const { name, bytes } of made) await writeFileAtomically(join(directory, name), bytes);
    const noted = await desk.tickets.note(actor, campaign, tickets);
    const value = { campaign_id: campaign, snapshot_id, tickets: tickets.length, noted, files };
    const keys = noted === 0 ? "" : ` Their keys are noted on ${counted(noted, "revocation")}.`;
    const text = `${counted(tickets.length, "ticket")}, changes as of snapshot ${snapshot_id}.${keys} Read them before you run them:\n${files.map((file) => `  ${file}`).join("\n")}`;
    return done(environment, options, value, text);
  });
}

/** Notes the other system's key on all that stands in an item's ticket. */
export async function noteTicket(
  environment: Environment,
  campaign: string,
  item: string,
  options: ReviewOptions & { readonly key: string },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const noted = await desk.tickets.noteReference(actor, campaign, item, options.key);
    const value = { campaign_id: campaign, item_id: item, reference: options.key, noted };
    return done(
      environment,
      options,
      value,
      `${oneLine(options.key)} is noted on ${counted(noted, "revocation")}`,
    );
  });
}

export interface SampleOptions extends ReviewOptions {
  readonly word?: string;
  readonly size?: number;
  readonly idsFile?: string;
}

/** An auditor's sample of the sealed population, which the journal keeps. */
export async function drawSample(
  environment: Environment,
  campaign: string,
  options: SampleOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { word = "", size = 25, idsFile } = options;
    const by = idsFile === undefined ? { nonce: word, size } : { ids: await idsOf(environment, idsFile) };
    const sample = await desk.running.sample(actor, campaign, by);
    const head = `${counted(sample.item_ids.length, "item")} of ${sample.population_count}, population ${sample.population_sha256}; ${sample.method}\n`;
    told(environment, options, sample, head + sample.item_ids.map((id) => `${id}\n`).join(""));
    return EXIT.pass;
  });
}

/** An id a line. */
async function idsOf(environment: Environment, path: string): Promise<string[]> {
  const file = resolve(environment.cwd, path);
  const bytes = await readBounded(file, { what: "a list of ids", maxBytes: MAX_IDS_BYTES, code: "E_INPUT" });
  const lines = utf8Text(bytes, { file, code: "E_INPUT" }).split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}
