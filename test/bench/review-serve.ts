import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { askedAs } from "../../src/review/desk/ports.ts";
import { openState } from "../../src/state/index.ts";
import { storedSessions } from "../../src/web/index.ts";
import { keyOf } from "../../src/web/tokens.ts";
import { ensurePostgres, startPostgres } from "../counterparties/postgres.ts";
import { KINDS, percentiles, run, type Measured, type Person } from "./review-load.ts";
import type { Asked } from "./review-server.ts";
import { COMPLIANCE, REVIEWERS, reviewerOf } from "./review-world.ts";

/**
 * `npm run bench -- review-serve [items] [seconds] [--postgres]`: a campaign that is started by the desk and half decided, and 50 people of
 * 300 reviewers at the real server at once: first without a pause, then a step a second each; then what is asked for rarely, by itself.
 */
const given = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const [items = 50_000, seconds = 30] = given.map(Number);
const CONCURRENT = 50;
const WARM_S = 5;

/** For who mends: flags of the server's process, e.g. `--cpu-prof`, and a directory that `review-start.ts` made. */
const flags = (process.env["BENCH_SERVER_FLAGS"] ?? "").split(" ").filter(Boolean);
const from = process.env["BENCH_REVIEW_FROM"];

const directory = mkdtempSync(join(tmpdir(), "countersign-bench-"));
const postgres = process.argv.includes("--postgres") ? await startServerOf() : undefined;
try {
  const args = [directory, ...(postgres === undefined ? [] : [postgres.url])];
  if (from !== undefined) cpSync(from, directory, { recursive: true });
  const made = JSON.parse(
    from === undefined
      ? execFileSync(
          process.execPath,
          [fileOf("review-start.ts"), directory, String(items), ...args.slice(1)],
          { encoding: "utf8" },
        )
      : '{"campaign_id":"quarterly-2026-q4"}',
  ) as { readonly campaign_id: string };
  const people = await signedIn(made.campaign_id);
  const server = fork(fileOf("review-server.ts"), args, { execArgv: [...process.execArgv, ...flags] });
  const [{ origin }] = (await once(server, "message")) as [{ readonly origin: string }];
  const at = { origin, campaign: made.campaign_id };
  const few = people.reviewers.slice(0, CONCURRENT);
  await run({ ...at, people: few, seconds: WARM_S, thinks_ms: 0 });
  const never = await during(server, () => run({ ...at, people: few, seconds, thinks_ms: 0 }), seconds);
  const paced = await during(
    server,
    () =>
      run({ ...at, people: people.reviewers.slice(CONCURRENT, 2 * CONCURRENT), seconds, thinks_ms: 1000 }),
    seconds,
  );
  const rare = await rarely(server, at, people);
  await ask(server, { ask: "stop" });
  console.log(
    JSON.stringify({
      database: postgres === undefined ? "sqlite" : "postgres, without fsync",
      ...made,
      database_mb: postgres === undefined ? megabytes(join(directory, "state.db")) : postgres.megabytes(),
      concurrent: CONCURRENT,
      load: loadavg()[0],
      without_pause: never,
      step_a_second: paced,
      alone_ms: rare,
    }),
  );
} finally {
  await postgres?.stop();
  rmSync(directory, { recursive: true });
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

async function startServerOf() {
  const found = ensurePostgres();
  if ("missing" in found) throw new Error(found.missing);
  const superuser = { name: "bench", password: "bench" };
  const server = await startPostgres({ binaries: found.found, superuser });
  return {
    url: `postgres://bench:bench@${server.host}:${server.port}/postgres?sslmode=disable`,
    stop: () => server.stop(),
    megabytes: () => Math.round(Number(server.sql("select pg_database_size('postgres')").trim()) / 2 ** 20),
  };
}

/** Sessions of all reviewers and of compliance, as sign-in makes them. */
async function signedIn(campaign_id: string) {
  const state = await openState(
    postgres === undefined ? { file: join(directory, "state.db") } : { url: postgres.url },
  );
  const sessions = storedSessions(state);
  const at = new Date().toISOString();
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const sign = async (who: string, roles: readonly ("compliance" | "reviewer")[]): Promise<string> => {
    const token = randomBytes(32).toString("base64url");
    await sessions.put({
      kind: "signed_in",
      key: keyOf(token),
      email: who,
      name: who,
      roles,
      groups: [],
      created_at: at,
      seen_at: at,
      expires_at,
    });
    return token;
  };
  const reviewers: Person[] = [];
  for (let index = 0; index < REVIEWERS; index += 1) {
    const actor = reviewerOf(index);
    const open: string[] = [];
    const filter = { campaign_id, reviewer: askedAs(actor), state: ["open"] };
    for await (const { item_id } of state.everyItem(filter)) open.push(item_id);
    reviewers.push({ token: await sign(actor.who, actor.roles), open });
  }
  const compliance = await sign(COMPLIANCE.who, ["compliance", "reviewer"]);
  await state.close();
  return { reviewers, compliance };
}

async function ask(server: ChildProcess, asked: Asked): Promise<Record<string, number>> {
  const answered = once(server, "message");
  server.send(asked);
  return ((await answered) as [Record<string, number>])[0];
}

/** Figures of a time under load: of answers, and of the server's process. */
async function during(server: ChildProcess, work: () => Promise<Measured>, seconds: number) {
  const before = await ask(server, { ask: "usage" });
  const { times, errors } = await work();
  const { cpu_s = 0, ...after } = await ask(server, { ask: "usage" });
  const all = Object.values(times).flat();
  const cpu = cpu_s - (before["cpu_s"] ?? 0);
  return {
    requests_per_s: Math.round(all.length / seconds),
    cpu_ms_per_request: Math.round((cpu * 100_000) / all.length) / 100,
    errors: Object.fromEntries(errors),
    ...Object.fromEntries(Object.entries(after).map(([key, value]) => [key, Math.round(value)])),
    all_ms: percentiles(all),
    ...Object.fromEntries(KINDS.map((kind) => [`${kind}_ms`, percentiles(times[kind])])),
  };
}

/** Milliseconds of what is asked for rarely, with nobody beside: the median of three pages, single acts. */
async function rarely(
  server: ChildProcess,
  { origin, campaign }: { readonly origin: string; readonly campaign: string },
  people: Awaited<ReturnType<typeof signedIn>>,
) {
  const at = `/campaigns/${campaign}`;
  const page = async (token: string, path: string): Promise<number> => {
    const taken: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      const start = performance.now();
      const { statusCode, body } = await request(`${origin}${path}`, {
        headers: { cookie: `countersign=${token}` },
      });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`expected ${path} to be answered, got ${statusCode}`);
      taken.push(performance.now() - start);
    }
    return Math.round(taken.sort((a, b) => a - b)[1] ?? 0);
  };
  const own = people.reviewers.at(-2)?.token ?? "";
  const paths = {
    overview: at,
    reviewers: `${at}/reviewers`,
    journal: `${at}/journal`,
    revocations: `${at}/revocations`,
    all_items: `${at}/items?whose=all`,
    all_items_last_page: `${at}/items?whose=all&page=${Math.floor(items / 50)}`,
    all_items_filtered: `${at}/items?whose=all&risk=critical&state=open`,
    all_items_searched: `${at}/items?whose=all&search=secret-2000`,
    all_items_searched_in_vain: `${at}/items?whose=all&search=nothing-at-all`,
  };
  const figures: Record<string, number> = {};
  for (const [name, path] of Object.entries(paths)) figures[name] = await page(people.compliance, path);
  figures["export_csv"] = await page(own, `${at}/export?format=csv`);
  figures["export_xlsx"] = await page(own, `${at}/export?format=xlsx`);
  const loop = await ask(server, { ask: "usage" });
  figures["longest_hold_of_pages"] = Math.round(loop["loop_max_ms"] ?? 0);
  const signed = await ask(server, { ask: "sign_off", campaign, actor: reviewerOf(REVIEWERS - 1) });
  figures["sign_off_of_one"] = Math.round(signed["ms"] ?? 0);
  const { ms = 0 } = await ask(server, { ask: "end_review", campaign });
  figures["end_review"] = Math.round(ms);
  const { loop_max_ms = 0, peak_rss_mb = 0 } = await ask(server, { ask: "usage" });
  figures["longest_hold_of_end_review"] = Math.round(loop_max_ms);
  figures["peak_rss_mb_after_all"] = peak_rss_mb;
  return figures;
}

function megabytes(file: string): number {
  return Math.round(statSync(file).size / 2 ** 20);
}
