import { LogKeys, isNamedByLogs, isReadLogged, type Grant, type GrantPrincipal } from "../../access/index.ts";
import { compareStrings, counted, daysBetween, type Instant } from "../../base/index.ts";
import type { FactOf, FactSet } from "../../facts/index.ts";
import type { PrincipalSubject, ReviewTarget } from "./inventory.ts";
import type { ItemUsage } from "../model.ts";

/** A log that ends so long before the snapshot tells nothing of the days since. */
const MAX_LOG_LAG_DAYS = 3;

interface Use {
  read_count: number;
  last_read_at: Instant;
}

/** What an item's usage is asked with. */
export interface UsageOf {
  readonly principal: GrantPrincipal;
  readonly subject: PrincipalSubject | undefined;
  readonly grant: Pick<Grant, "actions" | "detour">;
  readonly targets: readonly ReviewTarget[];
}

/**
 * Whether access was used, by the ingested audit logs. Unknown unless each read by the principal would show under its own
 * name, at the secret that it was of, over all that time: an unknown is neither used nor unused.
 */
export class ReviewUsage {
  readonly #asOf: Instant;
  readonly #unusedDays: number;
  readonly #spans: ReadonlyMap<string, FactOf<"log_span">>;
  readonly #secrets: ReadonlyMap<string, FactOf<"secret">>;
  /** By principal, then by secret. */
  readonly #uses: ReadonlyMap<string, ReadonlyMap<string, Use>>;

  constructor(facts: FactSet, { asOf, unusedDays }: { readonly asOf: Instant; readonly unusedDays: number }) {
    this.#asOf = asOf;
    this.#unusedDays = unusedDays;
    this.#spans = new Map(facts.of("log_span").map((span) => [span.scope, span]));
    this.#secrets =
      this.#spans.size === 0 ? new Map() : new Map(facts.of("secret").map((secret) => [secret.id, secret]));
    this.#uses = usesOf(facts);
  }

  of(asked: UsageOf): ItemUsage {
    const { principal, subject, grant, targets } = asked;
    const reason = this.#unknown(asked);
    if (reason !== undefined) return { known: false, reason };
    const spans = this.#spansOf(targets);
    const [from = this.#asOf] = spans
      .map(({ whole_from_at }) => whole_from_at)
      .sort((a, b) => compareStrings(b, a));
    const own = this.#uses.get(principal.id) ?? new Map<string, Use>();
    const uses = targets.flatMap(({ id }) => own.get(id) ?? []);
    const last = uses
      .map(({ last_read_at }) => last_read_at)
      .sort(compareStrings)
      .at(-1);
    return {
      known: true,
      observed_from: from,
      read_count: uses.reduce((sum, { read_count }) => sum + read_count, 0),
      ...(last === undefined ? {} : { last_used_at: last }),
      used_secret_count: uses.length,
      // Writing, sharing and the like show in no log of reads: what may do more is not unused for having read nothing.
      unused:
        grant.actions.every((action) => action === "read" || action === "list") &&
        this.#covered(from, spans) &&
        this.#wereThere(subject, targets) &&
        (last === undefined || daysBetween(last, this.#asOf) >= this.#unusedDays),
    };
  }

  #spansOf(targets: readonly ReviewTarget[]): FactOf<"log_span">[] {
    const found = targets.flatMap(({ id }) => this.#spanOf(id) ?? []);
    return [...new Set(found)];
  }

  #spanOf(id: string): FactOf<"log_span"> | undefined {
    const secret = this.#secrets.get(id);
    if (secret === undefined || !isReadLogged(secret)) return undefined;
    return this.#spans.get(secret.scope) ?? this.#spans.get(secret.store_id);
  }

  /** Why nothing can be said of it. */
  #unknown({ principal, subject, grant, targets }: UsageOf): string | undefined {
    if (this.#spans.size === 0) return "no audit log was read";
    if (!grant.actions.includes("read")) return "the log tells of reads, and this access does not read";
    if (grant.detour === true)
      return "whoever comes by another's role or credentials has that one's name in the log";
    const without = targets.filter(({ id }) => this.#spanOf(id) === undefined).length;
    if (without > 0) return `no log tells of reads of ${without} of ${counted(targets.length, "secret")}`;
    if (!isNamedByLogs(principal)) return "the log does not name such a principal by itself";
    if (subject?.usage === undefined) return "the log could not be held against this principal";
    if (!subject.usage.complete)
      return "the log has reads of which it does not say whose they are, or of what";
    return undefined;
  }

  #covered(from: Instant, spans: readonly FactOf<"log_span">[]): boolean {
    return (
      daysBetween(from, this.#asOf) >= this.#unusedDays &&
      spans.every(
        ({ to_at, whole_read_count, hole_count, read_count }) =>
          daysBetween(to_at, this.#asOf) <= MAX_LOG_LAG_DAYS &&
          (whole_read_count ?? (hole_count === 0 ? read_count : 0)) > 0,
      )
    );
  }

  /** Nothing is unused for longer than it and whoever may use it have been there. */
  #wereThere(subject: PrincipalSubject | undefined, targets: readonly ReviewTarget[]): boolean {
    const ages = [subject?.created_age_days, ...targets.map(({ created_age_days }) => created_age_days)];
    return ages.every((days) => days !== undefined && days >= this.#unusedDays);
  }
}

/** Reads that the log says of one known principal and one known secret. */
function usesOf(facts: FactSet): Map<string, Map<string, Use>> {
  const found = new Map<string, Map<string, Use>>();
  const usages = facts.of("usage");
  if (usages.length === 0) return found;
  const keys = new LogKeys(facts);
  for (const { store_id, principal_key = "", secret_key, read_count, last_read_at } of usages) {
    const principal = keys.principal(store_id, principal_key);
    const { ids, below } = keys.secret(store_id, secret_key);
    const [id] = ids;
    if (principal === undefined || id === undefined || ids.length > 1 || below !== undefined) continue;
    if (last_read_at === undefined) continue;
    const own = found.get(principal) ?? new Map<string, Use>();
    const before = own.get(id);
    found.set(principal, own);
    own.set(id, {
      read_count: read_count + (before?.read_count ?? 0),
      last_read_at:
        before !== undefined && before.last_read_at > last_read_at ? before.last_read_at : last_read_at,
    });
  }
  return found;
}
