import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { TARGET, theOne, thePrincipal } from "../../src/cli/access-names.ts";
import { EstateFacts, aliasOf, idOf } from "../access/estate-facts.ts";

const USER = { method: "userpass", role_type: "user" as const, policies: [], alias_name: "carol" };
const CAROL = idOf("auth/userpass/users/carol");
const ENTITY = idOf("identity/entity/id/carol-id");

const withCarol = (): EstateFacts =>
  new EstateFacts().method("auth/userpass/", "userpass", "up").role("auth/userpass/", "carol", USER);

/** What a name means in these facts, and what was said beside. */
function asked(
  facts: EstateFacts,
  wanted: string,
): { readonly ids: readonly string[]; readonly said: string } {
  let said = "";
  const terminal = { out: () => undefined, err: (text: string) => void (said += text), interactive: false };
  const set = facts.set();
  const model = computeGrants(set, { takenAt: "2026-09-30T06:00:00Z" });
  const found = thePrincipal({ terminal }, { model, facts: set }, wanted);
  return { ids: found.map(({ id }) => id), said };
}

describe("a name that a login and an identity bear", () => {
  it("means both where whoever logs in so is this identity", () => {
    const facts = withCarol().entity("carol", { aliases: [aliasOf("carol", "up")] });
    expect(asked(facts, "carol")).toEqual({
      ids: [ENTITY, CAROL],
      said: `${ENTITY} and ${CAROL} are one: what either can is listed.\n\n`,
    });
    expect(asked(facts, ENTITY)).toEqual({ ids: [ENTITY], said: "" });
  });

  it.each([
    ["the identity comes in by another's login", { aliases: [aliasOf("carla", "up")] }],
    [
      "the identity has two logins of the method",
      { aliases: [aliasOf("carol", "up"), aliasOf("dan", "up")] },
    ],
    ["the identity has no login", {}],
  ])("is E_AMBIGUOUS where %s: the ids stand there", (_what, own) => {
    const facts = withCarol().entity("carol", own);
    expect(() => asked(facts, "carol")).toThrow(
      expect.objectContaining({
        code: "E_AMBIGUOUS",
        exit: 2,
        message: expect.stringMatching(
          new RegExp(`^expected one principal called carol, got 2: .*${CAROL}`),
        ) as string,
        fix: expect.stringMatching(
          /^Give the id of the one that is meant, e\.g\. '[^']*carol[^']*'\.$/,
        ) as string,
      }),
    );
  });

  it("is E_AMBIGUOUS where a third bears it too", () => {
    const facts = withCarol()
      .entity("carol", { aliases: [aliasOf("carol", "up")] })
      .method("auth/ldap/", "ldap", "ld")
      .role("auth/ldap/", "carol", { ...USER, method: "ldap" });
    expect(() => asked(facts, "carol")).toThrow(/got 3/);
  });
});

describe("a name in a snapshot that has nothing of a store", () => {
  const facts = new EstateFacts().gap("vault:", ["secret", "principal"]).set();
  const model = computeGrants(facts, { takenAt: "2026-09-30T06:00:00Z" });
  const fixOf = (last: { readonly last?: string }): string => {
    try {
      theOne({ model, facts, unread: { stores: ["vault"], ...last } }, TARGET, "kv/a");
    } catch (thrown) {
      expect(thrown).toMatchObject({
        code: "E_UNSEEN",
        message: expect.stringContaining("nothing of vault was") as string,
      });
      return (thrown as { fix: string }).fix;
    }
    throw new Error("expected E_UNSEEN, got an answer");
  };

  it("is asked of the last one that has", () => {
    expect(fixOf({ last: "20260930T060000Z-4be1f0a9c2d7" })).toBe(
      "Ask the last snapshot that did: the same command with --from 20260930T060000Z-4be1f0a9c2d7.",
    );
    expect(fixOf({})).toMatch(/^No earlier snapshot has read more: /);
  });
});
