import { describe, expect, it } from "vitest";
import { FactSet, type Gap } from "../../src/facts/index.ts";
import {
  RevocationVerifier,
  demandsOf,
  type Demand,
  type PersonOf,
  type Verified,
  type Verdict,
} from "../../src/review/index.ts";
import { EstateFacts, aliasOf } from "../access/estate-facts.ts";
import { STORE, TAKEN_AT, daysAgo, madeOf, person, withGaps } from "./made.ts";

const DB = `${STORE}:kv/payments/db`;
const BO = `${STORE}:identity/entity/id/bo-id`;
const READ: Demand = { actions: ["read"], targets: [DB], kept_actions: [] };

function estate(): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "payments/db")
    .policy("payments", `path "kv/data/payments/*" { capabilities = ["read"] }`)
    .policy("writes", `path "kv/data/payments/*" { capabilities = ["create", "update"] }`)
    .policy("admin", `path "sys/policies/acl/*" { capabilities = ["create", "update"] }`);
}

function verify(
  facts: FactSet,
  own: Partial<Verified> & { readonly personOf?: PersonOf; readonly asOf?: string } = {},
): Verdict {
  const { personOf, asOf = TAKEN_AT, ...asked } = own;
  const { model, subjects } = madeOf(facts);
  const verifier = new RevocationVerifier({
    model,
    facts,
    subjects,
    asOf,
    ...(personOf === undefined ? {} : { personOf }),
  });
  return verifier.verify({
    store_id: STORE,
    principal_id: BO,
    demands: [READ],
    from_at: daysAgo(30),
    ...asked,
  });
}

const gap = (resource: string | undefined, hides: Gap["hides"], own: Partial<Gap> = {}): Gap => ({
  store_id: STORE,
  scope: STORE,
  ...(resource === undefined ? {} : { resource }),
  operation: "test",
  reason: "denied",
  detail: "permission denied",
  hides: [...hides],
  ...own,
});

