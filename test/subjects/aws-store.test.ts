import { describe, expect, it } from "vitest";
import { compileSchema } from "../../src/facts/index.ts";
import { subjectSchema } from "../../src/subjects/index.ts";
import { daysAgo } from "./facts.ts";
import {
  ACCOUNT,
  MOUNT,
  REGION,
  SCOPE,
  SOURCE,
  STORE_ID,
  arn,
  fact,
  gap,
  hiddenIn,
  parameter,
  region,
  secret,
  subject,
  subjectsOf,
} from "./aws-facts.ts";

const TRAIL = arn("cloudtrail", "trail/all");
const SINK = `${SOURCE}:${TRAIL}`;

const reach = (own: object = {}) =>
  fact("sink_reach", `${MOUNT}#reach/${TRAIL}`, { mount: MOUNT, name: "all", sink: SINK, ...own });
const trail = (own: object = {}) =>
  fact("sink", TRAIL, {
    path: "all",
    sink_type: "cloudtrail",
    destination: "shop-audit-logs",
    every_region: true,
    options: {},
    ...own,
  });
const status = (own: object = {}) =>
  fact("sink_status", `${TRAIL}#status`, { sink: SINK, logging: true, ...own });
const selection = (own: object = {}) =>
  fact("sink_selection", `${TRAIL}#selection`, {
    sink: SINK,
    management_reads: true,
    management_writes: true,
    excluded_sources: [],
    narrowed: false,
    ...own,
  });

const stores = (facts: Parameters<typeof subjectsOf>[0], gaps: Parameters<typeof gap>[1][] = []) =>
  subjectsOf(facts, { gaps: gaps.map((own) => gap(["store"], own)) })
    .filter(({ kind }) => kind === "store")
    .map(({ id }) => id);

describe("what belongs to a whole account", () => {
  const role = `${SOURCE}:arn:aws:iam::${ACCOUNT}:role/deploy`;
  const pasted = fact(
    "pasted_credential",
    "pasted-credential/1",
    { resource: role, operation: "iam.authorization", pointer: "/RoleDetailList/0", rule: "aws-key" },
    `${SOURCE}/${ACCOUNT}`,
  );

  it("is told with a Region that was read, not with the first, which the settings leave out", () => {
    const facts = [region(ACCOUNT, "af-south-1"), region(), secret(), pasted];
    const told = subjectsOf(facts).flatMap((one) =>
      one.kind === "store" && one.pasted_credential_count > 0 ? [one] : [],
    );
    expect(told.map(({ id }) => id)).toEqual([STORE_ID]);
    expect(told[0]?.pasted_credentials).toMatchObject([{ resource: role }]);
  });
});

