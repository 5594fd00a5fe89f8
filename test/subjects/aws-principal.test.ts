import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { NO_READERS } from "../../src/access/store-access.ts";
import { FactSet } from "../../src/facts/index.ts";
import { TAKEN_AT, daysAgo } from "./facts.ts";
import {
  ACCOUNT,
  KEY_ARN,
  NOBODY,
  SECRET_ARN,
  SOURCE,
  fact,
  gap,
  hiddenIn,
  key,
  region,
  secret,
  subject,
} from "./aws-facts.ts";

const SCOPE = `${SOURCE}/${ACCOUNT}`;
const ADA = `arn:aws:iam::${ACCOUNT}:user/ada`;
const ID = `${SOURCE}:${ADA}`;

const user = (own: object = {}, ext: object | "unread" = {}) => ({
  ...fact(
    "principal",
    ADA,
    {
      name: "ada",
      principal_type: "iam_user",
      native_id: ADA,
      policies: [],
      disabled: false,
      created_at: daysAgo(500),
      labels: { owner: "shop" },
      aliases: [],
      direct_group_ids: [],
      inherited_group_ids: [],
      ...own,
    },
    SCOPE,
  ),
  ...(ext === "unread" ? {} : { ext: { aws: ext } }),
});

const login = (own: object = {}) =>
  fact(
    "login_credential",
    `${ADA}#login`,
    { principal: ID, mfa_enabled: false, access_keys: [], ...own },
    SCOPE,
  );
const accessKey = (id: string, own: object = {}) =>
  fact(
    "access_key",
    `${ADA}#${id}`,
    { principal: ID, access_key_id: id, active: true, created_at: daysAgo(200), ...own },
    SCOPE,
  );
const keyUse = (id: string, own: object = {}) =>
  fact("access_key_use", `${ADA}#${id}#use`, { principal: ID, access_key_id: id, ...own }, SCOPE);

describe("a user of an account", () => {
  it("has its login, boundary, last use and services", () => {
    const uses = fact(
      "service_use",
      `${ADA}#services`,
      {
        principal: ID,
        services: [
          { service: "s3", used_at: daysAgo(1) },
          { service: "secretsmanager", used_at: daysAgo(4) },
          { service: "kms" },
        ],
      },
      SCOPE,
    );
    const facts = [
      region(),
      user({}, { boundary: `${SOURCE}:b`, last_used_at: daysAgo(9) }),
      login({
        password_enabled: true,
        password_changed_at: daysAgo(90),
        password_used_at: daysAgo(8),
        certificate_count: 0,
      }),
      uses,
    ];
    expect(subject("principal", facts)).toMatchObject({
      principal_type: "iam_user",
      owner: "shop",
      traits: [],
      created_age_days: 500,
      bounded: true,
      last_used_age_days: 9,
      login: {
        password_enabled: true,
        password_age_days: 90,
        password_used_age_days: 8,
        mfa_enabled: false,
        certificate_count: 0,
      },
      access_keys: [],
      service_uses: [
        { service: "kms", never_used: true, perhaps_used_age_days: 1 },
        { service: "secretsmanager", never_used: false, used_age_days: 4 },
      ],
      store: { product: "aws" },
    });
  });

  it("has the services of every page", () => {
    const page = (name: string, service: string) =>
      fact(
        "service_use",
        `${ADA}${name}`,
        { principal: ID, services: [{ service, used_at: daysAgo(4) }] },
        SCOPE,
      );
    const pages = [page("", "secretsmanager"), page("#2", "kms"), page("#3", "s3")];
    const made = subject("principal", [region(), user(), ...pages]);
    expect(made.service_uses?.map(({ service }) => service)).toEqual(["kms", "secretsmanager"]);
    for (const { record } of pages) expect(made.records).toContain(record);
  });

  it("has no age of a use that lies behind the snapshot, which is no use that never was", () => {
    const services = [
      { service: "kms", used_at: daysAgo(200) },
      { service: "s3", used_at: daysAgo(-9) },
      { service: "ssm", used_at: daysAgo(-9) },
    ];
    const used = fact("service_use", ADA, { principal: ID, services }, SCOPE);
    expect(subject("principal", [region(), user(), used]).service_uses).toEqual([
      { service: "kms", never_used: false, used_age_days: 200, perhaps_used_age_days: 0 },
      { service: "ssm", never_used: false },
    ]);
  });

  it("of whom nothing else was read has nothing else", () => {
    const made = subject("principal", [region(), user({}, "unread")]);
    for (const field of ["login", "access_keys", "bounded", "last_used_age_days", "service_uses"])
      expect(made).not.toHaveProperty(field);
  });

  it("takes for unread what is of another shape", () => {
    const made = subject("principal", [
      region(),
      user({}, { last_used_at: "yesterday", service_linked: "true" }),
    ]);
    expect(made).not.toHaveProperty("last_used_age_days");
    expect(made.traits).toEqual([]);
  });

  it("has keys by their ids where they were listed", () => {
    const facts = [
      accessKey("AKIAZ"),
      accessKey("AKIAB", { active: false }),
      keyUse("AKIAZ", { used_at: daysAgo(3), used_service: "secretsmanager" }),
      keyUse("AKIAB"),
      login({ access_keys: [{ active: true, rotated_at: daysAgo(1) }] }),
    ];
    expect(subject("principal", [region(), user(), ...facts]).access_keys).toEqual([
      { key: "AKIAB", active: false, age_days: 200, unused_days: 200 },
      { key: "AKIAZ", active: true, age_days: 200, unused_days: 3, used_service: "secretsmanager" },
    ]);
  });

  it("has no last use of a key of which nobody could say", () => {
    expect(subject("principal", [region(), user(), accessKey("AKIAZ")]).access_keys).toEqual([
      { key: "AKIAZ", active: true, age_days: 200 },
    ]);
  });

  it("has keys as the report of logins tells of them where they were not", () => {
    const keys = [
      { active: true, rotated_at: daysAgo(300), used_at: daysAgo(20), used_service: "ssm" },
      { active: true, rotated_at: daysAgo(70) },
      { active: false },
    ];
    expect(subject("principal", [region(), user(), login({ access_keys: keys })]).access_keys).toEqual([
      { active: true, age_days: 300, unused_days: 20, used_service: "ssm" },
      { active: true, age_days: 70, unused_days: 70 },
      { active: false },
    ]);
  });

  it("has hidden what is hidden of its account, and of itself", () => {
    const gaps = [
      gap(["login_credential"], { scope: SCOPE }),
      gap(["access_key"], { scope: SCOPE, resource: ID }),
      gap(["access_key_use"], { scope: SCOPE, resource: `${ID}2` }),
      gap(["service_use"], { scope: `${SOURCE}/444455556666` }),
    ];
    expect(hiddenIn(subject("principal", [region(), user()], { gaps }))).toEqual([
      "access_key",
      "login_credential",
    ]);
  });
});

