import { CountersignError, EXIT, counted, worstExit, type ExitCode } from "../base/index.ts";
import { checkState, type RaisedCampaigns, type TickLine } from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { errorJson, exitSummary, wrapped } from "./output.ts";
import { openDesk } from "./review-desk.ts";
import { notifyAfter } from "./reviewing-notices.ts";
import { atDesk, busy, told, type ReviewOptions } from "./reviewing.ts";

const WIDTH = 120;

/** Compares journal, ledger, documents and tables. E_INTEGRITY. Asks for nobody: it tells counts alone. */
export async function checkReview(environment: Environment, options: ReviewOptions): Promise<ExitCode> {
  const opened = await openDesk(environment, options);
  const { journal, state, kept } = opened;
  try {
    const found = await busy(environment, "Comparing journal, ledger and documents", async () => ({
      ...(await journal.verify()),
      ...(await checkState({ state, kept })),
    }));
    if (found.outstanding > 0) {
      throw new CountersignError(
        "E_INTEGRITY",
        `expected every entry of the journal in the ledger, got ${found.outstanding} that are not`,
        { fix: "Run it again: another process may be putting them there." },
      );
    }
    const { entries, items, decisions, requests, unheld } = found;
    const text = `${counted(entries, "entry", "entries")} in the ledger as in the journal; ${counted(items, "item")} as kept, ${counted(decisions, "decision")} as made, ${counted(requests, "request")}.`;
    const old = Object.entries(unheld).map(
      ([id, count]) =>
        `${id === "" ? "requests" : id}: ${counted(count, "row")} of an older version, of which the journal has decisions and signatures alone.`,
    );
    const exit = old.length === 0 ? EXIT.pass : EXIT.incomplete;
    told(environment, options, { ...found, exit }, [text, ...old].map((line) => `${line}\n`).join(""));
    return exit;
  } finally {
    await opened.close();
  }
}

/** Reviews of people who left or moved, at once. */
export async function raiseReviews(environment: Environment, options: ReviewOptions): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { compared, ...raised } = await busy(
      environment,
      "Looking for leavers and movers",
      async () => await desk.schedule.raise(actor),
    );
    const notified = await notifyAfter(environment, { desk, actor });
    const isOpen = raised.uncertain.length + raised.unseen.length > 0;
    const failed = compared.flatMap(({ error }) => error?.exit ?? []);
    const exit = worstExit([isOpen ? EXIT.incomplete : EXIT.pass, notified.exit, ...failed]);
    const value = { ...raised, compared: compared.map(lineJson), ...notified.value, exit };
    told(environment, options, value, compared.map(lineText).join("") + raisedText(raised) + notified.text);
    return exit;
  });
}

function raisedText({ campaigns, uncertain, unseen }: RaisedCampaigns): string {
  const lines = campaigns.map(
    ({ campaign_id, principals }) =>
      `${campaign_id}: opened for ${counted(principals.length, "principal")}: ${principals.join(", ")}`,
  );
  const open = uncertain.map(
    (id) =>
      `${id}: not raised, since rosters contradict each other about its person, or several people fit: countersign people check`,
  );
  const hidden = unseen.map(
    (cause) => `Who left or moved is not known whole, since a roster could not be read: ${cause}`,
  );
  const all = [...lines, ...open, ...hidden];
  return all.length === 0 ? "Nobody to raise.\n" : all.map((line) => wrapped(line, WIDTH, "")).join("");
}

/** What somebody has to look after. */
const UNDONE: readonly TickLine["did"][] = ["left_open", "not_notified"];

/** Everything that is due by itself. Run twice, the second does nothing. */
export async function tick(
  environment: Environment,
  options: ReviewOptions & { readonly open?: boolean },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const lines = await busy(
      environment,
      "Working",
      async () => await desk.schedule.tick(actor, options.open === true ? { open: true } : {}),
    );
    const summary = exitSummary(
      lines.map(({ did, error }) => error?.exit ?? (UNDONE.includes(did) ? EXIT.incomplete : EXIT.pass)),
    );
    const text = lines.length === 0 ? "Nothing to do.\n" : lines.map(lineText).join("");
    told(environment, options, { lines: lines.map(lineJson), ...summary }, text);
    return summary.exit;
  });
}

function lineText({ did, campaign_id, what, error }: TickLine): string {
  const of = campaign_id === undefined ? "" : ` ${campaign_id}`;
  const fix = error?.fix === undefined ? "" : ` (${error.fix})`;
  return wrapped(`${did.replace("_", " ")}${of}: ${what}${fix}`, WIDTH, "");
}

function lineJson({ error, ...line }: TickLine): object {
  return error === undefined ? line : { ...line, ...errorJson(error) };
}
