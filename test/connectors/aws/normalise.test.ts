import { describe, expect, it } from "vitest";
import { Walk } from "../../../src/connectors/aws/collect.ts";
import type { FactKind } from "../../../src/facts/index.ts";
import { ACCOUNT, GOOD, REGION, REPORT } from "./answers.ts";
import { SOURCE, keptRecord, recordOf, toldBy } from "./records.ts";

const SECRET = `${SOURCE}:arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:payments/db-AbCdEf`;
const USER = `${SOURCE}:arn:aws:iam::${ACCOUNT}:user/people/anna`;
const ROLE = `${SOURCE}:arn:aws:iam::${ACCOUNT}:role/payments-api`;
const MOUNT = `${ACCOUNT}/${REGION}`;

function told(operation: string, body?: Record<string, unknown>): Record<string, unknown>[] {
  const change = body === undefined ? {} : { body: { ...GOOD[operation]!.body, ...body } };
  return toldBy(recordOf(operation, change)).facts;
}

const kind = (operation: string, wanted: FactKind, body?: Record<string, unknown>) =>
  told(operation, body).filter((fact) => fact["kind"] === wanted);

describe("a Region", () => {
  it("that is on is a store; one that is off is none", () => {
    expect(told("ec2.regions")).toMatchObject([
      { kind: "store", id: `${SOURCE}:${MOUNT}`, product: "aws", account: ACCOUNT, region: REGION },
    ]);
  });
});

describe("a secret", () => {
  it("has what DescribeSecret tells, with a replica's primary Region", () => {
    expect(kind("secretsmanager.secret", "secret_metadata")).toMatchObject([
      {
        id: SECRET,
        mount: MOUNT,
        name: "payments/db",
        encrypted: true,
        primary_region: "eu-west-1",
        replicas: [{ region: REGION, status: "Failed", error: "no key" }],
        deletes_at: "2026-10-01T00:00:00.000Z",
        owning_service: "rds",
        labels: { owner: "payments" },
      },
    ]);
  });

  it.each([
    [
      { ScheduleExpression: "rate(10 days)", Duration: "3h" },
      { period_s: 864_000, window_s: 10_800 },
    ],
    [{ ScheduleExpression: "rate(1 hour)" }, { period_s: 3600 }],
    [{ AutomaticallyAfterDays: 30 }, { period_s: 2_592_000 }],
    [{ ScheduleExpression: "cron(0 16 1,15 * ? *)" }, { schedule: "cron(0 16 1,15 * ? *)" }],
  ])("rotates by %j", (RotationRules, expected) => {
    const [rotation] = kind("secretsmanager.secret", "secret_rotation", { RotationRules });
    expect(rotation).toMatchObject({ enabled: true, ...expected });
    if (!("period_s" in expected)) expect(rotation).not.toHaveProperty("period_s");
  });

  it("that was never set up for rotation does not rotate", () => {
    expect(kind("secretsmanager.secret", "secret_rotation", { RotationEnabled: undefined })).toMatchObject([
      { enabled: false },
    ]);
  });

  it("without a policy has one that is known to be none", () => {
    const [policy] = kind("secretsmanager.policy", "resource_policy", { ResourcePolicy: undefined });
    expect(policy).toMatchObject({ id: `${SECRET}#policy`, resource: SECRET });
    expect(policy).not.toHaveProperty("text");
  });

  it("of another name than was asked for is a gap", () => {
    for (const operation of ["secretsmanager.secret", "secretsmanager.policy"]) {
      const body = {
        ...GOOD[operation]!.body,
        ARN: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:other-AbCdEf",
      };
      expect(toldBy(recordOf(operation, { body })).gaps).toMatchObject([{ reason: "malformed" }]);
    }
  });
});

describe("a parameter", () => {
  it("is a secret with its metadata; one that is not encrypted says so", () => {
    expect(kind("ssm.parameters", "secret_metadata")).toMatchObject([
      {
        name: "/payments/api",
        encrypted: true,
        encryption_key: "alias/aws/ssm",
        current_version: 3,
        value_deletes_at: "2027-12-02T21:34:33.000Z",
        ext: { aws: { tier: "Advanced", policies: [{ type: "Expiration", status: "Pending" }] } },
      },
      {
        id: `${SOURCE}:arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/plain`,
        encrypted: false,
      },
    ]);
  });

  it("of the standard tier has no resource policy, and of the advanced one is asked for it", () => {
    expect(kind("ssm.parameters", "resource_policy").map(({ resource }) => resource)).toEqual([
      `${SOURCE}:arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/plain`,
    ]);
  });
});

