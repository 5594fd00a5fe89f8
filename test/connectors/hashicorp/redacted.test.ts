import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/base/index.ts";
import { keepable } from "../../../src/collect/redaction.ts";
import { hashicorp } from "../../../src/connectors/index.ts";
import { Misshapen } from "../../../src/connectors/hashicorp/json.ts";
import { readRecord } from "../../../src/connectors/hashicorp/normalise.ts";
import type { Operation, WalkContext } from "../../../src/connectors/hashicorp/operation.ts";
import { OPERATIONS, operationOf } from "../../../src/connectors/hashicorp/operations/index.ts";
import {
  isGap,
  recordBytes,
  recordDigest,
  type Fact,
  type FactOf,
  type Gap,
  type RawRecord,
} from "../../../src/facts/index.ts";
import { engines, fakeServer, kvMetadata, methods, mount, type FakeServer } from "./fake-server.ts";
import { collectAll, contextOf, plainIo } from "./plain-io.ts";
import { recordWith, replayed } from "./replays.ts";

/** Put together, so that no scanner takes it for a credential. */
const TOKEN = ["hvs", "F0ct8QZ3nVxK2pLm7RsT9uWy"].join(".");
const OTHER_TOKEN = TOKEN.replace("F0", "G1");

/** The record as it is kept. */
async function scanned(record: RawRecord): Promise<RawRecord> {
  const { redact = [], condense } = OPERATIONS.get(record.operation) ?? {};
  const answer = { status: record.status, media_type: record.media_type, body: recordBytes(record) };
  const { body, redactions } = await keepable(answer, redact, [], condense);
  const kept = { ...record, body, redactions };
  return { ...kept, body_sha256: sha256(recordBytes(kept)), body_bytes: recordBytes(kept).length };
}

/** The `data` of Vault's recorded answer to this question. */
function recordedData(operation: string): Record<string, unknown> {
  const record = replayed("vault").find((candidate) => candidate.operation === operation)!;
  return (bodyOf(record) as { data: Record<string, unknown> }).data;
}

const bodyOf = (record: RawRecord) =>
  JSON.parse(recordBytes(record).toString("utf8")) as Record<string, unknown>;

/** The recorded audit device with these options more. */
function auditTable(options: object): Record<string, object> {
  const device = recordedData("server.audit")["file/"] as { options: object };
  return { "file/": { ...device, options: { ...device.options, ...options } } };
}

interface Told {
  readonly record: RawRecord;
  readonly facts: readonly Fact[];
  readonly pasted: readonly FactOf<"pasted_credential">[];
  readonly gaps: readonly Gap[];
}

async function told(operation: string, params: Record<string, string>, body: unknown): Promise<Told> {
  const record = await scanned(recordWith({ operation, params }, body));
  const found = hashicorp.normalise(record);
  const facts = found.filter((item): item is Fact => !isGap(item));
  return {
    record,
    facts: facts.filter(({ kind }) => kind !== "pasted_credential"),
    pasted: facts.filter((fact) => fact.kind === "pasted_credential"),
    gaps: found.filter(isGap),
  };
}

describe("a credential in what somebody is judged by", () => {
  it("is a fact and a gap, and everything beside it is told", async () => {
    const policy = `# use ${TOKEN}\npath "kv/*" { capabilities = ["read"] }`;
    const { record, facts, pasted, gaps } = await told(
      "namespace.policy",
      { name: "app" },
      { data: { policy } },
    );
    expect(facts).toMatchObject([
      { kind: "policy_document", ext: { hashicorp: { rules: [{ path: "kv/*" }] } } },
    ]);
    expect(pasted).toMatchObject([
      {
        resource: "payments-vault:sys/policies/acl/app",
        operation: "namespace.policy",
        pointer: "/data/policy",
        rule: "vault-token",
        record: recordDigest(record),
      },
    ]);
    expect(gaps).toEqual([
      {
        store_id: "payments-vault",
        scope: "payments-vault",
        resource: "payments-vault:sys/policies/acl/app",
        operation: "namespace.policy",
        reason: "redacted",
        hides: ["policy_document"],
        detail: "a part of the answer looked like a credential and was not kept: vault-token at /data/policy",
        fix: "Take the credential out of payments-vault:sys/policies/acl/app, rotate it, then collect again.",
        record: recordDigest(record),
      },
    ]);
    expect(JSON.stringify([record, facts, pasted, gaps])).not.toContain(TOKEN);
  });

  it("is a gap also where the answer cannot be read any more, and where it was scanned as text", async () => {
    const broken = await told("token.lookup", { name: "a" }, { data: { accessor: "a", issue_time: TOKEN } });
    expect(broken.gaps.map(({ reason }) => reason)).toEqual(["malformed", "redacted"]);
    const text = recordWith(
      { operation: "namespace.policy", params: { name: "app" } },
      { data: { policy: `# ${TOKEN}` } },
    );
    const gaps = hashicorp.normalise(await scanned({ ...text, media_type: "text/plain" })).filter(isGap);
    expect(gaps).toMatchObject([
      { reason: "redacted", detail: expect.stringContaining("at the body") as string },
    ]);
  });

  it("is no label's value", async () => {
    const body = kvMetadata({ custom_metadata: { team: TOKEN, tier: "high" } });
    const { facts, gaps } = await told("kv2.metadata", { mount: "kv/", path: "a/b" }, body);
    expect(facts).toMatchObject([{ kind: "secret_metadata" }]);
    expect((facts[0] as FactOf<"secret_metadata">).labels).toEqual({ tier: "high" });
    expect(gaps).toMatchObject([
      { reason: "redacted", resource: "payments-vault:kv/a/b", hides: ["secret_metadata", "secret_version"] },
    ]);
  });

  it("names five places at most", async () => {
    const metadata = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`m${index}`, TOKEN]));
    const { gaps, pasted } = await told("token.lookup", { name: "a" }, { data: { meta: metadata } });
    expect(pasted).toHaveLength(7);
    expect(gaps.at(-1)!.detail).toMatch(/vault-token at \/data\/meta\/m4; and 2 more$/);
  });
});

