import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computeGrants } from "../../src/access/index.ts";
import { sha256 } from "../../src/base/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import type { DeskPorts, SeenAccess } from "../../src/review/desk/ports.ts";
import { ReviewDesk } from "../../src/review/desk/desk.ts";
import type { PersonBehind } from "../../src/review/model.ts";
import type { ReviewSettings } from "../../src/review/settings.ts";
import { openState, type StatePlace } from "../../src/state/index.ts";
import { buildSubjects } from "../../src/subjects/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";

/** People of a small company; the one who left still has a login. */
export const PEOPLE: readonly PersonBehind[] = [
  person("ada", "Ada Lindqvist", "mia"),
  person("ben", "Ben Okafor", "mia"),
  { ...person("eve", "Eve Tan", "mia"), status: "terminated", terminated_at: "2026-09-01T00:00:00.000Z" },
  person("mia", "Mia Hart", "vera"),
  person("vera", "Vera Moss"),
  person("sam", "Sam Ruiz", "vera"),
  person("kim", "Kim Aalto", "vera"),
  person("cora", "Cora Lind", "vera"),
];

function person(id: string, name: string, manager?: string): PersonBehind {
  return {
    person_id: id,
    name,
    email: `${id}@example.com`,
    status: "active",
    third_party: false,
    ...(manager === undefined ? {} : { manager_email: `${manager}@example.com` }),
  };
}

export const SETTINGS: ReviewSettings = {
  roles: {
    admin: { people: ["vera@example.com"] },
    compliance: { people: ["cora@example.com"] },
    security: { people: ["sam@example.com", "kim@example.com"] },
    auditor: { people: ["olga@audit.example"] },
  },
  owners: { payments: ["mia@example.com"] },
  fallback: ["vera@example.com"],
  campaigns: { quarterly: { every: "quarter", due_days: 20, grace_days: 2, no_answer: "escalate" } },
};

export const actor = {
  ada: { who: "ada@example.com", roles: ["reviewer"] },
  mia: { who: "mia@example.com", roles: ["reviewer"] },
  cora: { who: "cora@example.com", roles: ["compliance"] },
  sam: { who: "sam@example.com", roles: ["security"] },
  kim: { who: "kim@example.com", roles: ["security"] },
  vera: { who: "vera@example.com", roles: ["admin", "reviewer"] },
  olga: { who: "olga@audit.example", roles: ["auditor"] },
} as const;

const READ = 'path "kv/data/payments/*" { capabilities = ["read"] }';
const ROOTS = 'path "kv/data/root/*" { capabilities = ["read"] }';

/** Ada and Ben read payments, Eve left and still does, Ben reads the root password. */
export function estate(policies: Readonly<Record<string, readonly string[]>> = HOLD): EstateFacts {
  const facts = new EstateFacts()
    .mount("kv/")
    .labelled("kv/", "payments/api")
    .labelled("kv/", "payments/db")
    .labelled("kv/", "root/password")
    .method("auth/userpass/", "userpass", "acc-userpass")
    .policy("default", 'path "cubbyhole/*" { capabilities = ["read"] }')
    .policy("payments", READ)
    .policy("payments-too", READ.replace("*", "+"))
    .policy("roots", ROOTS);
  for (const [name, of] of Object.entries(policies)) {
    facts.role("auth/userpass/", name, { method: "userpass", role_type: "user", policies: [...of] });
  }
  return facts;
}

export const HOLD = { ada: ["payments"], ben: ["payments", "roots"], eve: ["payments"] };

const RULES = classificationRules({
  tiers: [
    { tier: "critical", when: { path: "kv/root/*" } },
    { tier: "standard", when: { path: "*" } },
  ],
  owners: [{ owner: "payments", when: { path: "kv/payments/*" } }],
});

/** What was seen of an estate at an instant. */
export function seenOf(facts: EstateFacts, as_of: string): SeenAccess {
  const set = facts.set();
  const model = computeGrants(set, { takenAt: as_of });
  const byName = new Map(PEOPLE.map((one) => [one.person_id, one]));
  return {
    snapshot_id: as_of.replaceAll(/[-:]|\.000/g, ""),
    snapshot_sha256: sha256(Buffer.from(as_of, "utf8")),
    as_of,
    model,
    facts: set,
    subjects: () => buildSubjects(set, model, RULES, as_of),
    people: {
      personOf: (id) => byName.get(id.slice(id.lastIndexOf("/") + 1)),
      byEmail: new Map(PEOPLE.map((one) => [one.email ?? "", one])),
    },
    requests: [],
  };
}

/** A desk over a database of its own, whose clock and newest snapshot a test moves. */
export async function openDesk(settings: ReviewSettings = SETTINGS, place?: StatePlace) {
  const directory = await mkdtemp(join(tmpdir(), "countersign-review-"));
  const file = join(directory, "state.db");
  const state = await openState(place ?? { file });
  const kept = new Map<string, Uint8Array>();
  const world = {
    now: "2026-10-01T08:00:00.000Z",
    seen: seenOf(estate(), "2026-10-01T06:00:00.000Z"),
    published: 0,
  };
  const ports: { -readonly [K in keyof DeskPorts]: DeskPorts[K] } = {
    state,
    settings,
    clock: { now: () => new Date(world.now) },
    access: () => Promise.resolve(world.seen),
    people: () => Promise.resolve(world.seen.people),
    keep: (bytes) => {
      const digest = sha256(bytes);
      kept.set(digest, bytes);
      return Promise.resolve(digest);
    },
    publish: () => {
      world.published += 1;
      return Promise.resolve();
    },
  };
  return { file, desk: new ReviewDesk(ports), ports, world, state, kept };
}
