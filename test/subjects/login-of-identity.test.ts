import { describe, expect, it } from "vitest";
import type { Fact, Gap } from "../../src/facts/index.ts";
import { STORE, entity, fact, gap, role, subject } from "./facts.ts";

const ROLE = "auth/approle/role/app";
const method = fact("auth_method", "auth/approle/", {
  path: "auth/approle/",
  method: "approle",
  accessor: "approle_1",
});
const roleId = fact("auth_role_alias", ROLE, { mount: "auth/approle/", name: "app", alias_name: "id-1" });
const bearing = (name: string, alias: string): Fact =>
  entity(name, { aliases: [{ alias_id: "a1", name: alias, mount_accessor: "approle_1", labels: {} }] });

const traits = (path: string, ...facts: Fact[]) =>
  subject("principal", [role("app"), method, ...facts], { id: `${STORE}:${path}` }).traits;

it("a login says that it is one identity only where that is certain; the identity is judged itself", () => {
  const e1 = bearing("e1", "id-1");
  expect(traits(ROLE, roleId, e1)).toEqual(["login_of_identity"]);
  expect(traits("identity/entity/id/e1", roleId, e1)).toEqual([]);
  expect(traits(ROLE, roleId)).toEqual([]);
  expect(traits(ROLE, e1)).toEqual(["perhaps_login_of_identity"]);
  expect(traits(ROLE, roleId, e1, bearing("e2", "id-1"))).toEqual([]);
  expect(traits(ROLE, roleId, bearing("e1", "id-2"))).toEqual([]);
});

describe("an identity as which nobody comes in but by known logins", () => {
  const rules = {
    break_glass: [{ kind: "principal" as const, path: ROLE }],
    owners: [{ owner: "ops", when: { path: ROLE } }],
  };
  const E1 = "identity/entity/id/e1";
  const aliased = (...names: [string, string][]): Fact =>
    entity("e1", {
      aliases: names.map(([name, mount_accessor], at) => ({
        alias_id: `a${at}`,
        name,
        mount_accessor,
        labels: {},
      })),
    });
  const judged = (facts: Fact[], gaps: Gap[] = []) => {
    const all = [role("app"), role("other"), method, roleId, ...facts];
    const { break_glass, owner, undecided } = subject("principal", all, {
      id: `${STORE}:${E1}`,
      rules,
      gaps,
    });
    return { break_glass, owner, undecided };
  };
  const otherId = fact("auth_role_alias", "auth/approle/role/other", {
    mount: "auth/approle/",
    name: "other",
    alias_name: "id-2",
  });
  const none = { break_glass: false, owner: undefined, undecided: undefined };

  it("is for emergencies where they are, and has their owner", () => {
    expect(judged([otherId, aliased(["id-1", "approle_1"])])).toEqual({
      break_glass: true,
      owner: "ops",
      undecided: undefined,
    });
  });

  it("is not where another login is its own, or one of its logins is not known", () => {
    expect(judged([otherId, aliased(["id-1", "approle_1"], ["id-2", "approle_1"])])).toEqual(none);
    expect(judged([otherId, aliased(["id-1", "approle_1"], ["kim", "ldap_1"])])).toEqual(none);
    expect(judged([otherId, aliased(["id-1", "approle_1"], ["id-9", "approle_1"])])).toEqual(none);
    expect(judged([otherId, aliased()])).toEqual(none);
  });

  it("is not where another may come in as it: a second bearer, a role whose id is hidden, a hidden identity", () => {
    const own = aliased(["id-1", "approle_1"]);
    expect(judged([otherId, own, bearing("e2", "id-1")])).toEqual(none);
    expect(judged([own])).toEqual(none);
    const hidden = [gap(["principal"], `${STORE}:identity/entity/id/e2`)];
    // It may be marked all the same: that is not known, and so nobody is accused for it.
    expect(judged([otherId, own], hidden)).toEqual({ ...none, undecided: ["break_glass", "owner"] });
  });
});
