import { expect, it } from "vitest";
import type { FactOf } from "../../src/facts/index.ts";
import { callerShows, tokenLimits } from "../../src/render/pdf/sections/auth-role.ts";

const NONE = { text: "none", colour: "quiet" };

function role(own: Partial<FactOf<"auth_role">>): FactOf<"auth_role"> {
  return {
    kind: "auth_role",
    id: "vault-eu:auth/approle/role/app",
    store_id: "vault-eu",
    scope: "vault-eu",
    record: "ab".repeat(32),
    mount: "auth/approle/",
    name: "app",
    method: "approle",
    role_type: "role",
    policies: [],
    bounds: {},
    ...own,
  };
}

it.each([
  [{ method: "userpass", role_type: "user" }, "password"],
  [{ method: "ldap", role_type: "user" }, "password"],
  [{ method: "ldap", role_type: "group" }, "password of a user in the group"],
  [{ method: "token", role_type: "token_role" }, "token that may use the role"],
  [{ method: "jwt" }, "token of the issuer"],
  [{ unauthenticated: false }, NONE],
  [{ unauthenticated: true }, { text: "▲ Nothing but the name", face: "strong", colour: "unknown" }],
] as const)("says what a caller must show: %j", (own, cell) => {
  expect(callerShows(role(own))).toEqual(cell);
});

it("names the bounds of a role", () => {
  const shown = JSON.stringify(callerShows(role({ method: "jwt", bounds: { bound_audiences: ["a", "b"] } })));
  expect(shown).toMatch(/bound_audiences: .*a, b/);
  expect(shown).not.toContain("issuer");
});

it("names the networks of tokens only where there are some", () => {
  expect(tokenLimits(role({ token_bound_cidrs: [] }))).toEqual(NONE);
  const some = JSON.stringify(tokenLimits(role({ token_ttl_s: 60, token_bound_cidrs: ["192.0.2.0/24"] })));
  expect(some).toMatch(/ttl: .*60 s.*cidrs: .*192\.0\.2\.0\/24/);
});
