import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/base/index.ts";
import { hashicorp } from "../../../src/connectors/index.ts";
import { OPERATIONS } from "../../../src/connectors/hashicorp/operations/index.ts";
import { FactSet, isGap, validFact, type Fact, type Gap, type RawRecord } from "../../../src/facts/index.ts";
import { kvMetadata } from "./fake-server.ts";
import { recordWith, replayed } from "./replays.ts";

const RUNS = process.env["SLOW"] === "1" ? 20_000 : 1000;

/** Facts and gaps in a readable order, without the digests, which only repeat the answers. */
function readable(records: readonly RawRecord[]): string {
  const found = records.flatMap((record) => hashicorp.normalise(record));
  const lines = found.map((item) => canonicalJson({ ...item, record: undefined }));
  return `${lines.sort().join("\n")}\n`;
}

const factsOf = (record: RawRecord): Fact[] =>
  hashicorp.normalise(record).filter((item): item is Fact => !isGap(item));
/** Facts of a recorded answer in which some of the data is another's. */
function factsWith(operation: string, params: Record<string, string>, own: object): Fact[] {
  const data = { ...dataOf(operation), ...own };
  return factsOf(recordWith({ operation, params }, { data }));
}

function dataOf(operation: string): Record<string, unknown> {
  const body = replayed("vault").find((record) => record.operation === operation)?.body;
  if (body === undefined || !("text" in body)) throw new Error(`expected a recorded answer to ${operation}`);
  return (JSON.parse(body.text) as { data: Record<string, unknown> }).data;
}

const gapsOf = (record: RawRecord): Gap[] => hashicorp.normalise(record).filter(isGap);

describe("recorded answers", () => {
  for (const name of ["vault", "openbao"]) {
    it(`of ${name} become the same facts as before`, async () => {
      const file = `../../golden/hashicorp/${name}.ndjson`;
      await expect(readable(replayed(name))).toMatchFileSnapshot(file);
    });

    it(`of ${name} give each kind and id once`, () => {
      const found = replayed(name).flatMap((record) => hashicorp.normalise(record));
      const facts = found.filter((item): item is Fact => !isGap(item));
      for (const fact of facts) expect(validFact(fact)).toBe(fact);
      expect(() => new FactSet(facts, found.filter(isGap))).not.toThrow();
    });
  }

  it("are told apart by product", () => {
    const product = (name: string) =>
      replayed(name)
        .flatMap(factsOf)
        .flatMap((fact) => (fact.kind === "store" ? [fact.product] : []));
    expect(product("vault")).toEqual(["vault"]);
    expect(product("openbao")).toEqual(["openbao"]);
  });
});

describe("a secret's metadata", () => {
  const call = { operation: "kv2.metadata", params: { mount: "kv/", path: "a" } };
  const version = (more: object) => ({
    created_time: "2026-11-01T00:00:00Z",
    deletion_time: "",
    destroyed: false,
    ...more,
  });
  const metadata = (versions: object, current: number) =>
    factsOf(recordWith(call, kvMetadata({ versions, current_version: current })))[0];

  it("tells a planned deletion from one that has happened", () => {
    const planned = metadata({ "1": version({ deletion_time: "2026-12-01T00:00:00Z" }) }, 1);
    expect(planned).toMatchObject({
      value_set_at: "2026-11-01T00:00:00Z",
      value_deletes_at: "2026-12-01T00:00:00Z",
      deleted_version_count: 0,
    });
    const past = metadata({ "1": version({ deletion_time: "2026-11-02T00:00:00Z" }) }, 1);
    expect(past).toMatchObject({ deleted_version_count: 1 });
    expect(past).not.toHaveProperty("value_set_at");
    expect(past).not.toHaveProperty("value_deletes_at");
  });

  it("dates the newest version that can still be read, also where the current one is deleted", () => {
    const versions = {
      "1": version({ created_time: "2026-10-01T00:00:00Z" }),
      "2": version({ created_time: "2026-10-10T00:00:00Z", deletion_time: "2027-01-01T00:00:00Z" }),
      "3": version({ deletion_time: "2026-11-02T00:00:00Z" }),
      "4": version({ destroyed: true }),
    };
    expect(metadata(versions, 4)).toMatchObject({
      current_version: 4,
      value_set_at: "2026-10-10T00:00:00Z",
      value_deletes_at: "2027-01-01T00:00:00Z",
    });
  });

  it("has no value date when every version is destroyed or none was ever written", () => {
    expect(metadata({ "1": version({ destroyed: true }) }, 1)).not.toHaveProperty("value_set_at");
    expect(metadata({}, 0)).toMatchObject({ version_count: 0, current_version: 0 });
  });
});