describe("a credential in a table of many things", () => {
  /** The server writes the table twice: as `data` and beside it. */
  const twice = ({ data }: { data: object }) => ({ data, ...data });
  const builtIn = ["cubbyhole/", "identity/", "sys/"].map((path) => ({ path }));

  it("hides the one entry that it stands in", async () => {
    const table = engines({
      "kv/": mount("kv", { version: "2", note: TOKEN }),
      "other/": mount("kv", { version: "2" }),
    });
    const { facts, gaps } = await told("namespace.mounts", {}, twice(table));
    expect(facts).toMatchObject([...builtIn, { path: "kv/", options: { version: "2" } }, { path: "other/" }]);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: "redacted", resource: "payments-vault:kv/" });
    expect(gaps[0]!.hides).toEqual(operationOf("namespace.mounts").hides);
  });

  it.each([
    ["namespace.auth", methods({ "ldap/": mount("ldap", { note: TOKEN }) }).data, "auth/ldap/"],
    ["server.audit", auditTable({ prefix: TOKEN }), "sys/audit/file"],
  ])("of %s likewise", async (operation, data, resource) => {
    const { facts, gaps } = await told(operation, {}, { data });
    expect(facts).toHaveLength(Object.keys(data).length);
    expect(gaps).toMatchObject([{ reason: "redacted", resource: `payments-vault:${resource}` }]);
  });

  it("in a second factor's settings hides that one", async () => {
    const data = {
      keys: ["m1", "m2"],
      key_info: { m1: { type: "okta", name: TOKEN }, m2: { type: "totp" } },
    };
    const { gaps } = await told("identity.mfa_methods", {}, { data });
    expect(gaps).toMatchObject([
      { resource: "payments-vault:identity/mfa/method/m1", hides: ["mfa_method"], reason: "redacted" },
    ]);
  });

  it("is only a fact where nobody is judged by the place", async () => {
    const described = { ...mount("kv", { version: "2" }), description: `root is ${TOKEN}` };
    const table = engines({ "kv/": described });
    const { facts, pasted, gaps } = await told(
      "namespace.mounts",
      {},
      { request_id: TOKEN, ...twice(table) },
    );
    expect(facts).toMatchObject([...builtIn, { path: "kv/" }]);
    expect(pasted).toMatchObject([{ resource: "payments-vault:kv/", pointer: "/data/kv~1/description" }]);
    expect(gaps).toEqual([]);
  });

  it("is neither where the connector itself leaves it out", async () => {
    const { facts, pasted, gaps } = await told(
      "database.connection",
      { mount: "db/", name: "pg" },
      { data: { ...recordedData("database.connection"), connection_details: { password: TOKEN } } },
    );
    expect(facts).toMatchObject([{ kind: "connection" }]);
    expect([pasted, gaps]).toEqual([[], []]);
  });
});