describe("a cloud's source", () => {
  it("is as many stores as it reads accounts' Regions", () => {
    expect(stores([region(), region(ACCOUNT, "eu-west-1"), secret()])).toEqual([
      STORE_ID,
      `${SOURCE}:${ACCOUNT}/eu-west-1`,
    ]);
  });

  it("is one store, unread, where nobody could say which there are", () => {
    expect(stores([secret()], [{ scope: SOURCE }])).toEqual([SOURCE]);
    expect(stores([], [{ scope: SOURCE }])).toEqual([SOURCE]);
  });

  it("has an account whose Regions could not be read as a store, unread", () => {
    const scope = `${SOURCE}/444455556666`;
    expect(stores([region()], [{ scope }])).toEqual([STORE_ID, `${SOURCE}:444455556666`]);
    expect(stores([region()], [{ scope: `${SOURCE}/${ACCOUNT}`, reason: "limit" }])).toEqual([STORE_ID]);
  });

  it("counts in each store what is in it, and hides there what hides all around it", () => {
    const other = `${SOURCE}/${ACCOUNT}/eu-west-1`;
    const there = fact("secret", "there", { mount: "m", name: "there", secret_type: "aws_secret" }, other);
    const facts = [region(), region(ACCOUNT, "eu-west-1"), secret(), there, ...parameter("/a", {})];
    const gaps = [
      gap(["network"], { scope: other }),
      gap(["watch"], { scope: `${SOURCE}/${ACCOUNT}` }),
      gap(["secret_metadata"], { resource: `${SOURCE}:x` }),
    ];
    const here = subject("store", facts, { id: STORE_ID, gaps });
    expect(here).toMatchObject({
      secret_count: 2,
      account: ACCOUNT,
      region: REGION,
      traits: ["in_cloud"],
      store_id: SOURCE,
    });
    expect(here.services).toEqual(["secretsmanager", "ssm"]);
    expect(hiddenIn(here)).toEqual(["pasted_credential", "secret_metadata", "watch"]);
    const elsewhere = subject("store", facts, { id: `${SOURCE}:${ACCOUNT}/eu-west-1`, gaps });
    expect(elsewhere.secret_count).toBe(1);
    expect(hiddenIn(elsewhere)).toEqual(["network", "pasted_credential", "watch"]);
  });

  it("tells once of a credential that stands in what belongs to a whole account", () => {
    const pasted = (name: string, scope: string) =>
      fact(
        "pasted_credential",
        name,
        { resource: name, operation: "test", pointer: "/a", rule: "aws" },
        scope,
      );
    const facts = [region(), region(ACCOUNT, "eu-west-1"), region("444455556666")];
    const iam = [pasted("a", `${SOURCE}/${ACCOUNT}`), pasted("b", SOURCE), pasted("c", SCOPE)];
    const counts = subjectsOf([...facts, ...iam]).flatMap((one) =>
      one.kind === "store" ? [one.pasted_credential_count] : [],
    );
    expect(counts).toEqual([3, 0, 0]);
  });

  it("tells once of a credential that a listing and the thing's own answer tell of", () => {
    const at = (operation: string, pointer: string, more: { resource?: string; rule?: string } = {}) =>
      fact("pasted_credential", JSON.stringify([operation, pointer, more]), {
        resource: "one",
        rule: "aws",
        ...more,
        operation,
        pointer,
      });
    const [list, own] = ["secretsmanager.secrets", "secretsmanager.secret"];
    const { pasted_credential_count: count, pasted_credentials: places } = subject("store", [
      region(),
      at(list, "/SecretList/3/Tags/0/Value"),
      at(list, "/SecretList/3/Description"),
      at(own, "/Tags/0/Value"),
      at(own, "/Description"),
      // Places of their own: another tag, another thing, another rule, and one that the same answer tells.
      at(list, "/SecretList/3/Tags/1/Value"),
      at(list, "/SecretList/4/Description", { resource: "two" }),
      at(list, "/SecretList/3/Description", { rule: "github" }),
      at(own, "/Parts/0/Description"),
    ]);
    expect(count).toBe(6);
    expect(places.map(({ operation, pointer }) => [operation, pointer])).toContainEqual([
      own,
      "/Tags/0/Value",
    ]);
    expect(places.map(({ pointer }) => pointer)).not.toContain("/SecretList/3/Tags/0/Value");
  });
});

describe("the sinks of a Region's calls", () => {
  it("count where they are on, wherever they are kept", () => {
    const facts = [
      region(),
      reach(),
      trail(),
      status(),
      selection({ excluded_sources: ["kms.amazonaws.com"] }),
    ];
    expect(subject("store", facts)).toMatchObject({
      sink_count: 1,
      sinks: [
        {
          path: "all",
          sink_type: "cloudtrail",
          logging: true,
          management_reads: true,
          excluded_sources: ["kms.amazonaws.com"],
          narrowed: false,
        },
      ],
    });
  });

  it("do not where they are off, or nobody knows", () => {
    expect(subject("store", [region(), reach(), trail(), status({ logging: false })]).sink_count).toBe(0);
    const unknown = subject("store", [region(), reach()]);
    expect(unknown).toMatchObject({ sink_count: 0, sinks: [{ path: "all", sink_type: "kept elsewhere" }] });
    expect(subject("store", [region(), trail(), status()])).toMatchObject({ sink_count: 0, sinks: [] });
  });

  it("are hidden with what could not be read of them, wherever that is", () => {
    const gaps = [gap(["sink_status"], { scope: `${SOURCE}/999900001111/us-east-1`, resource: SINK })];
    const facts = [region(), region("999900001111", "us-east-1"), region(ACCOUNT, "eu-west-1"), reach()];
    expect(hiddenIn(subject("store", facts, { gaps, id: STORE_ID }))).toContain("sink_status");
    expect(hiddenIn(subject("store", facts, { gaps, id: `${SOURCE}:${ACCOUNT}/eu-west-1` }))).toEqual([]);
  });
});

