import { digestOf, sortedBy } from "../../base/index.ts";
import { gapDigest, type FactSet } from "../../facts/index.ts";
import {
  MAX_READER_SAMPLE,
  waysIn,
  type Blindness,
  type Grant,
  type GrantPrincipal,
  type GrantStats,
  type GrantTarget,
  type PrincipalAccess,
  type ReaderSummary,
} from "../grant.ts";
import {
  NOBODY,
  NO_ACCESS,
  NO_READERS,
  NO_STATS,
  POPULATION_KINDS,
  type Reached,
  type StoreAccess,
} from "../store-access.ts";
import type { Power } from "./powers.ts";
import { Roles, type Binding, type BindingText, type RbacRule, type Role } from "./roles.ts";
import { Standings, type Standing } from "./standing.ts";

/** One role that somebody holds, by which binding. */
interface Held {
  readonly binding: Binding;
  readonly role: Role;
}

/** Whether one thing is among many is asked of each of them. */
interface ReachedHere extends Reached {
  readonly covers: (target: GrantTarget) => boolean;
}

interface Holder {
  readonly principal: GrantPrincipal;
  readonly held: Held[];
  /** Of a service account. */
  readonly namespace?: string;
  /** Some role of it is not known, or not all of one. */
  partly: boolean;
}

/** Those who hold the same, in order of their ids. */
interface Peers {
  /** Of their first among all. */
  readonly order: number;
  readonly standing: Standing;
  readonly principals: GrantPrincipal[];
  /** Those of them as whom anybody comes in. */
  readonly open: GrantPrincipal[];
}

/**
 * Effective access within one Kubernetes cluster, by RBAC: additive, so that what is hidden takes no grant away. Groups and
 * everyone whom the cluster knows are principals by themselves, and hold for nobody else. A secret's namespace is its `mount`.
 */
export class ClusterAccess implements StoreAccess {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  readonly #holders: ReadonlyMap<string, Holder>;
  readonly #byId: ReadonlyMap<string, GrantTarget>;
  readonly #reached = new Map<string, readonly ReachedHere[]>();
  readonly #standings: Standings;
  /** By standing, in the order in which the first of each comes. */
  readonly #peers = new Map<Standing, Peers>();
  /** Peers that have anything in a namespace, or everywhere. */
  readonly #near = new Map<string | undefined, Peers[]>();
  /** Service accounts that come to something, by namespace; all of them without one. */
  readonly #users = new Map<string | undefined, number>();

  #apart: { readonly of: ReadonlySet<string>; readonly counts: ReadonlyMap<number, number> } | undefined;

  constructor(storeId: string, facts: FactSet) {
    const roles = new Roles(storeId, facts);
    const own = facts.gaps.filter((gap) => gap.store_id === storeId);
    const hidden = own.some((gap) => gap.hides.includes("policy_document"));
    const holders = new Map<string, Holder>();
    for (const binding of roles.bindings) {
      const role = roles.of(binding);
      for (const subject of binding.subjects) {
        const holder = holderOf(storeId, subject, binding.namespace);
        const known = holders.get(holder.principal.id) ?? holder;
        holders.set(holder.principal.id, known);
        if (role !== undefined) known.held.push({ binding, role });
        if ((role === undefined && hidden) || role?.partly === true) known.partly = true;
      }
    }
    this.#holders = holders;
    this.principals = sortedBy(
      [...holders.values()].map(({ principal }) => principal),
      ({ id }) => id,
    );
    const secrets = facts.of("secret").filter((secret) => secret.store_id === storeId);
    this.targets = sortedBy(secrets, ({ id }) => id).map(({ id, store_id, mount, name }) => {
      return { id, store_id, kind: "secret", mount, name };
    });
    this.#byId = new Map(this.targets.map((target) => [target.id, target]));
    this.#standings = new Standings(this.targets);
    for (const { id } of this.principals) this.#place(holders.get(id));
    this.blindness = own.flatMap((gap) =>
      [...POPULATION_KINDS, "policy_document" as const]
        .filter((kind) => gap.hides.includes(kind))
        .map((fact_kind) => ({ store_id: storeId, fact_kind, reason: gap.reason, gap: gapDigest(gap) })),
    );
    this.stats = { ...NO_STATS, principals: this.principals.length, targets: this.targets.length };
  }

  reachedBy(principalId: string): readonly ReachedHere[] {
    const known = this.#reached.get(principalId);
    if (known !== undefined) return known;
    const holder = this.#holders.get(principalId);
    const made = holder === undefined ? [] : this.#reachedBy(holder);
    this.#reached.set(principalId, made);
    return made;
  }

