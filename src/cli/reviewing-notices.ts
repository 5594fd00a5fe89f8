import { CountersignError, EXIT, counted, type ExitCode } from "../base/index.ts";
import { resultsText, type Notified } from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { errorJson, errorText, wrapped } from "./output.ts";
import { atDesk, busy, told, type AtDesk, type ReviewOptions } from "./reviewing.ts";

const WIDTH = 120;

/** What a command says of the notices that it sent. */
interface ToldOfNotices {
  readonly exit: ExitCode;
  readonly value: object;
  readonly text: string;
}

export const NOTHING_TO_TELL: ToldOfNotices = { exit: EXIT.pass, value: {}, text: "" };

/** Sends what is outstanding, after an act that is done whatever becomes of it. E_INTEGRITY. */
export async function notifyAfter(
  environment: Environment,
  { desk, actor }: Pick<AtDesk, "actor" | "desk">,
): Promise<ToldOfNotices> {
  if (!desk.notices.configured) return NOTHING_TO_TELL;
  try {
    const notified = await busy(environment, "Notifying", async () => await desk.notices.notify(actor));
    return toldOf(notified, "");
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code === "E_INTEGRITY") throw thrown;
    environment.terminal.err(errorText(thrown));
    return {
      exit: thrown.exit,
      value: { notified: errorJson(thrown) },
      text: "Nobody was notified: `countersign review notify` does it again.\n",
    };
  }
}

/** Sends what is outstanding, however long ago it failed. */
export async function notifyNow(
  environment: Environment,
  options: ReviewOptions & { readonly again?: boolean },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const terms = { now: true, again: options.again === true };
    const notified = await busy(
      environment,
      "Notifying",
      async () => await desk.notices.notify(actor, terms),
    );
    const { exit, text } = toldOf(notified, "Nothing to notify of.\n");
    told(environment, options, { ...notified, exit }, text);
    return exit;
  });
}

function toldOf(notified: Notified, nothing: string): ToldOfNotices {
  const { campaigns, waiting } = notified;
  const lines = campaigns.flatMap(({ campaign_id, results }) => [
    `notified of ${campaign_id}: ${resultsText(results)}`,
    ...results
      .filter(({ outcome }) => outcome === "failed" || outcome === "given_up")
      .map(({ kind, key, outcome, why = "" }) => `${outcome.replace("_", " ")}: ${kind} ${key}: ${why}`),
  ]);
  const later =
    waiting === 0 ? [] : [`${counted(waiting, "notice")} not sent yet: countersign review notify`];
  const all = [...lines, ...later];
  const isWhole = waiting === 0 && lines.length === campaigns.length;
  return {
    exit: isWhole ? EXIT.pass : EXIT.incomplete,
    value: { notified },
    text: all.length === 0 ? nothing : all.map((line) => wrapped(line, WIDTH, "")).join(""),
  };
}