describe("a role that issues certificates", () => {
  const role = (own: object) => factsWith("pki.role", { mount: "pki/", name: "web" }, own)[0];

  it("may state the end of all that it issues", () => {
    expect(role({ not_after: "9999-12-31T23:59:59Z" })).toMatchObject({
      fixed_end_at: "9999-12-31T23:59:59Z",
    });
    expect(role({ not_after: "" })).not.toHaveProperty("fixed_end_at");
    expect(role({ not_after: "some day" })).toBeUndefined();
  });

  it("has patterns of URIs, or none", () => {
    expect(role({ allowed_uri_sans: ["spiffe://*"] })).toMatchObject({ allowed_uri_sans: ["spiffe://*"] });
    expect(role({ allowed_uri_sans: null })).toMatchObject({ allowed_uri_sans: [] });
  });

  it("has patterns of other names, or none", () => {
    const patterns = ["1.3.6.1.4.1.311.20.2.3;UTF8:*"];
    expect(role({ allowed_other_sans: patterns })).toMatchObject({ allowed_other_sans: patterns });
    expect(role({ allowed_other_sans: null })).toMatchObject({ allowed_other_sans: [] });
  });

  it("has what a common name is held against, the default on a server that does not know the setting", () => {
    expect(role({ cn_validations: ["disabled"] })).toMatchObject({ cn_validations: ["disabled"] });
    expect(role({ cn_validations: undefined })).toMatchObject({ cn_validations: ["email", "hostname"] });
    expect(role({ cn_validations: [] })).toBeUndefined();
    expect(role({ cn_validations: null })).toBeUndefined();
  });
});

describe("a table of mounts", () => {
  const tuned = (operation: string, path: string, own: object): Fact | undefined => {
    const table = dataOf(operation) as Record<string, { config: object }>;
    const entry = table[path]!;
    const data = { ...table, [path]: { ...entry, config: { ...entry.config, ...own } } };
    return factsOf(recordWith({ operation }, { data })).find(
      ({ id }) => id.endsWith(`:${path}`) || id.endsWith(`/${path}`),
    );
  };

  it.each([
    ["namespace.mounts", "cubbyhole/"],
    ["namespace.auth", "token/"],
  ])(
    "of %s has the keys that audit devices do not hash, of requests and answers together",
    (operation, path) => {
      const own = {
        audit_non_hmac_request_keys: ["password", "ttl"],
        audit_non_hmac_response_keys: ["password", "error"],
      };
      expect(tuned(operation, path, own)).toMatchObject({ unhashed_keys: ["error", "password", "ttl"] });
      expect(tuned(operation, path, { audit_non_hmac_response_keys: ["otp"] })).toMatchObject({
        unhashed_keys: ["otp"],
      });
      expect(tuned(operation, path, { audit_non_hmac_request_keys: [""] })).not.toHaveProperty(
        "unhashed_keys",
      );
      expect(tuned(operation, path, {})).not.toHaveProperty("unhashed_keys");
      expect(tuned(operation, path, { audit_non_hmac_request_keys: "password" })).toBeUndefined();
    },
  );
});

describe("a role by certificate", () => {
  it("trusts an authority, or a client's own, by the first certificate of its text", () => {
    const role = (certificate: string) =>
      factsWith("cert.certificate", { mount: "auth/cert/", name: "edge" }, { certificate })[0];
    const own = String(dataOf("cert.certificate")["certificate"]);
    const authority = String(dataOf("pki.issuer")["certificate"]);
    expect(role(own)).toMatchObject({ trusts_authority: false });
    expect(role(authority)).toMatchObject({ trusts_authority: true });
    expect(role(`${own}\n${authority}`)).toMatchObject({ trusts_authority: false });
  });
});