describe("networks of a Region", () => {
  const network = (name: string, default_network = false) =>
    fact("network", arn("ec2", `vpc/${name}`), { mount: MOUNT, name, default_network, labels: {} });
  const endpoint = (name: string, own: object = {}) =>
    fact("network_endpoint", arn("ec2", `vpc-endpoint/${name}`), {
      mount: MOUNT,
      name,
      network: "vpc-1",
      service: "secretsmanager",
      endpoint_type: "Interface",
      state: "available",
      ...own,
    });

  it("have the services that an endpoint in use leads to", () => {
    const made = subject("store", [
      region(),
      network("vpc-1"),
      network("vpc-2"),
      network("vpc-0", true),
      endpoint("vpce-1", {
        policy_text: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
      }),
      endpoint("vpce-2", {
        service: "com.amazonaws.eu-central-1.ssm",
        network: `${SOURCE}:${arn("ec2", "vpc/vpc-1")}`,
      }),
      endpoint("vpce-3", { network: "vpc-2", state: "pending" }),
      endpoint("vpce-4", { service: "s3" }),
    ]);
    expect(made).toMatchObject({
      network_count: 2,
      networks: [
        { network: "vpc-1", services: ["secretsmanager", "ssm"] },
        { network: "vpc-2", services: [] },
      ],
      network_endpoint_count: 3,
    });
    expect(made.network_endpoints).toEqual([
      { endpoint: "vpce-1", service: "secretsmanager", policy: "open" },
      { endpoint: "vpce-2", service: "ssm" },
      { endpoint: "vpce-3", service: "secretsmanager" },
    ]);
  });

  it("beyond what a document holds are hidden, and the document fits its schema", () => {
    const many = Array.from({ length: 200 }, (_, place) => network(`vpc-${1000 + place}`));
    const made = subject("store", [region(), ...many]);
    expect(made.network_count).toBe(200);
    expect(made.networks).toHaveLength(64);
    expect(made.gaps).toMatchObject([{ fact_kind: "network", reason: "limit" }]);
    const schema = compileSchema(subjectSchema("store"));
    expect(schema.fits(made), schema.complaint()).toBe(true);
  });
});

describe("who watches a Region", () => {
  const watch = (name: string, own: object) =>
    fact("watch", `watch/${name}`, { mount: MOUNT, name, watch_type: "alarm", enabled: true, ...own });

  it("are detectors that are on, and what tells somebody of the store's calls", () => {
    const made = subject("store", [
      region(),
      watch("detector", { watch_type: "guardduty" }),
      watch("hub", { watch_type: "security_hub", enabled: false }),
      watch("reads", {
        watch_type: "event_rule",
        pattern: '{"source":["aws.secretsmanager"]}',
        target_count: 1,
      }),
      watch("nobody", {
        watch_type: "event_rule",
        pattern: '{"source":["aws.secretsmanager"]}',
        target_count: 0,
      }),
      watch("cpu", { pattern: "AWS/EC2 CPUUtilization", target_count: 1 }),
      watch("own", { pattern: "Shop/Logs Denied", target_count: 1 }),
      watch("rule", { watch_type: "event_rule", pattern: '{"source":["aws.kms"]}' }),
    ]);
    expect(made.watches).toEqual({
      active_count: 2,
      active: ["event_rule reads", "guardduty detector"],
      unclear_count: 2,
    });
  });
});

