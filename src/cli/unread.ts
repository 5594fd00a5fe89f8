import { CountersignError, counted, sentInClear } from "../base/index.ts";
import type { Collected } from "../collect/index.ts";
import { embedded, people, review } from "../connectors/index.ts";
import { EVENT_KINDS, type Fact, type FactKind } from "../facts/index.ts";
import { FSCK, UNCHECKED } from "./vault-advice.ts";

/** What a snapshot tells. */
export type Told = Pick<Collected, "manifest" | "facts">;

/**
 * Kinds of which a source's inventory and access show nothing: what a server tells anyone (metrics too, where they are open), its
 * settings, which its nodes' files on our own disk tell as well, what was pasted into an answer, and what logs tell of a store.
 */
const OF_NO_INVENTORY: ReadonlySet<FactKind> = new Set<FactKind>([
  "audit_log_coverage",
  "availability",
  "cors",
  "endpoint",
  "health",
  "lease_count",
  "node_config",
  "pasted_credential",
  "store",
  "store_config",
  "ui_headers",
  ...EVENT_KINDS,
]);

/** Whether a fact tells more than any credential lets its holder see: something of inventory or access, beside who asks. */
function isOfInventory(fact: Fact): boolean {
  if (OF_NO_INVENTORY.has(fact.kind)) return false;
  return !((fact.kind === "account" || fact.kind === "token") && fact.collector === true);
}

/** Sources that have told nothing but, at most, their own state and who asked, by name. */
export function unreadSources({ manifest, facts }: Told): string[] {
  const unread = new Set(manifest.sources.map(({ store_id }) => store_id));
  for (const fact of facts.all()) {
    if (unread.size === 0) break;
    if (isOfInventory(fact)) unread.delete(fact.store_id);
  }
  return [...unread];
}

/** Connectors of what lies on the collector's own disk. */
const ON_OUR_DISK: ReadonlySet<string> = new Set([embedded.id, people.id, review.id]);

/**
 * Why a report may take the last one's place: `read`: a store was; `damage`: none was, but the embedded vault is not intact,
 * which waits for no other store; `no`: it may not. The embedded vault, lists of people and our own reviews lie on our own disk: that
 * they were read says nothing of the stores that a report is about, where there are others.
 */
export function reportable({ manifest, facts }: Told): "read" | "damage" | "no" {
  const unread = unreadSources({ manifest, facts });
  const others = manifest.sources.filter(({ connector }) => !ON_OUR_DISK.has(connector));
  const about = others.length > 0 ? others : manifest.sources;
  if (about.some(({ store_id }) => !unread.includes(store_id))) return "read";
  return isVaultDamaged({ facts }) ? "damage" : "no";
}

/** Whether the embedded vault, which alone is checked by its files, is not as it was written, or was taken back. */
export function isVaultDamaged({ facts }: Pick<Collected, "facts">): boolean {
  return facts.of("integrity_check").some(({ damage_count }) => damage_count > 0);
}

/** Most findings that are named in one sentence. */
const MAX_NAMED = 5;

/** What makes the embedded vault count as damaged, for a person: an error for each source that is one. */
export function vaultDamage({ facts }: Pick<Collected, "facts">): CountersignError[] {
  return facts
    .of("integrity_check")
    .filter(({ damage_count }) => damage_count > 0)
    .map(({ store_id, damage_count, findings }) => {
      const named = findings
        .filter(({ code, severity }) => severity === "error" && !UNCHECKED.some((one) => one === code))
        .slice(0, MAX_NAMED)
        .map(({ code, path }) => `${code} ${path}`);
      const more = damage_count > named.length ? ", …" : "";
      return new CountersignError(
        "E_INTEGRITY",
        `${store_id}: expected the embedded vault as it was written, got ${counted(damage_count, "finding")} of damage: ${named.join(", ")}${more}`,
        { fix: FSCK },
      );
    });
}

/** A line for each source that nothing could be read of, so that nobody takes a report for one about it. */
export function unreadText(unread: readonly string[]): string {
  return unread.map((name) => `${name}: nothing could be read\n`).join("");
}

/** A line for each source that was read over a network without TLS: the settings allowed it, and what came may be another's. */
export function inClearText(
  sources: readonly { readonly store_id: string; readonly address: string }[],
): string {
  return sources
    .filter(({ address }) => sentInClear(address))
    .map(
      ({ store_id, address }) =>
        `${store_id}: read over http from ${address}: credentials and answers went unencrypted (insecure_http)\n`,
    )
    .join("");
}
