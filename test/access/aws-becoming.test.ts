import { describe, expect, it } from "vitest";
import {
  APP,
  AwsFacts,
  FOREIGN,
  READ,
  SECRET,
  STORE,
  allow,
  arn,
  can,
  document,
  idOf,
  modelOf,
  trusting,
} from "./aws-facts.ts";

const ANA = arn.user("ana");
const HOP = arn.role("hop");
const inline = (...statements: ReturnType<typeof allow>[]) => ({ inline: { x: document(...statements) } });
const reads = inline(allow([READ, "secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"]));
const trustsHome = trusting({ AWS: arn.root() });

/** A role that reads, which the account's own may assume. */
const reader = (trust = trustsHome): AwsFacts =>
  new AwsFacts().secret(SECRET).role("app", { ...reads, trust });

const whoReads = (facts: AwsFacts) =>
  modelOf(facts)
    .whoCan(idOf(SECRET), "read")
    .map(({ principal_id }) => principal_id);

describe("assuming a role that reads is reading", () => {
  const facts = reader()
    .role("hop", { ...inline(allow("sts:AssumeRole", APP)), trust: trusting({ AWS: ANA }) })
    .user("ana", inline(allow("sts:AssumeRole", HOP)));
  const model = modelOf(facts);

  it("with all that the role does, and the chain", () => {
    const [grant, ...more] = model.path(idOf(ANA), idOf(SECRET));
    expect(more).toEqual([]);
    expect(grant).toMatchObject({ actions: ["read", "list", "write"], certainty: "certain" });
    const [first, ...rest] = grant?.path ?? [];
    expect(first).toMatchObject({ through: [], note: "sts:AssumeRole on role/hop" });
    const last = rest.find(({ capabilities }) => capabilities?.includes(READ));
    expect(last).toMatchObject({ actions: ["read", "list", "write"], policy: "x" });
    expect(last?.through.map(({ name }) => name)).toEqual(["hop", "app"]);
    const records = new Set(grant?.records);
    const [policy] = model.path(idOf(APP), idOf(SECRET)).map((one) => one.records);
    expect(policy?.every((one) => records.has(one))).toBe(true);
  });

  it("and neither administering nor coming in by others' credentials", () => {
    expect(model.access(idOf(ANA))).toMatchObject({
      readable_secret_count: 1,
      own_readable_secret_count: 0,
      writable_secret_count: 1,
      administers: false,
      administers_itself: false,
      impersonated_count: 0,
      perhaps_administers: false,
      reads_and_administers: false,
    });
  });

  it("and is told of, counted beside the role", () => {
    expect(whoReads(facts)).toEqual(expect.arrayContaining([idOf(ANA), idOf(HOP), idOf(APP)]));
    expect(model.readers(idOf(SECRET))).toMatchObject({
      // The role and the root user of the account.
      count: 2,
      by_role_count: 2,
      possible_count: 0,
      writer_count: 2,
      reader_and_granter_count: 1,
    });
  });

  it("for tokens of an issuer, other accounts and services, too", () => {
    const issuer = `arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com`;
    const byToken = {
      Effect: "Allow",
      Principal: { Federated: issuer },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: { "token.actions.githubusercontent.com:sub": "repo:pine/pay:ref:refs/heads/main" },
      },
    };
    const assumed = {
      Effect: "Allow",
      Principal: { AWS: arn.root(FOREIGN), Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    };
    const open = reader(document(byToken, assumed));
    const found = modelOf(open);
    const ids = [idOf(issuer), idOf(arn.root(FOREIGN)), `${STORE}:lambda.amazonaws.com`];
    expect(whoReads(open)).toEqual(expect.arrayContaining(ids));
    for (const id of ids)
      expect(found.access(id)).toMatchObject({ administers: false, impersonated_count: 0 });
    expect(found.readers(idOf(SECRET))).toMatchObject({ count: 2, external: 1, by_role_count: 3 });
  });

  it("under the trust policy's conditions", () => {
    const guarded = trusting({ AWS: ANA }, "sts:AssumeRole", {
      Condition: { StringEquals: { "sts:ExternalId": "x" } },
    });
    expect(can(reader(guarded).user("ana"), ANA)).toContain("read conditional");
  });

  it("is only possible where the trust policy could not be read, and changes no count", () => {
    const dark = new AwsFacts()
      .secret(SECRET)
      .role("app", reads)
      .user("ana", inline(allow("sts:AssumeRole")));
    const all = [...dark.set().all()].filter(({ id }) => !id.endsWith("#trust"));
    const gapped = new AwsFacts().gap(["policy_document"], `${idOf(APP)}#trust`);
    for (const fact of all.filter(({ kind }) => kind !== "store" && kind !== "account"))
      gapped.add(fact.kind, fact.id, fact, fact.scope);
    expect(can(gapped, ANA)).toContain("read possible");
    expect(modelOf(gapped).readers(idOf(SECRET))).toMatchObject({ count: 2, by_role_count: 0 });
    // Strangers whom it perhaps lets in do count.
    expect(modelOf(gapped).readers(idOf(SECRET)).possible_count).toBeGreaterThan(0);
  });
});

