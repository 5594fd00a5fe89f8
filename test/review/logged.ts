import { FactSet } from "../../src/facts/index.ts";
import { type PopulationItem } from "../../src/review/index.ts";
import { span, usage } from "../subjects/logged.ts";
import { STORE, company, daysAgo, fact, setOf } from "./made.ts";

export const ADA = `${STORE}:identity/entity/id/ada-id`;
export const BO = `${STORE}:identity/entity/id/bo-id`;

export function itemsOf(items: readonly PopulationItem[], principal: string): PopulationItem[] {
  return items.filter(({ item }) => item.principal.id === principal);
}

/** See `span`. */
export const LOG = span();

export const metadata = (name: string) =>
  fact("secret_metadata", `kv/${name}`, { mount: "kv/", name, created_at: daysAgo(400), labels: {} });

/** Old enough that what is unused is so for long. */
export function logged(...usage: readonly Parameters<typeof setOf>[1][]): FactSet {
  const facts = company().entity("old", { policies: ["payments"], created_at: daysAgo(400) });
  return setOf(facts, LOG, metadata("payments/db"), metadata("payments/root-password"), ...usage);
}

export const read = (name: string, at: string) =>
  usage(`usage#${name}`, {
    principal_key: "entity:old-id",
    secret_key: `kv/data/payments/${name}`,
    first_read_at: at,
    last_read_at: at,
  });
