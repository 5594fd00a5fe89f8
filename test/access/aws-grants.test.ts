import { describe, expect, it } from "vitest";
import { computeGrants, pathText } from "../../src/access/index.ts";
import { FactSet } from "../../src/facts/index.ts";
import {
  APP,
  AWAY,
  AwsFacts,
  FOREIGN,
  HOME,
  KEY,
  READ,
  REGION,
  SECRET,
  STORE,
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

describe("who may do what (point 9)", () => {
  it("identity or resource policy in one account, with the statements", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("reader", allow(READ, arn.secret("pay/*")))
      .role("app", { policies: ["reader"] });
    expect(can(facts, APP)).toEqual(["read certain"]);
    const [grant] = modelOf(facts).path(idOf(APP), idOf(SECRET));
    expect(grant?.path[0]).toEqual({
      actions: ["read"],
      through: [],
      policy: "reader",
      policy_id: idOf(arn.policy("reader")),
      rule: "statement 1",
      capabilities: [READ],
    });
    expect(grant?.records.length).toBeGreaterThanOrEqual(2);
    const byPolicy = new AwsFacts()
      .secret(SECRET, { policy: document(letIn({ AWS: arn.user("ana") }, READ, { Sid: "Ana" })) })
      .user("ana");
    expect(can(byPolicy, arn.user("ana"))).toEqual(["read certain"]);
    expect(pathText(modelOf(byPolicy).path(idOf(arn.user("ana")), idOf(SECRET))[0]?.path ?? [])).toContain(
      `"Ana"`,
    );
  });

  it("both across accounts, and the key as well", () => {
    const policy = document(letIn({ AWS: arn.role("app", AWAY) }, READ));
    const facts = (more: Partial<{ key: string }>, identity: boolean) =>
      new AwsFacts(HOME, AWAY)
        .secret(SECRET, { policy, ...more })
        .key(KEY, document(letIn({ AWS: [arn.root(), arn.root(AWAY)] }, "kms:*")))
        .role(
          arn.role("app", AWAY),
          identity ? { inline: { x: document(allow([READ, "kms:Decrypt"])) } } : {},
        );
    const away = arn.role("app", AWAY);
    expect(can(facts({ key: KEY }, true), away)).toEqual(["read certain"]);
    expect(can(facts({ key: KEY }, false), away)).toEqual([]);
    // AWS's own key opens to its own account alone.
    expect(can(facts({}, true), away)).toEqual([]);
  });

  it("a key's policy must delegate to the account", () => {
    const facts = (policy: ReturnType<typeof document>) =>
      new AwsFacts()
        .secret(SECRET, { key: KEY })
        .key(KEY, policy)
        .role("app", { inline: { x: document(allow([READ, "kms:Decrypt"])) } });
    expect(can(facts(document(letIn({ AWS: arn.root() }, "kms:*"))), APP)).toContain("read certain");
    expect(can(facts(document(letIn({ AWS: arn.role("other") }, "kms:*"))), APP)).toEqual([]);
  });

  it("through groups, which the path names", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("reader", allow(READ))
      .group("payments", ["reader"])
      .user("ana", { groups: ["payments"] });
    const [grant] = modelOf(facts).path(idOf(arn.user("ana")), idOf(SECRET));
    expect(grant?.path[0]?.through).toEqual([
      { kind: "group", id: idOf(arn.group("payments")), name: "payments" },
    ]);
  });
});

