import { describe, expect, it } from "vitest";
import { daysAgo } from "./facts.ts";
import {
  ACCOUNT,
  KEY_ARN,
  SCOPE,
  SECRET_ARN,
  SOURCE,
  arn,
  fact,
  gap,
  hiddenIn,
  key,
  metadata,
  parameter,
  region,
  secret,
  subject,
  version,
} from "./aws-facts.ts";

const rotation = (own: object) =>
  fact("secret_rotation", SECRET_ARN, { mount: "m", name: "shop/db", enabled: true, ...own });

const CURRENT = version("v2", { stages: ["AWSCURRENT"], created_at: daysAgo(12) });

describe("a secret's value", () => {
  it("is as old as the version that readers get", () => {
    const versions = [CURRENT, version("v1", { stages: ["AWSPREVIOUS"] }), version("v0", { stages: [] })];
    expect(subject("secret", [region(), secret(), metadata(), ...versions])).toMatchObject({
      value_age_days: 12,
      value_removed: false,
      version_count: 3,
      deprecated_version_count: 1,
      encrypted: true,
    });
  });

  it("is not there where versions were read and none is current", () => {
    const pending = version("v1", { stages: ["AWSPENDING"] });
    expect(subject("secret", [region(), secret(), metadata(), pending]).value_removed).toBe(true);
  });

  it("is of unknown age where no version was read, and not taken for removed", () => {
    const made = subject("secret", [region(), secret(), metadata()]);
    expect(made.value_removed).toBe(false);
    expect(made).not.toHaveProperty("value_age_days");
    expect(made).not.toHaveProperty("deprecated_version_count");
  });

  it("of a parameter is dated by its metadata, and ends by its policy", () => {
    const facts = parameter("/shop/db", {
      encrypted: true,
      value_set_at: daysAgo(5),
      value_deletes_at: daysAgo(-30),
    });
    expect(subject("secret", [region(), ...facts])).toMatchObject({
      value_age_days: 5,
      value_removed: false,
      expiry_set: true,
      expires_in_days: 30,
    });
    const undated = subject("secret", [region(), ...parameter("/shop/db", { encrypted: true })]);
    expect(undated).toMatchObject({ value_removed: false, expiry_set: false });
  });
});

describe("labels of a secret", () => {
  it("that took a question of their own are joined with those of the metadata", () => {
    const told = fact("resource_labels", `${SECRET_ARN}#labels`, {
      resource: `${SOURCE}:${SECRET_ARN}`,
      labels: { owner: "shop", tier: "high" },
    });
    expect(subject("secret", [region(), secret(), metadata({ labels: { app: "db" } }), told])).toMatchObject({
      owner: "shop",
      tier: "high",
      labels: { app: "db", owner: "shop", tier: "high" },
    });
  });

  it("decide nothing where that question was refused", () => {
    const gaps = [gap(["resource_labels"], { resource: `${SOURCE}:${SECRET_ARN}` })];
    const made = subject("secret", [region(), secret(), metadata()], { gaps });
    expect(made.undecided).toEqual(["environment", "owner", "tier"]);
  });
});

describe("rotation", () => {
  it.each([
    [{ period_s: 2_592_000 }, { period_days: 30 }],
    [{ schedule: "rate(10 days)" }, { period_days: 10, schedule: "rate(10 days)" }],
    [{ schedule: "cron(0 4 1 * ? *)" }, { period_days: 31 }],
  ])("by %j has a period", (own, expected) => {
    expect(subject("secret", [region(), secret(), metadata(), rotation(own)]).rotation).toMatchObject(
      expected,
    );
  });

  it("by a schedule that is not understood has none", () => {
    const made = subject("secret", [
      region(),
      secret(),
      metadata(),
      rotation({ schedule: "cron(0 4 15W * ? *)" }),
    ]);
    expect(made.rotation).toEqual({ enabled: true, source: "store", schedule: "cron(0 4 15W * ? *)" });
  });

  it("says when it is due and what does it", () => {
    const own = { period_s: 86_400, next_rotation_at: daysAgo(3), rotator: arn("lambda", "function:rotate") };
    expect(subject("secret", [region(), secret(), rotation(own)]).rotation).toMatchObject({
      next_in_days: -3,
      rotator: arn("lambda", "function:rotate"),
    });
  });
});

