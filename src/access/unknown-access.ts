import type { Blindness, GrantPrincipal, GrantStats, GrantTarget } from "./grant.ts";
import { NO_ACCESS, NO_READERS, NO_STATS, type StoreAccess } from "./store-access.ts";

/**
 * A store of which nobody knows what decides there. It names no thing and no principal, so that nothing is said of who can
 * read what: not that somebody can, and never that nobody can.
 */
export class UnknownAccess implements StoreAccess {
  readonly principals: readonly GrantPrincipal[] = [];
  readonly targets: readonly GrantTarget[] = [];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats = NO_STATS;

  constructor(storeId: string) {
    this.blindness = [{ store_id: storeId, fact_kind: "grant", reason: "unsupported" }];
  }

  reaching(): [] {
    return [];
  }

  reachedBy(): [] {
    return [];
  }

  path(): [] {
    return [];
  }

  readers() {
    return NO_READERS;
  }

  access() {
    return NO_ACCESS;
  }

  mayReach() {
    return true;
  }
}
