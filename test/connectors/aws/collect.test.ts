import { describe, expect, it } from "vitest";
import { reperform } from "../../../src/collect/index.ts";
import { aws } from "../../../src/connectors/index.ts";
import { FAMILIES, OPERATIONS, YIELDED } from "../../../src/connectors/aws/operations/index.ts";
import { readRecords, type Connector } from "../../../src/facts/index.ts";
import type { AwsAnswer, AwsQuestion } from "../../fakes/aws.ts";
import { ACCOUNT, GOOD, REGION } from "./answers.ts";
import { SOURCE, collecting, estate, gapsOf } from "./collecting.ts";

const MEMBER = "444455556666";
const { collect, seen, asked } = collecting();

const connectors = [aws as Connector<never>];

/** As `estate`, but for what one action answers. */
const but =
  (action: string, answer: (question: AwsQuestion) => AwsAnswer) =>
  (question: AwsQuestion): AwsAnswer =>
    question.action === action ? answer(question) : estate(question);

describe("an account", () => {
  it("is read whole: every operation but those of other accounts, without a gap, and the same again offline", async () => {
    const done = await collect(estate);
    expect(done.errors).toEqual([]);
    expect(done.facts.gaps).toEqual([]);
    const [source] = done.manifest.sources;
    expect(source).toMatchObject({
      status: "complete",
      caller: `arn:aws:sts::${ACCOUNT}:assumed-role/countersign/countersign`,
    });
    const actions = new Set(seen().map(({ service, action }) => `${service} ${action}`));
    for (const { service, action } of OPERATIONS.values()) expect(actions).toContain(`${service} ${action}`);
    expect((await reperform(done.directory, connectors)).revised).toEqual([]);
  });

  it("is asked in each enabled Region, and only there", async () => {
    await collect(estate);
    expect(new Set(asked("ListSecrets").map(({ region }) => region))).toEqual(new Set([REGION]));
  });

  it("whose access keys are listed keeps their ids, and finds none pasted", async () => {
    const { facts } = await collect(estate);
    expect(facts.of("access_key")).toMatchObject([{ access_key_id: "AKIAIOSFODNN7EXAMPLE" }]);
    expect(facts.of("pasted_credential")).toEqual([]);
  });

  it("whose parameters say what their values look like keeps nothing of that, and the same again offline", async () => {
    const pattern = "^(sommer|winter)$";
    const patterned = but("DescribeParameters", () => {
      const { Parameters } = GOOD["ssm.parameters"]!.body as { Parameters: object[] };
      return { output: { Parameters: Parameters.map((one) => ({ ...one, AllowedPattern: pattern })) } };
    });
    const { directory, facts, manifest } = await collect(patterned);
    expect(facts.gaps).toEqual([]);
    const records = await readRecords(directory, manifest);
    const kept = records.filter(({ operation }) => operation === "ssm.parameters");
    expect(kept.map(({ redactions }) => redactions.length)).toEqual([2]);
    expect(JSON.stringify(records)).not.toContain("sommer");
    expect((await reperform(directory, connectors)).revised).toEqual([]);
  });

  it("of which the settings leave a Region and a service out has one gap for the Region, and one for each listing of the service", async () => {
    const { facts, manifest } = await collect(estate, { regions: ["eu-west-1"], exclude: ["iam"] });
    const roots = new Set(FAMILIES.flatMap((family) => family.roots));
    const lists = [...OPERATIONS.values()].filter(({ id, scope }) => scope === "regional" && roots.has(id));
    for (const { id } of lists) {
      expect(
        gapsOf({ facts }, id)
          .map(({ reason, scope }) => [reason, scope])
          .sort(),
      ).toEqual([
        // It is named, and the account has not enabled it.
        ["unsupported", `${SOURCE}/${ACCOUNT}/eu-west-1`],
      ]);
    }
    const [region, ...more] = gapsOf({ facts }, "ec2.regions");
    expect(more).toEqual([]);
    expect(region).toMatchObject({
      reason: "excluded",
      scope: `${SOURCE}/${ACCOUNT}/${REGION}`,
      detail: "left out by `regions` in countersign.yaml",
    });
    expect(region).not.toHaveProperty("resource");
    const kinds = new Set([...lists.flatMap(({ hides }) => hides), "store"]);
    expect(new Set(region?.hides)).toEqual(kinds);
    // It tells of its own Region alone.
    const [source] = manifest.sources;
    expect(source?.scopes.find(({ scope }) => scope === SOURCE)?.status).toBe("complete");
    expect(gapsOf({ facts }, "iam.authorization")).toMatchObject([{ reason: "excluded" }]);
    expect(asked("ListSecrets")).toEqual([]);
    expect(asked("GetAccountAuthorizationDetails")).toEqual([]);
  });

  it("of another partition than the settings say is one gap over everything", async () => {
    const { facts } = await collect(estate, { partition: "aws-cn" });
    expect(facts.gaps).toMatchObject([{ reason: "unsupported", resource: `${SOURCE}:`, hides: YIELDED }]);
    expect(seen()).toHaveLength(1);
  });

  it("that does not know us is one gap over everything", async () => {
    const { facts } = await collect(
      but("GetCallerIdentity", () => ({ error: "InvalidClientTokenId", status: 403 })),
    );
    expect(facts.gaps).toHaveLength(1);
    expect(facts.gaps).toMatchObject([{ reason: "denied", resource: `${SOURCE}:` }]);
    expect(seen()).toHaveLength(1);
  });
});

