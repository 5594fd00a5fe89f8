import { expect, it } from "vitest";
import type { Fact } from "../../src/facts/index.ts";
import { STORE, entity, fact, role, subject } from "./facts.ts";

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
