import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { populationsOf } from "../../src/evidence/populations.ts";
import { compileSchema, type FactSet } from "../../src/facts/index.ts";
import {
  buildSubjects,
  documentOf,
  subjectSchema,
  type ClassificationRules,
  type SubjectOf,
} from "../../src/subjects/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { openExample } from "../evidence/example.ts";
import { TAKEN_AT } from "./facts.ts";

const example = await openExample();

const GROUP = "vault:identity/group/id/admins-id";
const DIRECTORY = "vault:auth/ldap/config";
const SETTINGS = {
  token_policies: ["all"],
  token_no_default_policy: false,
  token_bound_cidrs: [],
  token_ttl: 0,
  token_max_ttl: 3600,
  token_period: 0,
  token_explicit_max_ttl: 0,
};

/** A store in which a policy reads and grants everything, and what a directory says decides who has it. */
function store(): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "a")
    .policy("all", 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }')
    .method("auth/ldap/", "ldap", "ld");
}

const outside = {
  group_type: "external",
  policies: ["all"],
  alias_name: "cn=admins",
  alias_mount_accessor: "ld",
  labels: { purpose: "operations" },
};
const withGroup = (): EstateFacts =>
  store()
    .group("admins", outside)
    .group("staff", { policies: ["all"] });
const withSettings = (settings: object = {}): EstateFacts =>
  store().config("auth/ldap/", "ldap", { ...SETTINGS, ...settings });
const withUnread = (): EstateFacts => store().gap("auth/ldap/config", ["auth_config"]);

function principals(facts: FactSet, rules: Partial<ClassificationRules> = {}, takenAt = TAKEN_AT) {
  const model = computeGrants(facts, { takenAt });
  const made = [...buildSubjects(facts, model, { ...classificationRules({}), ...rules }, takenAt)];
  return { model, subjects: made.filter((one) => one.kind === "principal") };
}

function principal(facts: EstateFacts, id: string, rules?: Partial<ClassificationRules>) {
  const found = principals(facts.set(), rules).subjects.find((one) => one.id === id);
  if (found === undefined) throw new Error(`expected a subject of ${id}`);
  return found;
}

/** What is said of users of a cloud's account alone, or where a log was read. */
const OF_ACCOUNTS = {
  // Where no list of people or requests is read.
  grant_past_end: "not_applicable",
  grant_unrequested: "not_applicable",
  leaver_access_late: "not_applicable",
  mover_access_unreviewed: "not_applicable",
  principal_without_person_or_owner: "not_applicable",
  access_key_long_lived: "not_applicable",
  access_key_unused: "not_applicable",
  break_glass_unreviewed: "not_applicable",
  denied_burst_unhandled: "not_applicable",
  denied_then_allowed_unhandled: "not_applicable",
  grant_unused: "not_applicable",
  new_network_read: "not_applicable",
  off_hours_read: "not_applicable",
  whole_cluster_reads: "not_applicable",
  root_credentials_in_use: "not_applicable",
  secrets_service_unused: "not_applicable",
  strangers_let_in: "not_applicable",
  user_without_mfa: "not_applicable",
};

/** Policy to outcome. */
function said(subject: SubjectOf<"principal">): Record<string, string> {
  const { outcomes } = example.evaluator.evaluate(documentOf(subject));
  return Object.fromEntries(outcomes.map(({ policy_id, outcome }) => [policy_id, outcome]));
}

describe("nobody of whom access tells goes unjudged", () => {
  it.each([
    ["the recorded example", example.facts],
    ["an external group", withGroup().set()],
    ["settings that let everyone in", withSettings().set()],
    ["settings that could not be read", withUnread().set()],
    [
      "a token of an identity that could not be read",
      store()
        .token("t", { entity_id: "gone", policies: ["all"] })
        .set(),
    ],
  ])("in %s", (_what, facts) => {
    const { model, subjects } = principals(facts, {}, example.manifest.taken_at);
    const judged = new Set(subjects.filter(({ access }) => access !== undefined).map(({ id }) => id));
    expect(model.principals.length).toBeGreaterThan(0);
    expect(model.principals.filter(({ id }) => !judged.has(id))).toEqual([]);
    expect(new Set(subjects.map(({ id }) => id)).size).toBe(subjects.length);
    const schema = compileSchema(subjectSchema("principal"));
    for (const subject of subjects) expect(schema.fits(subject), schema.complaint()).toBe(true);
  });

  it("and nobody is made up: an internal group, and settings that give nothing, are no principals", () => {
    expect(principals(withGroup().set()).subjects.map(({ id }) => id)).toEqual([GROUP]);
    expect(principals(withSettings({ token_policies: [] }).set()).subjects).toEqual([]);
  });
});

