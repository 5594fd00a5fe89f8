import { MAX_RULE_SAMPLE, isUse, strongest, weakest, type Certainty, type GrantAction } from "../grant.ts";
import type { GrantTarget } from "../grant.ts";
import { becomesServiceAccounts, powersOf, readsAll, type Power } from "./powers.ts";
import type { RbacRule, Role } from "./roles.ts";

/** A role that somebody holds, and where. */
interface Holding {
  readonly role: Role;
  /** Absent: everywhere. */
  readonly binding: { readonly namespace?: string };
}

/** A power with where it holds, and what it reaches there. */
interface Placed {
  readonly power: Power;
  readonly namespace: string | undefined;
  readonly names: ReadonlySet<string> | undefined;
  readonly targets: readonly GrantTarget[];
}

/** What the same roles in the same places come to, whoever holds them by whichever bindings. Worked out once for all of them. */
export class Standing {
  readonly readable: number;
  /** Without what leads there only by running something. */
  readonly readableByItself: number;
  readonly writable: number;
  readonly usable: number;
  readonly administers: boolean;
  /** Of the weakest power; `certain` where there is none. */
  readonly certainty: Certainty;
  /** Whether it comes to more than seeing what is there, were there secrets. */
  readonly isUser: boolean;
  /** Where it has power; undefined: everywhere. */
  readonly namespaces: ReadonlySet<string | undefined>;
  /** Where it may come in as service accounts; undefined: everywhere. */
  readonly impersonates: ReadonlySet<string | undefined>;
  /** The first {@link MAX_RULE_SAMPLE} of the rules that read all secrets of where they hold, once for each time that they are held. */
  readonly wildcards: readonly string[];
  readonly wildcardCount: number;
  readonly #placed: readonly Placed[];

  constructor(held: readonly Holding[], placed: readonly Placed[]) {
    this.#placed = placed;
    const reached = (isWanted: (power: Power) => boolean): number =>
      new Set(placed.flatMap(({ power, targets }) => (isWanted(power) ? targets : []))).size;
    this.readable = reached(({ actions }) => actions.includes("read"));
    this.readableByItself = reached(({ actions, detour }) => actions.includes("read") && detour !== true);
    this.writable = reached(({ actions }) => actions.includes("write"));
    this.usable = reached(({ actions }) => actions.some(isUse));
    this.administers = placed.some(({ power }) => power.actions.includes("administer"));
    this.certainty = placed.map(({ power }) => power.certainty).reduce(weakest, "certain");
    this.isUser = placed.some(({ power }) => power.actions.some(isUse));
    this.namespaces = new Set(placed.map(({ namespace }) => namespace));
    this.impersonates = new Set(
      held.flatMap(({ role, binding }) =>
        role.rules.some(becomesServiceAccounts) ? [binding.namespace] : [],
      ),
    );
    const wildcards: string[] = [];
    let count = 0;
    for (const one of held)
      for (const rule of one.role.rules.filter(readsAll)) {
        count += 1;
        if (wildcards.length < MAX_RULE_SAMPLE) wildcards.push(ruleText(one, rule));
      }
    this.wildcards = wildcards;
    this.wildcardCount = count;
  }

  /** What it may do to one secret, by its strongest power; undefined where nothing. */
  at({
    mount,
    name,
  }: GrantTarget): { readonly actions: readonly GrantAction[]; readonly certainty: Certainty } | undefined {
    const powers = this.#placed.flatMap(({ power, namespace, names }) =>
      (namespace === undefined || namespace === mount) && (names?.has(name) ?? true) ? [power] : [],
    );
    if (powers.length === 0) return undefined;
    return {
      actions: [...new Set(powers.flatMap(({ actions }) => actions))],
      certainty: powers.map(({ certainty }) => certainty).reduce(strongest),
    };
  }
}

/** Standings of one cluster, each made once. */
export class Standings {
  readonly #targets: readonly GrantTarget[];
  readonly #byNamespace: ReadonlyMap<string, readonly GrantTarget[]>;
  readonly #made = new Map<string, Standing>();
  readonly #numbers = new Map<Role, number>();
  readonly #powers = new Map<RbacRule, Map<boolean, readonly Power[]>>();
  readonly #placed = new Map<string, readonly Placed[]>();

  constructor(targets: readonly GrantTarget[]) {
    this.#targets = targets;
    this.#byNamespace = Map.groupBy(targets, ({ mount }) => mount);
  }

  of(held: readonly Holding[]): Standing {
    const keys = held.map((one) => this.#keyOf(one));
    const key = JSON.stringify(keys);
    let made = this.#made.get(key);
    if (made === undefined) {
      // Held twice a role gives no more.
      const once = new Map(held.map((one, index) => [keys[index], one]));
      made = new Standing(
        held,
        [...once.values()].flatMap((one) => this.#placedBy(one)),
      );
      this.#made.set(key, made);
    }
    return made;
  }

  /** What a rule gives, worked out once however many roles have it. */
  powersOf(rule: RbacRule, everywhere: boolean): readonly Power[] {
    let known = this.#powers.get(rule);
    if (known === undefined) {
      known = new Map();
      this.#powers.set(rule, known);
    }
    let powers = known.get(everywhere);
    if (powers === undefined) {
      powers = [...powersOf(rule, everywhere)];
      known.set(everywhere, powers);
    }
    return powers;
  }

  #keyOf({ role, binding: { namespace } }: Holding): string {
    let number = this.#numbers.get(role);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(role, number);
    }
    return namespace === undefined ? `${number}` : `${number} ${namespace}`;
  }

  #placedBy(one: Holding): readonly Placed[] {
    const key = this.#keyOf(one);
    const known = this.#placed.get(key);
    if (known !== undefined) return known;
    const { namespace } = one.binding;
    const made = one.role.rules.flatMap((rule) =>
      this.powersOf(rule, namespace === undefined).map((power): Placed => {
        const names = power.names === undefined ? undefined : new Set(power.names);
        return { power, namespace, names, targets: this.within(namespace, names) };
      }),
    );
    this.#placed.set(key, made);
    return made;
  }

  /** The secrets of a namespace, or of all, that are called so; of any name without names. */
  within(namespace: string | undefined, names?: ReadonlySet<string>): readonly GrantTarget[] {
    const all = namespace === undefined ? this.#targets : (this.#byNamespace.get(namespace) ?? []);
    return names === undefined ? all : all.filter(({ name }) => names.has(name));
  }
}

/** `<role>:<line> <resources> in <where>`, as rules of other stores are told. */
function ruleText({ binding, role }: Holding, { line, resources }: RbacRule): string {
  const where = binding.namespace === undefined ? "all namespaces" : `namespace ${binding.namespace}`;
  return `${role.name}${line === undefined ? "" : `:${line}`} ${resources.join(",")} in ${where}`;
}