describe("metadata that could not be read", () => {
  it("is hidden as a cloud's too, so that what only clouds have is unknown of nobody else", () => {
    const gaps = [gap(["secret_metadata"], { resource: `${SOURCE}:${SECRET_ARN}` })];
    const hidden = hiddenIn(subject("secret", [region(), secret()], { gaps }));
    expect(hidden).toEqual(["cloud_metadata", "secret_metadata"]);
    const other = [region(), secret({ secret_type: "kv" })];
    expect(hiddenIn(subject("secret", other, { gaps }))).toEqual(["secret_metadata"]);
  });
});

describe("traits of a secret", () => {
  it("say that it is going, copied, or a copy, and that reads are dated", () => {
    const replicas = [
      { region: "eu-west-1", status: "InSync" },
      { region: "us-east-1", status: "Failed", error: "no such key" },
    ];
    const made = subject("secret", [
      region(),
      secret(),
      metadata({ deletes_at: daysAgo(-7), last_read_at: daysAgo(2), replicas, owning_service: "rds" }),
    ]);
    expect(made).toMatchObject({
      traits: ["deletion_pending", "in_cloud", "reads_dated", "replicated"],
      deletes_in_days: 7,
      last_read_age_days: 2,
      owning_service: "rds",
      replicas: { count: 2, in_step_count: 1, out_of_step: ["us-east-1: Failed"] },
    });
    const copy = subject("secret", [region(), secret(), metadata({ primary_region: "eu-west-1" })]);
    expect(copy).toMatchObject({ traits: ["copy", "in_cloud", "reads_dated"], primary_region: "eu-west-1" });
  });

  it("are none where only the listing is known", () => {
    expect(subject("secret", [region(), secret()]).traits).toEqual(["in_cloud"]);
  });

  it.each([
    ["/shop/feature-flags", { encrypted: false }, ["configuration", "in_cloud", "plaintext"], []],
    ["/shop/db/password", { encrypted: false }, ["in_cloud", "plaintext"], ["name: password"]],
    [
      "/shop/db/host",
      { encrypted: false, labels: { tier: "critical" } },
      ["in_cloud", "plaintext"],
      ["tier: critical"],
    ],
    ["/shop/db/password", { encrypted: true }, ["in_cloud"], ["name: password"]],
    ["/shop/db/host", {}, ["in_cloud"], []],
  ])("of the parameter %s with %j", (name, own, traits, marks) => {
    expect(subject("secret", [region(), ...parameter(name, own)])).toMatchObject({
      traits,
      secret_marks: marks,
    });
  });

  it("take a tier that could not be decided for no mark, and the value for no configuration", () => {
    const gaps = [gap(["resource_labels"])];
    const made = subject("secret", [region(), ...parameter("/shop/db/host", { encrypted: false })], { gaps });
    expect(made).toMatchObject({ tier: "critical", traits: ["in_cloud", "plaintext"], secret_marks: [] });
    expect(hiddenIn(made)).toContain("resource_labels");
  });
});

describe("the key of a secret", () => {
  const ALIAS_ARN = arn("kms", "alias/shop");
  const alias = fact("key_alias", ALIAS_ARN, { mount: "m", name: "alias/shop", key: `${SOURCE}:${KEY_ARN}` });

  const UNOWNED = fact("key", KEY_ARN, { mount: "m", name: "k", key_type: "RSA_2048", exportable: false });

  it.each([
    ["its ARN", KEY_ARN, [key()], true],
    ["its id", KEY_ARN.slice(KEY_ARN.lastIndexOf("/") + 1), [key()], true],
    ["an alias", "alias/shop", [key(), alias], true],
    ["an alias by its ARN", ALIAS_ARN, [key(), alias], true],
    ["the provider's alias", "alias/aws/ssm", [], false],
    ["the ARN of a key of the provider's", KEY_ARN, [key({ managed_by: "provider" })], false],
    ["a key that could not be read", KEY_ARN, [], undefined],
    ["a key of which nobody said whose it is", KEY_ARN, [UNOWNED], undefined],
    ["an alias that could not be read", "alias/shop", [key()], undefined],
    ["the store's own", undefined, [], false],
  ])("by %s is the customer's or not", (_how, encryption_key, facts, expected) => {
    const own = metadata(encryption_key === undefined ? {} : { encryption_key });
    expect(subject("secret", [region(), secret(), own, ...facts]).customer_key).toBe(expected);
  });

  it("is not known of a parameter that names none and is not said to be encrypted", () => {
    expect(subject("secret", [region(), ...parameter("/a", {})])).not.toHaveProperty("customer_key");
  });

  it("is told which secrets lie under it", () => {
    const facts = [region(), key(), secret(), metadata({ encryption_key: KEY_ARN })];
    expect(subject("key", facts)).toMatchObject({
      secret_count: 1,
      secrets: ["shop/db"],
      secret_count_complete: true,
    });
    const gaps = [gap(["secret_metadata"], { resource: `${SOURCE}:${SECRET_ARN}x` })];
    expect(subject("key", facts, { gaps }).secret_count_complete).toBe(false);
  });
});