describe("a key", () => {
  it.each([
    [{}, []],
    [{ Origin: "EXTERNAL" }, [{ enabled: false }]],
    [{ KeySpec: "RSA_2048" }, [{ enabled: false }]],
  ])("with %j tells of its rotation where KMS does none", (change, expected) => {
    const KeyMetadata = { ...(GOOD["kms.key"]!.body["KeyMetadata"] as object), ...change };
    expect(kind("kms.key", "key_rotation", { KeyMetadata })).toMatchObject(expected);
  });

  it("has the newest of a page's rotations, and a page without any has none", () => {
    const key = `${SOURCE}:${GOOD["kms.rotations"]!.params["arn"]!}`;
    expect(told("kms.rotations")).toMatchObject([
      { kind: "key_rotation_history", id: key, key, last_rotated_at: "2026-03-05T11:00:00.000Z" },
    ]);
    const [none] = told("kms.rotations", { Rotations: [] });
    expect(none).toMatchObject({ id: key, key });
    expect(none).not.toHaveProperty("last_rotated_at");
    const params = { ...GOOD["kms.rotations"]!.params, page: "t", page_number: "2" };
    expect(toldBy(recordOf("kms.rotations", { params })).facts).toMatchObject([{ id: `${key}#2`, key }]);
  });

  it.each([
    [{}, true, 0],
    [{ KeyState: "Disabled" }, true, 0],
    [{ Origin: "EXTERNAL" }, true, 0],
    [{ KeyState: "PendingDeletion" }, false, 0],
    [{ KeyManager: "AWS" }, false, 0],
    [{ KeySpec: "HMAC_256" }, false, 1],
    [{ KeySpec: "RSA_2048", Origin: "EXTERNAL" }, false, 1],
    [{ Origin: "AWS_CLOUDHSM" }, false, 1],
    [{ Origin: "EXTERNAL_KEY_STORE" }, false, 0],
  ])("with %j: whether its history is asked for is %s, known without that %s", (change, asked, known) => {
    const KeyMetadata = { ...(GOOD["kms.key"]!.body["KeyMetadata"] as object), ...change };
    const record = recordOf("kms.key", { body: { KeyMetadata } });
    const walk = new Walk(SOURCE, {});
    expect([...walk.follow({ operation: "kms.key", params: GOOD["kms.key"]!.params }, record)]).toEqual([]);
    expect(walk.next().some(({ operation }) => operation === "kms.rotations")).toBe(asked);
    expect(kind("kms.key", "key_rotation_history", { KeyMetadata })).toHaveLength(known);
  });
});

