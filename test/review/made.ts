import { computeGrants } from "../../src/access/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { FactSet, type Fact, type Gap } from "../../src/facts/index.ts";
import {
  isByOwner,
  makePopulation,
  type CampaignTerms,
  type PersonBehind,
  type Population,
  type PopulationInput,
  type PopulationItem,
  type Previous,
  type PreviousItem,
  type ReviewItem,
} from "../../src/review/index.ts";
import { buildSubjects, type ClassificationRules } from "../../src/subjects/index.ts";
import { EstateFacts, aliasOf } from "../access/estate-facts.ts";
import { TAKEN_AT, daysAgo } from "../subjects/facts.ts";
import { STORE, fact } from "../subjects/logged.ts";

export { STORE, TAKEN_AT, daysAgo, fact };

/** Ada is of a group that reads the payments; Bo reads them by a policy of his own; a deployer writes. */
export function company(comment = ""): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .mount("transit/", "transit")
    .secret("kv/", "payments/db")
    .secret("kv/", "payments/root-password")
    .secret("kv/", "mail/smtp")
    .key("transit/", "signing")
    .policy("payments", `${comment}path "kv/data/payments/*" {\n  capabilities = ["read"]\n}\n`)
    .policy(
      "deploy",
      `path "kv/data/payments/*" {\n  capabilities = ["create", "update", "read"]\n}\npath "kv/metadata/*" { capabilities = ["list"] }\n`,
    )
    .policy("all", `path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }`)
    .method("auth/approle/", "approle", "acc1")
    .group("payments-admins", { policies: ["payments"], member_entity_ids: ["ada-id"] })
    .entity("ada", { direct_group_ids: ["payments-admins-id"] })
    .entity("bo", { policies: ["payments"] })
    .entity("idle")
    .role("auth/approle/", "deployer", { method: "approle", policies: ["deploy"] });
}

/** Ada logs in by a password, and may read and write payments. */
export function userStore(): EstateFacts {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "payments/db")
    .policy("default", `path "cubbyhole/*" { capabilities = ["read"] }`)
    .policy("pay", `path "kv/data/payments/*" { capabilities = ["read", "update"] }`)
    .method("auth/userpass/", "userpass", "up")
    .role("auth/userpass/", "ada", {
      method: "userpass",
      role_type: "user",
      policies: ["pay"],
      alias_name: "ada",
    });
}

/** Of an identity as which that user logs in. */
export const USER_ALIAS = { aliases: [aliasOf("ada", "up")] };

export const RULES: Partial<ClassificationRules> = {
  tiers: [
    { tier: "critical", when: { path: "kv/payments/root-*" } },
    { tier: "standard", when: { path: ["kv/payments/*", "transit/*"] } },
  ],
  owners: [{ owner: "payments", when: { path: ["kv/payments/*", "transit/*"] } }],
};

export type Made = Omit<PopulationInput, "subjects"> & {
  readonly subjects: readonly ReturnType<typeof subjectsOf>[number][];
};

function subjectsOf(
  facts: FactSet,
  model: ReturnType<typeof computeGrants>,
  rules: Partial<ClassificationRules>,
) {
  return [...buildSubjects(facts, model, classificationRules(rules), TAKEN_AT)];
}

/** With metadata of every secret: without it its labels are hidden, and so what tier and owner they state. */
function described(facts: FactSet): FactSet {
  const known = new Set(facts.of("secret_metadata").map(({ id }) => id));
  for (const { hides, resource = "" } of facts.gaps)
    if (hides.includes("secret_metadata")) known.add(resource);
  const missing = facts.of("secret").filter(({ id }) => !known.has(id));
  const made = missing.map(({ id, mount, name }) =>
    fact("secret_metadata", id.slice(STORE.length + 1), { mount, name, labels: {} }),
  );
  return new FactSet([...facts.all(), ...made], facts.gaps);
}

/** What a population is made of. */
export function madeOf(given: FactSet, own: Partial<PopulationInput> = {}, rules = RULES): Made {
  const facts = described(given);
  const model = computeGrants(facts, { takenAt: TAKEN_AT });
  const terms = { scope: {}, two_people: ["*root*", "key"], unused_days: 90 };
  const subjects = subjectsOf(facts, model, rules);
  return {
    model,
    subjects,
    facts,
    terms,
    asOf: TAKEN_AT,
    query: "countersign review start quarterly",
    ...own,
  } as Made;
}

export function populationOf(input: PopulationInput): {
  readonly items: PopulationItem[];
  readonly population: Population;
} {
  const making = makePopulation(input);
  const items: PopulationItem[] = [];
  for (;;) {
    const next = making.next();
    if (next.done === true) return { items, population: next.value };
    items.push(next.value);
  }
}

export function setOf(facts: EstateFacts, ...more: readonly Fact[]): FactSet {
  const set = facts.set();
  return new FactSet([...set.all(), ...more], set.gaps);
}

export function withGaps(facts: FactSet, ...gaps: readonly Gap[]): FactSet {
  return new FactSet([...facts.all()], [...facts.gaps, ...gaps]);
}

export function person(own: Partial<PersonBehind> = {}): PersonBehind {
  return {
    person_id: "p1",
    name: "Ada Lindqvist",
    email: "ada@example.com",
    manager_email: "grace@example.com",
    status: "active",
    third_party: false,
    ...own,
  };
}

/** What a population is to a later one: its items by grant. `of`: what became of each. */
export function previousOf(
  items: readonly PopulationItem[],
  of: (item: ReviewItem) => Partial<PreviousItem> = () => ({}),
  assign: CampaignTerms["assign"] = "manager",
): Previous {
  const byGrant = Map.groupBy(items, ({ item }) => item.grant_id);
  return (grantId) =>
    (byGrant.get(grantId) ?? []).map(({ item, targets }) => ({
      ...{ item_id: item.item_id, by_owner: isByOwner({ assign }, item.principal) },
      ...{ actions: item.actions, certainty: item.certainty },
      ...{ set_sha256: item.secrets.set_sha256, targets: () => targets },
      ...of(item),
    }));
}