describe("assuming a role that administers", () => {
  const boss = (own: Parameters<AwsFacts["user"]>[1] = {}) =>
    modelOf(
      new AwsFacts()
        .secret(SECRET)
        .managed("admin", allow("*"))
        .role("boss", { policies: ["admin"], trust: trustsHome })
        .user("ana", { ...inline(allow("sts:AssumeRole", arn.role("boss"))), ...own }),
    );

  it("administers", () => {
    expect(boss().access(idOf(ANA))).toMatchObject({ administers: true, impersonated_count: 0 });
  });

  it("and does both in one hand where it reads otherwise, too: what the role does is found there", () => {
    expect(boss().access(idOf(ANA)).reads_and_administers).toBe(false);
    expect(boss().access(idOf(arn.role("boss"))).reads_and_administers).toBe(true);
    const more = inline(allow("sts:AssumeRole", arn.role("boss")), allow(READ));
    expect(boss(more).access(idOf(ANA)).reads_and_administers).toBe(true);
  });

  it("and reading as another role are both in its hand alone", () => {
    const facts = reader()
      .role("keeper", { ...inline(allow("secretsmanager:PutResourcePolicy")), trust: trustsHome })
      .user("ana", inline(allow("sts:AssumeRole")));
    const model = modelOf(facts);
    expect(model.access(idOf(ANA)).reads_and_administers).toBe(true);
    expect(model.readers(idOf(SECRET)).reader_and_granter_count).toBe(2);
  });
});

describe("coming in as a reader", () => {
  const byWork = allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]);
  const works = trusting({ Service: "lambda.amazonaws.com" });

  it.each([
    ["by its key", "share certain", inline(allow("iam:CreateAccessKey")), reader(works).user("ben", reads)],
    [
      "by its password",
      "share certain",
      inline(allow("iam:UpdateLoginProfile")),
      reader(works).user("ben", reads),
    ],
    ["by work that a service does", "share certain", inline(byWork), reader(works)],
    [
      "by changing whom it lets in",
      "administer certain",
      inline(allow("iam:UpdateAssumeRolePolicy")),
      reader(),
    ],
  ])("%s", (_, expected, own, facts) => {
    facts.user("ana", own);
    expect(can(facts, ANA)).toEqual([expected]);
    const shares = expected.startsWith("share");
    expect(modelOf(facts).access(idOf(ANA))).toMatchObject({
      administers: !shares,
      impersonated_count: shares ? 1 : 0,
      perhaps_administers: true,
    });
  });

  it("by joining its group", () => {
    const facts = reader()
      .managed("read", allow(READ))
      .group("readers", ["read"])
      .user("ana", inline(allow("iam:AddUserToGroup")));
    expect(can(facts, ANA)).toEqual(["administer certain"]);
  });

  it("by its credentials is told beside assuming another", () => {
    const facts = reader()
      .user("ben", reads)
      .user("ana", inline(allow(["sts:AssumeRole", "iam:CreateAccessKey"])));
    expect(can(facts, ANA)).toEqual(expect.arrayContaining(["read certain", "share certain"]));
    expect(modelOf(facts).access(idOf(ANA)).impersonated_count).toBe(1);
  });
});