describe("an account's identities", () => {
  it("are principals with all their policies, and groups by ids without a path", () => {
    expect(kind("iam.authorization", "principal")).toMatchObject([
      {
        id: USER,
        principal_type: "iam_user",
        policies: [`${SOURCE}:arn:aws:iam::${ACCOUNT}:policy/read-payments`, `${USER}#inline/own`],
        direct_group_ids: [`${SOURCE}:arn:aws:iam::${ACCOUNT}:group/operators`],
        ext: { aws: { boundary: `${SOURCE}:arn:aws:iam::${ACCOUNT}:policy/read-payments` } },
      },
      {
        id: ROLE,
        principal_type: "iam_role",
        policies: [`${ROLE}#inline/own`, `${SOURCE}:arn:aws:iam::aws:policy/ReadOnlyAccess`],
        ext: { aws: { service_linked: false, last_used_region: REGION } },
      },
    ]);
    expect(kind("iam.authorization", "group")).toMatchObject([
      { id: `${SOURCE}:arn:aws:iam::${ACCOUNT}:group/operators`, group_type: "iam" },
    ]);
  });

  it("have documents that are decoded, of the default version alone", () => {
    const found = kind("iam.authorization", "policy_document").map(({ id, policy_type, text }) => [
      id,
      policy_type,
      (JSON.parse(text as string) as { Statement: { Action: unknown }[] }).Statement[0]?.Action,
    ]);
    expect(found).toEqual([
      [`${USER}#inline/own`, "iam_inline", "*"],
      [`${ROLE}#trust`, "iam_trust", "sts:AssumeRole"],
      [`${ROLE}#inline/own`, "iam_inline", "kms:Decrypt"],
      [`${SOURCE}:arn:aws:iam::${ACCOUNT}:policy/read-payments`, "iam_managed", "s3:*"],
    ]);
  });

  it("have the credentials of the report, the root's among them", () => {
    expect(kind("iam.report", "principal")).toMatchObject([{ name: "root", principal_type: "aws_root" }]);
    const [root, anna] = kind("iam.report", "login_credential");
    expect(root).toMatchObject({
      mfa_enabled: true,
      access_keys: [],
      password_used_at: "2026-01-05T10:00:00.000Z",
    });
    expect(root).not.toHaveProperty("password_enabled");
    expect(anna).toMatchObject({
      principal: USER,
      password_enabled: true,
      mfa_enabled: false,
      access_keys: [{ active: true, used_service: "secretsmanager" }],
      certificate_count: 1,
    });
    expect(anna).not.toHaveProperty("password_used_at");
  });

  it.each([
    ["with a line that is cut", REPORT.slice(0, -20)],
    ["without a column", REPORT.replace("mfa_active", "mfa")],
    ["with a word that is none", REPORT.replace(",false,true,2025", ",perhaps,true,2025")],
    ["with a day that is none", REPORT.replace("2025-05-01T00", "2025-15-01T00")],
  ])("in a report %s are a gap", (_name, Content) => {
    const { facts, gaps } = toldBy(
      recordOf("iam.report", { body: { ...GOOD["iam.report"]!.body, Content } }),
    );
    expect(facts).toEqual([]);
    expect(gaps).toMatchObject([{ reason: "malformed", hides: ["login_credential"] }]);
  });

  it("whose root the report leaves out have a gap over the root, and stand", () => {
    const Content = REPORT.split("\n")
      .filter((line) => !line.startsWith("<root"))
      .join("\n");
    const { facts, gaps } = toldBy(
      recordOf("iam.report", { body: { ...GOOD["iam.report"]!.body, Content } }),
    );
    expect(facts).toMatchObject([{ principal: USER }]);
    expect(gaps).toMatchObject([
      { resource: `${SOURCE}:arn:aws:iam::${ACCOUNT}:root`, hides: ["login_credential", "principal"] },
    ]);
  });

  it("read a report whose names are quoted", () => {
    const Content = REPORT.replace("\nanna,", '\n"anna, of payments",');
    expect(kind("iam.report", "login_credential", { Content })).toHaveLength(2);
  });
});

describe("policies of the organisation", () => {
  it("that are of a type that is not offered are none", () => {
    const none = { body: { none: "PolicyTypeNotAvailableForOrganizationException" }, status: 400 };
    expect(toldBy(recordOf("organizations.attachments", none)).facts).toMatchObject([
      { id: `${SOURCE}:444455556666#scp`, policies: [] },
    ]);
  });

  it("go on behind a page that names another", () => {
    const [page] = kind("organizations.attachments", "policy_attachment", { NextToken: "t" });
    expect(page).toMatchObject({ further: true });
  });
});

