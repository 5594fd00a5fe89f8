import { describe, expect, it } from "vitest";
import type { FactKind } from "../../../src/facts/index.ts";
import { BUCKET, TRAIL } from "./answers-around.ts";
import { ACCOUNT, GOOD, REGION } from "./answers.ts";
import { SOURCE, recordOf, toldBy } from "./records.ts";

const MOUNT = `${ACCOUNT}/${REGION}`;

function told(operation: string, body: Record<string, unknown> = GOOD[operation]!.body) {
  const { facts, gaps } = toldBy(recordOf(operation, { body }));
  expect(gaps).toEqual([]);
  return facts;
}

const kinds = (operation: string, body?: Record<string, unknown>): FactKind[] =>
  told(operation, body).map(({ kind }) => kind);

/** The good answer with one entry of its list changed. */
function changed(operation: string, list: string, own: object): Record<string, unknown> {
  const { body } = GOOD[operation]!;
  const [first] = body[list] as object[];
  return { ...body, [list]: [{ ...first, ...own }] };
}

describe("a trail", () => {
  it("is a sink where it is kept, and reaches the Region that names it", () => {
    const common = { every_region: true, every_account: false };
    expect(told("cloudtrail.trails")).toMatchObject([
      {
        kind: "sink_reach",
        id: `${SOURCE}:${MOUNT}#reach/${TRAIL}`,
        mount: MOUNT,
        sink: `${SOURCE}:${TRAIL}`,
        ...common,
      },
      {
        kind: "sink",
        id: `${SOURCE}:${TRAIL}`,
        sink_type: "cloudtrail",
        destination: BUCKET,
        validation: true,
        ...common,
      },
    ]);
  });

  it.each([
    ["another Region", { HomeRegion: "eu-west-1", TrailARN: TRAIL.replace(REGION, "eu-west-1") }],
    ["another account", { TrailARN: TRAIL.replace(ACCOUNT, "444455556666"), IsOrganizationTrail: true }],
  ])("of %s only reaches here", (_where, own) => {
    expect(kinds("cloudtrail.trails", changed("cloudtrail.trails", "trailList", own))).toEqual([
      "sink_reach",
    ]);
  });

  it("whose ARN and home differ is a gap", () => {
    const body = changed("cloudtrail.trails", "trailList", { HomeRegion: "eu-west-1" });
    expect(toldBy(recordOf("cloudtrail.trails", { body })).gaps).toMatchObject([{ reason: "malformed" }]);
  });

  it("tells whether its files arrive", () => {
    expect(told("cloudtrail.status")).toMatchObject([
      {
        id: `${SOURCE}:${TRAIL}#status`,
        sink: `${SOURCE}:${TRAIL}`,
        logging: true,
        delivery_error: "NoSuchBucket",
      },
    ]);
  });

  it("has its selection told under its own name", () => {
    expect(told("cloudtrail.selectors")).toMatchObject([
      { sink: `${SOURCE}:${TRAIL}`, management_reads: true, excluded_sources: ["kms.amazonaws.com"] },
    ]);
    const body = { ...GOOD["cloudtrail.selectors"]!.body, TrailARN: `${TRAIL}-other` };
    expect(toldBy(recordOf("cloudtrail.selectors", { body })).gaps).toMatchObject([{ reason: "malformed" }]);
  });
});

describe("an event data store", () => {
  it.each([
    ["ENABLED", true],
    ["STOPPED_INGESTION", false],
    ["PENDING_DELETION", false],
  ])("in the state %s takes events: %s", (Status, logging) => {
    const found = told("cloudtrail.data_store", { ...GOOD["cloudtrail.data_store"]!.body, Status });
    expect(found.map(({ kind }) => kind)).toEqual(["sink_reach", "sink", "sink_status", "sink_selection"]);
    expect(found[2]).toMatchObject({ logging });
  });
});

describe("a bucket", () => {
  it.each<[string, string, object]>([
    [
      "s3.policy",
      "NoSuchBucketPolicy",
      { kind: "resource_policy", resource: `${SOURCE}:arn:aws:s3:::${BUCKET}` },
    ],
    [
      "s3.public_access",
      "NoSuchPublicAccessBlockConfiguration",
      {
        kind: "bucket_public_access",
        block_public_acls: false,
        ignore_public_acls: false,
        block_public_policy: false,
        restrict_public_buckets: false,
      },
    ],
    ["s3.encryption", "ServerSideEncryptionConfigurationNotFoundError", { kind: "bucket_encryption" }],
    ["s3.lock", "ObjectLockConfigurationNotFoundError", { kind: "bucket_lock", enabled: false }],
  ])("of which %s answers %s has none", (operation, none, expected) => {
    const [found] = told(operation, { none });
    expect(found).toMatchObject(expected);
    for (const field of ["text", "algorithm", "retention_s"]) expect(found).not.toHaveProperty(field);
  });

  it.each<[object, object]>([
    [{}, { enabled: false, mfa_delete: false }],
    [{ Status: "Suspended" }, { enabled: false }],
    [
      { Status: "Enabled", MFADelete: "Enabled" },
      { enabled: true, mfa_delete: true },
    ],
  ])("with versions %j", (body, expected) => {
    expect(told("s3.versioning", { ...body })).toMatchObject([expected]);
  });

  it.each([
    [{ Mode: "GOVERNANCE", Days: 30 }, 2_592_000],
    [{ Mode: "COMPLIANCE", Years: 7 }, 220_752_000],
  ])("keeps its objects by %j", (DefaultRetention, retention_s) => {
    const lock = { ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention } } };
    expect(told("s3.lock", lock)).toMatchObject([
      { enabled: true, mode: DefaultRetention.Mode, retention_s },
    ]);
  });
});