describe("what is refused", () => {
  it.each(
    [...OPERATIONS.values()]
      .filter(({ id }) => id !== "sts.caller" && id !== "sts.member")
      .map(({ id }) => id),
  )("of %s is a gap that names the permission and hides what it tells", async (id) => {
    const { service, action, hides, needs } = OPERATIONS.get(id)!;
    const { facts, errors } = await collect((question) =>
      question.service === service && question.action === action
        ? { error: "AccessDeniedException", status: 403, message: "no policy allows it" }
        : estate(question),
    );
    expect(errors).toEqual([]);
    const gaps = gapsOf({ facts }, id);
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps[0]).toMatchObject({ reason: "denied", hides: [...hides].sort() });
    expect(gaps[0]?.fix).toContain(needs[0]);
    expect(gaps[0]?.record).toMatch(/^[0-9a-f]{64}$/);
  });

  it("in one Region hides that Region alone", async () => {
    const two = but("DescribeRegions", () => ({
      output: {
        Regions: [REGION, "eu-west-1"].map((RegionName) => ({
          RegionName,
          OptInStatus: "opt-in-not-required",
        })),
      },
    }));
    const { facts } = await collect((question) =>
      question.region === "eu-west-1" && question.service !== "sts"
        ? { error: "AccessDeniedException", status: 400, message: "denied by an organisation's policy" }
        : two(question),
    );
    expect(new Set(facts.gaps.map(({ scope }) => scope))).toEqual(
      new Set([`${SOURCE}/${ACCOUNT}/eu-west-1`]),
    );
    expect(gapsOf({ facts }, "secretsmanager.secrets")).toMatchObject([
      { resource: `${SOURCE}:arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:` },
    ]);
    expect(facts.of("secret").length).toBeGreaterThan(0);
  });

  it("of the Regions' names that has none of the settings' is a gap for each listing there, with the one meant", async () => {
    const { facts } = await collect(estate, { regions: ["ue-central-1", REGION] });
    const there = facts.gaps.filter(({ scope }) => scope === `${SOURCE}/${ACCOUNT}/ue-central-1`);
    expect(there.map(({ operation }) => operation)).toContain("secretsmanager.secrets");
    for (const gap of there) {
      expect(gap).toMatchObject({
        reason: "unsupported",
        detail: "the settings name the Region ue-central-1, and AWS names none of this name to the account",
        fix: expect.stringMatching(/^Did you mean eu-central-1\?/) as string,
      });
    }
  });

  it("of the Regions' names hides what is in them, whichever they are", async () => {
    const { facts } = await collect(
      but("DescribeRegions", () => ({ error: "UnauthorizedOperation", status: 403 })),
    );
    expect(gapsOf({ facts }, "secretsmanager.secrets")).toMatchObject([
      { reason: "denied", resource: `${SOURCE}:arn:aws:secretsmanager:` },
    ]);
    expect(asked("ListSecrets")).toEqual([]);
    const named = await collect(
      but("DescribeRegions", () => ({ error: "UnauthorizedOperation", status: 403 })),
      {
        regions: [REGION],
      },
    );
    const [stores, others] = gapsOf(named, "ec2.regions");
    expect(stores).toMatchObject({ hides: ["store"] });
    // There may be secrets in Regions that nobody told of.
    expect(others?.hides).toEqual(expect.arrayContaining(["certificate", "key", "secret", "sink"]));
    expect(named.facts.of("secret").length).toBeGreaterThan(0);
  });
});