describe("a group that an outside directory fills", () => {
  it("says what is known of it, and nothing else", () => {
    const made = principal(withGroup(), GROUP);
    expect(made).toMatchObject({
      principal_type: "auth_group",
      name: "admins",
      policies: ["all"],
      labels: { purpose: "operations" },
      collector: false,
      break_glass: false,
    });
    expect(made.records).toHaveLength(1);
    for (const field of ["live_token_count", "token_max_ttl_s", "token_bound_cidrs", "disabled", "method"])
      expect(made).not.toHaveProperty(field);
  });

  it("is judged by what it reaches", () => {
    expect(said(principal(withGroup(), GROUP))).toEqual({
      ...OF_ACCOUNTS,
      administers_outside_break_glass: "violation",
      any_caller_admitted: "not_applicable",
      auth_role_unused: "not_applicable",
      disabled_still_granted: "not_applicable",
      key_slot_weak: "not_applicable",
      network_unbound: "not_applicable",
      principal_owner_missing: "violation",
      reads_and_grants: "violation",
      root_token_alive: "not_applicable",
      secret_id_unbounded: "not_applicable",
      service_account_unnamed: "not_applicable",
      sudo_or_wildcard_outside_break_glass: "violation",
      token_ttl_unbounded: "not_applicable",
      unauthenticated_login: "not_applicable",
    });
  });

  it("that is for emergencies is kept apart from a secret's readers", () => {
    const facts = withGroup().set();
    const rules = { ...classificationRules({}), break_glass: [{ name: "admins" }] };
    const model = computeGrants(facts, { takenAt: TAKEN_AT });
    const made = [...buildSubjects(facts, model, rules, TAKEN_AT)];
    expect(made.find(({ kind }) => kind === "principal")).toMatchObject({ break_glass: true });
    expect(made.find(({ kind }) => kind === "secret")).toMatchObject({
      readers: { count: 1, emergency_count: 1 },
      reader_and_granter_count: 0,
    });
  });
});

describe("whoever a directory knows", () => {
  const owners = [{ owner: "directory team", when: { path: "auth/ldap/*" } }];

  it("has the limits that the settings state", () => {
    const made = principal(withSettings(), DIRECTORY, { owners });
    expect(made).toMatchObject({
      principal_type: "auth_role",
      name: "auth/ldap/config",
      method: "ldap",
      mount: "auth/ldap/",
      owner: "directory team",
      policies: ["all"],
      token_max_ttl_s: 3600,
      token_bound_cidrs: [],
      token_networks_bound: false,
    });
    expect(made).not.toHaveProperty("live_token_count");
    expect(said(made)).toEqual({
      ...OF_ACCOUNTS,
      administers_outside_break_glass: "violation",
      any_caller_admitted: "not_applicable",
      auth_role_unused: "undetermined",
      disabled_still_granted: "not_applicable",
      key_slot_weak: "not_applicable",
      network_unbound: "violation",
      principal_owner_missing: "compliant",
      reads_and_grants: "violation",
      root_token_alive: "not_applicable",
      secret_id_unbounded: "not_applicable",
      service_account_unnamed: "not_applicable",
      sudo_or_wildcard_outside_break_glass: "violation",
      token_ttl_unbounded: "compliant",
      unauthenticated_login: "compliant",
    });
  });

  it("has none where the settings state none", () => {
    const bare = store().config("auth/ldap/", "ldap", { token_policies: ["all"] });
    const made = principal(bare, DIRECTORY);
    for (const field of ["token_max_ttl_s", "token_bound_cidrs", "token_networks_bound", "token_period_s"])
      expect(made).not.toHaveProperty(field);
    expect(said(made)).toMatchObject({
      network_unbound: "undetermined",
      token_ttl_unbounded: "undetermined",
      principal_owner_missing: "violation",
    });
  });

  it("is not known where the settings could not be read, and passes nothing", () => {
    const made = principal(withUnread(), DIRECTORY);
    expect(made).toMatchObject({ records: [], access: { certainty: "possible" } });
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["auth_config"]);
    expect(said(made)).toEqual({
      ...OF_ACCOUNTS,
      administers_outside_break_glass: "undetermined",
      any_caller_admitted: "not_applicable",
      auth_role_unused: "undetermined",
      disabled_still_granted: "not_applicable",
      key_slot_weak: "not_applicable",
      network_unbound: "undetermined",
      principal_owner_missing: "undetermined",
      reads_and_grants: "undetermined",
      root_token_alive: "not_applicable",
      secret_id_unbounded: "not_applicable",
      service_account_unnamed: "not_applicable",
      sudo_or_wildcard_outside_break_glass: "undetermined",
      token_ttl_unbounded: "undetermined",
      unauthenticated_login: "undetermined",
    });
  });
});

