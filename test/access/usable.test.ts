import { expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { EstateFacts } from "./estate-facts.ts";

const TAKEN_AT = "2026-10-01T06:00:00.000Z";

function accessOf(policy: string) {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "payments/db")
    .mount("transit/", "transit")
    .key("transit/", "signing")
    .policy("one", policy)
    .entity("ada", { policies: ["one"] })
    .set();
  const model = computeGrants(facts, { takenAt: TAKEN_AT });
  return model.access(model.principals.find(({ name }) => name === "ada")?.id ?? "");
}

it("counts what somebody may do by a key, though they read no secret", () => {
  const access = accessOf('path "transit/decrypt/signing" { capabilities = ["update"] }');
  expect(access).toMatchObject({ readable_secret_count: 0, writable_secret_count: 0, usable_count: 1 });
});

it("counts secrets and keys together, and nothing that is only listed", () => {
  const all = 'path "transit/decrypt/*" { capabilities = ["update"] }\n';
  expect(accessOf(`${all}path "kv/data/*" { capabilities = ["read"] }`).usable_count).toBe(2);
  expect(accessOf('path "kv/metadata/*" { capabilities = ["list"] }').usable_count).toBe(0);
});