describe("what limits (points 10 to 12)", () => {
  const reader = (own: Parameters<AwsFacts["role"]>[1] = {}) =>
    new AwsFacts().secret(SECRET).role("app", { inline: { x: document(allow(READ)) }, ...own });

  it("denies, boundaries, SCPs and RCPs", () => {
    expect(can(reader(), APP)).toEqual(["read certain"]);
    expect(
      can(reader({ inline: { x: document(allow(READ), deny("*", arn.secret("pay/*"))) } }), APP),
    ).toEqual([]);
    const bounded = reader({ boundary: "only-ssm" }).managed("only-ssm", allow("ssm:*"));
    expect(can(bounded, APP)).toEqual([]);
    expect(can(reader().organization([document(), document(deny(READ))]), APP)).toEqual([]);
    const rcp = document({ Effect: "Deny", Principal: "*", Action: READ, Resource: "*" });
    expect(can(reader().organization([], [rcp]), APP)).toEqual([]);
    // Neither binds the management account's principals.
    expect(can(reader().organization([document(deny(READ))], [], HOME), APP)).toEqual(["read certain"]);
  });

  it("a boundary holds back a policy that names the role, not one that names the user", () => {
    const named = (principal: string) =>
      new AwsFacts()
        .managed("only-ssm", allow("ssm:*", "*"), allow("kms:*"))
        .secret(SECRET, { policy: document(letIn({ AWS: principal }, READ)) });
    expect(can(named(APP).role("app", { boundary: "only-ssm" }), APP)).toEqual([]);
    const user = named(arn.user("ana")).user("ana", { boundary: "only-ssm" });
    expect(can(user, arn.user("ana"))).toEqual(["read certain"]);
  });

  it("NotPrincipal with Deny catches whoever has a boundary", () => {
    const policy = document({
      Effect: "Deny",
      NotPrincipal: { AWS: [APP, HOME] },
      Action: "*",
      Resource: "*",
    });
    const facts = (boundary: object) =>
      new AwsFacts()
        .managed("all", allow("*"))
        .secret(SECRET, { policy })
        .role("app", { inline: { x: document(allow(READ)) }, ...boundary });
    expect(can(facts({}), APP)).toEqual(["read certain"]);
    expect(can(facts({ boundary: "all" }), APP)).toEqual([]);
  });
});

