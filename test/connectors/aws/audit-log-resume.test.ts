import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LogStore, reperform, type CollectPorts } from "../../../src/collect/index.ts";
import { aws } from "../../../src/connectors/index.ts";
import type { LogEntry } from "../../../src/facts/index.ts";
import { fakeAws } from "../../fakes/aws.ts";
import { stillPorts, temporaryDirectory } from "../../collect/run.ts";
import { ACCOUNT, REGION } from "./answers.ts";
import { SOURCE, collecting, estate } from "./collecting.ts";
import { Bucket, exclude, keyOf } from "./log-answers.ts";

const { collect } = collecting();

const HOURS = ["00", "01", "02", "03", "04", "05"].map((hour) => `2026-09-30T${hour}:00:00.000Z`);
const LOG = `${ACCOUNT}/${REGION}/s3`;

function bucketOfPages(): Bucket {
  const bucket = new Bucket();
  bucket.pageSize = 2;
  for (const hour of HOURS) bucket.put(hour);
  return bucket;
}

/** A world that ends before, or right behind, the nth question about logs: what it did is done, what it learnt is lost. */
function endingAt(nth: number, when: "after" | "before") {
  const stop = new AbortController();
  let count = 0;
  const intercept: NonNullable<CollectPorts["intercept"]> = async (call, _attempt, send) => {
    const counts = call.hides.length === 1 && call.hides[0] === "audit_log_coverage";
    if (counts) count += 1;
    if (!counts || count !== nth) return await send();
    if (when === "before") stop.abort();
    const answer = await send();
    stop.abort();
    return answer;
  };
  return { ports: stillPorts({ intercept }), signal: stop.signal };
}

async function entries(stateDirectory: string): Promise<LogEntry[]> {
  const store = new LogStore(stateDirectory, SOURCE, () => Promise.resolve());
  const found: LogEntry[] = [];
  for await (const entry of store.list(LOG)) {
    await store.open(entry.sha256);
    found.push(entry);
  }
  return found;
}

const settings = { exclude, audit_log: { from: "s3" as const, days: 2 } };

/** Questions about the log of these files: state, three pages, six files, four steps, one page of digests, coverage. */
const QUESTIONS = 15;

describe("a reading that ends in the middle", () => {
  it("has so many questions to end at", async () => {
    let count = 0;
    const intercept: NonNullable<CollectPorts["intercept"]> = async (call, _attempt, send) => {
      if (call.hides.length === 1 && call.hides[0] === "audit_log_coverage") count += 1;
      return await send();
    };
    await collect(bucketOfPages().answer, settings, { ports: stillPorts({ intercept }) });
    expect(count).toBe(QUESTIONS);
  });

  it.each(
    Array.from({ length: QUESTIONS }, (_, index) => index + 1).flatMap((nth) => [
      [nth, "before", "goes on", {}] as const,
      [nth, "after", "goes on", {}] as const,
      [
        nth,
        "after",
        "begins anew",
        { productVersion: "0.0.0-other", ports: stillPorts({ random: () => 0.25 }) },
      ] as const,
    ]),
  )(
    "at question %i, %s its answer, loses nothing and keeps nothing twice when it %s",
    async (nth, when, _how, change) => {
      const stateDirectory = await temporaryDirectory();
      const server = await fakeAws(bucketOfPages().answer);
      try {
        const terms = { stateDirectory, server };
        await expect(collect(estate, settings, { ...terms, ...endingAt(nth, when) })).rejects.toMatchObject({
          code: "E_INTERRUPTED",
        });
        const done = await collect(estate, settings, { ...terms, ...change });
        expect(done.resumed === undefined).toBe("productVersion" in change);
        expect((await entries(stateDirectory)).map(({ source }) => source).sort()).toEqual(
          HOURS.map((hour) => keyOf(hour)),
        );
        expect(done.facts.of("audit_log_coverage")).toMatchObject([
          { body_count: 6, hole_count: 0, observed: [{ from_at: HOURS[0], to_at: HOURS[5] }] },
        ]);
        await reperform(done.directory, [aws]);
      } finally {
        await server.close();
      }
    },
  );
});

describe("the index of a log", () => {
  const place = (stateDirectory: string) => join(stateDirectory, "events", SOURCE, LOG);

  async function read() {
    const stateDirectory = await temporaryDirectory();
    const ended = await collect(bucketOfPages().answer, settings, { stateDirectory });
    return { stateDirectory, ended };
  }

  it("that is damaged is a gap of the log, and all else is read", async () => {
    const { stateDirectory, ended } = await read();
    const newest = (await readdir(place(stateDirectory))).sort().at(-1)!;
    await writeFile(join(place(stateDirectory), newest), "{}");
    const again = await collect(bucketOfPages().answer, settings, { stateDirectory });
    expect(again.errors).toEqual([]);
    expect(again.facts.of("sink")).toEqual(ended.facts.of("sink"));
    expect(again.facts.gaps.filter(({ hides }) => hides[0] === "audit_log_coverage")).toMatchObject([
      { operation: "cloudtrail.log_state", reason: "malformed" },
    ]);
  });

  it("in which a step is missing or altered is not listed", async () => {
    const { stateDirectory } = await read();
    const [first] = (await readdir(place(stateDirectory))).sort();
    const file = join(place(stateDirectory), first!);
    await writeFile(file, (await readFile(file, "utf8")).replace(/"bytes":\d+/, '"bytes":1'));
    await expect(entries(stateDirectory)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("leads to bodies that are as they were kept, or are refused", async () => {
    const { stateDirectory } = await read();
    const [entry] = await entries(stateDirectory);
    const digest = entry!.sha256;
    await writeFile(join(stateDirectory, "cas", digest.slice(0, 2), `${digest}.zst`), "other");
    await expect(entries(stateDirectory)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("knows a step again that a killed run had already added", async () => {
    const stateDirectory = await temporaryDirectory();
    const store = new LogStore(stateDirectory, SOURCE, () => Promise.resolve());
    const body = Buffer.from('{"Records":[]}');
    const entry = { source: "page", ...(await store.keep(body, [])), event_count: 1 };
    const steps = [1, 2].map((hour) => ({
      searched: { from_at: HOURS[hour - 1]!, to_at: HOURS[hour]! },
      observed: [],
      entries: [entry],
      holes: [],
      filled: [],
      forget_before: "~",
    }));
    for (const step of [...steps, ...steps]) await store.add(LOG, step);
    expect(await store.state(LOG)).toMatchObject({ entry_count: 2, event_count: 2 });
    expect(await entries(stateDirectory)).toHaveLength(2);
  });

  it("has no name that leads elsewhere", async () => {
    const store = new LogStore(await temporaryDirectory(), SOURCE, () => Promise.resolve());
    await expect(store.state("../other")).rejects.toMatchObject({ code: "E_INTERNAL" });
  });
});