  reaching(targetId: string): readonly Reached[] {
    return this.principals.flatMap(({ id }) => this.path(id, targetId));
  }

  path(principalId: string, targetId: string): readonly Reached[] {
    const target = this.#byId.get(targetId);
    return target === undefined ? [] : this.reachedBy(principalId).filter(({ covers }) => covers(target));
  }

  /** What is asked of a secret is asked of each standing once, however many share it. */
  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    const target = this.#byId.get(targetId);
    if (target === undefined) return NO_READERS;
    const near = [...(this.#near.get(undefined) ?? []), ...(this.#near.get(target.mount) ?? [])];
    const reaching = [...new Set(near)]
      .sort((a, b) => a.order - b.order)
      .flatMap((peers) => {
        const found = peers.standing.at(target);
        return found === undefined ? [] : [{ ...peers, ...found }];
      });
    const readers = reaching.filter(({ actions }) => actions.includes("read"));
    const granters = readers.filter(({ actions }) => actions.includes("administer"));
    const writers = reaching.filter(({ actions }) => actions.includes("write") || actions.includes("delete"));
    const isApart = this.#amongPeers(apart);
    const apartOf = (some: readonly Peers[]): number =>
      isApart.size === 0 ? 0 : sum(some, ({ order }) => isApart.get(order) ?? 0);
    const size = ({ principals }: Peers): number => principals.length;
    const open = sortedBy(
      readers.flatMap((peers) => peers.open),
      ({ id }) => id,
    );
    // Peers stand in the order of their first: the first of all are among the first of these.
    const first = readers
      .slice(0, MAX_READER_SAMPLE)
      .flatMap(({ principals, actions, certainty }) =>
        principals.slice(0, MAX_READER_SAMPLE).map((principal) => ({ principal, actions, certainty })),
      );
    return {
      ...NO_READERS,
      count: sum(readers, size),
      public: open.length,
      sample: sortedBy(first, ({ principal }) => principal.id)
        .slice(0, MAX_READER_SAMPLE)
        .map(({ principal, actions, certainty }) => {
          return { principal_id: principal.id, principal_type: principal.principal_type, actions, certainty };
        }),
      writer_count: sum(writers, size),
      reader_and_granter_count: sum(granters, size) - apartOf(granters),
      apart_count: apartOf(readers),
      ...waysIn(open.map((principal) => ({ principal, roles: [], itself: true }))),
    };
  }

  access(principalId: string): PrincipalAccess {
    const holder = this.#holders.get(principalId);
    if (holder === undefined) return NO_ACCESS;
    const standing = this.#standings.of(holder.held);
    const { administers, certainty, readable } = standing;
    const impersonated = this.#impersonated(holder, standing);
    return {
      ...NO_ACCESS,
      readable_secret_count: readable,
      own_readable_secret_count: standing.readableByItself,
      writable_secret_count: standing.writable,
      usable_count: standing.usable,
      administers,
      administers_itself: administers,
      impersonated_count: impersonated,
      perhaps_administers: administers || impersonated > 0,
      reads_and_administers: administers && readable > 0,
      perhaps_reads_and_administers: administers && readable > 0,
      wildcard_rules: standing.wildcards,
      wildcard_rule_count: standing.wildcardCount,
      perhaps_wildcard: standing.wildcardCount > 0,
      certainty: holder.partly ? "possible" : certainty,
    };
  }

  /** Whoever holds anything in a namespace, or everywhere, may. */
  mayReach(principalId: string, base: string): boolean {
    const holder = this.#holders.get(principalId);
    if (holder === undefined || holder.partly) return true;
    return holder.held.some(
      ({ binding: { namespace } }) => namespace === undefined || base === `${namespace}/`,
    );
  }

  /** By their order, how many of peers are among some principals. */
  #amongPeers(some: ReadonlySet<string>): ReadonlyMap<number, number> {
    if (this.#apart?.of === some) return this.#apart.counts;
    const counts = new Map<number, number>();
    for (const id of some) {
      const holder = this.#holders.get(id);
      const peers = holder === undefined ? undefined : this.#peers.get(this.#standings.of(holder.held));
      if (peers !== undefined) counts.set(peers.order, (counts.get(peers.order) ?? 0) + 1);
    }
    this.#apart = { of: some, counts };
    return counts;
  }

  /** Puts somebody with those who hold the same. */
  #place(holder: Holder | undefined): void {
    if (holder === undefined) return;
    const { principal, held, namespace } = holder;
    const standing = this.#standings.of(held);
    let peers = this.#peers.get(standing);
    if (peers === undefined) {
      peers = { order: this.#peers.size, standing, principals: [], open: [] };
      this.#peers.set(standing, peers);
      for (const one of standing.namespaces) {
        const near = this.#near.get(one);
        if (near === undefined) this.#near.set(one, [peers]);
        else near.push(peers);
      }
    }
    peers.principals.push(principal);
    if (principal.public) peers.open.push(principal);
    if (namespace === undefined || !standing.isUser) return;
    for (const one of [namespace, undefined]) this.#users.set(one, (this.#users.get(one) ?? 0) + 1);
  }

  #reachedBy({ principal, held }: Holder): ReachedHere[] {
    return held.flatMap((one) =>
      one.role.rules.flatMap((rule) =>
        this.#standings
          .powersOf(rule, one.binding.namespace === undefined)
          .map((power) => this.#grant(principal, one, rule, power)),
      ),
    );
  }

  #grant(principal: GrantPrincipal, { binding, role }: Held, rule: RbacRule, power: Power): ReachedHere {
    const { namespace } = binding;
    const names = power.names === undefined ? undefined : new Set(power.names);
    const targets = this.#standings.within(namespace, names);
    const { actions, certainty, conditions, note, detour } = power;
    const grant: Grant = {
      id: digestOf({
        principal: principal.id,
        binding: binding.id,
        role: role.name,
        rule: { ...rule, line: 0 },
        note: note ?? "",
      }),
      store_id: principal.store_id,
      principal_id: principal.id,
      actions,
      certainty,
      conditions,
      ...(detour === undefined ? {} : { detour }),
      path: [
        {
          actions,
          through: [{ kind: "role_binding", id: binding.id, name: binding.name }],
          policy: role.name,
          ...(role.id === undefined ? {} : { policy_id: role.id }),
          rule: rule.resources.join(","),
          ...(rule.line === undefined ? {} : { line: rule.line }),
          capabilities: rule.verbs,
          ...(note === undefined ? {} : { note }),
        },
      ],
      records: [...new Set([binding.record, ...(role.record === undefined ? [] : [role.record])])].sort(),
      target_count: targets.length,
      targets: () => targets.map(({ id }) => id),
    };
    const covers = ({ mount, name }: GrantTarget): boolean =>
      (namespace === undefined || namespace === mount) && (names?.has(name) ?? true);
    return { grant, targets: () => targets, covers };
  }