describe("a trail", () => {
  const BUCKET = "arn:aws:s3:::shop-audit-logs";
  const bucket = (kind: Parameters<typeof fact>[0], own: object) =>
    fact(kind, `${BUCKET}#${kind}`, { bucket: `${SOURCE}:${BUCKET}`, ...own } as never);

  it("is told of with its state, what it takes and the bucket that it writes to", () => {
    const made = subject("sink", [
      region(),
      trail({ validation: true, every_region: true, every_account: false, encryption_key: "alias/logs" }),
      status({ delivered_at: daysAgo(0), digest_delivered_at: daysAgo(1), delivery_error: "" }),
      selection({ management_reads: false }),
      bucket("bucket_public_access", {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: false,
      }),
      ofAccount(false),
      bucket("bucket_versioning", { enabled: true, mfa_delete: false }),
      bucket("bucket_encryption", { algorithm: "aws:kms", key_id: "alias/logs" }),
      bucket("bucket_lock", { enabled: true, mode: "COMPLIANCE", retention_s: 31_536_000 }),
      fact("resource_policy", `${BUCKET}#policy`, { resource: `${SOURCE}:${BUCKET}` }),
    ]);
    expect(made).toMatchObject({
      traits: ["in_bucket", "in_cloud"],
      logging: true,
      management_reads: false,
      validation: true,
      delivered_age_days: 0,
      digest_delivered_age_days: 1,
      bucket: {
        name: "shop-audit-logs",
        ignore_public_acls: true,
        restrict_public_buckets: false,
        policy: "closed",
        versioning: true,
        mfa_delete: false,
        encryption_key: "alias/logs",
        locked: true,
        retention_days: 365,
      },
    });
    expect(made).not.toHaveProperty("delivery_error");
    expect(made.records).toHaveLength(9);
  });

  const blocks = (restrict: boolean) => ({
    block_public_acls: restrict,
    ignore_public_acls: restrict,
    block_public_policy: restrict,
    restrict_public_buckets: restrict,
  });
  const policy = fact("resource_policy", `${BUCKET}#policy`, { resource: `${SOURCE}:${BUCKET}` });
  const ofAccount = (restrict: boolean, own: object = {}) =>
    fact("account_public_access", `${ACCOUNT}#public-access`, { ...blocks(restrict), ...own });

  it.each<[what: string, bucket: boolean, account: boolean | undefined, expected: boolean | undefined]>([
    ["blocks what its whole account does", false, true, true],
    ["blocks what it does, whatever its account does", true, undefined, true],
    ["does not block what neither does", false, false, false],
    ["is not known to block nothing where its account was not read", false, undefined, undefined],
  ])("into a bucket that %s", (_what, ofBucket, account, expected) => {
    const facts = [region(), trail(), bucket("bucket_public_access", blocks(ofBucket)), policy];
    const { bucket: shown } = subject("sink", [
      ...facts,
      ...(account === undefined ? [] : [ofAccount(account)]),
    ]);
    expect([shown?.ignore_public_acls, shown?.restrict_public_buckets]).toEqual([expected, expected]);
  });

  it("into a bucket of which it is not certain whose it is has nothing of the account's block", () => {
    const facts = [region(), trail(), bucket("bucket_public_access", blocks(false))];
    expect(subject("sink", [...facts, ofAccount(true)]).bucket).not.toHaveProperty("ignore_public_acls");
    const elsewhere = ofAccount(true, { scope: `${SOURCE}/999900001111` });
    expect(subject("sink", [...facts, policy, elsewhere]).bucket).not.toHaveProperty("ignore_public_acls");
  });

  it("says what failed and since when it is off", () => {
    const own = {
      logging: false,
      stopped_at: daysAgo(40),
      delivery_error: "AccessDenied",
      digest_delivery_error: "X",
    };
    expect(subject("sink", [region(), trail(), status(own)])).toMatchObject({
      logging: false,
      stopped_age_days: 40,
      delivery_error: "AccessDenied",
      digest_delivery_error: "X",
    });
  });

  it("has what is hidden of its bucket hidden, in whichever account that is", () => {
    const gaps = [
      gap(["bucket_public_access"], { scope: `${SOURCE}/999900001111`, resource: `${SOURCE}:${BUCKET}` }),
      gap(["bucket_lock"], { resource: `${SOURCE}:${BUCKET}-other` }),
    ];
    expect(hiddenIn(subject("sink", [region(), trail()], { gaps }))).toEqual(["bucket_public_access"]);
  });

  it("that names no bucket is in none", () => {
    const lake = fact("sink", TRAIL, {
      path: "all",
      sink_type: "cloudtrail_lake",
      every_region: true,
      options: {},
    });
    expect(subject("sink", [region(), lake])).toMatchObject({ traits: ["in_cloud"] });
    expect(subject("sink", [region(), lake])).not.toHaveProperty("bucket");
  });
});
