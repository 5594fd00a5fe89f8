import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { FactSet } from "../../src/facts/index.ts";
import { AwsFacts, READ, SECRET, allow, arn, document, idOf, letIn, modelOf, trusting } from "./aws-facts.ts";

const VENDOR = "999988887777";
const VENDOR_ROOT = `arn:aws:iam::${VENDOR}:root`;
const GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const OTHER = arn.secret("pay/other-A1b2C3");
const readsAll = { inline: { x: document(allow(READ)) } };
const readsNothing = { inline: { x: document(allow("s3:ListAllMyBuckets")) } };

const admits = (facts: AwsFacts, role: string) => modelOf(facts).access(idOf(arn.role(role))).admits;
const waysIn = (facts: AwsFacts) => modelOf(facts).readers(idOf(SECRET)).ways_in;

describe("the role by which strangers come in", () => {
  it("is named at each secret, and has the number of them", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .secret(OTHER)
      .role("vendor", { ...readsAll, trust: trusting({ AWS: VENDOR_ROOT }) })
      .role("app", readsAll);
    expect(waysIn(facts)).toEqual({
      external: { roles: ["vendor"], role_count: 1, strangers: [], stranger_count: 0 },
    });
    expect(admits(facts, "vendor")).toEqual({
      public: 0,
      external: 1,
      possible_public: 0,
      possible_external: 0,
      names: [VENDOR_ROOT],
      unasked: [VENDOR_ROOT],
      unasked_count: 1,
      opened_secret_count: 2,
      opened_itself_count: 2,
      leads_to: [],
      leads_to_count: 0,
      reached_secret_count: 2,
    });
    expect(admits(facts, "app")).toMatchObject({ external: 0, opened_secret_count: 0 });
  });

  it("is each of several that open the same secrets, also where they hold the same policies", () => {
    const facts = new AwsFacts().secret(SECRET);
    for (const name of ["a", "b"]) facts.role(name, { ...readsAll, trust: trusting({ AWS: VENDOR_ROOT }) });
    facts.role("c", {
      inline: { y: document(allow([READ, "s3:ListAllMyBuckets"])) },
      trust: trusting({ AWS: VENDOR_ROOT }),
    });
    expect(waysIn(facts)).toMatchObject({ external: { roles: ["a", "b", "c"], role_count: 3 } });
    for (const name of ["a", "b", "c"]) expect(admits(facts, name)).toMatchObject({ opened_secret_count: 1 });
  });

  describe("is the first of a chain, whose own trust lets them in", () => {
    const chain = (further: ReturnType<typeof trusting>): AwsFacts =>
      new AwsFacts()
        .secret(SECRET)
        .role("door", {
          inline: { x: document(allow("sts:AssumeRole")) },
          trust: trusting({ AWS: VENDOR_ROOT }),
        })
        .role("hall", { inline: { x: document(allow("sts:AssumeRole")) }, trust: further })
        .role("reader", { ...readsAll, trust: trusting({ AWS: arn.role("hall") }) });
    const who = (key: string, value: string) =>
      trusting({ AWS: "*" }, "sts:AssumeRole", { Condition: { StringLike: { [key]: value } } });

    it.each([
      ["by name", trusting({ AWS: arn.role("door") })],
      ["by session", trusting({ AWS: "arn:aws:sts::111122223333:assumed-role/door/s" })],
      ["as any of the account", trusting({ AWS: arn.root() })],
      ["by a condition on its ARN", who("aws:PrincipalArn", arn.role("door"))],
      ["by a condition on its account", who("aws:PrincipalAccount", "111122223333")],
      ["by a condition on its id", who("aws:userid", "AROADOORX:*")],
    ])("where the next lets it in %s", (_, further) => {
      const facts = chain(further);
      expect(waysIn(facts)).toMatchObject({
        external: { roles: ["door"], role_count: 1, stranger_count: 0 },
      });
      expect(admits(facts, "door")).toMatchObject({
        external: 1,
        opened_secret_count: 1,
        leads_to: ["reader"],
        leads_to_count: 1,
      });
      for (const role of ["hall", "reader"])
        expect(admits(facts, role)).toMatchObject({
          external: 0,
          public: 0,
          possible_public: 0,
          opened_secret_count: 0,
        });
    });

    it("and the next, where an id is named that may be a stranger's", () => {
      expect(admits(chain(who("aws:userid", "AROASTRANGE:*")), "hall")).toMatchObject({
        external: 1,
        public: 1,
      });
    });
  });

  it("stands beside strangers who read by themselves", () => {
    const key = arn.key("1a2b");
    const facts = new AwsFacts()
      .secret(SECRET, { key, policy: document(letIn({ AWS: VENDOR_ROOT }, READ)) })
      .key(key, document(letIn({ AWS: [arn.root(), VENDOR_ROOT] }, "kms:*")))
      .role("vendor", {
        inline: { x: document(allow([READ, "kms:Decrypt"])) },
        trust: trusting({ AWS: VENDOR_ROOT }),
      });
    expect(waysIn(facts)).toEqual({
      external: { roles: ["vendor"], role_count: 1, strangers: [VENDOR_ROOT], stranger_count: 1 },
    });
  });

  it("is told with those alone whom it lets in: anyone, or another organisation", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .role("world", { ...readsAll, trust: trusting({ Federated: GITHUB }, "sts:AssumeRoleWithWebIdentity") })
      .role("vendor", { ...readsAll, trust: trusting({ AWS: VENDOR_ROOT }) });
    expect(waysIn(facts)).toMatchObject({
      public: { roles: ["world"], role_count: 1 },
      external: { roles: ["vendor"], role_count: 1 },
    });
  });

  it("has apart what it opens itself and what it leads to", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .secret(OTHER)
      .role("vendor", {
        inline: { x: document(allow(READ, SECRET), allow("sts:AssumeRole", arn.role("world"))) },
        trust: trusting({ AWS: VENDOR_ROOT }),
      })
      .role("world", { inline: { x: document(allow(READ, OTHER)) }, trust: trusting({ AWS: "*" }) });
    expect(admits(facts, "vendor")).toMatchObject({
      opened_secret_count: 2,
      opened_itself_count: 1,
      leads_to: ["world"],
    });
  });

  describe("asks an external id", () => {
    const asking = (...statements: readonly object[]) =>
      new AwsFacts().secret(SECRET).role("vendor", {
        ...readsAll,
        trust: document(
          ...statements.map((Condition) => ({
            Effect: "Allow",
            Principal: { AWS: VENDOR_ROOT },
            Action: "sts:AssumeRole",
            ...(Object.keys(Condition).length === 0 ? {} : { Condition }),
          })),
        ),
      });
    const id = { StringEquals: { "sts:ExternalId": "shop-7" } };
    const office = { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } };

    it.each([
      ["by equality", [id]],
      ["of a beginning, and from a network", [{ StringLike: { "sts:ExternalId": "shop-*" }, ...office }]],
    ])("%s", (_, statements) => {
      expect(admits(asking(...statements), "vendor")).toMatchObject({ external: 1, unasked_count: 0 });
    });

    it.each([
      ["nothing at all", [{}]],
      ["any id", [{ StringLike: { "sts:ExternalId": "*" } }]],
      ["an id where one is sent", [{ StringEqualsIfExists: { "sts:ExternalId": "shop-7" } }]],
      ["another id than one", [{ StringNotEquals: { "sts:ExternalId": "shop-7" } }]],
      ["an id, or a network by another statement", [id, office]],
    ])("no more where the trust policy asks %s", (_, statements) => {
      expect(admits(asking(...statements), "vendor")).toMatchObject({
        external: 1,
        unasked: [VENDOR_ROOT],
        unasked_count: 1,
      });
    });
  });

  it("names the organisation that it asks for, not an account that others name", () => {
    const organization = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abc123defg" } } };
    const facts = new AwsFacts()
      .organization()
      .secret(SECRET)
      .secret(OTHER, { policy: document(letIn({ AWS: VENDOR_ROOT }, READ)) })
      .role("partner", { ...readsAll, trust: trusting({ AWS: "*" }, "sts:AssumeRole", organization) });
    expect(admits(facts, "partner")).toMatchObject({
      external: 1,
      names: ["accounts of organisation o-abc123defg"],
    });
  });

  it("is told of everyone where it reaches nothing, too", () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .role("open", { ...readsNothing, trust: trusting({ AWS: "*" }) });
    expect(waysIn(facts)).toBeUndefined();
    expect(admits(facts, "open")).toMatchObject({
      public: 1,
      opened_secret_count: 0,
      reached_secret_count: 0,
    });
  });

  it("is not sure where the trust policy could not be read", () => {
    const whole = new AwsFacts().secret(SECRET).role("dark", readsAll);
    const trust = `${idOf(arn.role("dark"))}#trust`;
    const { gaps } = new AwsFacts().gap(["policy_document"], trust);
    const kept = [...whole.set().all()].filter(({ id }) => id !== trust);
    const model = computeGrants(new FactSet(kept, gaps), { takenAt: "2026-09-30T06:00:00Z" });
    const found = model.access(idOf(arn.role("dark"))).admits;
    expect(found).toMatchObject({ public: 0, external: 0, opened_secret_count: 0, reached_secret_count: 1 });
    expect(found?.possible_public).toBeGreaterThan(0);
  });
});