describe("an organisation", () => {
  const ROLE_KEY = `ASIA${MEMBER}ABCD`;
  const handedOut = (id: string): AwsAnswer => ({
    output: {
      Credentials: {
        AccessKeyId: id,
        SecretAccessKey: "s",
        SessionToken: "t",
        Expiration: "2030-01-01T00:00:00.000Z",
      },
    },
  });
  /** The member account has its own ARNs; what it holds is not looked at here. */
  const inMember = (question: AwsQuestion): AwsAnswer => {
    if (question.action === "AssumeRole") return handedOut(ROLE_KEY);
    if (question.accessKeyId !== ROLE_KEY) return estate(question);
    if (question.action === "GetCallerIdentity") {
      return {
        output: { Account: MEMBER, Arn: `arn:aws:sts::${MEMBER}:assumed-role/countersign/countersign` },
      };
    }
    return question.action === "DescribeRegions" ? estate(question) : { error: "AccessDenied", status: 403 };
  };
  const accounts = { role_name: "countersign", external_id: "env:EXTERNAL" };

  it("is read account by account, each by its role", async () => {
    const done = await collect(inMember, { accounts });
    expect(asked("AssumeRole").map(({ input }) => [input["RoleArn"], input["ExternalId"]])).toEqual([
      [`arn:aws:iam::${MEMBER}:role/countersign`, "shared-by-two"],
    ]);
    expect(done.facts.of("account").map(({ id }) => id)).toEqual([
      `${SOURCE}:${ACCOUNT}#caller`,
      `${SOURCE}:${MEMBER}`,
      `${SOURCE}:${MEMBER}#caller`,
    ]);
    expect(done.facts.of("store").map(({ id }) => id)).toEqual([
      `${SOURCE}:${ACCOUNT}/${REGION}`,
      `${SOURCE}:${MEMBER}/${REGION}`,
    ]);
    // Only the own account is asked about the organisation.
    expect(asked("DescribeOrganization")).toHaveLength(1);
    await reperform(done.directory, connectors);
  });

  it("with an account that cannot be reached hides that account alone, in every Region of the partition", async () => {
    const done = await collect(
      (question) =>
        question.action === "AssumeRole" ? { error: "AccessDenied", status: 403 } : inMember(question),
      { accounts },
    );
    expect(gapsOf(done, "sts.member")).toMatchObject([{ reason: "denied", hides: ["account"] }]);
    expect(gapsOf(done, "sts.member")[0]?.fix).toContain("sts:AssumeRole");
    expect(
      gapsOf(done, "secretsmanager.secrets")
        .map(({ resource }) => resource)
        .sort(),
    ).toEqual(
      ["af-south-1", REGION].map((region) => `${SOURCE}:arn:aws:secretsmanager:${region}:${MEMBER}:secret:`),
    );
    expect(gapsOf(done, "iam.authorization")).toMatchObject([
      { resource: `${SOURCE}:arn:aws:iam::${MEMBER}:` },
    ]);
    expect(gapsOf(done, "ec2.regions")).toMatchObject([
      { resource: `${SOURCE}:${MEMBER}/`, hides: ["store"] },
    ]);
    expect(done.facts.of("secret").length).toBeGreaterThan(0);
    await reperform(done.directory, connectors);
  });

  it.each([
    [{ exclude: [MEMBER] }, "excluded"],
    [{ include: [ACCOUNT] }, "excluded"],
  ])(
    "from which the settings leave an account out (%j) does not enter it, and says so",
    async (which, reason) => {
      const done = await collect(inMember, { accounts: { ...accounts, ...which } });
      expect(asked("AssumeRole")).toEqual([]);
      expect(gapsOf(done, "iam.authorization")).toMatchObject([{ reason }]);
    },
  );

  it("with an account that cannot be reached says of the Regions that the settings leave out that they are", async () => {
    const done = await collect(
      (question) =>
        question.action === "AssumeRole" ? { error: "AccessDenied", status: 403 } : inMember(question),
      { accounts, regions: [REGION] },
    );
    const left = done.facts.gaps.filter(({ reason }) => reason === "excluded");
    expect(left.map(({ scope }) => scope)).toEqual([`${SOURCE}/${MEMBER}/af-south-1`]);
  });

  it("with a suspended account does not enter it, and says so", async () => {
    const suspended = { output: { Accounts: [{ Id: MEMBER, Name: "old", Status: "SUSPENDED" }] } };
    const done = await collect(
      but("ListAccountsForParent", () => suspended),
      { accounts },
    );
    expect(asked("AssumeRole")).toEqual([]);
    expect(gapsOf(done, "iam.authorization")).toMatchObject([{ reason: "unsupported" }]);
  });

  it.each(["DescribeOrganization", "ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"])(
    "whose accounts %s does not tell is a gap over everything",
    async (action) => {
      const done = await collect(
        but(action, () => ({ error: "AccessDeniedException" })),
        { accounts },
      );
      expect(done.facts.gaps).toContainEqual(
        expect.objectContaining({ resource: `${SOURCE}:`, hides: [...YIELDED].sort(), reason: "denied" }),
      );
    },
  );

  it("that does not exist is no gap, unless its accounts are wanted", async () => {
    const none = but("DescribeOrganization", () => ({ error: "AWSOrganizationsNotInUseException" }));
    expect((await collect(none)).facts.gaps).toEqual([]);
    const wanted = await collect(none, { accounts });
    expect(wanted.facts.gaps).toMatchObject([{ resource: `${SOURCE}:`, reason: "unsupported" }]);
  });
});
