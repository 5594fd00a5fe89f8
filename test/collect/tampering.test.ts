import { afterAll, describe, expect, it } from "vitest";
import { reperform } from "../../src/collect/index.ts";
import { connectors } from "../../src/connectors/index.ts";
import { questionKey } from "../../src/facts/index.ts";
import {
  ORIGINAL,
  allRedone,
  manifestRewritten,
  partRewritten,
  partsRedone,
  forget,
  recordOf,
  recount,
  removeForgeries,
  setBody,
  source,
  textOf,
  timedOut,
  type Change,
} from "./forgery.ts";

afterAll(removeForgeries);

const opened = async (directory: string) => await reperform(directory, [...connectors.values()]);

const dayFrom = (instant: string, days: number): string =>
  new Date(Date.parse(instant) + days * 86_400_000).toISOString();

async function complaint(directory: string): Promise<{ code?: unknown; exit?: unknown; message?: unknown }> {
  return await opened(directory).then(
    () => ({ message: "nothing was noticed" }),
    (thrown: unknown) => thrown as { code: unknown },
  );
}

it("the recorded estate itself is in order, and needs neither a credential nor a network", async () => {
  const { manifest, revised } = await opened(ORIGINAL);
  expect(manifest.records.count).toBeGreaterThan(600);
  expect(revised).toEqual([]);
});

