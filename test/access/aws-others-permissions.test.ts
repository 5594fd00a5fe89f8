import { describe, expect, it } from "vitest";
import {
  AWAY,
  AwsFacts,
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
  trusting,
} from "./aws-facts.ts";

const IVY = arn.user("ivy");
const inline = (...statements: ReturnType<typeof allow>[]) => ({ inline: { x: document(...statements) } });
const withMfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };

/** A role, a user, and one by a group and a managed policy, of whom none reads anything. */
const estate = (): AwsFacts =>
  new AwsFacts(HOME, AWAY)
    .secret(SECRET)
    .managed("little", allow("s3:ListBucket"))
    .managed("unused", allow("s3:ListBucket"))
    .group("staff", ["little"])
    .group("nobody", [])
    .role("reader", { trust: trusting({ AWS: arn.root() }) })
    .user("ben")
    .user("cy", { groups: ["staff"] });

const administers = (facts: AwsFacts, who = IVY, target = SECRET) =>
  can(facts, who, target).filter((one) => one.startsWith("administer"));

const ivy = (...statements: ReturnType<typeof allow>[]) => estate().user("ivy", inline(...statements));

describe("changing what somebody else is allowed", () => {
  it.each([
    ["iam:PutRolePolicy", arn.role("reader")],
    ["iam:PutRolePolicy", "*"],
    ["iam:AttachRolePolicy", arn.role("reader")],
    ["iam:PutUserPolicy", arn.user("ben")],
    ["iam:AttachUserPolicy", arn.user("ben")],
    ["iam:PutGroupPolicy", arn.group("staff")],
    ["iam:AttachGroupPolicy", arn.group("*")],
    ["iam:CreatePolicyVersion", arn.policy("little")],
  ])("administers what they may be given: %s on %s", (action, on) => {
    const facts = ivy(allow(action, on));
    expect(administers(facts)).toEqual(["administer certain"]);
    const model = modelOf(facts);
    const grants = model.path(idOf(IVY), idOf(SECRET));
    expect(grants.map(({ actions }) => actions)).toEqual([["administer"]]);
    const [first, last] = grants[0]?.path ?? [];
    expect(first).toMatchObject({ policy: "x", rule: "statement 1", capabilities: [action] });
    expect(first?.note).toMatch(new RegExp(`^${action} on (role|user|group|policy)/`));
    expect(last).toMatchObject({
      through: [],
      policy: expect.stringMatching(/^that .* is given$/) as string,
    });
    expect(model.access(idOf(IVY))).toMatchObject({
      administers: true,
      administers_itself: true,
      impersonated_count: 0,
      readable_secret_count: 0,
    });
  });

  it("is also reading and granting where the other is assumed to read", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .role("reader", { ...inline(allow(READ)), trust: trusting({ AWS: arn.root() }) })
      .user("ivy", inline(allow(["sts:AssumeRole", "iam:PutRolePolicy"], arn.role("reader"))));
    expect(can(facts, IVY)).toEqual(["administer certain", "read certain"]);
    expect(modelOf(facts).access(idOf(IVY))).toMatchObject({
      administers: true,
      reads_and_administers: true,
    });
  });

  it("by way of a role that may", () => {
    const facts = estate()
      .role("hop", {
        ...inline(allow("iam:PutUserPolicy", arn.user("ben"))),
        trust: trusting({ AWS: arn.root() }),
      })
      .user("ivy", inline(allow("sts:AssumeRole", arn.role("hop"))));
    expect(administers(facts)).toEqual(["administer certain"]);
    const [grant] = modelOf(facts).path(idOf(IVY), idOf(SECRET));
    expect(grant?.path.map(({ note }) => note)).toEqual([
      "sts:AssumeRole on role/hop",
      "sts:AssumeRole on role/hop",
      "iam:PutUserPolicy on user/ben",
      "user/ben may be given every permission",
    ]);
    expect(grant?.path.at(-1)?.through.map(({ name }) => name)).toEqual(["hop"]);
  });

  it("is told as a change of its own where it may change itself", () => {
    const facts = ivy(allow("iam:PutUserPolicy"));
    const grants = modelOf(facts).path(idOf(IVY), idOf(SECRET));
    expect(grants.map(({ path }) => path.map(({ note }) => note))).toEqual([
      ["iam:PutUserPolicy on user/ivy"],
    ]);
  });

  it.each([
    ["a group without members", allow("iam:PutGroupPolicy", arn.group("nobody"))],
    ["a policy that nobody has", allow("iam:CreatePolicyVersion", arn.policy("unused"))],
    ["a policy that AWS keeps", allow("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/*")],
    ["nobody", allow("iam:PutRolePolicy", arn.role("none"))],
    ["a user by a role's action", allow("iam:PutRolePolicy", arn.user("ben"))],
  ])("not of %s", (_, statement) => {
    expect(administers(ivy(statement))).toEqual([]);
  });

  it("possibly, where what an older version says is not known", () => {
    const facts = ivy(allow("iam:SetDefaultPolicyVersion", arn.policy("little")));
    expect(administers(facts)).toEqual(["administer possible"]);
    expect(modelOf(facts).access(idOf(IVY)).certainty).toBe("possible");
  });

  describe("leaves what holds the other back", () => {
    const changing = (facts: AwsFacts) =>
      facts.user("ivy", inline(allow("iam:PutRolePolicy", arn.role("app"))));
    const app = (own: Parameters<AwsFacts["role"]>[1] = {}) =>
      changing(new AwsFacts(HOME, AWAY).secret(SECRET).role("app", own));

    it("a boundary", () => {
      const bounded = (...statements: ReturnType<typeof allow>[]) =>
        app({ boundary: "b" }).managed("b", ...statements);
      expect(administers(bounded(allow("s3:*")))).toEqual([]);
      expect(administers(bounded(allow("secretsmanager:*")))).toEqual(["administer certain"]);
    });

    it("a denial in its own policies", () => {
      expect(administers(app(inline(deny(READ))))).toEqual([]);
    });

    it("an SCP, of either step", () => {
      for (const action of [READ, "iam:PutRolePolicy"]) {
        expect(administers(app().organization([document(deny(action))], [], AWAY))).toEqual([]);
        expect(administers(app().organization([document(deny(`${action}X`))], [], AWAY))).toEqual([
          "administer certain",
        ]);
      }
    });

    it("an RCP, and the thing's own policy", () => {
      const rcp = { ...deny(READ), Principal: "*" };
      expect(administers(app().organization([], [document(rcp)]))).toEqual([]);
      const own = (name: string) => document({ ...deny(READ), Principal: { AWS: arn.role(name) } });
      const denying = (name: string) =>
        changing(
          new AwsFacts()
            .secret(SECRET, { policy: own(name) })
            .role("app")
            .role("b"),
        );
      expect(administers(denying("app"))).toEqual([]);
      expect(administers(denying("b"))).toEqual(["administer certain"]);
    });

    it("a key, unless it is let to own that", () => {
      const under = (principal: string, ...actions: string[]) =>
        changing(
          new AwsFacts()
            .key(KEY, document(letIn({ AWS: principal }, actions)))
            .secret(SECRET, { key: KEY })
            .role("app"),
        );
      expect(administers(under(arn.root(), "kms:Decrypt"))).toEqual(["administer certain"]);
      expect(administers(under(arn.role("app"), "kms:PutKeyPolicy"))).toEqual(["administer certain"]);
      expect(administers(under(arn.role("b"), "kms:*"))).toEqual([]);
    });
  });

  it("finds the one of several that nothing holds back", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("b", allow("s3:*"))
      .role("r1", { boundary: "b" })
      .role("r2", inline(deny("secretsmanager:*")))
      .role("r3")
      .role("r4", { boundary: "b" })
      .user("ivy", inline(allow("iam:AttachRolePolicy")));
    expect(administers(facts)).toEqual(["administer certain"]);
    const [grant] = modelOf(facts).path(idOf(IVY), idOf(SECRET));
    expect(grant?.path[0]?.note).toBe("iam:AttachRolePolicy on role/r3");
  });

  it("in its own account alone", () => {
    const there = arn.secret("pay/db-AbCdEf", AWAY);
    const facts = estate()
      .secret(there)
      .role(arn.role("away", AWAY))
      .user("ivy", inline(allow("iam:PutRolePolicy", arn.role("away", AWAY))));
    expect(administers(facts, IVY, there)).toEqual([]);
    expect(administers(facts)).toEqual([]);
    const own = estate()
      .secret(there)
      .role(arn.role("away", AWAY))
      .user(arn.user("joe", AWAY), inline(allow("iam:PutRolePolicy", arn.role("away", AWAY))));
    expect(administers(own, arn.user("joe", AWAY), there)).toEqual(["administer certain"]);
  });

  it("of other accounts where their policies let the other in by name", () => {
    const there = arn.secret("theirs-AbCdEf", AWAY);
    const key = arn.key("theirs", AWAY);
    const facts = estate()
      .key(key, document(letIn({ AWS: arn.role("reader") }, "kms:Decrypt")))
      .secret(there, { policy: document(letIn({ AWS: arn.role("reader") }, READ)), key })
      .user("ivy", inline(allow("iam:PutRolePolicy", arn.role("reader"))));
    expect(administers(facts, IVY, there)).toEqual(["administer certain"]);
  });

  it("not of roles of services, which nobody else can change", () => {
    const linked = `arn:aws:iam::${HOME}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
    const facts = (on: string) =>
      new AwsFacts()
        .secret(SECRET)
        .role(linked)
        .role(arn.role("plain"))
        .user("ivy", inline(allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"], on)));
    expect(administers(facts(linked))).toEqual([]);
    expect(administers(facts(arn.role("plain")))).toEqual(["administer certain"]);
  });

  it("under the conditions of either", () => {
    const guarded = ivy(allow("iam:PutRolePolicy", arn.role("reader"), withMfa));
    expect(administers(guarded)).toEqual(["administer conditional"]);
    expect(conditionsOf(guarded, IVY).join()).toContain("aws:MultiFactorAuthPresent");
    const attached = ivy(
      allow("iam:AttachRolePolicy", "*", {
        Condition: { ArnEquals: { "iam:PolicyARN": arn.policy("little") } },
      }),
    );
    expect(administers(attached)).toEqual(["administer conditional"]);
    const bounded = new AwsFacts()
      .secret(SECRET)
      .managed("b", allow("*", "*", withMfa))
      .role("app", { boundary: "b" })
      .user("ivy", inline(allow("iam:PutRolePolicy", arn.role("app"))));
    expect(administers(bounded)).toEqual(["administer conditional"]);
  });

  it("surest first, where others stand under conditions", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("b", allow("*", "*", withMfa))
      .role("app", { boundary: "b" })
      .role("open")
      .user("ivy", inline(allow("iam:PutRolePolicy")));
    const grants = modelOf(facts).path(idOf(IVY), idOf(SECRET));
    expect(grants.map(({ certainty, path }) => [certainty, path[0]?.note])).toEqual([
      ["certain", "iam:PutRolePolicy on role/open"],
    ]);
  });

  it("possibly, where a policy could not be read", () => {
    const facts = (own: string, of: string) =>
      new AwsFacts()
        .secret(SECRET)
        .gap(["policy_document"], idOf(arn.policy("dark")))
        .role("app", of === "boundary" ? { boundary: "dark" } : of === "app" ? { policies: ["dark"] } : {})
        .user("ivy", own === "dark" ? { policies: ["dark"] } : inline(allow("iam:PutRolePolicy")));
    // What it lets its holder do is not known, and it may deny what is given.
    expect(administers(facts("dark", ""))).toEqual(["administer possible"]);
    expect(administers(facts("", "boundary"))).toEqual(["administer possible"]);
    expect(administers(facts("", "app"))).toEqual(["administer possible"]);
    expect(administers(facts("", ""))).toEqual(["administer certain"]);
  });

  it("of members of a group that could not be read", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .gap(["group"], idOf(arn.group("hidden")))
      .user("ben", { groups: ["hidden"] })
      .user("ivy", inline(allow("iam:PutGroupPolicy", arn.group("hidden"))));
    expect(administers(facts)).toEqual(["administer possible"]);
  });

  describe("by putting them into a group", () => {
    const BOT = arn.role("bot");
    const joining = (on: string, own: Parameters<AwsFacts["user"]>[1] = {}) =>
      new AwsFacts()
        .secret(SECRET)
        .managed("reads", allow(READ))
        .managed("little", allow("s3:ListBucket"))
        .managed("b", allow("s3:*"))
        .group("readers", ["reads"])
        .group("staff", ["little"])
        .group("empty", [])
        .user("ben", own)
        .role("bot", inline(allow("iam:AddUserToGroup", on)));

    it("gives what the group has", () => {
      const facts = joining(arn.group("readers"));
      expect(administers(facts, BOT)).toEqual(["administer certain"]);
      const [grant] = modelOf(facts).path(idOf(BOT), idOf(SECRET));
      expect(grant?.path.map(({ note }) => note)).toEqual([
        "iam:AddUserToGroup on group/readers",
        "user/ben may be given what group/readers has",
      ]);
    });

    it.each([
      ["of a group that reads nothing", joining(arn.group("staff"))],
      ["of one without policies", joining(arn.group("empty"))],
      ["which reads itself already", joining(arn.group("staff"), inline(allow(READ)))],
      ["held back by a boundary", joining(arn.group("*"), { boundary: "b" })],
      ["held back by a denial of its own", joining(arn.group("*"), inline(deny(READ)))],
      ["in it already", joining(arn.group("readers"), { groups: ["readers"] })],
    ])("not to somebody %s", (_, facts) => {
      expect(administers(facts, BOT)).toEqual([]);
    });

    it("also to one beside others who read all already", () => {
      const facts = joining(arn.group("*"), inline(allow("*"))).user("cy");
      expect(administers(facts, BOT)).toEqual(["administer certain"]);
    });
  });
});
