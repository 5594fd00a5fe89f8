import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { EstateFacts, idOf } from "./estate-facts.ts";

const OPEN = {
  enabled: true,
  eab_policy: "not-required",
  default_directory_policy: "forbid",
  allowed_roles: ["*"],
  allowed_issuers: ["*"],
};
const PROVING = "it proves the names that it asks for (ACME, RFC 8555)";

function anyone(facts: EstateFacts): unknown[] {
  const access = computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });
  return access
    .path(idOf("pki/config/acme"), idOf("pki/roles/web"))
    .map(({ actions, certainty, conditions }) => [actions, certainty, ...conditions]);
}

const estate = (): EstateFacts =>
  new EstateFacts().mount("pki/", "pki").certificateRole("pki/", "web").certificateRole("pki/", "old");

describe("certificates by ACME", () => {
  it.each([
    ["all roles", {}, ["read"]],
    ["this role alone", { allowed_roles: ["web"] }, ["read"]],
    ["another role", { allowed_roles: ["old"] }, undefined],
    [
      "no role, and a directory that signs anything",
      { allowed_roles: ["none"], default_directory_policy: "sign-verbatim" },
      ["share"],
    ],
    ["nobody without an account", { eab_policy: "always-required" }, undefined],
    ["nobody: it is off", { enabled: false }, undefined],
  ])("of %s are anyone's", (_what, given, actions) => {
    const expected = actions === undefined ? [] : [[actions, "conditional", PROVING]];
    expect(anyone(estate().acme("pki/", { ...OPEN, ...given }))).toEqual(expected);
  });

  it("makes the role's readers public", () => {
    const access = computeGrants(estate().acme("pki/", OPEN).set(), { takenAt: "2026-09-30T06:00:00Z" });
    expect(access.readers(idOf("pki/roles/web"))).toMatchObject({ public: 1 });
  });

  it("may be held by accounts from before one was asked for", () => {
    const [found] = anyone(estate().acme("pki/", { ...OPEN, eab_policy: "new-account-required" }));
    expect(found).toEqual([
      ["read"],
      "possible",
      "accounts from before an external one was asked for may remain",
      PROVING,
    ]);
  });

  it("may be anyone's where the settings could not be read, and of no other mount", () => {
    expect(anyone(estate().gap("pki/config/acme", ["acme_config"]))).toEqual([
      [["read"], "possible", "whether pki/ issues by ACME could not be read", PROVING],
    ]);
    expect(anyone(estate().gap("other/config/acme", ["acme_config"]))).toEqual([]);
  });
});