describe("noticed though every digest, every count and the name are redone:", () => {
  it.each<[string, Change, RegExp]>([
    [
      "an answer gone with its facts",
      (all) => {
        forget(all, recordOf(all, "kv2.metadata"));
      },
      /no answer to kv2\.metadata/,
    ],
    [
      "a listing gone with everything below it",
      (all) => {
        forget(all, recordOf(all, "namespace.policies"));
      },
      /no answer to namespace\.policies/,
    ],
    [
      "an answer gone, its facts kept",
      (all) => {
        all.records = all.records.filter((one) => one !== recordOf(all, "server.audit"));
        recount(all);
      },
      /no answer to server\.audit/,
    ],
    [
      "an answer gone behind a small gap over the whole source",
      (all) => {
        const { store_id } = recordOf(all, "token.self");
        all.gaps.push({
          store_id,
          scope: store_id,
          operation: "collect",
          reason: "unavailable",
          hides: ["ui_headers"],
          detail: "expected the connector to end: Error",
        });
        forget(all, recordOf(all, "kv2.metadata"));
        source((entry) => (entry.status = "failed"))(all);
      },
      /no answer to kv2\.metadata/,
    ],
    [
      "a listing that names one thing less",
      (all) => {
        const list = recordOf(all, "namespace.policies");
        setBody(list, textOf(list).replace(/"keys":\["[^"]+",/, '"keys":['));
      },
      /an answer to namespace\.policy in .* that nothing led to/,
    ],
    [
      "an answer to a question that nothing led to",
      (all) => {
        const copy = structuredClone(recordOf(all, "namespace.policy"));
        copy.params = { ...copy.params, name: "invented" };
        copy.key = questionKey(copy);
        all.records.push(copy);
        recount(all);
      },
      /nothing led to/,
    ],
    [
      "two answers to one question",
      (all) => all.records.push({ ...recordOf(all, "server.audit"), elapsed_ms: 1 }),
      /two answers to one question/,
    ],
    [
      "an answer whose body is another",
      (all) => {
        const record = recordOf(all, "namespace.policy");
        setBody(record, textOf(recordOf(all, "namespace.policy", 1)));
      },
      /is kept, but no record tells it|is kept otherwise/,
    ],
    [
      "two bodies changed about",
      (all) => {
        const [one, two] = [recordOf(all, "kv2.metadata"), recordOf(all, "kv2.metadata", 1)];
        const [first, second] = [textOf(one), textOf(two)];
        setBody(one, second);
        setBody(two, first);
      },
      /kept otherwise|no record tells/,
    ],
    [
      "a body unlike its digest",
      (all) => (recordOf(all, "server.audit").body = { text: '{"data":{}}' }),
      /body unlike its digest/,
    ],
    [
      "a body of another length than said",
      (all) => (recordOf(all, "server.audit").body_bytes += 1),
      /bytes instead of/,
    ],
    [
      "two questions changed about",
      (all) => {
        const [one, two] = [recordOf(all, "kv2.metadata"), recordOf(all, "kv2.metadata", 1)];
        [one.params, two.params] = [two.params, one.params];
      },
      /not that of its question/,
    ],
    [
      "an answer marked as refused, without its gap",
      (all) =>
        (recordOf(all, "server.audit").refused = { reason: "denied", detail: "expected 200, got 403" }),
      /no record tells|not kept/,
    ],
    [
      "an answer from before the run",
      (all) => (recordOf(all, "server.audit").requested_at = "2026-11-23T19:41:03.124Z"),
      /not within/,
    ],
    [
      "an answer from after the run",
      (all) => (recordOf(all, "server.audit").requested_at = "2026-11-23T19:41:07.584Z"),
      /not within/,
    ],
    [
      "an answer from no day of any calendar",
      (all) => (recordOf(all, "server.audit").requested_at = "2026-13-45T99:00:00Z"),
      /not within/,
    ],
    [
      "the instant of all ages before its answers",
      (all) => (all.manifest.taken_at = all.manifest.started_at),
      /not within/,
    ],
    ["the start after its answers", (all) => (all.manifest.started_at = all.manifest.taken_at), /not within/],
    [
      "an answer of another store",
      (all) => (recordOf(all, "server.audit").store_id = "vault-other"),
      /no source/,
    ],
    [
      "an answer by another connector",
      (all) => (recordOf(all, "server.audit").connector = "aws"),
      /source's connector/,
    ],
    [
      "an answer by another revision",
      (all) => (recordOf(all, "server.audit").revision = 0),
      /source's connector/,
    ],
    [
      "a fact that is altered",
      (all) =>
        (all.facts = all.facts.map((fact) => (fact.kind === "sink" ? { ...fact, local: true } : fact))),
      /sink .* kept otherwise/,
    ],
    [
      "a fact that is gone",
      (all) => (all.facts = all.facts.filter(({ kind }) => kind !== "token")),
      /token .* not kept/,
    ],
    [
      "a fact that no record tells",
      (all) => {
        const sink = all.facts.find(({ kind }) => kind === "sink");
        if (sink !== undefined) all.facts.push({ ...sink, id: `${sink.id}second/` });
      },
      /no record tells it/,
    ],
    [
      "a gap that is gone",
      (all) => {
        all.gaps = [];
        recount(all);
        source((entry) => {
          entry.status = "complete";
          entry.scopes.forEach((scope) => (scope.status = "complete"));
        })(all);
      },
      /the gap of namespace\.mounts in .* is not kept/,
    ],
    [
      "a gap that nothing leaves",
      (all) => {
        const record = recordOf(all, "server.audit");
        all.gaps.push(timedOut(record, ["sink"], record.store_id));
        recount(all);
      },
      /kept, but nothing leaves it/,
    ],
    ["a status", source((entry) => (entry.status = "complete")), /sources\.0\.status/],
    [
      "a status of a scope",
      source((entry) => entry.scopes.forEach((scope) => (scope.status = "complete"))),
      /scopes\.0\.status/,
    ],
    [
      "a count of answers",
      source((entry) => entry.scopes.forEach((scope) => (scope.record_count = 700))),
      /record_count 700 instead of \d{3}/,
    ],
    [
      "a scope that was not read",
      source((entry) =>
        entry.scopes.push({
          scope: "vault-production/team-a",
          status: "complete",
          record_count: 0,
          gap_count: 0,
        }),
      ),
      /scopes\.1/,
    ],
    [
      "the caller of a source",
      source((entry) => (entry.caller = "token-root")),
      /caller "token-root" instead of "token-countersign/,
    ],
    [
      "a selection that leaves nothing out, though nothing was left out",
      source((entry) => (entry.selection = { mounts: { exclude: ["kv/"] }, more: 1 })),
      /selection/,
    ],
    [
      "a source that was never read",
      ({ manifest }) => {
        const [first] = manifest.sources;
        if (first !== undefined)
          manifest.sources.push({ ...first, store_id: "vault-staging", status: "complete" });
      },
      /no answer to server\.health in vault-staging/,
    ],
    ["a source twice", ({ manifest }) => manifest.sources.push(...manifest.sources), /each source once/],
    ["a source gone, its answers kept", ({ manifest }) => (manifest.sources = []), /no source/],
  ])("%s", async (_what, change, message) => {
    const directory = await allRedone(change);
    expect(await complaint(directory)).toMatchObject({
      code: "E_INTEGRITY",
      exit: 4,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe("noticed where the digests of the parts are redone, but not the name:", () => {
  it.each<[string, Change, RegExp]>([
    ["the notice gone", ({ manifest }) => delete manifest.notice, /snapshot_id/],
    ["another notice", ({ manifest }) => (manifest.notice = "Approved."), /snapshot_id/],
    ["another address", source((entry) => (entry.address = "https://vault.example.org")), /snapshot_id/],
    ["other settings", source((entry) => (entry.settings_sha256 = "0".repeat(64))), /snapshot_id/],
    ["another version", ({ manifest }) => (manifest.product_version = "9.9.9"), /snapshot_id/],
    ["another run", ({ manifest }) => (manifest.run_id = "x"), /snapshot_id/],
    [
      "a later instant of all ages",
      ({ manifest }) => (manifest.taken_at = dayFrom(manifest.taken_at, 1)),
      /snapshot_id/,
    ],
    [
      "an earlier start",
      ({ manifest }) => (manifest.started_at = dayFrom(manifest.started_at, -1)),
      /snapshot_id/,
    ],
    ["another name", ({ manifest }) => (manifest.snapshot_id += "0"), /snapshot_id/],
    [
      "a count of facts",
      ({ manifest }) => (manifest.fact_counts["secret"] = 1),
      /fact_counts\.secret 1 inst/,
    ],
    ["a kind of fact", ({ manifest }) => (manifest.fact_counts["grant"] = 1), /fact_counts\.grant 1 inst/],
    ["a count of gaps", ({ manifest }) => (manifest.gap_counts = {}), /gap_counts/],
    ["answers in another order", ({ records }) => records.reverse(), /records\.sha256/],
    ["facts in another order", ({ facts }) => facts.reverse(), /facts\.sha256/],
    ["a gap twice", ({ gaps }) => gaps.push(...gaps), /gaps\.(count|sha256)/],
    ["a fact twice", ({ facts }) => facts.push(...facts.slice(0, 1)), /twice/],
    [
      "who asked, in an answer",
      (all) => (recordOf(all, "server.audit").caller = "token-root"),
      /kept otherwise|snapshot_id/,
    ],
  ])("%s", async (_what, change, message) => {
    const directory = await partsRedone(change);
    expect(await complaint(directory)).toMatchObject({
      code: "E_INTEGRITY",
      exit: 4,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each<[string, (text: string) => string]>([
    ["a manifest with other white space", (text) => text.replaceAll("  ", " ")],
    ["a key twice, the later one right", (text) => text.replace("{", '{ "notice": "Approved.",')],
    ["a number written otherwise", (text) => text.replace(/("revision": \d+)/, "$1.0")],
    ["an escaped letter", (text) => text.replace("Demonstration", "\\u0044emonstration")],
    ["an instant written otherwise", (text) => text.replace(/(?<="taken_at": "[^"]*)Z"/, '0Z"')],
  ])("%s", async (_what, change) => {
    expect(await complaint(await manifestRewritten(change))).toMatchObject({ code: "E_INTEGRITY", exit: 4 });
  });
});

it("half a character in an answer, which nothing could digest, is noticed", async () => {
  const directory = await partRewritten("records.ndjson.zst", (lines) =>
    lines.replace('"media_type":"application/json"', '"media_type":"\\uD800"'),
  );
  expect(await complaint(directory)).toMatchObject({ code: "E_INTEGRITY", exit: 4 });
});
