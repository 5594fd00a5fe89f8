import { digestOf, sortedBy } from "../base/index.ts";
import { gapDigest, type FactOf, type FactSet } from "../facts/index.ts";
import {
  MAX_READER_SAMPLE,
  type Blindness,
  type Grant,
  type GrantAction,
  type GrantPrincipal,
  type GrantStats,
  type GrantTarget,
  type PrincipalAccess,
  type ReaderSummary,
} from "./grant.ts";
import { NOBODY, POPULATION_KINDS, type Reached, type StoreAccess } from "./store-access.ts";

/** What a key gives: the root key, and by it every value, every change, and every other slot. */
const ALL: readonly GrantAction[] = ["read", "list", "write", "delete", "rotate", "administer"];

/**
 * Effective access where keys decide alone, as in the embedded vault: whoever holds the key of a slot may do everything
 * with every secret. That is certain while the slot stands; who holds a key, no store can tell.
 */
export class KeySlotAccess implements StoreAccess {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  readonly #reached: ReadonlyMap<string, Reached>;
  readonly #targetIds: ReadonlySet<string>;

  constructor(storeId: string, facts: FactSet) {
    const slots = sortedBy(
      facts.of("key_slot").filter((slot) => slot.store_id === storeId),
      ({ id }) => id,
    );
    const secrets = facts.of("secret").filter((secret) => secret.store_id === storeId);
    this.targets = sortedBy(secrets, ({ id }) => id).map(({ id, store_id, mount, name }) => ({
      id,
      store_id,
      kind: "secret",
      mount,
      name,
    }));
    this.#targetIds = new Set(this.targets.map(({ id }) => id));
    this.principals = slots.map(principalOf);
    this.#reached = new Map(slots.map((slot) => [slot.id, this.#reachedThrough(slot)]));
    this.blindness = facts.gaps
      .filter((gap) => gap.store_id === storeId)
      .flatMap((gap) =>
        POPULATION_KINDS.filter((kind) => gap.hides.includes(kind)).map((fact_kind) => ({
          store_id: storeId,
          fact_kind,
          reason: gap.reason,
          gap: gapDigest(gap),
        })),
      );
    this.stats = {
      principals: slots.length,
      targets: this.targets.length,
      principal_classes: Math.min(1, slots.length),
      session_classes: Math.min(1, slots.length),
      target_classes: Math.min(1, this.targets.length),
      class_grants: Math.min(1, slots.length, this.targets.length),
    };
  }

  reaching(targetId: string): readonly Reached[] {
    return this.#targetIds.has(targetId) ? [...this.#reached.values()] : [];
  }

  reachedBy(principalId: string): readonly Reached[] {
    const reached = this.#reached.get(principalId);
    return reached === undefined ? [] : [reached];
  }

  path(principalId: string, targetId: string): readonly Reached[] {
    return this.#targetIds.has(targetId) ? this.reachedBy(principalId) : [];
  }

  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    const readers = this.#targetIds.has(targetId) ? this.principals : [];
    const others = readers.filter(({ id }) => !apart.has(id));
    return {
      count: readers.length,
      by_role_count: 0,
      possible_count: 0,
      external: 0,
      public: 0,
      sample: readers.slice(0, MAX_READER_SAMPLE).map(({ id, principal_type }) => ({
        principal_id: id,
        principal_type,
        actions: ALL,
        certainty: "certain" as const,
      })),
      writer_count: readers.length,
      reader_and_granter_count: others.length,
      perhaps_reader_and_granter_count: 0,
      apart_count: readers.length - others.length,
      perhaps_count: 0,
    };
  }

  access(principalId: string): PrincipalAccess {
    const opens = this.#reached.has(principalId);
    const count = opens ? this.targets.length : 0;
    return {
      readable_secret_count: count,
      own_readable_secret_count: count,
      writable_secret_count: count,
      usable_count: count,
      administers: opens,
      administers_itself: opens,
      impersonated_count: 0,
      perhaps_administers: opens,
      reads_and_administers: count > 0,
      perhaps_reads_and_administers: count > 0,
      sudo_rules: [],
      sudo_rule_count: 0,
      wildcard_rules: [],
      wildcard_rule_count: 0,
      perhaps_wildcard: false,
      certainty: "certain",
    };
  }

  /** A key opens all of it, also what was not seen. */
  mayReach(): boolean {
    return true;
  }

  #reachedThrough(slot: FactOf<"key_slot">): Reached {
    const { id, store_id, record } = slot;
    const grant: Grant = {
      id: digestOf({ principal: id, path: "root key" }),
      store_id,
      principal_id: id,
      actions: ALL,
      certainty: "certain",
      conditions: [],
      path: [
        {
          actions: ALL,
          through: [{ kind: "key_slot", id, name: nameOf(slot) }],
          policy: "root key",
          note: "whoever holds this key opens all of it",
        },
      ],
      records: [record],
      target_count: this.targets.length,
      targets: () => this.targets.map((target) => target.id),
    };
    return { grant, targets: () => this.targets };
  }
}

function nameOf({ slot_type, identity }: FactOf<"key_slot">): string {
  return `${slot_type} ${identity}`;
}

function principalOf(slot: FactOf<"key_slot">): GrantPrincipal {
  return {
    id: slot.id,
    store_id: slot.store_id,
    principal_type: "key_slot",
    name: nameOf(slot),
    public: false,
    external: false,
    disabled: false,
    collector: slot.opened,
  };
}
