import { describe, expect, it } from "vitest";
import { BUCKET_KINDS } from "../../../src/connectors/aws/operations/s3.ts";
import { loadSdk } from "../../../src/connectors/aws/services.ts";
import { EXCLUDABLE } from "../../../src/connectors/aws/settings.ts";
import type { AwsAnswer, AwsQuestion } from "../../fakes/aws.ts";
import { BUCKET, TRAIL } from "./answers-around.ts";
import { ACCOUNT, GOOD, REGION } from "./answers.ts";
import { SOURCE, collecting, estate, gapsOf } from "./collecting.ts";

const { collect, asked } = collecting();

const OTHER = "eu-west-1";

/** Two Regions, in which the one trail is kept as given. */
const twoRegions =
  (own: object) =>
  (question: AwsQuestion): AwsAnswer => {
    const [trail] = GOOD["cloudtrail.trails"]!.body["trailList"] as object[];
    if (question.action === "DescribeTrails") return { output: { trailList: [{ ...trail, ...own }] } };
    if (question.action === "ListEventDataStores") return { output: { EventDataStores: [] } };
    if (question.action === "GetEventSelectors") {
      return { output: { ...GOOD["cloudtrail.selectors"]!.body, TrailARN: question.input["TrailName"] } };
    }
    if (question.action !== "DescribeRegions") return estate(question);
    const Regions = [REGION, OTHER].map((RegionName) => ({ RegionName, OptInStatus: "opted-in" }));
    return { output: { Regions } };
  };

/** What is the same in both Regions here would be two answers about one thing. */
const exclude = EXCLUDABLE.filter((service) => service !== "cloudtrail" && service !== "s3");

const OF_ORGANISATION = { TrailARN: TRAIL.replace(ACCOUNT, "999988887777"), IsOrganizationTrail: true };
const sinkGaps = (facts: Awaited<ReturnType<typeof collect>>["facts"], arn: string) =>
  facts.gaps.filter(({ resource }) => resource === `${SOURCE}:${arn}`);

describe("a trail that two Regions name", () => {
  it("is asked where it is kept, with its bucket, and reaches both", async () => {
    const { facts } = await collect(twoRegions({}), { exclude });
    expect(facts.gaps.filter(({ operation }) => /^(cloudtrail|s3)\./.test(operation))).toEqual([]);
    expect(facts.of("sink_reach").map(({ mount }) => mount)).toEqual([
      `${ACCOUNT}/${REGION}`,
      `${ACCOUNT}/${OTHER}`,
    ]);
    expect(facts.of("sink").filter(({ sink_type }) => sink_type === "cloudtrail")).toHaveLength(1);
    expect(asked("GetTrailStatus").map(({ region }) => region)).toEqual([REGION]);
    expect(asked("GetBucketPolicy").map(({ input }) => input["path"])).toEqual([`/${BUCKET}/`]);
  });

  it("and that is kept in an account that is not read is asked once, and how it is set up is one gap", async () => {
    const { facts } = await collect(twoRegions(OF_ORGANISATION), { exclude });
    expect(asked("GetTrailStatus").map(({ input }) => input["Name"])).toEqual([OF_ORGANISATION.TrailARN]);
    expect(asked("GetBucketPolicy")).toEqual([]);
    expect(facts.of("sink_status").map(({ sink }) => sink)).toContain(
      `${SOURCE}:${OF_ORGANISATION.TrailARN}`,
    );
    expect(sinkGaps(facts, OF_ORGANISATION.TrailARN)).toMatchObject([
      { reason: "limit", scope: `${SOURCE}/${ACCOUNT}`, hides: ["sink", ...BUCKET_KINDS] },
    ]);
  });

  it("and that is kept in a Region that the settings leave out is asked from the other", async () => {
    const { facts } = await collect(twoRegions({}), { regions: [OTHER], exclude });
    expect(asked("GetTrailStatus").map(({ region }) => region)).toEqual([OTHER]);
    expect(sinkGaps(facts, TRAIL)).toHaveLength(1);
  });
});

