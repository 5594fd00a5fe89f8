import { compareStrings, sortedBy } from "../base/index.ts";
import { sourcesWithoutStore, type FactSet } from "../facts/index.ts";
import type {
  Blindness,
  Grant,
  GrantAction,
  GrantModel,
  GrantPrincipal,
  GrantRow,
  GrantStats,
  GrantTarget,
  PrincipalAccess,
  ReaderSummary,
} from "./grant.ts";
import { AwsAccess } from "./aws/store-access.ts";
import type { Change } from "./aws/wide-rules.ts";
import { computeStoreGrants } from "./hashicorp/compute-store.ts";
import { HashicorpAccess } from "./hashicorp/store-access.ts";
import { KeySlotAccess } from "./key-slots.ts";
import { ClusterAccess } from "./kubernetes/cluster-access.ts";
import { NO_ACCESS, NO_READERS, NO_STATS, type Reached, type StoreAccess } from "./store-access.ts";
import { UnknownAccess } from "./unknown-access.ts";

export interface GrantOptions {
  /** The snapshot's `taken_at`, RFC 3339: decides rules that expire. */
  readonly takenAt: string;
  /** The facts are those of a change. */
  readonly change?: Change;
}

/** Computes effective access for every store of a snapshot. Pure. */
export function computeGrants(facts: FactSet, { takenAt, change }: GrantOptions): GrantModel {
  const storeIds = new Set([...facts.of("store"), ...facts.of("account")].map(({ store_id }) => store_id));
  for (const holder of [...facts.of("principal"), ...facts.of("auth_role"), ...facts.of("token")])
    storeIds.add(holder.store_id);
  for (const thing of facts.of("secret")) storeIds.add(thing.store_id);
  const beside = sourcesWithoutStore(facts);
  for (const gap of facts.gaps) if (!beside.has(gap.store_id)) storeIds.add(gap.store_id);
  const now = Date.parse(takenAt) / 1000;
  const setting = { now, ...(change === undefined ? {} : { change }) };
  return new Model([...storeIds].sort(compareStrings).map((storeId) => accessOf(storeId, facts, setting)));
}

/** By what a store's access is worked out beside its facts. */
interface Setting {
  /** In seconds since 1970. */
  readonly now: number;
  readonly change?: Change;
}

type Engine = (storeId: string, facts: FactSet, setting: Setting) => StoreAccess;

const hashicorp: Engine = (storeId, facts, { now }) =>
  new HashicorpAccess(computeStoreGrants(storeId, facts, now));

const aws: Engine = (storeId, facts, { change }) => new AwsAccess(storeId, facts, change);

/** What decides in each product. */
const ENGINES: ReadonlyMap<string, Engine> = new Map<string, Engine>([
  ["aws", aws],
  ["countersign-vault", (storeId, facts) => new KeySlotAccess(storeId, facts)],
  ["kubernetes", (storeId, facts) => new ClusterAccess(storeId, facts)],
  ["openbao", hashicorp],
  // One of the two, which did not say which.
  ["unknown", hashicorp],
  ["vault", hashicorp],
]);

/**
 * Whatever decides there: a store that could not say what it is has a gap for that, which makes all of its access uncertain.
 */
function accessOf(storeId: string, facts: FactSet, setting: Setting): StoreAccess {
  const store = facts.of("store").find((fact) => fact.store_id === storeId);
  const unread = facts.gaps.some((gap) => gap.store_id === storeId && gap.hides.includes("store"));
  const engine = ENGINES.get(
    store?.product.toLowerCase() ?? (isCloud(storeId, facts) ? "aws" : unread ? "unknown" : ""),
  );
  return engine?.(storeId, facts, setting) ?? new UnknownAccess(storeId);
}

/** Accounts and IAM's identities are told of AWS alone. */
function isCloud(storeId: string, facts: FactSet): boolean {
  return (
    facts.of("account").some((fact) => fact.store_id === storeId) ||
    facts.of("principal").some((fact) => fact.store_id === storeId && IAM_TYPE.test(fact.principal_type))
  );
}

const IAM_TYPE = /^(?:iam_user|iam_role|aws_root)$/;

class Model implements GrantModel {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  readonly #ofTarget = new Map<string, StoreAccess>();
  readonly #ofPrincipal = new Map<string, StoreAccess>();

  constructor(stores: readonly StoreAccess[]) {
    this.principals = sortedBy(
      stores.flatMap((store) => store.principals),
      (one) => one.id,
    );
    this.targets = sortedBy(
      stores.flatMap((store) => store.targets),
      (one) => one.id,
    );
    for (const store of stores) {
      for (const { id } of store.targets) this.#ofTarget.set(id, store);
      for (const { id } of store.principals) this.#ofPrincipal.set(id, store);
    }
    this.blindness = stores.flatMap((store) => store.blindness);
    this.stats = stores.reduce((sum, store) => added(sum, store.stats), NO_STATS);
  }

  whoCan(targetId: string, action?: GrantAction): Grant[] {
    return grantsOf(this.#ofTarget.get(targetId)?.reaching(targetId, action)).filter(
      ({ actions }) => action === undefined || actions.includes(action),
    );
  }

  whatCan(principalId: string): Grant[] {
    return grantsOf(this.#ofPrincipal.get(principalId)?.reachedBy(principalId));
  }

  path(principalId: string, targetId: string): Grant[] {
    return grantsOf(this.#ofTarget.get(targetId)?.path(principalId, targetId));
  }

  readers(targetId: string, apart?: ReadonlySet<string>): ReaderSummary {
    return this.#ofTarget.get(targetId)?.readers(targetId, apart) ?? NO_READERS;
  }

  access(principalId: string): PrincipalAccess {
    return this.#ofPrincipal.get(principalId)?.access(principalId) ?? NO_ACCESS;
  }

  mayReach(principalId: string, base: string): boolean {
    return this.#ofPrincipal.get(principalId)?.mayReach(principalId, base) ?? true;
  }

  *grants(): Generator<Grant> {
    for (const { id } of this.principals) yield* this.whatCan(id);
  }

  *rows(): Generator<GrantRow> {
    for (const principal of this.principals) {
      for (const { grant, targets } of this.#ofPrincipal.get(principal.id)?.reachedBy(principal.id) ?? []) {
        for (const target of targets()) yield { principal, target, grant };
      }
    }
  }
}

function grantsOf(reached: readonly Reached[] = []): Grant[] {
  return reached.map(({ grant }) => grant);
}

function added(sum: GrantStats, more: GrantStats): GrantStats {
  return {
    principals: sum.principals + more.principals,
    targets: sum.targets + more.targets,
    principal_classes: sum.principal_classes + more.principal_classes,
    session_classes: sum.session_classes + more.session_classes,
    target_classes: sum.target_classes + more.target_classes,
    class_grants: sum.class_grants + more.class_grants,
  };
}
