import { describe, expect, it } from "vitest";
import { LogStore, reperform, type CollectRequest, type Collected } from "../../../src/collect/index.ts";
import { aws, type AwsSettings } from "../../../src/connectors/index.ts";
import type { Gap } from "../../../src/facts/index.ts";
import type { AwsAnswer, AwsQuestion } from "../../fakes/aws.ts";
import { stillPorts, temporaryDirectory } from "../../collect/run.ts";
import { ACCOUNT, REGION } from "./answers.ts";
import { SOURCE, collecting, estate } from "./collecting.ts";
import { Bucket, exclude, record } from "./log-answers.ts";

const { collect, asked } = collecting();

const DAY = "2026-09-29T";
const STORE = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:eventdatastore/6a6eb2c0-0a5a-4a8d-9a4f-000000000001`;

const at = (now: string) => stillPorts({ clock: { now: () => new Date(now) } });

interface Event {
  readonly id: string;
  readonly at: string;
}

const EVENTS: readonly Event[] = ["02", "08", "14", "20"].map((hour) => ({
  id: hour,
  at: `${DAY}${hour}:00:00Z`,
}));

const ms = (value: unknown): number => Number(value) * 1000;

/** LookupEvents over these events, newest first, so many a page. */
function history(events: readonly Event[], pageSize = 50) {
  return (question: AwsQuestion): AwsAnswer => {
    if (question.action !== "LookupEvents") return estate(question);
    const { StartTime, EndTime, NextToken } = question.input;
    const found = events
      .filter((each) => Date.parse(each.at) >= ms(StartTime) && Date.parse(each.at) <= ms(EndTime))
      .sort((a, b) => (a.at < b.at ? 1 : -1));
    const from = Number(NextToken ?? 0);
    const page = found.slice(from, from + pageSize);
    const more = from + pageSize < found.length;
    return {
      output: {
        Events: page.map((each) => ({
          EventId: each.id,
          CloudTrailEvent: JSON.stringify(record(each.id, each.at)),
        })),
        ...(more ? { NextToken: String(from + pageSize) } : {}),
      },
    };
  };
}

async function read(
  answer: (question: AwsQuestion) => AwsAnswer,
  stateDirectory: string,
  log: object = {},
  change: Partial<CollectRequest> = {},
): Promise<Collected> {
  const audit_log = { from: "lookup_events", days: 2, ...log } as NonNullable<AwsSettings["audit_log"]>;
  const ended = await collect(answer, { exclude, audit_log }, { stateDirectory, ...change });
  expect(ended.errors).toEqual([]);
  await reperform(ended.directory, [aws]);
  return ended;
}

const coverage = ({ facts }: Collected, way = "lookup_events") =>
  facts.of("audit_log_coverage").find((fact) => fact.way === way)!;

const hidden = ({ facts }: Collected): Gap[] =>
  facts.gaps.filter(({ hides }) => hides.length === 1 && hides[0] === "audit_log_coverage");

async function ids(stateDirectory: string, way = "lookup_events"): Promise<string[]> {
  const store = new LogStore(stateDirectory, SOURCE, () => Promise.resolve());
  const found: string[] = [];
  for await (const { sha256 } of store.list(`${ACCOUNT}/${REGION}/${way}`)) {
    const { Records } = JSON.parse((await store.open(sha256)).toString()) as {
      Records: { eventID: string }[];
    };
    found.push(...Records.map(({ eventID }) => eventID));
  }
  // Of the second at which a reading ended the next one asks again.
  return [...new Set(found)].sort();
}

/** As `answer`, but for the nth question of the action, from 1. */
function failing(
  answer: (question: AwsQuestion) => AwsAnswer,
  action: string,
  nth: number,
  otherwise: AwsAnswer,
) {
  let count = 0;
  return (question: AwsQuestion): AwsAnswer => {
    if (question.action === action) count += 1;
    return question.action === action && count >= nth ? otherwise : answer(question);
  };
}

describe("LookupEvents", () => {
  it("is asked day by day, and says what it never shows", async () => {
    const state = await temporaryDirectory();
    const ended = await read(history(EVENTS), state);
    expect(asked("LookupEvents")).toHaveLength(3);
    expect(coverage(ended)).toMatchObject({
      management_only: true,
      reach_days: 90,
      observed_from: "2026-09-28T06:00:00.000Z",
      observed_until: "2026-09-30T05:00:00.000Z",
      event_count: 4,
    });
    expect(hidden(ended)).toEqual([]);
    expect(await ids(state)).toEqual(["02", "08", "14", "20"]);
  });

  it("reaches back 90 days, and what was to be read before that is a gap", async () => {
    const ended = await read(history([]), await temporaryDirectory(), { days: 100 });
    expect(coverage(ended)).toMatchObject({ observed_from: "2026-07-02T06:00:00.000Z", event_count: 0 });
    expect(hidden(ended)).toMatchObject([
      { reason: "limit", from_at: "2026-06-22T06:00:00.000Z", to_at: "2026-07-02T06:00:00.000Z" },
    ]);
  });

  it("is asked on from the mark, an hour of which is read again", async () => {
    const state = await temporaryDirectory();
    await read(history(EVENTS), state);
    const late = { id: "late", at: "2026-09-30T05:30:00Z" };
    const ended = await read(
      history([...EVENTS, late]),
      state,
      {},
      { ports: at("2026-09-30T07:00:00.000Z") },
    );
    expect(asked("LookupEvents").map(({ input }) => ms(input["StartTime"]))).toEqual([
      Date.parse("2026-09-30T05:00:00.000Z"),
    ]);
    expect(coverage(ended)).toMatchObject({ event_count: 5, observed_until: "2026-09-30T06:00:00.000Z" });
  });

  it.each([
    ["throttled", { error: "ThrottlingException" }, "throttled"],
    ["refused", { error: "AccessDeniedException" }, "denied"],
    ["a page of HTML", { text: "<html></html>", status: 500 }, "malformed"],
    ["without the record", { output: { Events: [{ EventId: "x" }] } }, "malformed"],
    ["a record that is none", { output: { Events: [{ CloudTrailEvent: "{}" }] } }, "malformed"],
    ["expired", { error: "ExpiredTokenException" }, "denied"],
  ] as const)(
    "that is %s in the middle keeps what was read, and goes on in the next run",
    async (_what, answer, reason) => {
      const state = await temporaryDirectory();
      // Pages of one: the day's newest event is read, the one before is not.
      const ended = await read(failing(history(EVENTS, 1), "LookupEvents", 3, answer), state);
      expect(hidden(ended)).toContainEqual(
        expect.objectContaining({ operation: "cloudtrail.events", reason }),
      );
      expect(coverage(ended).observed).toEqual([
        { from_at: "2026-09-28T06:00:00.000Z", to_at: "2026-09-29T00:00:00.000Z" },
        { from_at: "2026-09-29T20:00:01.000Z", to_at: "2026-09-30T00:00:00.000Z" },
      ]);
      expect(hidden(ended)).toContainEqual(
        expect.objectContaining({ from_at: "2026-09-29T00:00:00.000Z", to_at: "2026-09-29T20:00:01.000Z" }),
      );
      const mended = await read(history(EVENTS, 1), state, {}, { ports: at("2026-09-30T06:30:00.000Z") });
      expect(coverage(mended).observed).toEqual([
        { from_at: "2026-09-28T06:00:00.000Z", to_at: "2026-09-30T05:30:00.000Z" },
      ]);
      expect(await ids(state)).toEqual(["02", "08", "14", "20"]);
    },
  );

  it("of pages without end is a gap", async () => {
    const token = { output: { Events: [], NextToken: "again" } };
    const ended = await read(failing(estate, "LookupEvents", 1, token), await temporaryDirectory());
    expect(hidden(ended)).toContainEqual(
      expect.objectContaining({ operation: "cloudtrail.events", reason: "limit" }),
    );
    expect(coverage(ended).observed).toEqual([]);
  });

  it.each([
    ["max_events", 3],
    ["max_files", 3],
  ])("ends at %s, and goes on in the next run", async (name, value) => {
    const state = await temporaryDirectory();
    const first = await read(history(EVENTS, 1), state, { [name]: value });
    expect(hidden(first)).toContainEqual(
      expect.objectContaining({ operation: "cloudtrail.events", reason: "limit" }),
    );
    expect(coverage(first)).toMatchObject({ event_count: 3 });
    await read(history(EVENTS, 1), state, { [name]: value }, { ports: at("2026-09-30T06:30:00.000Z") });
    expect(await ids(state)).toEqual(["02", "08", "14", "20"]);
  });
});

describe("the way that the account allows", () => {
  it("is LookupEvents where the bucket refuses to be listed, and the refusal stays a gap", async () => {
    const denied = failing(history(EVENTS), "ListObjectsV2", 1, { error: "AccessDenied", status: 403 });
    const ended = await read(denied, await temporaryDirectory(), { from: "auto" });
    expect(coverage(ended)).toMatchObject({ event_count: 4 });
    expect(hidden(ended).map(({ operation, reason }) => [operation, reason])).toEqual([
      ["s3.log_files", "denied"],
    ]);
  });

  it("is LookupEvents where no trail writes files", async () => {
    const none = failing(history(EVENTS), "DescribeTrails", 1, { output: { trailList: [] } });
    const ended = await read(none, await temporaryDirectory(), { from: "auto" });
    expect(coverage(ended)).toMatchObject({ event_count: 4 });
    expect(hidden(ended)).toEqual([]);
  });

  it("is the files alone where they can be read", async () => {
    const bucket = new Bucket();
    bucket.put("2026-09-30T01:00:00.000Z");
    const ended = await read(bucket.answer, await temporaryDirectory(), { from: "auto" });
    expect(ended.facts.of("audit_log_coverage").map(({ way }) => way)).toEqual(["s3"]);
    expect(asked("LookupEvents")).toEqual([]);
  });

  it.each(["none", undefined])("is none where the settings say %s", async (from) => {
    const audit_log = from === undefined ? {} : { audit_log: { from: "none" as const } };
    const ended = await collect(estate, { exclude, ...audit_log });
    expect(ended.facts.of("audit_log_coverage")).toEqual([]);
    expect(asked("LookupEvents")).toEqual([]);
  });

  it.each([
    ["s3", "s3"],
    ["lookup_events", "cloudtrail"],
  ] as const)("is a gap where %s is set and %s is excluded", async (from, service) => {
    const ended = await collect(estate, { exclude: [...exclude, service], audit_log: { from } });
    expect(hidden(ended)).toMatchObject([{ reason: "excluded", operation: "cloudtrail.log_coverage" }]);
  });
});

describe("an event data store", () => {
  const lake = { from: "lake", data_store: STORE } as const;

  /** Queries that run for a while and end with these events. */
  function queries(status = "FINISHED", pageSize = 1000) {
    const polls = new Map<string, number>();
    const statements: string[] = [];
    const answer = (question: AwsQuestion): AwsAnswer => {
      const { action, input } = question;
      if (action === "StartQuery") {
        statements.push(String(input["QueryStatement"]));
        return { output: { QueryId: `q-${statements.length}` } };
      }
      if (action !== "GetQueryResults") return estate(question);
      const id = String(input["QueryId"]);
      const poll = polls.get(id) ?? 0;
      polls.set(id, poll + 1);
      if (poll < 2) return { output: { QueryStatus: "RUNNING" } };
      const from = Number(input["NextToken"] ?? 0);
      const day = /eventTime >= '(\S+)/.exec(statements[Number(id.slice(2)) - 1]!)![1]!;
      const found = EVENTS.filter((each) => each.at.startsWith(day));
      return {
        output: {
          QueryStatus: status,
          QueryResultRows: found
            .slice(from, from + pageSize)
            .map((each) => [{ eventJson: JSON.stringify(record(each.id, each.at)) }]),
          ...(from + pageSize < found.length ? { NextToken: String(from + pageSize) } : {}),
        },
      };
    };
    return { answer, statements };
  }

  it("is asked by a query a day, whose pages are followed", async () => {
    const state = await temporaryDirectory();
    const { answer, statements } = queries("FINISHED", 3);
    const ended = await read(answer, state, lake);
    expect(statements[1]).toBe(
      "SELECT eventJson FROM 6a6eb2c0-0a5a-4a8d-9a4f-000000000001 WHERE eventTime >= '2026-09-29 00:00:00' " +
        `AND eventTime < '2026-09-30 00:00:00' AND recipientAccountId = '${ACCOUNT}' AND awsRegion = '${REGION}'`,
    );
    expect(coverage(ended, "lake")).toMatchObject({ event_count: 4, management_only: false, body_count: 2 });
    expect(await ids(state, "lake")).toEqual(["02", "08", "14", "20"]);
  });

  it.each([
    ["FAILED", "unsupported"],
    ["TIMED_OUT", "timeout"],
  ])("whose query ended %s is a gap", async (status, reason) => {
    const ended = await read(queries(status).answer, await temporaryDirectory(), lake);
    expect(hidden(ended)).toContainEqual(
      expect.objectContaining({ operation: "cloudtrail.query_results", reason }),
    );
    expect(coverage(ended, "lake").observed).toEqual([]);
  });

  it("that refuses the query is a gap", async () => {
    const refused = failing(estate, "StartQuery", 1, { error: "AccessDeniedException" });
    const ended = await read(refused, await temporaryDirectory(), lake);
    expect(hidden(ended)).toContainEqual(
      expect.objectContaining({ operation: "cloudtrail.query", reason: "denied" }),
    );
  });
});

it("asks no more of LookupEvents than it takes: a pause before each question", async () => {
  const ports = stillPorts();
  await read(history(EVENTS), await temporaryDirectory(), {}, { ports });
  expect(ports.waitsMs).toEqual([550, 550, 550]);
});
