import { CountersignError } from "../../src/base/index.ts";
import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { startServer, storedAudit, storedSessions } from "../../src/web/index.ts";
import { wholeDesk } from "../../src/review/desk/whole-desk.ts";
import type { Actor } from "../../src/review/index.ts";
import { COMPLIANCE, SETTINGS, openWorld, usage } from "./review-world.ts";

/**
 * A process of `review-serve`: the server of `countersign serve` over a campaign that is there. Arguments: directory, URL of a PostgreSQL database
 * or nothing. Its parent asks by messages; it says first where it listens.
 */
export type Asked =
  | { readonly ask: "usage" }
  | { readonly ask: "stop" }
  | { readonly ask: "sign_off"; readonly campaign: string; readonly actor: Actor }
  | { readonly ask: "end_review"; readonly campaign: string };

/** After the campaign's due date. */
const LATER_MS = 30 * 86_400_000;

const [directory = "", url] = process.argv.slice(2);
const place = url === undefined ? { file: `${directory}/state.db` } : { url };
// Pages that show what a snapshot tells do without.
const none = () => Promise.reject(new CountersignError("E_NOT_FOUND", "expected a snapshot, got none"));
const world = await openWorld(directory, place, none);
const { state, desk } = world;
const ending = new AbortController();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

// Those of a user would be met first by 50 people who never wait: what is measured is the review.
const limits = {
  address_per_minute: 1e7,
  user_per_minute: 1e7,
  acts_per_minute: 1e7,
  sign_in_per_minute: 1e7,
};
const running = await startServer({
  desk: wholeDesk(desk),
  sessions: storedSessions(state),
  audit: storedAudit(state),
  clock: { now: () => new Date() },
  random: (count) => randomBytes(count),
  settings: { port: 0, roles: SETTINGS.roles ?? {}, limits },
  signal: ending.signal,
  onError: (error) => {
    console.error(error);
  },
});

process.on("message", (asked: Asked) => {
  void answer(asked).then(
    (answered) => process.send?.(answered),
    (thrown: unknown) => {
      console.error(thrown);
      process.exit(1);
    },
  );
});
process.send?.({ origin: running.origin });

async function answer(asked: Asked): Promise<object> {
  if (asked.ask === "usage") {
    const loop_p99_ms = delay.percentile(99) / 1e6;
    const loop_max_ms = delay.max / 1e6;
    delay.reset();
    return { ...usage(), loop_p99_ms, loop_max_ms };
  }
  const start = performance.now();
  if (asked.ask === "stop") {
    ending.abort();
    await running.closed;
    await state.close();
    setImmediate(() => {
      process.disconnect();
    });
  } else if (asked.ask === "sign_off") {
    await desk.deciding.signOffOwn(asked.actor, asked.campaign, "I decided on all of these.");
  } else {
    const later = world.deskAt({ now: () => new Date(Date.now() + LATER_MS) });
    const { campaign } = await later.reading.campaign(COMPLIANCE, asked.campaign);
    await later.running.act(COMPLIANCE, asked.campaign, "end_review", campaign.version);
  }
  return { ms: performance.now() - start };
}
