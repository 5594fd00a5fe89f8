import { FactSet } from "../../src/facts/index.ts";
import { type PopulationItem } from "../../src/review/index.ts";
import { STORE, company, daysAgo, fact, setOf } from "./made.ts";

export const ADA = `${STORE}:identity/entity/id/ada-id`;
export const BO = `${STORE}:identity/entity/id/bo-id`;

export function itemsOf(items: readonly PopulationItem[], principal: string): PopulationItem[] {
  return items.filter(({ item }) => item.principal.id === principal);
}

export const LOG = fact("log_span", "#log", {
  from_at: daysAgo(200),
  to_at: daysAgo(1),
  event_count: 900,
  read_count: 30,
  unattributed_read_count: 0,
  unnamed_read_count: 0,
  holes: [],
  hole_count: 0,
  whole_from_at: daysAgo(120),
});

export const metadata = (name: string) =>
  fact("secret_metadata", `kv/${name}`, { mount: "kv/", name, created_at: daysAgo(400), labels: {} });

/** Old enough that what is unused is so for long. */
export function logged(...usage: readonly Parameters<typeof setOf>[1][]): FactSet {
  const facts = company().entity("old", { policies: ["payments"], created_at: daysAgo(400) });
  return setOf(facts, LOG, metadata("payments/db"), metadata("payments/root-password"), ...usage);
}

export const read = (name: string, at: string) =>
  fact("usage", `usage#${name}`, {
    principal_key: "entity:old-id",
    secret_key: `kv/data/payments/${name}`,
    read_count: 3,
    denied_count: 0,
    first_read_at: at,
    last_read_at: at,
    versions: [],
    unlisted_version_count: 0,
    unversioned_read_count: 0,
    days: {},
  });
