import { expect, it } from "vitest";
import type { Grant } from "../../src/access/index.ts";
import { AwsFacts, READ, SECRET, allow, arn, document, idOf, letIn, modelOf } from "./aws-facts.ts";

/** All of a grant, as it is printed. */
const written = (grant: Grant) => ({ ...grant, targets: [...grant.targets()] });

it("of holders alike, each is told its own way, whoever was asked for before", () => {
  const facts = new AwsFacts()
    .secret(SECRET)
    .managed("reader", allow(READ))
    .group("payments", ["reader"])
    .group("support", ["reader"])
    .user("ana", { policies: ["reader"] })
    .user("ben", { groups: ["payments"] })
    .user("cyd", { groups: ["support"] })
    .user("dee", { groups: ["payments"] });
  const people = ["ana", "ben", "cyd", "dee"].map((name) => idOf(arn.user(name)));
  const alone = people.flatMap((id) => modelOf(facts).path(id, idOf(SECRET)).map(written));
  const model = modelOf(facts);
  // The account's root user comes first.
  expect(model.whoCan(idOf(SECRET), "read").map(written).slice(-people.length)).toEqual(alone);
  expect(people.toReversed().flatMap((id) => model.whatCan(id).map(written))).toEqual(alone.toReversed());
  expect(new Set(alone.map(({ id }) => id)).size).toBe(people.length);
  expect(alone.map(({ path }) => path[0]?.through.map(({ name }) => name))).toEqual([
    [],
    ["payments"],
    ["support"],
    ["payments"],
  ]);
});

it("tells no statement of an identity that its boundary blocks, where a policy of the secret lets it in by name", () => {
  const named = letIn({ AWS: arn.user("ana") }, READ);
  const facts = new AwsFacts()
    .secret(SECRET, { policy: document(named) })
    .managed("reader", allow(READ))
    .managed("fence", allow("s3:GetObject"))
    .managed("wide", allow("secretsmanager:*"))
    .user("ana", { policies: ["reader"], boundary: "fence" })
    .user("ben", { policies: ["reader"], boundary: "wide" });
  const policies = (name: string): string[] =>
    modelOf(facts)
      .path(idOf(arn.user(name)), idOf(SECRET))
      .flatMap(({ path }) => path.map(({ policy }) => policy));
  const blocked = policies("ana");
  expect(blocked).not.toContain("reader");
  expect(blocked).not.toEqual([]);
  expect(policies("ben")).toEqual(expect.arrayContaining(["reader", "wide"]));
});