describe("a secret's own policy", () => {
  const policy = (text?: string) =>
    fact("resource_policy", `${SECRET_ARN}#policy`, {
      resource: `${SOURCE}:${SECRET_ARN}`,
      ...(text === undefined ? {} : { text }),
    });
  const shown = (...facts: Parameters<typeof subject>[1][]) =>
    subject("secret", [region(), secret(), metadata(), ...facts.flat()]).policy;

  it("is open, closed or not known", () => {
    const open = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
    expect(shown([policy(open)])).toBe("open");
    expect(shown([policy()])).toBe("closed");
    expect(shown()).toBeUndefined();
  });

  it("is as open as all of several together", () => {
    const open = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
    const inside =
      '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}]}';
    const second = { ...policy(inside), id: `${SOURCE}:${SECRET_ARN}#policy/2` };
    expect(shown([policy(open), second])).toBe("open");
    expect(shown([policy(inside), { ...policy(open), id: second.id }])).toBe("open");
    expect(shown([policy(inside), second])).toBe("closed");
    expect(shown([policy(open), { ...second, text: "?" }])).toBe("possible");
    const records = subject("secret", [
      region(),
      secret(),
      metadata(),
      policy(open),
      { ...second, record: "b".repeat(64) },
    ]);
    expect(records.records).toContain("b".repeat(64));
  });

  it("that is not there keeps what is not known of other accounts from mattering", () => {
    const gaps = [gap(["principal"], { scope: `${SOURCE}/444455556666` })];
    const grants = (facts: Parameters<typeof subject>[1]) =>
      hiddenIn(
        subject("secret", [region(), secret(), metadata(), ...facts], {
          gaps,
          id: `${SOURCE}:${SECRET_ARN}`,
        }),
      );
    expect(grants([policy()])).toEqual([]);
    expect(grants([policy("{}")])).toEqual(["grant"]);
    expect(grants([])).toEqual(["grant"]);
  });

  it.each([
    ["of the secret", { resource: `${SOURCE}:${SECRET_ARN}` }, ["grant", "resource_policy"]],
    ["of its key", { resource: `${SOURCE}:${KEY_ARN}` }, ["grant"]],
    ["of another thing", { resource: `${SOURCE}:${SECRET_ARN}x` }, []],
    ["of all in its Region", {}, ["grant", "resource_policy"]],
    ["of all in another Region", { scope: `${SOURCE}/${ACCOUNT}/eu-west-1` }, []],
    ["of all in its account", { scope: `${SOURCE}/${ACCOUNT}` }, ["grant", "resource_policy"]],
  ])("hidden %s hides access", (_where, own, expected) => {
    const facts = [region(), secret(), metadata({ encryption_key: KEY_ARN })];
    expect(hiddenIn(subject("secret", facts, { gaps: [gap(["resource_policy"], own)] }))).toEqual(expected);
  });
});

it("a secret stands in the store of its account and Region", () => {
  const [other, unread] = [
    region(ACCOUNT, "eu-west-1"),
    fact(
      "secret",
      "x",
      { mount: "m", name: "x", secret_type: "aws_secret" },
      `${SOURCE}/${ACCOUNT}/us-east-1`,
    ),
  ];
  const id = `${SOURCE}:${SECRET_ARN}`;
  expect(subject("secret", [region(), other, secret()], { id }).store).toMatchObject({
    product: "aws",
  });
  expect(subject("secret", [region(), unread]).store).toEqual({
    absent_features: [],
    own_records: [],
  });
  expect(SCOPE).toBe(`${SOURCE}/${ACCOUNT}/eu-central-1`);
});