describe("a way to the store", () => {
  it.each([
    ["Interface", "kms", "kms"],
    ["Interface", "kms-fips", "kms-fips"],
    ["Interface", "ssm", "ssm"],
    ["Interface", "ssmmessages", undefined],
    ["Gateway", "s3", undefined],
  ])("of the type %s for %s is known as %s", (VpcEndpointType, name, service) => {
    const own = { VpcEndpointType, ServiceName: `com.amazonaws.${REGION}.${name}` };
    const found = told("ec2.endpoints", changed("ec2.endpoints", "VpcEndpoints", own));
    expect(found).toMatchObject(
      service === undefined ? [] : [{ service, mount: MOUNT, network: "vpc-0a1b2c3d" }],
    );
  });

  it("that leads to no service may name none", () => {
    const own = { VpcEndpointType: "ServiceNetwork", ServiceName: undefined };
    expect(told("ec2.endpoints", changed("ec2.endpoints", "VpcEndpoints", own))).toEqual([]);
  });

  it("in a network that another account shares is told there", () => {
    const other = changed("ec2.networks", "Vpcs", { OwnerId: "444455556666" });
    expect(told("ec2.networks", other)).toEqual([]);
    expect(told("ec2.networks")).toMatchObject([
      { id: `${SOURCE}:arn:aws:ec2:${REGION}:${ACCOUNT}:vpc/vpc-0a1b2c3d`, default_network: false },
    ]);
  });
});

describe("a certificate", () => {
  const certificate = (own: object) => ({
    Certificate: { ...(GOOD["acm.certificate"]!.body["Certificate"] as object), ...own },
  });

  it.each([
    [{}, { key_bits: 256, renewed_by_store: true, is_ca: false }],
    [{ KeyAlgorithm: "RSA-2048" }, { key_algorithm: "RSA-2048", key_bits: 2048 }],
    [{ KeyAlgorithm: "EC_secp521r1" }, { key_bits: 521 }],
    [{ RenewalEligibility: "INELIGIBLE" }, { renewed_by_store: false }],
    [{ KeyUsages: [{ Name: "CERTIFICATE_SIGNING" }] }, { is_ca: true }],
    [
      { Status: "REVOKED", RevokedAt: "2026-05-01T00:00:00.000Z" },
      { state: "REVOKED", revoked_at: "2026-05-01T00:00:00.000Z" },
    ],
  ])("with %j", (own, expected) => {
    expect(told("acm.certificate", certificate(own))).toMatchObject([expected]);
  });

  it("that was asked for and not issued is none yet; one that was issued has its ends", () => {
    const ends = { NotBefore: undefined, NotAfter: undefined, Serial: undefined };
    expect(told("acm.certificate", certificate({ Status: "PENDING_VALIDATION", ...ends }))).toEqual([]);
    const body = certificate({ Status: "ISSUED", ...ends });
    expect(toldBy(recordOf("acm.certificate", { body })).gaps).toMatchObject([{ reason: "malformed" }]);
  });

  it("is not known to be unused where nothing is said of its use", () => {
    const [found] = told("acm.certificate", certificate({ InUseBy: undefined }));
    expect(found).not.toHaveProperty("used_by");
  });

  it("authority without a policy has one that is known to be none", () => {
    const [found] = told("acm-pca.policy", { none: "ResourceNotFoundException" });
    expect(found).toMatchObject({ kind: "resource_policy" });
    expect(found).not.toHaveProperty("text");
  });

  it("authority that is off issues none", () => {
    const body = changed("acm-pca.authorities", "CertificateAuthorities", { Status: "DISABLED" });
    expect(told("acm-pca.authorities", body)).toMatchObject([
      { usage: [], ocsp_servers: [expect.any(String)] },
    ]);
  });
});

describe("who watches", () => {
  it("is each rule with a pattern, with how many places it tells", () => {
    expect(told("events.targets")).toMatchObject([
      { watch_type: "event_rule", name: "secrets-read", enabled: true, target_count: 1 },
    ]);
    expect(told("events.targets", { Targets: [] })).toMatchObject([{ target_count: 0 }]);
  });

  it("is each alarm of every type, with what it looks at", () => {
    expect(told("cloudwatch.alarms")).toMatchObject([
      {
        name: "secret-reads",
        enabled: true,
        target_count: 1,
        pattern: "CloudTrailMetrics GetSecretValueCount",
      },
      { name: "ratio", enabled: false, target_count: 0, pattern: "m / 2, AWS/KMS Errors" },
      { name: "any", pattern: "ALARM(secret-reads)" },
      { name: "log", pattern: "filter eventSource like /kms/" },
    ]);
  });

  it("is a detector that is on, and Security Hub where it is", () => {
    expect(told("guardduty.detector")).toMatchObject([
      { watch_type: "guardduty", enabled: true, ext: { aws: { features: ["CLOUD_TRAIL"] } } },
    ]);
    expect(told("securityhub.hub")).toMatchObject([{ watch_type: "security_hub", enabled: true }]);
    expect(told("securityhub.hub", { none: "InvalidAccessException" })).toEqual([]);
    expect(told("guardduty.detectors", { DetectorIds: [] })).toEqual([]);
  });
});