it("a role that the provider made for itself is marked as that", () => {
  const made = subject("principal", [
    region(),
    user({ principal_type: "iam_role" }, { service_linked: true }),
  ]);
  expect(made).toMatchObject({ principal_type: "iam_role", traits: ["provider_managed"], bounded: false });
});

describe("a key of a cloud", () => {
  it("has its state, labels, rotation and policy", () => {
    const facts = [
      region(),
      key({
        state: "PendingDeletion",
        deletes_at: daysAgo(-9),
        usage: "ENCRYPT_DECRYPT",
        origin: "AWS_KMS",
        multi_region: false,
      }),
      fact("key_rotation", KEY_ARN, {
        mount: "m",
        name: "k",
        enabled: true,
        period_s: 31_536_000,
        next_rotation_at: daysAgo(-100),
      }),
      fact("resource_labels", `${KEY_ARN}#labels`, {
        resource: `${SOURCE}:${KEY_ARN}`,
        labels: { owner: "shop" },
      }),
      fact("resource_policy", `${KEY_ARN}#policy`, { resource: `${SOURCE}:${KEY_ARN}`, text: "{}" }),
    ];
    expect(subject("key", facts)).toMatchObject({
      traits: ["deletion_delayed", "deletion_pending", "in_cloud"],
      plaintext_backup_allowed: false,
      state: "PendingDeletion",
      deletes_in_days: 9,
      usage: "ENCRYPT_DECRYPT",
      origin: "AWS_KMS",
      multi_region: false,
      owner: "shop",
      rotation: { enabled: true, period_days: 365, next_in_days: 100 },
      policy: "possible",
      secret_count: 0,
    });
  });

  describe("by its history", () => {
    const page = (name: string, last_rotated_at?: string) =>
      fact("key_rotation_history", name, {
        key: `${SOURCE}:${KEY_ARN}`,
        ...(last_rotated_at === undefined ? {} : { last_rotated_at }),
      });
    const pages = [page(KEY_ARN, daysAgo(400)), page(`${KEY_ARN}#2`, daysAgo(40)), page(`${KEY_ARN}#3`)];
    const ages = ["version_age_days", "never_rotated"];

    it("has the age of the newest rotation of all pages", () => {
      const made = subject("key", [region(), key(), ...pages]);
      expect(made).toMatchObject({ version_age_days: 40, never_rotated: false });
      for (const { record } of pages) expect(made.records).toContain(record);
    });

    it("was never rotated where no page has a rotation", () => {
      const made = subject("key", [region(), key({ created_at: daysAgo(900) }), page(KEY_ARN)]);
      expect(made).toMatchObject({ created_age_days: 900, never_rotated: true });
      expect(made).not.toHaveProperty("version_age_days");
    });

    it("has neither where a page is missing, or all are", () => {
      const gaps = [gap(["key_rotation_history"], { resource: `${SOURCE}:${KEY_ARN}` })];
      const without = [
        subject("key", [region(), key()]),
        subject("key", [region(), key(), page(KEY_ARN)], { gaps }),
        subject("key", [region(), key(), ...pages], { gaps }),
      ];
      for (const made of without) for (const field of ages) expect(made).not.toHaveProperty(field);
    });
  });

  it("of the provider's is marked as that", () => {
    expect(subject("key", [region(), key({ managed_by: "provider" })]).traits).toContain("provider_managed");
    expect(subject("key", [region(), key({ state: "PendingReplicaDeletion" })]).traits).toContain(
      "deletion_pending",
    );
  });

  it("has undecided what labels would decide that could not be read", () => {
    const gaps = [gap(["resource_labels"], { resource: `${SOURCE}:${KEY_ARN}` })];
    expect(subject("key", [region(), key()], { gaps }).undecided).toEqual(["environment", "owner", "tier"]);
  });

  it("shows who may decrypt by it where that was computed", () => {
    const readers = { ...NO_READERS, count: 2, external: 1 };
    const target = {
      id: `${SOURCE}:${KEY_ARN}`,
      store_id: SOURCE,
      kind: "key",
      mount: "m",
      name: "k",
    } as const;
    const access = {
      principals: [],
      targets: [target],
      readers: () => readers,
      access: () => {
        throw new Error("x");
      },
      whatCan: () => [],
      mayReach: () => true,
    };
    expect(subject("key", [region(), key()], { access }).readers).toMatchObject({ count: 2, external: 1 });
  });
});