describe("keys, parameters and tags (points 13, 14, 16)", () => {
  it("a key grant is a path, with its encryption context", () => {
    const facts = (context: string) =>
      new AwsFacts()
        .secret(SECRET, { key: KEY })
        .key(KEY, document(letIn({ AWS: arn.role("other") }, "kms:*")))
        .role("app", { inline: { x: document(allow(READ)) } })
        .add("key_grant", `${idOf(KEY)}#grant/g1`, {
          key: idOf(KEY),
          grant_id: "g1",
          grantee: APP,
          operations: ["Decrypt"],
          encryption_context_subset: { SecretARN: context },
        });
    expect(can(facts(SECRET), APP)).toEqual(["read certain"]);
    expect(can(facts(arn.secret("web/db-AbCdEf")), APP)).toEqual([]);
  });

  it("a deny on a parameter does not stop a read of the path above it", () => {
    const parameter = arn.parameter("a/b");
    const facts = new AwsFacts().secret(parameter, { encrypted: false }).role("app", {
      inline: {
        x: document(allow("ssm:GetParametersByPath", arn.parameter("a")), deny("ssm:*", parameter)),
      },
    });
    expect(can(facts, APP, parameter)).toEqual(["read certain"]);
  });

  it("an encrypted parameter needs its key, by path too", () => {
    const parameter = arn.parameter("a/b");
    const facts = (...more: ReturnType<typeof allow>[]) =>
      new AwsFacts()
        .key(KEY)
        .secret(parameter, { key: KEY })
        .role("app", {
          inline: { x: document(allow("ssm:GetParametersByPath", arn.parameter("a")), ...more) },
        });
    expect(can(facts(), APP, parameter)).toEqual([]);
    expect(can(facts(allow("kms:Decrypt")), APP, parameter)).toContain("read certain");
  });

  it("decides tags, organisation and ARNs; network, MFA and time stand", () => {
    const when = (Condition: object, tags = { team: "pay" }) =>
      new AwsFacts()
        .organization()
        .secret(SECRET, { tags: { team: "pay" } })
        .role("app", { tags, inline: { x: document(allow(READ, "*", { Condition })) } });
    const tagged = { StringEquals: { "secretsmanager:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    expect(can(when(tagged), APP)).toEqual(["read certain"]);
    expect(can(when(tagged, { team: "web" }), APP)).toEqual([]);
    expect(can(when({ StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }), APP)).toEqual([
      "read certain",
    ]);
    expect(can(when({ StringEquals: { "aws:PrincipalOrgID": "o-zzzzzzzzzz" } }), APP)).toEqual([]);
    for (const Condition of [
      { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
      { StringEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
      { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } },
    ]) {
      expect(can(when(Condition), APP)).toEqual(["read conditional"]);
      expect(conditionsOf(when(Condition), APP).join()).toMatch(/aws:/);
    }
  });

  it("an alias stands for its key, and without one nothing is certain", () => {
    const facts = (alias: boolean) => {
      const made = new AwsFacts()
        .key(KEY)
        .secret(SECRET, { key: "alias/pay" })
        .role("app", { inline: { x: document(allow([READ, "kms:Decrypt"])) } });
      const id = idOf(`arn:aws:kms:${REGION}:${HOME}:alias/pay`);
      return alias
        ? made.add("key_alias", id, { mount: `${HOME}/${REGION}`, name: "alias/pay", key: idOf(KEY) })
        : made;
    };
    expect(can(facts(true), APP)).toContain("read certain");
    expect(can(facts(false), APP)).toContain("read possible");
  });
});

describe("strangers", () => {
  const shared = (Principal: unknown, more = {}) =>
    new AwsFacts()
      .organization()
      .key(KEY, document(letIn("*", "kms:Decrypt")))
      .secret(SECRET, { key: KEY, policy: document(letIn(Principal, READ, more)) });
  const readers = (facts: AwsFacts) => modelOf(facts).readers(idOf(SECRET));

  it("another account is external, one of the organisation is not", () => {
    expect(readers(shared({ AWS: FOREIGN }))).toMatchObject({ external: 1, public: 0 });
    expect(readers(shared({ AWS: AWAY }))).toMatchObject({ external: 0, public: 0 });
    expect(readers(shared({ AWS: arn.role("app", FOREIGN) }))).toMatchObject({ external: 1 });
    expect(can(shared({ AWS: arn.role("app", FOREIGN) }), arn.role("app", FOREIGN))).toEqual([
      "read conditional",
    ]);
  });

  it("everyone is public, unless a condition binds who calls", () => {
    expect(readers(shared("*"))).toMatchObject({ public: 1 });
    const inside = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } };
    expect(readers(shared("*", inside))).toMatchObject({ public: 0, external: 0 });
    const other = { Condition: { StringEquals: { "aws:PrincipalAccount": FOREIGN } } };
    expect(readers(shared("*", other))).toMatchObject({ public: 0, external: 1 });
    const network = { Condition: { StringEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } } };
    expect(readers(shared("*", network)).public).toBe(1);
  });

  it("services and providers are told by name", () => {
    const found = modelOf(shared({ Service: "rds.amazonaws.com" })).whoCan(idOf(SECRET), "read");
    expect(found.map(({ principal_id }) => principal_id)).toContain(`${STORE}:rds.amazonaws.com`);
  });
});