describe("a trail's bucket", () => {
  const refusing = (answer: AwsAnswer) => (question: AwsQuestion) =>
    question.service === "s3" ? answer : estate(question);

  it("of another account is a gap for each of its kinds", async () => {
    const { facts } = await collect(refusing({ error: "AccessDenied", status: 403 }));
    const gaps = facts.gaps.filter(({ resource }) => resource === `${SOURCE}:arn:aws:s3:::${BUCKET}`);
    expect(gaps.flatMap(({ hides }) => hides).sort()).toEqual([
      "bucket_encryption",
      "bucket_lock",
      "bucket_public_access",
      "bucket_versioning",
      "resource_policy",
    ]);
    for (const { reason, fix } of gaps) {
      expect(reason).toBe("denied");
      expect(fix).toContain("s3:Get");
    }
  });

  it("of another account that the settings name is asked there", async () => {
    const owner = "999988887777";
    const accounts = { role_name: "countersign", log_buckets: [{ bucket: BUCKET, account: owner }] };
    const byOwner = (question: AwsQuestion): AwsAnswer => {
      if (question.action === "AssumeRole") {
        const Credentials = { AccessKeyId: `ASIA${owner}ABCD`, SecretAccessKey: "s", SessionToken: "t" };
        return { output: { Credentials } };
      }
      const asOwner = question.accessKeyId.includes(owner);
      return question.service === "s3" && !asOwner
        ? { error: "AccessDenied", status: 403 }
        : estate(question);
    };
    const { facts } = await collect(byOwner, { accounts });
    // Of an account with a trail, whatever it holds, the block of the whole account is asked where the bucket is.
    expect(facts.of("account_public_access").map(({ scope }) => scope)).toEqual([`${SOURCE}/${owner}`]);
    expect(facts.gaps.filter(({ operation }) => operation.startsWith("s3."))).toEqual([]);
    expect(facts.of("bucket_lock")).toMatchObject([{ scope: `${SOURCE}/${owner}`, enabled: true }]);
    const left = await collect(byOwner, { accounts: { ...accounts, exclude: [owner] } });
    const gaps = left.facts.gaps.filter(({ resource }) => resource === `${SOURCE}:arn:aws:s3:::${BUCKET}`);
    expect(gaps).toMatchObject([{ reason: "limit", hides: [...BUCKET_KINDS] }]);
    expect(gaps[0]?.fix).toContain(owner);
  });

  it.each(["AccessDenied", "MethodNotAllowed"])(
    "that answers %s says that it may be another account's",
    async (error) => {
      const done = await collect(refusing({ error, status: error === "AccessDenied" ? 403 : 405 }));
      expect(gapsOf(done, "s3.policy")).toMatchObject([{ reason: "denied" }]);
      expect(gapsOf(done, "s3.policy")[0]?.fix).toContain("log_buckets");
    },
  );

  it("that is gone is a gap, not a bucket without settings", async () => {
    const done = await collect(refusing({ error: "NoSuchBucket", status: 404 }));
    expect(gapsOf(done, "s3.versioning")).toMatchObject([{ reason: "unsupported" }]);
    expect(done.facts.of("bucket_versioning")).toEqual([]);
  });

  it("in another Region is read there, where S3 redirects to", async () => {
    const moved: AwsAnswer = {
      text: "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>",
      status: 301,
      headers: { "content-type": "application/xml", "x-amz-bucket-region": OTHER },
    };
    const { facts } = await collect((question) =>
      question.service === "s3" && question.region !== OTHER ? moved : estate(question),
    );
    expect(facts.gaps).toEqual([]);
    expect(facts.of("bucket_lock")).toMatchObject([{ enabled: true }]);
    expect(asked("GetBucketPolicy").map(({ region }) => region)).toContain(OTHER);
  });

  it("is left out with a gap where S3 is excluded", async () => {
    const { facts } = await collect(estate, { exclude: ["s3"] });
    expect(asked("GetBucketPolicy")).toEqual([]);
    expect(asked("GetPublicAccessBlock")).toEqual([]);
    expect(facts.gaps).toHaveLength(6);
    expect(facts.gaps[0]).toMatchObject({ reason: "excluded", resource: `${SOURCE}:arn:aws:s3:::${BUCKET}` });
  });
});

describe("a service's own address", () => {
  it.each(["acm-pca", "s3", "s3-control", "kms"] as const)(
    "of %s is not taken from an endpoint that strays in",
    async (service) => {
      const sdk = await loadSdk(service);
      const { config } = sdk.client({ region: REGION });
      const found = config.endpointProvider?.(
        { Endpoint: "http://stray.example.com", Region: REGION, UseFIPS: false },
        {},
      );
      expect(JSON.stringify(found)).not.toContain("stray");
      expect(JSON.stringify(found)).toContain("amazonaws.com");
    },
  );
});
