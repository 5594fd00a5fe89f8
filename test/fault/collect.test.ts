import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  CallFailure,
  GAP_REASONS,
  readRecords,
  type Answer,
  type Fact,
  type FactSet,
  type Gap,
} from "../../src/facts/index.ts";
import { reperform, type Collected } from "../../src/collect/index.ts";
import { fakeConnector, inMemory, json, SMALL } from "../collect/fake-store.ts";
import { collected, stillPorts } from "../collect/run.ts";

/** Everything that can happen to one attempt at one question. */
const FAULTS: Readonly<Record<string, () => Promise<Answer>>> = {
  ...Object.fromEntries(
    GAP_REASONS.flatMap((reason) => [
      [`${reason} without an answer`, () => fail(new CallFailure(reason, reason))],
      [
        `${reason} with an answer`,
        () => fail(new CallFailure(reason, reason, { answer: json({ errors: [reason] }, 500) })),
      ],
    ]),
  ),
  "throttled with a hint": () => fail(new CallFailure("throttled", "slow down", { retryAfterMs: 1000 })),
  "throttled for an hour": () => fail(new CallFailure("throttled", "slow down", { retryAfterMs: 3_600_000 })),
  "HTML that says it is JSON": () => answer("<html><body>502 Bad Gateway</body></html>"),
  "truncated JSON": () => answer('{"keys":["db","ps'),
  "an answer that is too large": () => answer(JSON.stringify({ keys: ["x".repeat(5000)] })),
  "no answer at all": async () => await new Promise<Answer>(() => undefined),
  "a bug": () => fail(new TypeError("cannot read properties of undefined")),
  "something thrown that is no error": () =>
    Promise.resolve().then(() => {
      // As libraries do.
      const thrown: unknown = "text";
      throw thrown;
    }),
};

const fail = (error: Error): Promise<Answer> => Promise.reject(error);

const answer = (text: string): Promise<Answer> =>
  Promise.resolve({ status: 200, media_type: "application/json", body: Buffer.from(text) });

const SLOW = process.env["SLOW"] === "1";

const LIMITS = { attempts: 3, callMs: 5, answerBytes: 4096 };

let sound: FactSet;
let paths: string[];

beforeAll(async () => {
  const { facts, directory, manifest } = await collected();
  sound = facts;
  paths = (await readRecords(directory, manifest)).map(({ params }) => String(params["path"]));
});

/** Faults by path, one an attempt; further attempts go through. */
type Schedule = ReadonlyMap<string, readonly string[]>;

async function collectedUnder(schedule: Schedule): Promise<Collected> {
  return await collected({
    limits: LIMITS,
    ports: stillPorts({
      intercept: async (call, attempt, send) => {
        const fault = schedule.get(String(call.params["path"]))?.[attempt - 1];
        return await (fault === undefined ? send() : FAULTS[fault]!());
      },
    }),
  });
}

const name = ({ kind, id }: Fact): string => `${kind} ${id}`;

function hides({ resource, hides: kinds }: Gap, { kind, id }: Fact): boolean {
  if (!kinds.includes(kind)) return false;
  return resource === undefined || resource === id || (resource.endsWith("/") && id.startsWith(resource));
}

async function expectHonest({ facts, manifest, directory }: Collected): Promise<void> {
  const found = new Map([...facts.all()].map((fact) => [name(fact), fact]));
  const real = new Map([...sound.all()].map((fact) => [name(fact), fact]));
  for (const [key, fact] of found) expect({ ...real.get(key), record: "" }).toEqual({ ...fact, record: "" });
  const missing = [...real.values()].filter((fact) => !found.has(name(fact)));
  for (const fact of missing) {
    expect(
      facts.gaps.some((gap) => hides(gap, fact)),
      `a gap for ${name(fact)}`,
    ).toBe(true);
  }
  const [source] = manifest.sources;
  const statuses = [source?.status, source?.scopes[0]?.status];
  if (missing.length > 0 || facts.gaps.length > 0) expect(statuses).not.toContain("complete");
  else expect(statuses).toEqual(["complete", "complete"]);
  if (found.size === 0) expect(source?.status).toBe("failed");
  expect(manifest.gap_counts).toEqual(
    Object.fromEntries([...Map.groupBy(facts.gaps, (gap) => gap.reason)].map(([r, l]) => [r, l.length])),
  );
  // What an auditor re-performs from the records agrees, whatever went wrong.
  const again = await reperform(directory, [fakeConnector(inMemory(SMALL))]);
  expect([...again.facts.all()]).toEqual([...facts.all()]);
  expect(again.facts.gaps).toEqual(facts.gaps);
}

describe("a fault that lasts, at each question", () => {
  test.each(Object.keys(FAULTS))("%s", async (fault) => {
    for (const path of paths) {
      const result = await collectedUnder(new Map([[path, [fault, fault, fault]]]));
      await expectHonest(result);
      expect(result.facts.gaps.length, `${fault} at ${path}`).toBeGreaterThan(0);
      expect(result.errors.map(({ exit }) => exit)).toEqual(/bug|no error/.test(fault) ? [70] : []);
    }
  });
});

test.each(["throttled", "timeout", "unavailable"])(
  "%s that passes costs nothing but time",
  async (reason) => {
    for (const path of paths) {
      const fault = `${reason} with an answer`;
      const result = await collectedUnder(new Map([[path, [fault, fault]]]));
      expect(result.facts.gaps).toEqual([]);
      await expectHonest(result);
    }
  },
);

test(
  "any schedule of faults leaves an honest snapshot",
  async () => {
    const faults = fc.array(fc.constantFrom(...Object.keys(FAULTS)), { minLength: 1, maxLength: 3 });
    const schedule = fc.array(fc.tuple(fc.constantFrom(...paths), faults), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        schedule,
        async (entries) => await expectHonest(await collectedUnder(new Map(entries))),
      ),
      SLOW ? { numRuns: 2000 } : { numRuns: 100, seed: 20260930 },
    );
  },
  SLOW ? 1_800_000 : 120_000,
);