describe("a user and a group of a directory", () => {
  const users = (facts: EstateFacts) =>
    facts
      .role("auth/ldap/", "ada", { method: "ldap", role_type: "user", policies: ["pay"] })
      .role("auth/ldap/", "ops", { method: "ldap", role_type: "group", policies: ["ops"] });
  const USER = "vault:auth/ldap/role/ada";
  const OPS = "vault:auth/ldap/role/ops";
  const settings = {
    token_policies: ["all"],
    token_bound_cidrs: ["10.0.0.0/8"],
    token_ttl: 60,
    token_num_uses: 3,
  };

  it.each([
    [USER, ["all", "pay"]],
    [OPS, ["all", "ops"]],
  ])("have what the settings give to every login: %s", (id, policies) => {
    const made = principal(users(withSettings(settings)), id);
    expect(made).toMatchObject({
      policies,
      token_ttl_s: 60,
      token_max_ttl_s: 3600,
      token_num_uses: 3,
      token_bound_cidrs: ["10.0.0.0/8"],
      token_networks_bound: true,
    });
    expect(made.records).toHaveLength(2);
  });

  it("are judged by it", () => {
    expect(said(principal(users(withSettings(settings)), USER))).toMatchObject({
      network_unbound: "compliant",
      token_ttl_unbounded: "compliant",
    });
    const loose = users(withSettings({ token_period: 600 }));
    expect(said(principal(loose, USER))).toMatchObject({
      network_unbound: "violation",
      token_ttl_unbounded: "violation",
    });
  });

  it("are not known where the settings could not be read, and it is said what was not", () => {
    const made = principal(users(withUnread()), USER);
    expect(made).not.toHaveProperty("token_bound_cidrs");
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["grant", "token_limit"]);
    expect(said(made)).toMatchObject({
      network_unbound: "undetermined",
      principal_owner_missing: "violation",
      reads_and_grants: "undetermined",
      token_ttl_unbounded: "undetermined",
      unauthenticated_login: "compliant",
    });
  });
});

describe("an identity that logs in by a directory", () => {
  const ada = (facts: EstateFacts) =>
    facts.entity("ada", { aliases: [{ alias_id: "a", name: "ada", mount_accessor: "ld", labels: {} }] });
  const ADA = "vault:identity/entity/id/ada-id";

  it("has access that is not known where the settings could not be read, and it is said what was not", () => {
    const made = principal(ada(withUnread()), ADA);
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["grant"]);
    expect(said(made)).toMatchObject({
      principal_owner_missing: "violation",
      reads_and_grants: "undetermined",
      sudo_or_wildcard_outside_break_glass: "undetermined",
      token_ttl_unbounded: "not_applicable",
    });
    expect(principal(ada(withSettings()), ADA).gaps).toEqual([]);
  });
});

describe("the population of principals", () => {
  it.each([
    ["the recorded example", example.facts],
    ["an external group beside an internal one", withGroup().set()],
    ["settings that let everyone in", withSettings().set()],
    ["settings that give nothing", withSettings({ token_policies: [] }).set()],
  ])("lists as many as are judged, tokens apart: %s", (_what, facts) => {
    const [storeId = ""] = facts.of("store").map(({ store_id }) => store_id);
    const listed = populationsOf(facts, [storeId], []).find((one) => one.subject_kind === "principal");
    const { subjects } = principals(facts, {}, example.manifest.taken_at);
    const judged = subjects.filter(({ principal_type }) => principal_type !== "token");
    expect(listed?.collected).toBe(judged.length);
  });
});
