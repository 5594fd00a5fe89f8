import { compareStrings } from "../base/index.ts";
import type { FactKind, FactOf } from "../facts/index.ts";
import { present, type SubjectContext } from "./context.ts";
import type { SubjectOf } from "./schema.ts";

type Store = SubjectOf<"store">;

/** Most findings of a check that a store's document names. */
const MAX_NAMED = 8;

/** Findings by which a part of an access log could be cut off without a trace, or is gone. */
const LOOSE_ENDS: readonly string[] = ["lost", "unledgered"];

/** Findings that neither mean damage nor keep anything from being looked at. */
const HARMLESS: readonly string[] = ["notice", "warning"];

/** What a store tells of itself, as its document shows it. */
export function ownRecordsOf(
  context: SubjectContext,
  here: <K extends FactKind>(kind: K) => readonly FactOf<K>[],
): Pick<Store, "access_log" | "integrity" | "key_slots" | "upkeep"> {
  const slots = here("key_slot");
  const [check] = here("integrity_check");
  const [upkeep] = here("upkeep");
  const [log] = here("access_log");
  return present({
    key_slots: slots.length === 0 ? undefined : slotsOf(slots),
    upkeep: upkeep === undefined ? undefined : upkeepOf(context, upkeep),
    integrity: check === undefined ? undefined : integrityOf(check),
    access_log: log === undefined ? undefined : logOf(context, log, check),
  });
}

/**
 * A slot that its own key was seen not to open is no way in. One for daily use counts as proven where its key opened it; one
 * for recovery is kept elsewhere, and was proven when it was made.
 */
function slotsOf(all: readonly FactOf<"key_slot">[]): Store["key_slots"] {
  const slots = all.filter(({ opens }) => opens !== false);
  const proven = slots.filter(({ opens, purpose }) => opens === true || purpose === "recovery");
  return {
    count: slots.length,
    recovery_count: slots.filter(({ purpose }) => purpose === "recovery").length,
    shut_count: all.length - slots.length,
    types: kindsOf(slots),
    proven_types: kindsOf(proven),
  };
}

function kindsOf(slots: readonly FactOf<"key_slot">[]): string[] {
  return [...new Set(slots.map(({ slot_type }) => slot_type))].sort();
}

/** Nothing where one of the ages cannot be believed: what is missing among them was never done. */
function upkeepOf({ ageDays }: SubjectContext, fact: FactOf<"upkeep">): Store["upkeep"] {
  const { store_created_at, backup_at, restore_tested_at } = fact;
  const store_age_days = ageDays(store_created_at);
  const stated = [backup_at, restore_tested_at].filter((at) => at !== undefined);
  if (store_age_days === undefined || stated.some((at) => ageDays(at) === undefined)) return undefined;
  return {
    store_age_days,
    ...present({
      backup_age_days: ageDays(backup_at),
      restore_test_age_days: ageDays(restore_tested_at),
    }),
  };
}

function integrityOf({
  damage_count,
  unchecked_count,
  findings,
}: FactOf<"integrity_check">): Store["integrity"] {
  const bad = findings.filter(({ severity }) => !HARMLESS.includes(severity));
  return {
    damage_count,
    unchecked_count,
    findings: bad.slice(0, MAX_NAMED).map(({ code, path }) => ({ code, path })),
  };
}

function logOf(
  { ageDays }: SubjectContext,
  { log_count, event_count, failure_count }: FactOf<"access_log">,
  check: FactOf<"integrity_check"> | undefined,
): Store["access_log"] {
  const loose = (check?.findings ?? [])
    .filter(({ code }) => LOOSE_ENDS.includes(code))
    .map(({ path, code, at }) => ({
      path,
      code,
      ...present({ age_days: ageDays(at) }),
    }))
    .sort((a, b) => (a.age_days ?? 0) - (b.age_days ?? 0) || compareStrings(a.path, b.path));
  const count = LOOSE_ENDS.reduce((sum, code) => sum + (check?.finding_counts[code] ?? 0), 0);
  return {
    log_count,
    event_count,
    failure_count,
    ...present({ loose_end_count: check === undefined ? undefined : count }),
    loose_ends: loose.slice(0, MAX_NAMED),
  };
}