  /** Other service accounts as which it may come in, and which read or administer. */
  #impersonated({ namespace }: Holder, { impersonates, isUser }: Standing): number {
    if (impersonates.size === 0) return 0;
    const everywhere = impersonates.has(undefined);
    const where = everywhere ? [undefined] : [...impersonates];
    const all = where.reduce((sum, one) => sum + (this.#users.get(one) ?? 0), 0);
    const itself = namespace !== undefined && isUser && (everywhere || impersonates.has(namespace));
    return all - (itself ? 1 : 0);
  }
}

function sum(some: readonly Peers[], countOf: (peers: Peers) => number): number {
  return some.reduce((total, peers) => total + countOf(peers), 0);
}

/** Whom a cluster lets in without a credential. */
const ANYONE = new Set(["system:anonymous", "system:unauthenticated"]);

function holderOf(
  storeId: string,
  { subject_kind, name, namespace }: BindingText["subjects"][number],
  beside: string | undefined,
): Holder {
  const at = subject_kind === "ServiceAccount" ? (namespace ?? beside ?? "default") : undefined;
  const open = at === undefined && ANYONE.has(name);
  const types = { Group: "cluster_group", ServiceAccount: "service_account", User: "cluster_user" } as const;
  const principal: GrantPrincipal = {
    id: `${storeId}:${subjectPath(subject_kind, name, at)}`,
    store_id: storeId,
    principal_type: open ? "anyone" : types[subject_kind],
    name: at === undefined ? name : `${at}/${name}`,
    public: open,
    external: false,
    disabled: false,
    collector: false,
  };
  return { principal, held: [], partly: false, ...(at === undefined ? {} : { namespace: at }) };
}

/** What follows the store in a principal's id. */
export function subjectPath(
  kind: "Group" | "ServiceAccount" | "User",
  name: string,
  namespace = "default",
): string {
  if (kind === "ServiceAccount") return `serviceaccounts/${namespace}/${name}`;
  return `${kind === "Group" ? "groups" : "users"}/${name}`;
}
