import { describe, expect, it } from "vitest";
import * as aws from "./aws-facts.ts";
import { daysAgo, fact, metadata, secret, store, subject, token } from "./facts.ts";

/** As a collector's clock shows things that is some days slow. */
const LATER = daysAgo(-30);

const certificate = (own: object): ReturnType<typeof fact> =>
  fact("certificate", "pki/cert/0a-0b", {
    mount: "pki/",
    name: "0a-0b",
    serial: "0a-0b",
    subject: "CN=api.example.com",
    issuer: "CN=Example CA",
    not_before: daysAgo(10),
    not_after: daysAgo(-80),
    key_algorithm: "rsa",
    key_bits: 2048,
    is_ca: false,
    sans: [],
    ...own,
  });

const upkeep = (own: object = {}): ReturnType<typeof fact> =>
  fact("upkeep", "upkeep", { store_created_at: daysAgo(400), backup_at: daysAgo(3), ...own });

describe("what came long after the snapshot says it was taken", () => {
  it("has no age, since it would be taken for a new one", () => {
    const made = subject("secret", [
      secret("db"),
      metadata("db", { created_at: LATER, value_set_at: LATER }),
    ]);
    expect(made).not.toHaveProperty("value_age_days");
    expect(made).not.toHaveProperty("created_age_days");
    expect(subject("principal", [token("abc", { created_at: LATER })])).not.toHaveProperty(
      "created_age_days",
    );
  });

  it("has one within a day, while the collection ran", () => {
    const set = (at: string) => subject("secret", [secret("db"), metadata("db", { value_set_at: at })]);
    expect(set(daysAgo(-1)).value_age_days).toBe(-1);
    expect(set(daysAgo(-1.01))).not.toHaveProperty("value_age_days");
  });

  it("is no certificate of a known time to live", () => {
    expect(subject("certificate", [certificate({})]).lifetime_days).toBe(90);
    expect(subject("certificate", [certificate({ not_before: LATER })])).not.toHaveProperty("lifetime_days");
  });

  it("is not taken for what never happened", () => {
    expect(subject("store", [store(), upkeep()]).upkeep).toEqual({ store_age_days: 400, backup_age_days: 3 });
    expect(subject("store", [store(), upkeep({ backup_at: LATER })])).not.toHaveProperty("upkeep");
    expect(subject("store", [store(), upkeep({ restore_tested_at: LATER })])).not.toHaveProperty("upkeep");
    const read = subject("secret", [secret("db"), metadata("db", { last_read_at: LATER })]);
    expect(read).not.toHaveProperty("created_age_days");
  });

  it("is no login of an account's root that never took place", () => {
    const root = `arn:aws:iam::${aws.ACCOUNT}:root`;
    const principal = `${aws.SOURCE}:${root}`;
    const scope = `${aws.SOURCE}/${aws.ACCOUNT}`;
    const user = {
      name: "root",
      principal_type: "aws_root",
      native_id: root,
      policies: [],
      disabled: false,
      labels: {},
      aliases: [],
      direct_group_ids: [],
      inherited_group_ids: [],
    };
    const login = { principal, mfa_enabled: true, access_keys: [], certificate_count: 0 };
    const loginOf = (own: object) =>
      aws.subject(
        "principal",
        [
          aws.fact("principal", root, user, scope),
          aws.fact("login_credential", `${root}#login`, { ...login, ...own }, scope),
        ],
        { id: principal },
      ).login;
    expect(loginOf({})?.certificate_count).toBe(0);
    expect(loginOf({ password_used_at: daysAgo(40) })).toMatchObject({
      certificate_count: 0,
      password_used_age_days: 40,
    });
    expect(loginOf({ password_used_at: LATER })).toEqual({ mfa_enabled: true });
  });
});