it("a certificate says whether the store renews it, and what uses it", () => {
  const made = subject("certificate", [
    region(),
    fact("certificate", "cert", {
      mount: "m",
      name: "shop.example.com",
      serial: "01",
      subject: "CN=shop.example.com",
      issuer: "CN=CA",
      not_before: daysAgo(10),
      not_after: daysAgo(-300),
      key_algorithm: "RSA_2048",
      is_ca: false,
      sans: [],
      state: "ISSUED",
      renewed_by_store: true,
      used_by: ["a", "b"],
    }),
  ]);
  expect(made).toMatchObject({
    state: "ISSUED",
    renewed_by_store: true,
    used_by_count: 2,
    store: { product: "aws" },
  });
});

it("an account's root user is for emergencies by what it is, and counts apart at each secret", () => {
  const root = user({ principal_type: "aws_root" });
  expect(subject("principal", [region(), root]).break_glass).toBe(true);
  expect(subject("principal", [region(), user()]).break_glass).toBe(false);
  const apart: string[][] = [];
  const access = {
    ...NOBODY,
    targets: [
      { id: `${SOURCE}:${SECRET_ARN}`, store_id: SOURCE, kind: "secret", mount: "m", name: "s" },
    ] as const,
    readers: (_target: string, kept: ReadonlySet<string> = new Set()): never => {
      apart.push([...kept]);
      throw new Error("enough was asked");
    },
  };
  expect(() => subject("secret", [region(), secret(), root], { access })).toThrow("enough was asked");
  expect(apart).toEqual([[ID]]);
});

describe("a role of an account", () => {
  const APP = `arn:aws:iam::${ACCOUNT}:role/app`;
  const role = () => ({
    ...user({ name: "app", principal_type: "iam_role", native_id: APP }),
    id: `${SOURCE}:${APP}`,
  });
  const trust = (condition: object) => {
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
    const statement = {
      Effect: "Allow",
      Principal: { Federated: provider },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: condition,
    };
    const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    return fact("policy_document", `${APP}#trust`, { name: "app", policy_type: "iam_trust", text }, SCOPE);
  };
  const made = (...more: readonly ReturnType<typeof trust>[]) =>
    subject("principal", [region(), role(), ...more], { id: `${SOURCE}:${APP}` });

  it("says whom an issuer of tokens brings in, by its trust policy", () => {
    const sub = "token.actions.githubusercontent.com:sub";
    const open = trust({ StringLike: { [sub]: "repo:*" } });
    expect(made(open)).toMatchObject({ vouched_by: "issuer", any_caller: true, takes_any: ["subject"] });
    expect(made(open).records).toContain(open.record);
    expect(made(trust({ StringLike: { [sub]: "repo:example-org/*" } }))).toMatchObject({
      vouched_by: "issuer",
      any_caller: false,
      bounds: [sub],
    });
  });

  it("is open to whoever has an account of the provider, whatever it reaches", () => {
    const letIn = (own: object): ReturnType<typeof trust> => {
      const Statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole", ...own };
      const text = JSON.stringify({ Version: "2012-10-17", Statement });
      return fact("policy_document", `${APP}#trust`, { name: "app", policy_type: "iam_trust", text }, SCOPE);
    };
    const judged = (own: object) => {
      const facts = [region(), role(), letIn(own)];
      const access = computeGrants(new FactSet(facts, []), { takenAt: TAKEN_AT });
      return subject("principal", facts, { id: `${SOURCE}:${APP}`, access });
    };
    expect(judged({})).toMatchObject({ vouched_by: "provider", any_caller: true, takes_any: ["subject"] });
    const own = { StringEquals: { "aws:PrincipalAccount": ACCOUNT } };
    const closed = judged({ Condition: own });
    expect(closed.vouched_by).toBe("other");
    expect(closed.any_caller).toBeUndefined();
  });

  it("is perhaps open where the trust policy was not read", () => {
    const unread = made();
    expect(unread.vouched_by).toBe("issuer");
    expect(unread.any_caller).toBeUndefined();
  });
});