describe("an answer that contradicts itself", () => {
  it("lacks a version of a secret between the oldest and the current one", () => {
    const call = { operation: "kv2.metadata", params: { mount: "kv/", path: "a" } };
    const version = { created_time: "2026-11-01T00:00:00Z", deletion_time: "", destroyed: false };
    const body = (oldest: number, versions: object) =>
      kvMetadata({ current_version: 3, oldest_version: oldest, versions });
    const whole = { "2": version, "3": version };
    expect(gapsOf(recordWith(call, body(2, whole)))).toEqual([]);
    for (const broken of [body(0, whole), body(2, { "2": version }), body(2, {})]) {
      expect(gapsOf(recordWith(call, broken))).toMatchObject([{ reason: "malformed" }]);
    }
  });

  it("has versions after the current one", () => {
    const call = { operation: "kv2.metadata", params: { mount: "kv/", path: "a" } };
    const version = { created_time: "2026-11-01T00:00:00Z", deletion_time: "", destroyed: false };
    for (const current of [0, 1]) {
      const body = kvMetadata({ current_version: current, versions: { "1": version, "2": version } });
      expect(gapsOf(recordWith(call, body))).toMatchObject([{ reason: "malformed" }]);
    }
  });

  it("bounds a user to a network, or gives a policy, without a name", () => {
    const call = { operation: "userpass.user", params: { mount: "auth/userpass/", name: "ada" } };
    const user = (own: object) => ({
      data: {
        token_policies: ["dev"],
        token_bound_cidrs: [],
        token_ttl: 0,
        token_max_ttl: 0,
        token_num_uses: 0,
        token_explicit_max_ttl: 0,
        token_period: 0,
        token_type: "default",
        token_no_default_policy: false,
        ...own,
      },
    });
    expect(gapsOf(recordWith(call, user({})))).toEqual([]);
    for (const broken of [{ token_bound_cidrs: [""] }, { token_policies: [""] }])
      expect(gapsOf(recordWith(call, user(broken)))).toMatchObject([{ reason: "malformed" }]);
  });

  it("tells of another user, since the name asked for has capital letters: of nobody", () => {
    const call = { operation: "userpass.user", params: { mount: "auth/userpass/", name: "Ada" } };
    expect(hashicorp.normalise(recordWith(call, { data: { token_policies: [] } }))).toEqual([]);
  });

  const listeners = (...configs: object[]) => ({
    data: {
      default_lease_ttl: 0,
      max_lease_ttl: 0,
      enable_ui: true,
      raw_storage_endpoint: false,
      disable_cache: false,
      log_level: "",
      storage: { type: "raft" },
      listeners: configs.map((config) => ({ type: "tcp", config })),
    },
  });

  it("has a listener with TLS that names no certificate", () => {
    const record = recordWith(
      { operation: "server.config" },
      listeners({ tls_cert_file: "c.pem" }, { tls_disable: 1 }, { tls_acme_email: "a@example.org" }, {}),
    );
    expect(factsOf(record).flatMap((fact) => (fact.kind === "endpoint" ? [fact.tls] : []))).toEqual([
      true,
      false,
      true,
    ]);
    expect(gapsOf(record)).toMatchObject([
      { resource: "payments-vault:sys/listener/3", hides: ["endpoint"] },
    ]);
  });

  it("has a listener without TLS, however the file says so", () => {
    const off = [true, 1, 2, "true", "1", "t"].map((tls_disable) => ({
      tls_cert_file: "c.pem",
      tls_disable,
    }));
    const on = [false, 0, "false", "0"].map((tls_disable) => ({ tls_cert_file: "c.pem", tls_disable }));
    const tls = factsOf(recordWith({ operation: "server.config" }, listeners(...off, ...on))).flatMap(
      (fact) => (fact.kind === "endpoint" ? [fact.tls] : []),
    );
    expect(tls).toEqual([...off.map(() => false), ...on.map(() => true)]);
  });

  it("has an audit device that writes nowhere", () => {
    const sinks = (options: object | null) => ({ data: { "a/": { type: "file", local: false, options } } });
    const record = (options: object | null) => recordWith({ operation: "server.audit" }, sinks(options));
    expect(gapsOf(record({ file_path: "audit.log" }))).toEqual([]);
    for (const options of [null, {}, { file_path: "" }]) {
      expect(gapsOf(record(options))).toMatchObject([{ reason: "malformed", hides: ["sink"] }]);
    }
  });
});