describe("a name that is a credential", () => {
  let server: FakeServer | undefined;
  afterEach(async () => await server?.close());

  /** Collects through the scan, as the product does. */
  async function walked(routes: Record<string, object>) {
    server = await fakeServer(routes);
    const io = plainIo();
    const call: typeof io.call = async (asked, send) => {
      const outcome = await io.call(asked, send);
      return isGap(outcome) ? outcome : await scanned(outcome);
    };
    const context = contextOf({ "env:VAULT_TOKEN": "t" });
    const collected = await collectAll(hashicorp, { address: server.address }, context, { ...io, call });
    return { ...collected, urls: server.seen.map(({ url }) => url) };
  }

  it("hides its listing and is not asked for, two of them neither", async () => {
    const { gaps, urls } = await walked({
      "GET sys/mounts": engines({ "kv/": mount("kv", { version: "2" }) }),
      "GET kv/metadata/?list=true": { data: { keys: ["a", TOKEN, OTHER_TOKEN, `${TOKEN}/`, "z"] } },
    });
    expect(gaps.filter(({ reason }) => reason === "redacted")).toMatchObject([
      { resource: "payments-vault:kv/", hides: ["secret", "secret_metadata", "secret_version"] },
    ]);
    expect(urls.filter((url) => url.startsWith("kv/metadata/")).sort()).toEqual([
      "kv/metadata/?list=true",
      "kv/metadata/a",
      "kv/metadata/z",
    ]);
  });

  it("of a mount hides every mount, and nothing is asked of that one", async () => {
    const { gaps, urls } = await walked({
      "GET sys/mounts": engines({
        [`${TOKEN}/`]: { ...mount("transit"), description: TOKEN },
        "transit/": mount("transit"),
      }),
    });
    expect(gaps.filter(({ reason }) => reason === "redacted")).toMatchObject([
      { operation: "namespace.mounts", resource: "payments-vault:" },
    ]);
    expect(urls.filter((url) => url.includes("redacted"))).toEqual([]);
    expect(urls).toContain("transit/keys?list=true");
  });
});

describe("places that nobody is judged by", () => {
  const records = [...replayed("vault"), ...replayed("openbao")];
  const context: WalkContext = { dialect: "vault", enterprise: true, excluded: () => undefined };

  /** Facts but for the texts that no policy reads, and further questions; what does not read as an answer gives neither. */
  function meaning(operation: Operation, record: RawRecord, body: unknown): unknown {
    const { answered } = readRecord(operation, recordWith(record, body, record));
    try {
      const facts = (operation.facts?.(answered) ?? []).map((found) => ({
        ...found,
        record: "",
        description: "",
      }));
      return { facts, next: operation.next?.(answered, context) };
    } catch (thrown) {
      if (thrown instanceof Misshapen) return thrown.message;
      throw thrown;
    }
  }

  /** The body with `value` at every place that the pattern names. */
  function withAt(json: unknown, [segment, ...rest]: readonly string[], value: string): unknown {
    if (segment === undefined) return value;
    const object = json as Record<string, unknown> | undefined;
    const names = segment === "*" ? Object.keys(object ?? {}) : [segment];
    return {
      ...object,
      ...Object.fromEntries(names.map((name) => [name, withAt(object?.[name], rest, value)])),
    };
  }

  const of = ({ id }: Operation) =>
    records
      .filter(({ operation, status }) => operation === id && status < 300)
      .filter((record) => {
        const { data } = bodyOf(record);
        return typeof data === "object" && data !== null;
      });
  const declared = [...OPERATIONS.values()].flatMap((operation) =>
    (operation.unread ?? []).map((place) => [operation.id, place] as const),
  );

  it.each(declared)("of %s: %s changes no fact that is judged, and no question", (id, place) => {
    const operation = operationOf(id);
    // An operation without a recorded answer is asked of a listing's shape.
    const answers =
      of(operation).length > 0
        ? of(operation)
        : [recordWith({ operation: id }, { data: { keys: ["a/"], key_info: { "a/": { id: "i" } } } })];
    for (const record of answers) {
      const at = (value: string) =>
        meaning(operation, record, withAt(bodyOf(record), place.split("/").slice(1), value));
      expect(at("one")).not.toBeTypeOf("string");
      expect(at("one")).toEqual(at("another"));
    }
  });

  it("are all that stands beside `data`, but where an answer has none", () => {
    const seen = new Set<string>();
    for (const operation of OPERATIONS.values()) {
      for (const record of of(operation).filter(() => operation.bare !== true)) {
        const body = bodyOf(record);
        expect(meaning(operation, record, { data: body["data"] })).toEqual(meaning(operation, record, body));
        seen.add(operation.id);
      }
    }
    expect(seen.size).toBeGreaterThan(30);
    const bare = [...OPERATIONS.values()].filter((operation) => operation.bare === true).map(({ id }) => id);
    // An answer without `data` that is no answer to its question is a gap over all that was asked for.
    const without = records
      .filter((record) => record.status < 300 && bodyOf(record)["data"] === undefined)
      .filter((record) =>
        hashicorp.normalise(record).every((item) => !isGap(item) || item.reason !== "malformed"),
      );
    expect([...new Set(without.map(({ operation }) => operation))].sort()).toEqual(bare.sort());
  });
});
