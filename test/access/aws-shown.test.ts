import { expect, it } from "vitest";
import type { Grant } from "../../src/access/index.ts";
import { APP, AwsFacts, KEY, READ, SECRET, allow, arn, document, idOf, letIn, modelOf } from "./aws-facts.ts";

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

/** Of each call by which the role comes to something on the key: policy, statement and what it does first. */
const byCall = (facts: AwsFacts): string[] =>
  modelOf(facts)
    .path(idOf(APP), idOf(KEY))
    .flatMap(({ path }) =>
      path.flatMap(({ policy, rule = "", note = "", capabilities = [] }) =>
        capabilities.map((call) => [call, policy, rule, note].join(" ").trim()),
      ),
    )
    .sort();

const KEY_OF_ACCOUNT = { ...letIn({ AWS: arn.root() }, "kms:*"), Sid: "Account" };

it("tells each action on a key by the statements of its own, where the key's policy speaks of some alone", () => {
  const facts = new AwsFacts()
    .key(KEY, document(KEY_OF_ACCOUNT, { ...letIn({ AWS: APP }, "kms:Encrypt"), Sid: "App" }))
    .role("app", { inline: { own: document(allow("kms:*")) } });
  const named = byCall(facts).filter((text) => text.includes(" App"));
  expect(named).toEqual(["kms:Encrypt key k1 App"]);
  expect(byCall(facts)).toEqual(
    expect.arrayContaining(["kms:Decrypt own statement 1", "kms:Encrypt own statement 1"]),
  );
});

it("tells each action on a key by the grants that speak of it", () => {
  const facts = new AwsFacts()
    .key(KEY, document(KEY_OF_ACCOUNT))
    .add("key_grant", `${idOf(KEY)}#grant/g1`, {
      grant_id: "g1",
      key: idOf(KEY),
      grantee: APP,
      operations: ["Encrypt"],
    })
    .role("app", { inline: { own: document(allow("kms:*")) } });
  expect(byCall(facts).filter((text) => text.includes("grant g1"))).toEqual([
    expect.stringMatching(/^kms:Encrypt grant g1/),
  ]);
});

it("tells what is done first to a disabled key of the actions alone that it refuses", () => {
  const facts = new AwsFacts()
    .key(KEY, document(KEY_OF_ACCOUNT), {}, "Disabled")
    .role("app", { inline: { own: document(allow("kms:*")) } });
  const first = modelOf(facts)
    .path(idOf(APP), idOf(KEY))
    .flatMap(({ path }) => path.filter(({ note }) => note?.includes("first")));
  expect(first.map(({ policy, capabilities }) => [policy, capabilities])).toContainEqual([
    "own",
    ["kms:EnableKey"],
  ]);
  expect([...new Set(first.flatMap(({ actions }) => actions))]).toEqual([
    "read",
    "write",
    "share",
    "administer",
  ]);
});
