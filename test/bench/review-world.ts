import { join } from "node:path";
import { computeGrants } from "../../src/access/index.ts";
import { nodeFileSystem, sha256, type Clock } from "../../src/base/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { ContentStore, LeafChain } from "../../src/ledger/index.ts";
import {
  Journal,
  ReviewDesk,
  leafTypeOf,
  type PersonBehind,
  type ReviewSettings,
  type SeenAccess,
} from "../../src/review/index.ts";
import { openState, type StateDatabase, type StatePlace } from "../../src/state/index.ts";
import { buildSubjects } from "../../src/subjects/index.ts";
import { TAKEN_AT } from "../subjects/facts.ts";
import { reviewEstate } from "./review-estate.ts";

/** A company of an access review: people with one principal each, 300 managers who decide, compliance and security. */
export const REVIEWERS = 300;

export const COMPLIANCE = { who: "cora@example.com", roles: ["compliance"] } as const;

export const SETTINGS: ReviewSettings = {
  roles: {
    compliance: { people: [COMPLIANCE.who] },
    security: { people: ["sam@example.com"] },
  },
  fallback: ["vera@example.com"],
  campaigns: { quarterly: { every: "quarter", due_days: 20 } },
};

export function reviewerOf(index: number) {
  return { who: `manager-${index % REVIEWERS}@example.com`, roles: ["reviewer"] } as const;
}

function personOf(id: string): PersonBehind | undefined {
  const index = /entity-(\d+)-id$/.exec(id)?.[1];
  if (index === undefined) return undefined;
  return {
    person_id: `p${index}`,
    name: `Person ${index}`,
    email: `person-${index}@example.com`,
    title: "Engineer",
    manager_email: reviewerOf(Number(index)).who,
    status: "active",
    third_party: false,
  };
}

const MANAGERS = new Map(
  Array.from({ length: REVIEWERS }, (_, index): [string, PersonBehind] => {
    const email = reviewerOf(index).who;
    return [
      email,
      {
        person_id: `m${index}`,
        name: `Manager ${index}`,
        email,
        status: "active",
        third_party: false,
      },
    ];
  }),
);

export const PEOPLE: SeenAccess["people"] = { personOf, byEmail: MANAGERS };

/** Teams and principals as those of `review-population`, four items to a principal. */
export function seenOf(items: number): SeenAccess {
  const principals = Math.ceil(items / 3.998);
  const facts = reviewEstate(Math.ceil(principals * 3.6), principals);
  const model = computeGrants(facts, { takenAt: TAKEN_AT });
  const rules = classificationRules({});
  return {
    snapshot_id: "20261001T060000Z",
    snapshot_sha256: sha256("benchmark"),
    as_of: TAKEN_AT,
    model,
    facts,
    subjects: () => buildSubjects(facts, model, rules, TAKEN_AT),
    people: PEOPLE,
    requests: [],
  };
}

export interface World {
  readonly state: StateDatabase;
  readonly desk: ReviewDesk;
  readonly journal: Journal;
  /** The same desk at another time. */
  readonly deskAt: (clock: Clock) => ReviewDesk;
}

/** A desk over a database and a ledger of its own, as `countersign serve` has it. */
export async function openWorld(
  directory: string,
  place: StatePlace,
  access: () => Promise<SeenAccess>,
): Promise<World> {
  const state = await openState(place);
  const clock = { now: () => new Date() };
  const content = new ContentStore(join(directory, "cas"));
  const leaves = new LeafChain(join(directory, "review-leaves"), "access-review", nodeFileSystem, clock);
  const journal = new Journal({ state, content, leaves, clock, leafType: leafTypeOf });
  const deskAt = (at: Clock): ReviewDesk =>
    new ReviewDesk({
      state,
      settings: SETTINGS,
      clock: at,
      access,
      people: () => Promise.resolve(PEOPLE),
      keep: async (bytes) => await content.put(bytes),
      publish: async () => {
        await journal.publish();
      },
    });
  return { state, journal, desk: deskAt(clock), deskAt };
}

/** What this process took so far. */
export function usage(): { readonly cpu_s: number; readonly rss_mb: number; readonly peak_rss_mb: number } {
  const { user, system } = process.cpuUsage();
  return {
    cpu_s: (user + system) / 1e6,
    rss_mb: Math.round(process.memoryUsage().rss / 2 ** 20),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
