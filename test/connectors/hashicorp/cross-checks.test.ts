import { describe, expect, it } from "vitest";
import { collecting, gapOf } from "./collecting.ts";
import { OWN, TOKEN_FIELDS, methods, mount, status, type Route } from "./fake-server.ts";
import type { Collected } from "./plain-io.ts";

const { collect, urls, tokensSent } = collecting();

describe("tokens", () => {
  const ended = { errors: ["1 error occurred:\n\t* invalid accessor\n\n"] };

  /** Answers look-ups of our own token, and of others where `there` says so. */
  const lookups =
    (there: readonly string[]): Route =>
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { accessor } = JSON.parse(Buffer.concat(chunks).toString()) as { accessor: string };
        const found = there.includes(accessor);
        response.writeHead(found ? 200 : 400, { "content-type": "application/json" });
        response.end(JSON.stringify(found ? { data: { ...OWN, accessor } } : ended));
      });
    };

  const listed = (keys: readonly string[], more: object = {}) => ({
    "GET auth/token/accessors?list=true": { data: { keys }, ...more },
  });
  const gapsOf = ({ gaps }: Collected) =>
    gaps.filter(({ operation }) => operation.startsWith("token.")).map(({ detail }) => detail);

  it("that ended since they were listed are none", async () => {
    const collected = await collect({
      ...listed(["gone", "me", "other"]),
      "POST auth/token/lookup-accessor": lookups(["me", "other"]),
    });
    expect(gapsOf(collected)).toEqual([]);
  });

  it("of which most have ended are a gap", async () => {
    const collected = await collect({
      ...listed(["a", "b", "c", "me"]),
      "POST auth/token/lookup-accessor": lookups(["me"]),
    });
    expect(gapsOf(collected)).toEqual([
      "expected most of 4 that were listed to be there when they were looked up, got 1",
    ]);
  });

  it("without the collector's own are a gap", async () => {
    const route = { "POST auth/token/lookup-accessor": lookups(["me", "other"]) };
    const lacking = "the list of tokens lacks the collector's own";
    expect(gapsOf(await collect({ ...listed(["other"]), ...route }))).toEqual([lacking]);
    const none = { "GET auth/token/accessors?list=true": status(404, { errors: [] }) };
    expect(gapsOf(await collect({ ...none, ...route }))).toEqual([lacking]);
    const lost = await collect({
      ...listed(["me", "other", "third"]),
      "POST auth/token/lookup-accessor": lookups(["other", "third"]),
    });
    expect(gapsOf(lost)).toEqual(["the server does not find the collector's own token"]);
  });

  it("that the server could not list are a gap", async () => {
    const collected = await collect(
      listed(["me"], { warnings: ["Found an accessor entry missing a token: x"] }),
    );
    expect(gapsOf(collected)).toEqual(["the server warns that it could not list every token"]);
  });

  it("that are answered as another's are a gap", async () => {
    const collected = await collect({ ...listed(["me", "other"]) });
    expect(gapOf(collected, "token.lookup")).toMatchObject({
      reason: "malformed",
      resource: "payments-vault:auth/token/accessor/other",
    });
  });

  it("of a collector that is not told who it is are not asked for", async () => {
    for (const self of [{}, { data: null }, { data: {} }, { data: { display_name: 7 } }]) {
      const { gaps } = await collect({ "GET auth/token/lookup-self": self });
      expect(gaps).toMatchObject([
        { operation: "token.self", reason: "malformed", resource: "payments-vault:" },
      ]);
      expect(tokensSent()).toBe(1);
    }
  });
});

