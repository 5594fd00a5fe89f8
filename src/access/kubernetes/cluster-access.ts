import { digestOf, sortedBy } from "../../base/index.ts";
import { gapDigest, type FactSet } from "../../facts/index.ts";
import {
  MAX_READER_SAMPLE,
  MAX_RULE_SAMPLE,
  isUse,
  strongest,
  waysIn,
  weakest,
  type Blindness,
  type Grant,
  type GrantAction,
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
import { becomesServiceAccounts, powersOf, readsAll, type Power } from "./powers.ts";
import { Roles, type Binding, type BindingText, type RbacRule, type Role } from "./roles.ts";

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
  readonly #byNamespace: ReadonlyMap<string, readonly GrantTarget[]>;
  readonly #byId: ReadonlyMap<string, GrantTarget>;
  readonly #reached = new Map<string, readonly ReachedHere[]>();

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
    this.#byNamespace = Map.groupBy(this.targets, ({ mount }) => mount);
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

  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    if (!this.#byId.has(targetId)) return NO_READERS;
    const reaching = this.principals.flatMap((principal) => {
      const reached = this.path(principal.id, targetId);
      const actions = [...new Set(reached.flatMap(({ grant }) => grant.actions))];
      return actions.length === 0 ? [] : [{ principal, reached, actions }];
    });
    const readers = reaching.filter(({ actions }) => actions.includes("read"));
    const granters = readers.filter(
      ({ actions, principal }) => actions.includes("administer") && !apart.has(principal.id),
    );
    const comers = readers.map(({ principal }) => ({ principal, roles: [], itself: true }));
    return {
      ...NO_READERS,
      count: readers.length,
      public: readers.filter(({ principal }) => principal.public).length,
      sample: readers.slice(0, MAX_READER_SAMPLE).map(({ principal, reached, actions }) => ({
        principal_id: principal.id,
        principal_type: principal.principal_type,
        actions,
        certainty: reached.map(({ grant }) => grant.certainty).reduce(strongest),
      })),
      writer_count: reaching.filter(({ actions }) => actions.includes("write") || actions.includes("delete"))
        .length,
      reader_and_granter_count: granters.length,
      apart_count: readers.filter(({ principal }) => apart.has(principal.id)).length,
      ...waysIn(comers),
    };
  }

  access(principalId: string): PrincipalAccess {
    const holder = this.#holders.get(principalId);
    if (holder === undefined) return NO_ACCESS;
    const reached = this.reachedBy(principalId);
    const with_ = (wanted: (action: GrantAction) => boolean, own = false): number =>
      new Set(
        reached.flatMap(({ grant, targets }) =>
          grant.actions.some(wanted) && !(own && grant.detour === true) ? targets().map(({ id }) => id) : [],
        ),
      ).size;
    const readable = with_((action) => action === "read");
    const administers = reached.some(({ grant }) => grant.actions.includes("administer"));
    const wildcards = holder.held.flatMap((held) =>
      held.role.rules.filter(readsAll).map((rule) => ruleText(held, rule)),
    );
    return {
      ...NO_ACCESS,
      readable_secret_count: readable,
      own_readable_secret_count: with_((action) => action === "read", true),
      writable_secret_count: with_((action) => action === "write"),
      usable_count: with_(isUse),
      administers,
      administers_itself: administers,
      impersonated_count: this.#impersonated(holder),
      perhaps_administers: administers || this.#impersonated(holder) > 0,
      reads_and_administers: administers && readable > 0,
      perhaps_reads_and_administers: administers && readable > 0,
      wildcard_rules: wildcards.slice(0, MAX_RULE_SAMPLE),
      wildcard_rule_count: wildcards.length,
      perhaps_wildcard: wildcards.length > 0,
      certainty: holder.partly
        ? "possible"
        : reached.map(({ grant }) => grant.certainty).reduce(weakest, "certain"),
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

  #reachedBy({ principal, held }: Holder): ReachedHere[] {
    return held.flatMap((one) =>
      one.role.rules.flatMap((rule) =>
        [...powersOf(rule, one.binding.namespace === undefined)].map((power) =>
          this.#grant(principal, one, rule, power),
        ),
      ),
    );
  }

  #grant(principal: GrantPrincipal, { binding, role }: Held, rule: RbacRule, power: Power): ReachedHere {
    const { namespace } = binding;
    const within = namespace === undefined ? this.targets : (this.#byNamespace.get(namespace) ?? []);
    const targets =
      power.names === undefined ? within : within.filter(({ name }) => power.names?.includes(name));
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
      (namespace === undefined || namespace === mount) && (power.names?.includes(name) ?? true);
    return { grant, targets: () => targets, covers };
  }

  /** Other service accounts as which it may come in, and which read or administer. */
  #impersonated({ principal, held }: Holder): number {
    const where = held.flatMap(({ binding, role }) =>
      role.rules.some(becomesServiceAccounts) ? [binding.namespace] : [],
    );
    if (where.length === 0) return 0;
    return [...this.#holders.values()].filter(
      (other) =>
        other.principal.id !== principal.id &&
        other.namespace !== undefined &&
        where.some((namespace) => namespace === undefined || namespace === other.namespace) &&
        this.reachedBy(other.principal.id).some(({ grant }) => grant.actions.some(isUse)),
    ).length;
  }
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

/** `<role>:<line> <resources> in <where>`, as rules of other stores are told. */
function ruleText({ binding, role }: Held, { line, resources }: RbacRule): string {
  const where = binding.namespace === undefined ? "all namespaces" : `namespace ${binding.namespace}`;
  return `${role.name}${line === undefined ? "" : `:${line}`} ${resources.join(",")} in ${where}`;
}