describe("what could not be read", () => {
  const reader = (facts = new AwsFacts()) => facts.secret(SECRET).role("app", { policies: ["reader"] });

  it("a policy makes its holders possible, never others certain", () => {
    const facts = reader()
      .role("other")
      .gap(["policy_document"], idOf(arn.policy("reader")));
    expect(can(facts, APP)).toContain("read possible");
    expect(conditionsOf(facts, APP).join()).toContain("AccessDenied on policy_document");
    expect(can(facts, arn.role("other"))).toEqual([]);
  });

  it("a text that does not parse is a gap", () => {
    const facts = reader().policyText(idOf(arn.policy("reader")), "reader", "{");
    expect(can(facts, APP)).toContain("read possible");
  });

  it.each([
    [
      "group",
      (facts: AwsFacts) => facts.user("app", { groups: ["gone"] }).gap(["group"], idOf(arn.group("gone"))),
    ],
    [
      "boundary",
      (facts: AwsFacts) => facts.user("app", { boundary: "gone", inline: { x: document(allow(READ)) } }),
    ],
    ["resource_policy", (facts: AwsFacts) => facts.user("app")],
  ])("a hidden %s leaves its users possible", (kind, made) => {
    const facts = made(new AwsFacts().secret(SECRET, { unreadPolicy: kind === "resource_policy" }));
    if (kind === "resource_policy") facts.gap(["resource_policy"], idOf(SECRET));
    expect(can(facts, arn.user("app"))).toContain("read possible");
    expect(modelOf(facts).readers(idOf(SECRET)).possible_count).toBeGreaterThan(0);
  });

  it("an organisation makes whatever it could deny possible, for one reason", () => {
    const facts = reader().managed("reader", allow(READ)).gap(["organization"], `${STORE}:organization`);
    expect(can(facts, APP)).toEqual(["read possible"]);
    const [grant] = modelOf(facts).path(idOf(APP), idOf(SECRET));
    expect(grant?.conditions).toEqual([
      "whether service or resource control policies deny it: AccessDenied on organization",
    ]);
    // An account that is in none has no such gap.
    expect(can(reader().managed("reader", allow(READ)), APP)).toEqual(["read certain"]);
  });

  it("an attachment or its policy", () => {
    const facts = reader().managed("reader", allow(READ)).organization();
    expect(can(facts, APP)).toEqual(["read certain"]);
    const cut = reader().managed("reader", allow(READ)).organization([document(), document(), document()]);
    const hidden = new AwsFacts();
    expect(can(cut, APP)).toEqual(["read certain"]);
    reader(hidden).managed("reader", allow(READ)).add("organization", `${STORE}:o-1`, {
      organization_id: "o-1",
      management_account_id: AWAY,
      feature_set: "ALL",
    });
    expect(can(hidden, APP)).toEqual(["read possible"]);
  });

  it("principals are blindness", () => {
    const facts = reader().managed("reader", allow(READ)).gap(["principal", "group"]);
    expect(
      modelOf(facts)
        .blindness.map(({ fact_kind }) => fact_kind)
        .sort(),
    ).toEqual(["group", "principal"]);
  });

  it("a source of which no store could be read has its identities all the same", () => {
    const facts = new AwsFacts().role("app", { policies: ["reader"] }).set();
    const kept = [...facts.all()].filter(({ kind }) => kind !== "store" && kind !== "account");
    const unread = new AwsFacts().gap(["store"]).gaps;
    const model = computeGrants(new FactSet(kept, unread), { takenAt: "2026-09-30T06:00:00Z" });
    expect(model.principals.map(({ id }) => id)).toContain(idOf(APP));
    expect(model.blindness.map(({ fact_kind }) => fact_kind)).toEqual(["store"]);
  });
});

describe("names and summaries", () => {
  it("a new secret and a moved policy do not rename a grant", () => {
    const one = new AwsFacts()
      .secret(SECRET)
      .managed("reader", allow(READ, arn.secret("pay/*")))
      .role("app", { policies: ["reader"] });
    const two = new AwsFacts()
      .secret(SECRET)
      .secret(arn.secret("pay/aa-AbCdEf"))
      .managed("reader", allow(READ, arn.secret("pay/*")))
      .role("app", { policies: ["reader"] });
    const [first] = modelOf(one).whatCan(idOf(APP));
    const [second] = modelOf(two).whatCan(idOf(APP));
    expect(second?.id).toBe(first?.id);
    expect([first?.target_count, second?.target_count]).toEqual([1, 2]);
  });

  it("counts readers, and tells rules that read everything", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .managed("all", allow("*"))
      .role("app", { policies: ["all"] })
      .role("other");
    const model = modelOf(facts);
    expect(model.readers(idOf(SECRET))).toMatchObject({
      count: 2,
      writer_count: 2,
      reader_and_granter_count: 2,
    });
    expect(model.readers(idOf(SECRET), new Set([idOf(arn.root())]))).toMatchObject({
      apart_count: 1,
      reader_and_granter_count: 1,
    });
    expect(model.access(idOf(APP))).toMatchObject({
      readable_secret_count: 1,
      administers: true,
      wildcard_rules: ["all:1 *"],
    });
    expect(model.access(idOf(arn.role("other")))).toMatchObject({
      readable_secret_count: 0,
      administers: false,
    });
    expect(model.whoCan(idOf(SECRET), "read").map(({ principal_id }) => principal_id)).toEqual(
      [idOf(APP), idOf(arn.root()), idOf("ec2.amazonaws.com")].sort(),
    );
  });
});
