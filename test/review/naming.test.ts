import { describe, expect, it } from "vitest";
import { goingText } from "../../src/review/index.ts";
import { aliasOf } from "../access/estate-facts.ts";
import { company, madeOf, populationOf } from "./made.ts";

describe("what principals are called", () => {
  const facts = company()
    .token("d2HZabcdefgh", { display_name: "root", policies: ["root"], root: true })
    .token("k9QWabcdefgh", { display_name: "token", policies: ["payments"] })
    .roleAlias("auth/approle/", "deployer", "role-1")
    .entity("entity_fca3dbd8", { policies: ["payments"], aliases: [aliasOf("role-1", "acc1")] });
  const names = new Set(populationOf(madeOf(facts.set())).items.map(({ item }) => item.principal.name));

  it("tells tokens of one name apart", () => {
    expect(names).toContain("root token (accessor d2HZabcd…)");
    expect(names).toContain("token (accessor k9QWabcd…)");
  });

  it("says by what an identity without a name of its own comes in", () => {
    expect(names).toContain("entity_fca3dbd8 (logs in by auth/approle/deployer)");
  });
});

describe("what must go", () => {
  it("names actions and the secrets that are taken out", () => {
    expect(goingText({ actions: ["delete"], secret_count: 7, secrets: ["vault:kv/fraud/model-token"] })).toBe(
      "delete on 7 secrets; and all access to 1 secret: vault:kv/fraud/model-token",
    );
    expect(goingText({ actions: ["read"], secret_count: 1, secrets: [] })).toBe("read on 1 secret");
  });
});
