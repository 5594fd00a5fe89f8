import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { MAX_FOLDER_DEPTH } from "../../../src/connectors/hashicorp/operations/kv.ts";
import { SERVER_KINDS } from "../../../src/facts/index.ts";
import { collecting, gapOf } from "./collecting.ts";
import { HEALTH, SEAL, engines, fakeServer, methods, mount, status, type Route } from "./fake-server.ts";
import { collectAll, contextOf, plainIo } from "./plain-io.ts";

const { collect, seen, urls, tokensSent } = collecting();

const KV2 = mount("kv", { version: "2" });
const mounts = (table: object) => ({ "GET sys/mounts": engines(table) });

describe("a server that is not Vault's API", () => {
  const html: Route = (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>Please sign in</html>");
  };

  it("is a gap over everything, and never sees the token", async () => {
    const collected = await collect({ "GET sys/health": html, "GET sys/seal-status": html, "*": html });
    expect(collected.facts).toEqual([]);
    expect(collected.gaps.map(({ reason }) => reason)).toEqual(["malformed", "malformed", "malformed"]);
    expect(collected.gaps[2]!.detail).toBe("expected the API's JSON, got an HTML page (200)");
    expect([...new Set(collected.gaps.flatMap(({ hides }) => hides))].sort()).toEqual(SERVER_KINDS);
    expect(tokensSent()).toBe(0);
  });

  it("that cuts a body is malformed", async () => {
    const cut: Route = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"data":{"keys":["a"');
      setTimeout(() => response.destroy(), 20);
    };
    const broken: Route = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"data":{"keys":["a"');
    };
    const collected = await collect({
      "GET sys/policies/acl?list=true": cut,
      "GET auth/token/roles?list=true": broken,
    });
    expect(gapOf(collected, "namespace.policies")).toMatchObject({
      reason: "malformed",
      detail: expect.stringContaining("expected a whole body") as string,
    });
    expect(gapOf(collected, "token.roles")).toMatchObject({ reason: "malformed" });
  });

  it("that is not there is said with what to do", async () => {
    const server = await fakeServer({});
    await server.close();
    const settings = { address: server.address };
    const { gaps } = await collectAll(hashicorp, settings, contextOf({}), plainIo());
    expect(gaps).toHaveLength(3);
    expect(gaps[0]).toMatchObject({
      reason: "unavailable",
      detail: "nothing listens at the address (ECONNREFUSED)",
      fix: "Check the address and that the server runs.",
    });
  });

  it("that never answers is a timeout", async () => {
    const collected = await collect({ "GET sys/audit": () => undefined }, {}, { timeoutMs: 300 });
    expect(gapOf(collected, "server.audit")).toMatchObject({ reason: "timeout", hides: ["sink"] });
  });
});

describe("what a status means", () => {
  it.each([
    [
      "a refusal",
      status(403, { errors: ["1 error occurred:\n\t* permission denied\n\n"] }),
      "denied",
      /may not GET sys\/audit/,
    ],
    [
      "an unknown token",
      status(403, { errors: ["permission denied", "invalid token"] }),
      "denied",
      /does not know/,
    ],
    [
      "a page of a firewall",
      (_a, b) => void b.writeHead(403, { "content-type": "text/html" }).end("<html>"),
      "malformed",
      /HTML/,
    ],
    [
      "a quota",
      status(429, { errors: ["quota exceeded"] }, { "retry-after": "7" }),
      "throttled",
      /slow down/,
    ],
    ["a seal", status(503, { errors: ["Vault is sealed"] }), "unavailable", /sealed/],
    ["a disaster-recovery secondary", status(472, { errors: [] }), "unavailable", /secondary/],
    ["a performance standby", status(473, { errors: [] }), "unavailable", /standby/],
    [
      "a path that it does not know",
      status(404, { errors: ["unsupported path"] }),
      "unsupported",
      /does not know/,
    ],
    ["a bad request", status(400, { errors: ["no"] }), "unsupported", /does not accept/],
    [
      "its own failure",
      status(500, { errors: ["internal error"] }),
      "unavailable",
      /failed \(500\): internal error/,
    ],
    ["a list instead of an object", status(200, []), "malformed", /JSON object/],
  ] satisfies [string, Route, string, RegExp][])("%s", async (_name, route, reason, detail) => {
    const collected = await collect({ "GET sys/audit": route });
    expect(gapOf(collected, "server.audit")).toMatchObject({
      reason,
      hides: ["sink"],
      resource: "payments-vault:sys/audit/",
    });
    expect(gapOf(collected, "server.audit")?.detail).toMatch(detail);
  });

  it("names the rule that is missing", async () => {
    const collected = await collect({ "GET sys/audit": status(403, { errors: ["permission denied"] }) });
    expect(gapOf(collected, "server.audit")?.fix).toContain(
      'path "sys/audit" { capabilities = ["read", "sudo"] }',
    );
  });

  it("an empty list is an answer, but where something is built in", async () => {
    const collected = await collect({
      "GET sys/policies/password?list=true": status(404, { errors: [] }),
      "GET sys/policies/acl?list=true": status(404, { errors: [] }),
    });
    expect(gapOf(collected, "namespace.password_policies")).toBeUndefined();
    expect(gapOf(collected, "namespace.policies")).toMatchObject({ reason: "unsupported" });
  });

  it.each([
    ["part of an answer", status(206, { data: { keys: ["a"] } }), /got a part of one or none \(206\)/],
    ["an answer for later", status(202, { data: { keys: ["a"] } }), /\(202\)/],
    ["no content", (_a, b) => void b.writeHead(204).end(), /\(204\)/],
    ["another service's 404", status(404, { message: "no route matched" }), /another service's/],
    ["a 404 with errors that are none", status(404, { errors: { code: 5 } }), /another service's/],
    ["a 404 with words that nobody knows", status(404, { errors: ["route expired"] }), /has nothing at/],
    ["a list without its list", status(200, { data: {} }), /expected keys to be a list, got nothing/],
    ["a list that is null", status(200, { data: { keys: null } }), /got null/],
    ["an empty list", status(200, { data: { keys: [] } }), /got an empty list/],
    ["no data", status(200, { data: null }), /expected data to be an object, got null/],
    ["nothing at all", status(200, {}), /expected data to be an object, got nothing/],
  ] satisfies [string, Route, RegExp][])("%s is no empty list", async (_name, route, detail) => {
    const collected = await collect({ "GET sys/policies/password?list=true": route });
    expect(gapOf(collected, "namespace.password_policies")).toMatchObject({
      hides: ["password_policy"],
      resource: "payments-vault:sys/policies/password/",
      detail: expect.stringMatching(detail) as string,
    });
  });

  it("an authority that has no issuer yet has no revocation list; any other failure hides it", async () => {
    const answer = async (error: string) =>
      gapOf(
        await collect({
          ...mounts({ "pki/": mount("pki") }),
          "GET pki/cert/crl": status(500, { errors: [error] }),
        }),
        "pki.crl",
      );
    expect(await answer("1 error occurred:\n\t* no default issuer currently configured\n\n")).toBeUndefined();
    expect(await answer("storage is gone")).toMatchObject({
      reason: "unavailable",
      hides: ["revocation_list"],
    });
  });

  it("no content is a secret id that is gone, and nothing else", async () => {
    const none: Route = (_request, response) => void response.writeHead(204).end();
    const collected = await collect({
      "GET sys/auth": methods({ "approle/": mount("approle") }),
      "GET auth/approle/role?list=true": { data: { keys: ["app"] } },
      "GET auth/approle/role/app/role-id": none,
      "GET auth/approle/role/app/secret-id?list=true": { data: { keys: ["a"] } },
      "POST auth/approle/role/app/secret-id-accessor/lookup": none,
    });
    expect(gapOf(collected, "approle.role_id")).toMatchObject({ reason: "malformed" });
    expect(gapOf(collected, "approle.secret_id")).toMatchObject({
      // All that were listed are gone: that is not how secret ids end.
      resource: "payments-vault:auth/approle/role/app/secret-id-accessor/",
      detail: "expected most of 1 that were listed to be there when they were looked up, got 0",
    });
  });

  it("a listed secret without metadata stays in the inventory, with a gap", async () => {
    const collected = await collect({
      ...mounts({ "kv/": KV2 }),
      "GET kv/metadata/?list=true": { data: { keys: ["db"] } },
    });
    expect(collected.facts.filter(({ kind }) => kind === "secret").map(({ id }) => id)).toEqual([
      "payments-vault:kv/db",
    ]);
    expect(gapOf(collected, "kv2.metadata")).toMatchObject({
      resource: "payments-vault:kv/db",
      hides: ["secret_metadata", "secret_version"],
    });
  });

  it("a denied role hides no more than itself: what else is asked of it is asked all the same", async () => {
    const collected = await collect({
      "GET sys/auth": methods({ "approle/": mount("approle") }),
      "GET auth/approle/role?list=true": { data: { keys: ["app"] } },
      "GET auth/approle/role/app": status(403, { errors: ["permission denied"] }),
      "GET auth/approle/role/app/role-id": { data: { role_id: "r-1" } },
    });
    expect(gapOf(collected, "approle.role")).toMatchObject({
      resource: "payments-vault:auth/approle/role/app",
      hides: ["auth_role"],
    });
    expect(collected.facts.find(({ kind }) => kind === "auth_role_alias")).toMatchObject({
      id: "payments-vault:auth/approle/role/app",
      alias_name: "r-1",
    });
    expect(urls("auth/approle/role/app/secret-id")).toHaveLength(1);
  });

  it("a denied listing hides all below", async () => {
    const collected = await collect({
      ...mounts({ "kv/": KV2 }),
      "GET kv/metadata/?list=true": { data: { keys: ["team/"] } },
      "GET kv/metadata/team/?list=true": status(403, { errors: ["permission denied"] }),
    });
    expect(gapOf(collected, "kv2.list")).toMatchObject({
      reason: "denied",
      resource: "payments-vault:kv/team/",
      hides: ["secret", "secret_metadata", "secret_version"],
    });
  });
});

describe("before the login", () => {
  it.each([
    ["sealed", status(503, { ...HEALTH, sealed: true }), { ...SEAL, sealed: true }, "the store is sealed"],
    [
      "not initialised",
      status(501, { ...HEALTH, initialized: false }),
      { ...SEAL, initialized: false, t: 0, n: 0 },
      "the store is not initialised",
    ],
  ])(
    "a store that is %s yields its own fact and one gap for the rest",
    async (_name, health, seal, detail) => {
      const { facts, gaps } = await collect({ "GET sys/health": health, "GET sys/seal-status": seal });
      expect(facts.map(({ kind }) => kind).sort()).toEqual(["health", "store"]);
      expect(gaps).toMatchObject([{ reason: "unavailable", detail, resource: "payments-vault:" }]);
      expect(tokensSent()).toBe(0);
    },
  );

  it("a standby's health is an answer", async () => {
    const { facts } = await collect({ "GET sys/health": status(429, { ...HEALTH, standby: true }) });
    expect(facts.find(({ kind }) => kind === "health")).toMatchObject({ status_code: 429, standby: true });
  });

  it.each([
    ["Vault 1", HEALTH, SEAL, "vault"],
    [
      "Vault 2",
      { ...HEALTH, version: "2.0.1" },
      { ...SEAL, version: "2.0.1", build_date: "2026-04-14T00:00:00Z" },
      "vault",
    ],
    [
      "Vault before `enterprise`",
      { initialized: true, sealed: false, version: "1.9.0" },
      { ...SEAL, version: "1.9.0" },
      "vault",
    ],
    [
      "OpenBao",
      { initialized: true, sealed: false, version: "2.4.1" },
      { ...SEAL, version: "2.4.1", build_date: "2025-09-01T00:00:00Z" },
      "openbao",
    ],
    [
      "newer OpenBao",
      { initialized: true, sealed: false, version: "2.6.2" },
      { ...SEAL, version: "2.6.2", commit_date: "2026-08-18T00:00:00Z" },
      "openbao",
    ],
  ])("%s is told by its health and seal status", async (_name, health, seal, product) => {
    const { facts } = await collect({ "GET sys/health": health, "GET sys/seal-status": seal });
    expect(facts.find(({ kind }) => kind === "store")).toMatchObject({ product });
  });
});

describe("the way", () => {
  it("leaves out what the configuration excludes, and says so", async () => {
    const collected = await collect(
      { ...mounts({ "kv/": KV2, "private/": KV2 }), "GET sys/auth": methods({ "ldap/": mount("ldap") }) },
      { mounts: { exclude: ["private", "auth/ldap/"] } },
    );
    const excluded = collected.gaps.filter(({ reason }) => reason === "limit");
    expect(excluded.map(({ resource, detail }) => [resource, detail])).toEqual([
      ["payments-vault:private/", "private/ is excluded by configuration (mounts.exclude)"],
      ["payments-vault:auth/ldap/", "auth/ldap/ is excluded by configuration (mounts.exclude)"],
    ]);
    expect([...urls("private/"), ...urls("auth/ldap/")]).toEqual([]);
    expect(urls("kv/")).not.toEqual([]);
  });

  it("cuts a tree of folders that is too deep", async () => {
    const deep: Route = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"data":{"keys":["x/"]}}');
    };
    const collected = await collect({ ...mounts({ "kv/": KV2 }), "GET sys/audit": { data: {} }, "*": deep });
    const cut = collected.gaps.filter((gap) => gap.operation === "kv2.list" && gap.reason === "limit");
    expect(cut).toHaveLength(1);
    expect(cut[0]!.resource).toBe(`payments-vault:kv/${"x/".repeat(MAX_FOLDER_DEPTH)}`);
  });

  it("asks for names as they are", async () => {
    await collect({
      ...mounts({ "kv/": KV2 }),
      "GET kv/metadata/?list=true": { data: { keys: ["a b", "%2e", "..", "ü?#+", "x/"] } },
    });
    const asked = urls("kv/metadata/").sort();
    expect(asked).toContain("kv/metadata/a%20b");
    expect(asked).toContain("kv/metadata/%252e");
    expect(asked).toContain("kv/metadata/%2E%2E");
    expect(asked).toContain("kv/metadata/%C3%BC%3F%23%2B");
    expect(asked).toContain("kv/metadata/x/?list=true");
  });

  it("never asks KV version 1 for more than names", async () => {
    const collected = await collect({
      ...mounts({ "legacy/": mount("kv") }),
      "GET legacy/?list=true": { data: { keys: ["db", "old/"] } },
    });
    expect(urls("legacy/")).toEqual(["legacy/?list=true", "legacy/old/?list=true"]);
    expect(gapOf(collected, "namespace.mounts")).toMatchObject({
      reason: "unsupported",
      resource: "payments-vault:legacy/",
      hides: ["secret_metadata", "secret_version"],
    });
  });

  it("says which engines and methods it does not read", async () => {
    const { gaps } = await collect({
      ...mounts({ "aws/": mount("aws") }),
      "GET sys/auth": methods({ "github/": mount("github") }),
    });
    expect(gaps.map(({ reason, resource }) => [reason, resource])).toEqual(
      expect.arrayContaining([
        ["unsupported", "payments-vault:aws/"],
        ["unsupported", "payments-vault:auth/github/"],
      ]),
    );
    // It may hold whatever a known engine does: of no population may it be said that all was listed.
    const engine = gaps.find(({ resource }) => resource === "payments-vault:aws/");
    expect(engine?.hides).toEqual(
      expect.arrayContaining(["certificate", "certificate_role", "dynamic_role", "key", "secret"]),
    );
  });

  it("walks namespaces where the product has them", async () => {
    const one = { data: { keys: ["one/"], key_info: { "one/": { id: "a1", path: "one/" } } } };
    const two = { data: { keys: ["two/"], key_info: {} } };
    const { facts } = await collect({
      "GET sys/health": { ...HEALTH, enterprise: true, version: "1.21.2+ent" },
      "GET sys/namespaces?list=true": one,
      "one: GET sys/namespaces?list=true": two,
      "one/two: GET sys/mounts": engines({ "kv/": KV2 }),
      "one/two: GET kv/metadata/?list=true": { data: { keys: ["db"] } },
    });
    expect(facts.filter(({ kind }) => kind === "namespace").map(({ id, scope }) => [id, scope])).toEqual([
      ["payments-vault:one/", "payments-vault"],
      ["payments-vault:one/two/", "payments-vault/one"],
    ]);
    expect(facts.find(({ kind }) => kind === "secret")).toMatchObject({
      id: "payments-vault:one/two/kv/db",
      scope: "payments-vault/one/two",
    });
    expect(
      seen()
        .filter(({ url }) => url === "sys/audit")
        .map(({ namespace }) => namespace),
    ).toEqual([undefined]);
  });

  it("does not ask a community Vault for namespaces, and takes an old OpenBao's word", async () => {
    await collect({});
    expect(urls("sys/namespaces")).toEqual([]);
    const { gaps } = await collect({
      "GET sys/health": { initialized: true, sealed: false, version: "2.1.0" },
      "GET sys/namespaces?list=true": status(404, {
        errors: ["1 error occurred:\n\t* unsupported path\n\n"],
      }),
    });
    expect(urls("sys/namespaces")).not.toEqual([]);
    expect(gaps.filter(({ operation }) => operation === "namespace.children")).toEqual([]);
  });

  it("asks for namespaces where a Vault that always tells its edition does not", async () => {
    await collect({ "GET sys/health": { ...HEALTH, enterprise: undefined } });
    expect(urls("sys/namespaces")).not.toEqual([]);
  });

  it("begins in the namespace of the settings", async () => {
    const { facts } = await collect(
      {
        "GET sys/health": { ...HEALTH, enterprise: true },
        "team: GET auth/token/lookup-self": { data: { accessor: "me", display_name: "x" } },
        "team: GET sys/mounts": engines({ "kv/": KV2 }),
      },
      { namespace: "team" },
    );
    expect(facts.find(({ id }) => id === "payments-vault:team/kv/")).toMatchObject({
      kind: "mount",
      scope: "payments-vault/team",
    });
  });
});

describe("settings that point nowhere", () => {
  it("end the source with the file's name", async () => {
    const settings = { address: "https://127.0.0.1:1", ca_cert_file: "/nowhere/ca.pem" };
    await expect(collectAll(hashicorp, settings, contextOf({}), plainIo())).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      message: expect.stringContaining("/nowhere/ca.pem") as string,
    });
  });
});
