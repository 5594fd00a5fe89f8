import { describe, expect, it } from "vitest";
import { accessReport, UNKNOWN_SURROUNDINGS, type Tree } from "../../src/gate/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { aliasOf, EstateFacts, idOf } from "../access/estate-facts.ts";

const AT = "2026-11-27T00:00:00.000Z";

/** A person who logs in with a name, and has the policy `app`, which reads one path. */
const estate = () =>
  new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/key")
    .secret("kv/", "pay/db")
    .policy("default", "")
    .policy("app", 'path "kv/data/app/*" { capabilities = ["read"] }')
    .method("auth/userpass/", "userpass", "up1")
    .entity("ana", { policies: ["app"], aliases: [aliasOf("ana", "up1")] });

const policyFile = (text: string, name = "app"): Tree => ({
  async *files() {
    await Promise.resolve();
    yield { path: `${name}.hcl`, size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
  },
});

async function against(facts: EstateFacts, tree: Tree) {
  const { differences, ...report } = await accessReport({
    tree,
    collected: { name: "s-1", facts: facts.set(), takenAt: AT },
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    surroundings: UNKNOWN_SURROUNDINGS,
    at: AT,
    signal: new AbortController().signal,
  });
  const told = differences
    .filter(({ target }) => target.id === idOf("kv/pay/db") || target.id === idOf("kv/app/key"))
    .map(({ direction, certainty, principal, target, actions, requested, place }) =>
      [direction, certainty, principal.name, target.name, ...actions, requested ?? "", `:${place.line}`].join(
        " ",
      ),
    );
  return { ...report, told };
}

const WIDER =
  'path "kv/data/app/*" { capabilities = ["read"] }\npath "kv/data/pay/*" { capabilities = ["read"] }\n';

describe("a Vault policy held against a snapshot", () => {
  it("gives whoever holds it in the snapshot what it says more, and takes what it says no more", async () => {
    const wider = await against(estate(), policyFile(WIDER));
    expect(wider.told).toEqual(["gained certain ana pay/db read  :2"]);
    expect(wider.told.filter((line) => line.includes("app/key"))).toEqual([]);
    expect(wider.not_compared).toEqual([
      {
        path: "app.hcl",
        detail: "tells what will be, and not what was: what it takes away from the snapshot is not compared",
      },
    ]);
    const narrower = await against(estate(), policyFile('path "kv/data/web/*" { capabilities = ["read"] }'));
    expect(narrower.told.some((line) => line.startsWith("lost certain ana app/key read"))).toBe(true);
  });

  it("gives nobody what a policy says that nobody of the snapshot holds, and nothing where it is the same", async () => {
    expect(
      (await against(estate(), policyFile(WIDER, "other"))).told.filter((one) => one.includes("ana")),
    ).toEqual([]);
    const same = policyFile('path "kv/data/app/*" { capabilities = ["read"] }');
    expect((await against(estate(), same)).told).toEqual([]);
  });
});

describe("a role of AppRole held against a snapshot", () => {
  /** Somebody else may issue secret ids of all roles, and an identity has a name of the method that no role is seen to have. */
  const issuing = () =>
    estate()
      .policy("issuer", 'path "auth/approle/role/+/secret-id" { capabilities = ["update"] }')
      .method("auth/approle/", "approle", "ar1")
      .entity("bea", { policies: ["issuer"], aliases: [aliasOf("bea", "up1")] })
      .policy("pay", 'path "kv/data/pay/*" { capabilities = ["read"] }')
      .entity("old", { policies: ["pay"], aliases: [aliasOf("former-role-id", "ar1")] });
  const role = (more: string): Tree => {
    const own = 'backend = "approle"\n  role_name = "job"\n  token_policies = ["app"]\n';
    const text = `resource "vault_approle_auth_backend_role" "job" {\n  ${own}${more}}\n`;
    return {
      async *files() {
        await Promise.resolve();
        yield { path: "main.tf", size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
      },
    };
  };

  it("is nobody whom the snapshot knows where its role id is made up, and is whom one names that is set", async () => {
    expect((await against(issuing(), role(""))).told).toEqual([
      "gained certain auth/approle/job app/key read  :1",
      "gained certain bea app/key share  :1",
    ]);
    expect((await against(issuing(), role('  role_id = "former-role-id"\n'))).told).toEqual([
      "gained certain auth/approle/job app/key read  :1",
      "gained certain auth/approle/job pay/db read  :1",
      "gained certain bea app/key share  :1",
      "gained certain bea pay/db share  :1",
      "gained certain old app/key read  :1",
    ]);
    expect(
      (await against(issuing(), role("  role_id = var.id\n"))).told.some((one) => one.includes("possible")),
    ).toBe(true);
  });
});