describe("answers of the wrong shape", () => {
  const cases: readonly [string, RawRecord][] = [
    ["HTML", recordWith({ operation: "server.seal_status" }, Buffer.from("<html>sign in</html>"))],
    [
      "a truncated body",
      recordWith({ operation: "namespace.mounts" }, Buffer.from('{"data":{"kv/":{"type":"k')),
    ],
    ["an empty body", recordWith({ operation: "server.seal_status" }, Buffer.alloc(0))],
    ["bytes that are no text", recordWith({ operation: "server.leader" }, Buffer.from([0xff, 0xfe, 0x00]))],
    ["a list", recordWith({ operation: "server.leader" }, [])],
    ["null", recordWith({ operation: "server.leader" }, null)],
    ["wrong types", recordWith({ operation: "server.leader" }, { ha_enabled: "yes" })],
    ["nulls", recordWith({ operation: "server.seal_status" }, { type: null, initialized: null })],
    [
      "a name that is no text",
      recordWith({ operation: "kv2.list", params: { mount: "kv/" } }, { data: { keys: [7] } }),
    ],
    [
      "an impossible date",
      recordWith(
        { operation: "token.lookup" },
        {
          data: {
            accessor: "a",
            path: "p",
            orphan: true,
            type: "service",
            issue_time: "2026-13-45T00:00:00Z",
          },
        },
      ),
    ],
    [
      "a text beyond any fact",
      recordWith(
        { operation: "namespace.password_policy", params: { name: "p" } },
        { data: { policy: "x".repeat(70_000) } },
      ),
    ],
    [
      "a certificate that is none",
      recordWith(
        { operation: "pki.certificate", params: { mount: "pki/", name: "1" } },
        { data: { certificate: "PEM" } },
      ),
    ],
    ["an operation of nobody", recordWith({ operation: "kv2.read_value" }, {})],
  ];
  it.each(cases)("%s is a gap", (_name, record) => {
    const gaps = gapsOf(record);
    expect(factsOf(record)).toEqual([]);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]!.reason).toBe("malformed");
    expect(gaps[0]!.hides.length).toBeGreaterThan(0);
  });

  it("a refusal has no facts: its gap stands beside it", () => {
    const record = recordWith(
      { operation: "server.audit" },
      { errors: ["permission denied"] },
      { status: 403 },
    );
    const refused = { reason: "denied" as const, detail: "the collector may not" };
    expect(hashicorp.normalise({ ...record, refused })).toEqual([]);
    // Kept as if it told something, which it does not.
    expect(gapsOf(record)).toMatchObject([{ reason: "malformed", hides: ["sink"] }]);
  });

  it("a policy that does not parse is a fact without rules, and a gap", () => {
    const call = { operation: "namespace.policy", params: { name: "broken" } };
    const record = recordWith(call, { data: { name: "broken", policy: 'path "a" {' } });
    expect(factsOf(record)).toMatchObject([{ kind: "policy_document", name: "broken" }]);
    expect(factsOf(record)[0]).not.toHaveProperty("ext");
    expect(gapsOf(record)).toMatchObject([
      { reason: "malformed", resource: "payments-vault:sys/policies/acl/broken", hides: ["policy_document"] },
    ]);
  });

  it("a huge listing names each secret once", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `s${index % 50_000}`);
    const record = recordWith({ operation: "kv2.list", params: { mount: "kv/" } }, { data: { keys } });
    expect(factsOf(record)).toHaveLength(50_000);
  });
});

describe("any record", () => {
  const operation = fc.constantFrom(...OPERATIONS.keys());
  const params = fc.constantFrom(
    {},
    { mount: "kv/", path: "a/b" },
    { mount: "auth/x/", name: "n", accessor: "c" },
  );
  const status = fc.constantFrom(200, 204, 404, 503);

  const total = (record: RawRecord): void => {
    for (const item of hashicorp.normalise(record)) {
      if (isGap(item)) expect(item.hides.length).toBeGreaterThan(0);
      else validFact(item);
    }
  };

  it("with any JSON body is normalised", () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((data) => ({ data })),
    );
    fc.assert(
      fc.property(operation, params, status, body, (name, given, code, value) =>
        total(recordWith({ operation: name, params: given }, value, { status: code })),
      ),
      { numRuns: RUNS },
    );
  });

  it("with any bytes as body is normalised", () => {
    fc.assert(
      fc.property(operation, params, fc.uint8Array({ maxLength: 200 }), (name, given, bytes) =>
        total(recordWith({ operation: name, params: given }, bytes)),
      ),
      { numRuns: RUNS },
    );
  });

  it("that was true until one value was replaced is normalised", () => {
    const records = [...replayed("vault"), ...replayed("openbao")];
    const strange = fc.constantFrom<unknown>(
      null,
      "",
      -1,
      1e30,
      NaN,
      [],
      {},
      "x",
      true,
      ["x"],
      { x: 1 },
      "\ud800",
    );
    fc.assert(
      fc.property(fc.constantFrom(...records), fc.nat(), strange, (record, at, value) => {
        const body = JSON.parse((record.body as { text: string }).text) as object;
        total(recordWith(record, replacedAt(body, at, value), { status: record.status }));
      }),
      { numRuns: RUNS },
    );
  });
});

/** The JSON with one of its values, counted depth first, replaced. */
function replacedAt(json: unknown, at: number, value: unknown): unknown {
  const places: (() => void)[] = [];
  const copy = structuredClone(json);
  const visit = (here: unknown): void => {
    if (typeof here !== "object" || here === null) return;
    for (const key of Object.keys(here)) {
      places.push(() => ((here as Record<string, unknown>)[key] = value));
      visit((here as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  places[at % places.length]?.();
  return copy;
}