describe("a revocation", () => {
  it("is removed where no path is left", () => {
    expect(verify(estate().entity("bo").set())).toEqual({
      state: "removed",
      remaining: [],
      remaining_count: 0,
    });
    expect(verify(estate().set()).state).toBe("removed");
  });

  it("is still reachable by the same policy through a group", () => {
    const facts = estate()
      .group("desk", { policies: ["payments"], member_entity_ids: ["bo-id"] })
      .entity("bo", { direct_group_ids: ["desk-id"] });
    const { state, remaining } = verify(facts.set());
    expect(state).toBe("still_reachable");
    expect(remaining).toEqual([
      `bo may still read ${DB}, through group desk > policy payments:1 kv/data/payments/* (someone gives this entity an alias to log in by)`,
    ]);
  });

  it("is still reachable where it may give itself access again, and not by what the decision keeps", () => {
    const facts = estate()
      .entity("bo", { policies: ["admin"] })
      .set();
    expect(verify(facts)).toMatchObject({ state: "still_reachable", remaining_count: 1 });
    expect(verify(facts, { demands: [{ ...READ, kept_actions: ["administer"] }] }).state).toBe("removed");
  });

  it("looks for what was reduced alone", () => {
    const facts = estate()
      .entity("bo", { policies: ["writes"] })
      .set();
    expect(verify(facts).state).toBe("removed");
    expect(verify(facts, { demands: [{ ...READ, actions: ["write"] }] }).state).toBe("still_reachable");
  });

  it("finds the same person's other principals, also where the revoked one is gone", () => {
    const facts = estate()
      .entity("bo-admin", { policies: ["payments"] })
      .set();
    const personOf: PersonOf = (id) => (id.endsWith("bo-admin-id") ? person({ person_id: "bo" }) : undefined);
    expect(verify(facts, { personOf }).state).toBe("removed");
    const principal = { name: "bo", type: "entity", person: person({ person_id: "bo" }) };
    const found = verify(facts, { personOf, principal });
    expect(found.state).toBe("still_reachable");
    expect(found.remaining[0]).toContain("bo-admin, who is the same, may still read");
  });

  it("finds the login that always is the identity", () => {
    const facts = estate()
      .method("auth/userpass/", "userpass", "acc1")
      .role("auth/userpass/", "bo", {
        method: "userpass",
        role_type: "user",
        policies: ["payments"],
        alias_name: "bo",
      })
      .entity("bo", { aliases: [aliasOf("bo", "acc1")] });
    expect(verify(facts.set()).state).toBe("still_reachable");
    const login = `${STORE}:auth/userpass/users/bo`;
    expect(verify(facts.set(), { principal_id: login }).state).toBe("still_reachable");
  });

  describe("of an identity that is deleted", () => {
    const userpass = (): EstateFacts => estate().method("auth/userpass/", "userpass", "acc1");
    const user = {
      ...{ method: "userpass", role_type: "user" as const },
      ...{ policies: ["payments"], alias_name: "bo" },
    };
    const principal = { name: "bo", type: "entity", logins: ["auth/userpass/bo"] };

    it("is still reachable where the login works that was its own", () => {
      const login = userpass().role("auth/userpass/", "bo", user);
      expect(verify(login.set(), { principal })).toMatchObject({ state: "still_reachable" });
      expect(verify(userpass().set(), { principal }).state).toBe("removed");
    });

    it("is unverifiable where that login may be hidden", () => {
      const hidden = withGaps(userpass().set(), gap(`${STORE}:auth/userpass/users/`, ["auth_role"]));
      expect(verify(hidden, { principal }).state).toBe("unverifiable");
    });

    it("is still reachable by the identity that the login leads to now", () => {
      const anew = userpass()
        .role("auth/userpass/", "bo", { ...user, policies: [] })
        .entity("bo-too", { policies: ["payments"], aliases: [aliasOf("bo", "acc1")] });
      const found = verify(anew.set(), { principal });
      expect(found.state).toBe("still_reachable");
      expect(found.remaining.join()).toContain("bo-too, who is the same, may still read");
    });

    it("is unverifiable where another of its name has the access", () => {
      const anew = estate().entity("bo", { policies: ["payments"] });
      const found = verify(anew.set(), { principal, principal_id: `${STORE}:identity/entity/id/former` });
      expect(found.state).toBe("unverifiable");
      expect(found.remaining.join()).toContain("bo, who has the same name, possibly may still read");
      const other = { ...principal, name: "cy" };
      expect(
        verify(anew.set(), { principal: other, principal_id: `${STORE}:identity/entity/id/former` }).state,
      ).toBe("removed");
    });
  });

  describe("of what a person has", () => {
    const principal = { name: "bo", type: "entity", person: person({ person_id: "bo" }) };

    it("is unverifiable where no roster was read, or people of one may be hidden", () => {
      const facts = estate().set();
      const found = verify(facts, { principal });
      expect(found).toMatchObject({ state: "unverifiable" });
      expect(found.remaining).toEqual(["what else is Ada Lindqvist's is not known: no roster was read"]);
      const personOf: PersonOf = () => undefined;
      expect(verify(facts, { principal, personOf }).state).toBe("removed");
      const hiding = { ...gap("hr:roster.csv", ["person"]), store_id: "hr", scope: "hr" };
      expect(verify(withGaps(facts, hiding), { principal, personOf }).state).toBe("unverifiable");
    });

    it("is looked for under what was known to be theirs, and by their email", () => {
      const facts = estate()
        .entity("bo-admin", { policies: ["payments"] })
        .set();
      const personOf: PersonOf = () => undefined;
      const also = [`${STORE}:identity/entity/id/bo-admin-id`];
      expect(verify(facts, { principal, personOf, also }).state).toBe("still_reachable");
      const renumbered: PersonOf = (id) => (also.includes(id) ? person({ person_id: "7" }) : undefined);
      expect(verify(facts, { principal, personOf: renumbered }).state).toBe("still_reachable");
    });
  });

  it("finds what the same identity has by another of its logins", () => {
    const facts = estate()
      .method("auth/userpass/", "userpass", "acc1")
      .method("auth/approle/", "approle", "acc2")
      .role("auth/userpass/", "bo", { method: "userpass", role_type: "user", alias_name: "bo" })
      .role("auth/approle/", "job", { method: "approle", policies: ["payments"], alias_name: "job-id" })
      .entity("bo", { aliases: [aliasOf("bo", "acc1"), aliasOf("job-id", "acc2")] });
    const found = verify(facts.set(), { principal_id: `${STORE}:auth/userpass/users/bo` });
    expect(found.state).toBe("still_reachable");
    expect(found.remaining.join()).toContain("who is the same, may still read");
  });

  it("is unverifiable, not reachable, by a group of which only the directory knows who is in it", () => {
    const facts = estate()
      .method("auth/ldap/", "ldap", "acc1")
      .role("auth/ldap/", "support", { method: "ldap", role_type: "group", policies: ["payments"] })
      .role("auth/ldap/", "bo", { method: "ldap", role_type: "user", alias_name: "bo" })
      .entity("bo", { aliases: [aliasOf("bo", "acc1")] });
    const found = verify(facts.set());
    expect(found.remaining.join()).toContain("possibly may still read");
    expect(found.state).toBe("unverifiable");
  });

  it("is unverifiable in a store whose access is not computed", () => {
    const facts = estate().entity("bo").set();
    const all = [...facts.all()].map((one) =>
      one.kind === "store" ? { ...one, product: "unheard-of" } : one,
    );
    expect(verify(new FactSet(all, [])).state).toBe("unverifiable");
  });

  it.each([
    ["principals could not be listed", gap(`${STORE}:identity/entity/id/`, ["principal"])],
    [
      "principals are left out by the settings",
      gap(`${STORE}:identity/entity/id/`, ["principal"], { reason: "excluded" }),
    ],
    ["the policies could not be read", gap(`${STORE}:sys/policies/acl/`, ["policy_document"])],
    ["groups could not be listed", gap(`${STORE}:identity/group/id/`, ["group"])],
  ])("is unverifiable where %s", (_, hiding) => {
    const facts = withGaps(
      estate()
        .group("desk")
        .entity("bo", { policies: ["unread"], direct_group_ids: ["desk-id"] })
        .set(),
      hiding,
    );
    expect(verify(facts).state).toBe("unverifiable");
  });

  it("is unverifiable where the principal is not there and principals may be hidden", () => {
    const found = verify(withGaps(estate().set(), gap(`${STORE}:identity/`, ["principal"])));
    expect(found.state).toBe("unverifiable");
    expect(found.remaining.join()).toContain("permission denied");
  });

  it("is unverifiable where the secret may be hidden, and removed where it is gone", () => {
    const other = new EstateFacts().mount("kv/").entity("bo").set();
    expect(verify(other).state).toBe("removed");
    expect(verify(withGaps(other, gap(`${STORE}:kv/payments/`, ["secret"]))).state).toBe("unverifiable");
    expect(verify(withGaps(other, gap(`${STORE}:kv/mail/`, ["secret"]))).state).toBe("removed");
  });

  it("is unverifiable where the store was not read", () => {
    expect(verify(new FactSet([], []))).toEqual({
      state: "unverifiable",
      remaining: ["the store vault was not read"],
      remaining_count: 1,
    });
  });

  it("is open until the time limit, unless it is gone already", () => {
    const from_at = daysAgo(-5);
    expect(
      verify(
        estate()
          .entity("bo", { policies: ["payments"] })
          .set(),
        { from_at },
      ).state,
    ).toBe("open");
    expect(verify(estate().entity("bo").set(), { from_at }).state).toBe("removed");
  });
});

describe("what a decision demands", () => {
  const item = { actions: ["read", "list", "write"] } as const;

  it("is nothing of a certification, all of a revocation, from its end of a time limit", () => {
    expect(demandsOf({ kind: "certify" }, item, [DB]).demands).toEqual([]);
    expect(demandsOf({ kind: "revoke" }, item, [DB])).toEqual({
      demands: [{ actions: item.actions, targets: [DB], kept_actions: [] }],
    });
    expect(demandsOf({ kind: "time_limit", until: daysAgo(-9) }, item, [DB]).from_at).toBe(daysAgo(-9));
  });

  it("is only what a reduction takes out", () => {
    const targets = [DB, "vault:kv/x"];
    expect(demandsOf({ kind: "reduce", keep_actions: ["read"] }, item, targets).demands).toEqual([
      { actions: ["list", "write"], targets, kept_actions: ["read"] },
    ]);
    expect(demandsOf({ kind: "reduce", revoke_secrets: [DB, "vault:other"] }, item, targets).demands).toEqual(
      [{ actions: item.actions, targets: [DB], kept_actions: [] }],
    );
  });
});