describe("what was pasted", () => {
  const PASTED = "password=Tr0ub4dor-and-3";

  it("into a tag is a finding, and a gap over the secret; the label is none", async () => {
    const { facts, gaps } = toldBy(
      await keptRecord("secretsmanager.secret", {
        Tags: [
          { Key: "note", Value: PASTED },
          { Key: "owner", Value: "a" },
        ],
      }),
    );
    expect(facts).toContainEqual(expect.objectContaining({ kind: "pasted_credential", resource: SECRET }));
    expect(facts).toContainEqual(
      expect.objectContaining({ kind: "secret_metadata", labels: { owner: "a" } }),
    );
    expect(gaps).toMatchObject([{ reason: "redacted", resource: SECRET }]);
    expect(JSON.stringify([facts, gaps])).not.toContain("Tr0ub4dor");
  });

  it("into a description is a finding alone", async () => {
    const { facts, gaps } = toldBy(await keptRecord("secretsmanager.secret", { Description: PASTED }));
    expect(facts.filter((fact) => fact.kind === "pasted_credential")).toHaveLength(1);
    expect(gaps).toEqual([]);
  });

  it("into a policy is a gap over the one identity of the listing", async () => {
    const details = structuredClone(GOOD["iam.authorization"]!.body) as {
      UserDetailList: { Tags: unknown }[];
    };
    details.UserDetailList[0]!.Tags = [{ Key: "note", Value: PASTED }];
    const { gaps } = toldBy(await keptRecord("iam.authorization", details));
    expect(gaps).toMatchObject([{ reason: "redacted", resource: USER }]);
  });

  it("as a tag named like a credential is neither kept nor a label", async () => {
    for (const [operation, list, key, value] of [
      ["secretsmanager.secret", "Tags", "Key", "Value"],
      ["kms.tags", "Tags", "TagKey", "TagValue"],
      ["ssm.tags", "TagList", "Key", "Value"],
    ] as const) {
      const record = await keptRecord(operation, { [list]: [{ [key]: "db_password", [value]: "sommer" }] });
      const { facts, gaps } = toldBy(record);
      expect(JSON.stringify([record, facts])).not.toContain("sommer");
      expect(gaps).toMatchObject([{ reason: "redacted" }]);
    }
  });

  describe("into a policy of an IAM listing", () => {
    type Entry = Record<string, unknown>;
    const encoded = (Resource: string): string =>
      encodeURIComponent(JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource } }));
    const LISTED = GOOD["iam.authorization"]!.body as Record<string, Entry[]>;
    const MANAGED = `${SOURCE}:arn:aws:iam::${ACCOUNT}:policy/read-payments`;
    const including = (one: string): unknown => expect.arrayContaining([one]);
    const hit = encoded(PASTED);
    const inline = [{ PolicyName: "own", PolicyDocument: hit }];

    it.each([
      ["a user's", "UserDetailList", { UserPolicyList: inline }, USER, `${USER}#inline/own`],
      ["a role's", "RoleDetailList", { RolePolicyList: inline }, ROLE, `${ROLE}#inline/own`],
      ["who may assume it", "RoleDetailList", { AssumeRolePolicyDocument: hit }, ROLE, `${ROLE}#trust`],
      [
        "a managed one",
        "Policies",
        { PolicyVersionList: [{ Document: hit, VersionId: "v1", IsDefaultVersion: true }] },
        MANAGED,
        MANAGED,
      ],
    ])(
      "%s is a gap over that entry, and that document alone is not told",
      async (_name, list, change, resource, document) => {
        const { facts, gaps } = toldBy(
          await keptRecord("iam.authorization", {
            [list]: LISTED[list]!.map((entry) => ({ ...entry, ...change })),
          }),
        );
        expect(gaps).toMatchObject([{ reason: "redacted", resource, hides: including("policy_document") }]);
        const without = told("iam.authorization").map(({ id }) => id);
        expect(without).toContain(document);
        expect(facts.flatMap(({ id, kind }) => (kind === "pasted_credential" ? [] : [id]))).toEqual(
          without.filter((id) => id !== document),
        );
        const holder = facts.find(({ id }) => id === resource);
        if (document.includes("#inline")) expect(holder).toMatchObject({ policies: including(document) });
      },
    );

    it("is no less one where a half of an escape was kept", () => {
      const record = recordOf("iam.authorization", {
        body: {
          ...LISTED,
          UserDetailList: LISTED["UserDetailList"]!.map((entry) => ({
            ...entry,
            UserPolicyList: [
              { PolicyName: "own", PolicyDocument: "%7B%[redacted:aws-secret-access-key]%22%7D" },
            ],
          })),
        },
      });
      const pointer = "/UserDetailList/0/UserPolicyList/0/PolicyDocument";
      const { facts, gaps } = toldBy({
        ...record,
        redactions: [{ pointer, rule: "aws-secret-access-key" }],
      });
      expect(gaps).toMatchObject([{ reason: "redacted", resource: USER }]);
      expect(facts.map(({ id }) => id)).toEqual(expect.arrayContaining([USER, ROLE, `${ROLE}#trust`]));
    });
  });

  it("is not what an access key's id is where it is listed", async () => {
    const { facts, gaps } = toldBy(await keptRecord("iam.access_keys", {}));
    expect(facts).toMatchObject([{ kind: "access_key", access_key_id: "AKIAIOSFODNN7EXAMPLE" }]);
    expect(gaps).toEqual([]);
    const elsewhere = await keptRecord("secretsmanager.secret", {
      Tags: [{ Key: "key", Value: "AKIAIOSFODNN7EXAMPLE" }],
    });
    expect(elsewhere.redactions).toHaveLength(1);
  });
});