describe("what an answer names and no list shows", () => {
  const user = { ...TOKEN_FIELDS, token_policies: ["Known", "hidden", "nobody", "{{identity.entity.name}}"] };
  const routes = {
    "GET sys/auth": methods({ "userpass/": mount("userpass") }),
    "GET auth/userpass/users?list=true": { data: { keys: ["maria"] } },
    "GET auth/userpass/users/maria": { data: user },
    "GET sys/policies/acl?list=true": { data: { keys: ["default", "known", "root"] } },
    "GET sys/policies/acl/known": { data: { name: "known", policy: 'path "a" {}' } },
    "GET sys/policies/acl/hidden": { data: { name: "hidden", policy: 'path "b" {}' } },
  };

  it("is asked for once: a policy that is there is read, and tells that the list is not whole", async () => {
    const collected = await collect(routes);
    const policies = collected.facts.filter(({ kind }) => kind === "policy_document").map(({ id }) => id);
    expect(policies).toContain("payments-vault:sys/policies/acl/hidden");
    expect(gapOf(collected, "namespace.named_policy")).toMatchObject({
      reason: "malformed",
      resource: "payments-vault:sys/policies/acl/",
      hides: ["policy_document"],
    });
    expect(urls("sys/policies/acl/").sort()).toEqual([
      "sys/policies/acl/default",
      "sys/policies/acl/hidden",
      "sys/policies/acl/known",
      "sys/policies/acl/nobody",
      "sys/policies/acl/root",
    ]);
  });

  it("tells nothing of the list where it is one that no list ever shows", async () => {
    const wrapped = { ...user, token_policies: ["response-wrapping", "control-group"] };
    const built = {
      data: { name: "built-in", policy: 'path "cubbyhole/response" { capabilities = ["read"] }' },
    };
    const collected = await collect({
      ...routes,
      "GET auth/userpass/users/maria": { data: wrapped },
      "GET sys/policies/acl/response-wrapping": built,
      "GET sys/policies/acl/control-group": built,
    });
    expect(gapOf(collected, "namespace.named_policy")).toBeUndefined();
    expect(collected.facts.map(({ id }) => id)).toContain(
      "payments-vault:sys/policies/acl/response-wrapping",
    );
  });

  it("grants nothing where the server says that there is no such policy", async () => {
    const collected = await collect({
      ...routes,
      "GET sys/policies/acl/hidden": status(404, { errors: [] }),
    });
    expect(gapOf(collected, "namespace.named_policy")).toBeUndefined();
    const absent = collected.records.filter(({ operation }) => operation === "namespace.named_policy");
    expect(absent.map(({ params, status: code }) => [params["name"], code])).toEqual([
      ["hidden", 404],
      ["nobody", 404],
    ]);
  });

  it("is a gap where it is an entity or a group, for these are never named in vain", async () => {
    const entity = {
      id: "e1",
      name: "maria",
      policies: [],
      disabled: false,
      metadata: null,
      aliases: [],
      creation_time: "2026-01-01T00:00:00Z",
      last_update_time: "2026-01-01T00:00:00Z",
      direct_group_ids: ["g1"],
      inherited_group_ids: [],
    };
    const { gaps } = await collect({
      "POST auth/token/lookup-accessor": { data: { ...OWN, entity_id: "e2" } },
      "GET identity/entity/id?list=true": { data: { keys: ["e1"] } },
      "GET identity/entity/id/e1": { data: entity },
    });
    const unlisted = gaps.filter(({ operation }) => operation.startsWith("identity."));
    expect(unlisted.map(({ resource, hides }) => [resource, hides])).toEqual([
      ["payments-vault:identity/entity/id/e2", ["principal"]],
      ["payments-vault:identity/group/id/g1", ["group"]],
    ]);
  });

  it("is asked for once though two name each other", async () => {
    const group = (id: string, other: string) => ({
      data: {
        id,
        name: id,
        type: "internal",
        policies: null,
        member_entity_ids: null,
        member_group_ids: [other],
        parent_group_ids: [other],
        alias: {},
        metadata: null,
        creation_time: "2026-01-01T00:00:00Z",
      },
    });
    await collect({
      "GET identity/group/id?list=true": { data: { keys: ["a"] } },
      "GET identity/group/id/a": group("a", "b"),
      "GET identity/group/id/b": group("b", "a"),
    });
    expect(urls("identity/group/id/")).toEqual(["identity/group/id/a", "identity/group/id/b"]);
  });
});

describe("a user listed in capital letters", () => {
  const user = { ...TOKEN_FIELDS, token_policies: ["default"] };
  const collected = async (...keys: string[]) =>
    collect({
      "GET sys/auth": methods({ "userpass/": mount("userpass") }),
      "GET auth/userpass/users?list=true": { data: { keys } },
      // Asked for any spelling the server answers with what it has under the lower case.
      "GET auth/userpass/users/Maria": { data: user },
      "GET auth/userpass/users/maria": { data: user },
    });
  const users = ({ facts }: { readonly facts: readonly { readonly kind: string; readonly id: string }[] }) =>
    facts.filter(({ kind }) => kind === "auth_role").map(({ id }) => id);

  it("is a password that no login looks for: the user beside it is the one", async () => {
    expect(users(await collected("Maria", "maria"))).toEqual(["payments-vault:auth/userpass/users/maria"]);
    expect(urls("auth/userpass/users/")).toEqual(["auth/userpass/users/maria"]);
  });

  it("is nobody alone, and nothing is hidden by it", async () => {
    const alone = await collected("Maria");
    expect(users(alone)).toEqual([]);
    expect(alone.gaps.filter(({ hides }) => hides.includes("auth_role"))).toEqual([]);
  });
});
