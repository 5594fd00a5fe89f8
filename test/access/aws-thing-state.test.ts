import { describe, expect, it } from "vitest";
import { awsJudge } from "../../src/access/aws/world.ts";
import {
  APP,
  AwsFacts,
  FOREIGN,
  HOME,
  KEY,
  READ,
  SECRET,
  allow,
  arn,
  can,
  conditionsOf,
  deny,
  document,
  idOf,
  letIn,
  modelOf,
} from "./aws-facts.ts";

const GOING = "2026-10-09T00:00:00Z";
const RESTORE = "secretsmanager:RestoreSecret";
const RESTORED = "the secret, which is scheduled for deletion, is restored";
const ENABLED = "the key, which is disabled, is enabled";

const deleted = (...actions: readonly string[]) =>
  new AwsFacts()
    .secret(SECRET, { deletesAt: GOING })
    .role("app", { inline: { own: document(allow(actions)) } });

describe("a secret that is scheduled for deletion", () => {
  it("is read if somebody restores it, and its readers count", () => {
    const facts = deleted(READ, "secretsmanager:DescribeSecret", "secretsmanager:DeleteSecret");
    expect(can(facts, APP)).toEqual(["delete certain", "list certain", "read conditional"]);
    expect(conditionsOf(facts, APP)).toContain(RESTORED);
    const { count, sample } = modelOf(facts).readers(idOf(SECRET));
    // The role and the root user.
    expect(count).toBe(2);
    expect(sample.map(({ certainty }) => certainty)).toContain("conditional");
  });

  it("is read for certain by whoever may restore it, and the path says so", () => {
    const facts = deleted(READ, RESTORE);
    expect(can(facts, APP)).toContain("read certain");
    const statements = modelOf(facts)
      .path(idOf(APP), idOf(SECRET))
      .filter(({ actions }) => actions.includes("read"))
      .flatMap(({ path }) => path);
    expect(statements).toContainEqual(
      expect.objectContaining({ capabilities: [RESTORE], note: "restores the secret first" }),
    );
  });

  it("tells apart those that somebody may restore", () => {
    const other = arn.secret("pay/other-A1b2C3");
    const facts = new AwsFacts()
      .secret(SECRET, { deletesAt: GOING })
      .secret(other, { deletesAt: GOING })
      .role("app", { inline: { own: document(allow(READ), allow(RESTORE, other), deny(RESTORE, SECRET)) } })
      .role("twin", { inline: { own: document(allow(READ), allow(RESTORE, other), deny(RESTORE, SECRET)) } });
    expect(can(facts, APP)).toContain("read conditional");
    expect(can(facts, APP, other)).toContain("read certain");
    expect(can(facts, arn.role("twin"), other)).toContain("read certain");
  });

  it("is one class with others that everyone may restore alike", () => {
    const facts = new AwsFacts().role("app", { inline: { own: document(allow([READ, RESTORE])) } });
    for (const at of [1, 2, 3, 4]) facts.secret(arn.secret(`pay/s${at}-AbCdEf`), { deletesAt: GOING });
    expect(modelOf(facts).stats.target_classes).toBe(1);
  });

  it("still counts strangers whom its policy lets in", () => {
    const policy = document(letIn({ AWS: FOREIGN }, READ));
    const open = document(letIn({ AWS: arn.root() }, "kms:*"), letIn({ AWS: FOREIGN }, "kms:Decrypt"));
    const facts = new AwsFacts()
      .organization()
      .key(KEY, open)
      .secret(SECRET, { policy, key: idOf(KEY), deletesAt: GOING });
    expect(modelOf(facts).readers(idOf(SECRET))).toMatchObject({ external: 1 });
  });
});

describe("a key that is disabled or going", () => {
  const under = (state: string, ...actions: readonly string[]) =>
    new AwsFacts()
      .key(KEY, undefined, {}, state)
      .secret(SECRET, { key: idOf(KEY) })
      .role("app", { inline: { own: document(allow([READ, "kms:Decrypt", ...actions])) } });

  it("is used, and what it encrypts is read, if it is enabled", () => {
    const facts = under("Disabled");
    expect(can(facts, APP)).toEqual(["read conditional"]);
    expect(conditionsOf(facts, APP)).toEqual([ENABLED]);
    expect(can(facts, APP, KEY)).toEqual(["read conditional"]);
    expect(modelOf(facts).readers(idOf(SECRET)).count).toBe(2);
  });

  it("takes both calls to keep one that is going", () => {
    expect(can(under("PendingDeletion", "kms:CancelKeyDeletion"), APP)).toEqual(["read conditional"]);
    const both = under("PendingDeletion", "kms:CancelKeyDeletion", "kms:EnableKey");
    expect(can(both, APP)).toEqual(["read certain"]);
    const notes = modelOf(both)
      .path(idOf(APP), idOf(SECRET))
      .flatMap(({ path }) => path.map(({ note }) => note));
    expect(notes).toEqual(expect.arrayContaining(["keeps the key first", "enables the key first"]));
  });

  it("is as it was where it is enabled", () => {
    expect(can(under("Enabled"), APP)).toEqual(["read certain"]);
  });

  it.each(["Creating", "Updating", "NewWord", ""])("is not known to be used where it is %j", (state) => {
    const facts = under(state, "kms:EnableKey", "kms:CancelKeyDeletion");
    expect(can(facts, APP)).toEqual(["read conditional"]);
    expect(conditionsOf(facts, APP)).toEqual([
      "the key, whose state does not say that it can be used, can be used",
    ]);
  });

  it("nobody brings it back from another account, nor its material", () => {
    const judge = (state: "disabled" | "pending_import", account: string) =>
      awsJudge({
        format: "countersign-world/1",
        provider: "aws",
        principals: { [arn.user("ana", account)]: { identity_policies: [document(allow("*"))] } },
        resources: { [KEY]: { policy: document(letIn("*", "kms:*")), state } },
        questions: [],
      })({ principal: arn.user("ana", account), action: "kms:Decrypt", resource: KEY });
    expect(judge("disabled", HOME)).toMatchObject({ decision: "allow", certainty: "certain" });
    expect(judge("disabled", HOME).because).toContainEqual(
      expect.objectContaining({ first: "kms:EnableKey" }),
    );
    expect(judge("disabled", FOREIGN)).toMatchObject({ certainty: "conditional", conditions: [ENABLED] });
    expect(judge("pending_import", HOME)).toMatchObject({ certainty: "conditional" });
  });
});
