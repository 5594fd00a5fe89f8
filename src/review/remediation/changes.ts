import type { Grant, GrantModel, GrantStatement } from "../../access/index.ts";
import { digestOf } from "../../base/index.ts";
import type { Fact, FactKind, FactOf, FactSet } from "../../facts/index.ts";
import type { PersonOf } from "../population/population-input.ts";
import { SameIdentity } from "../population/same-identity.ts";
import { awsChange } from "./changes-aws.ts";
import { finished } from "./finishing.ts";
import type { Collected, PlanContext } from "./planning.ts";
import {
  LEAVE,
  type Ask,
  type Asked,
  type ConcreteChange,
  type Kept,
  type Proposed,
  type Way,
} from "./proposal.ts";
import { handleOf } from "./vault-handles.ts";
import { planLeavers } from "./vault-leaver.ts";
import type { Thing } from "./vault-narrow.ts";
import { planVault } from "./vault-plan.ts";
import { RevocationVerifier, type Demand, type Left } from "./verify.ts";

/** Most changes of one item. */
const MAX_CHANGES = 24;

/** What is read of one snapshot. */
interface AdvisorInput {
  readonly model: GrantModel;
  readonly facts: FactSet;
  readonly personOf?: PersonOf;
}

/**
 * Proposes changes on one snapshot: for each statement that gives what must go, the one that takes the least from others and from what
 * the same campaign lets stay. All items are worked out together, so that what they change in common is changed once.
 */
export class ChangeAdvisor {
  readonly #model: GrantModel;
  readonly #facts: FactSet;
  readonly #byKind = new Map<FactKind, ReadonlyMap<string, Fact>>();
  readonly #same: SameIdentity;
  readonly #verifier: RevocationVerifier;
  readonly #engines: ReadonlyMap<string, Thing["engine"]>;
  #holders: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor({ model, facts, personOf }: AdvisorInput) {
    this.#model = model;
    this.#facts = facts;
    this.#same = new SameIdentity({ model, facts });
    const people = personOf === undefined ? {} : { personOf };
    this.#verifier = new RevocationVerifier({ model, facts, subjects: [], asOf: "", ...people });
    this.#engines = new Map(
      facts
        .of("mount")
        .flatMap(({ scope, path, engine, engine_version = "1" }): [string, Thing["engine"]][] =>
          engine === "kv" || engine === "generic"
            ? [[`${scope}\n${path}`, engine_version === "2" ? "kv_2" : "kv_1"]]
            : engine === "transit"
              ? [[`${scope}\n${path}`, engine]]
              : [],
        ),
    );
  }

  changesFor(item: Ask["item"], demands: readonly Demand[]): readonly ConcreteChange[] {
    return this.plan([{ item, demands }]).values().next().value ?? [];
  }

  /** Changes by item, each in all the items that it is for. Nothing of what `kept` says is taken where that can be helped. */
  plan(asks: readonly Ask[], kept: readonly Kept[] = []): ReadonlyMap<Ask, readonly ConcreteChange[]> {
    const context = this.#context(kept);
    const ways = asks.flatMap((ask) => this.#ways(ask));
    const { changes: leavers, settled } = planLeavers(ways, context);
    const rest = ways.filter((way) => !settled.has(way));
    const ofVault = rest.filter((way) => handleOf(way, context) !== undefined);
    const known = new Set(ofVault);
    const others = rest.filter((way) => !known.has(way)).flatMap((way) => this.#otherChange(way, context));
    const changes = finished([...leavers, ...planVault(ofVault, context), ...others], context);
    const found = new Map<Ask, ConcreteChange[]>(asks.map((ask) => [ask, []]));
    for (const { change, asks: of } of changes)
      for (const ask of of) {
        const list = found.get(ask);
        if (list !== undefined && list.length < MAX_CHANGES) list.push(change);
      }
    for (const ask of asks) {
      if (found.get(ask)?.length === 0 && ask.demands.length > 0) found.set(ask, [byHandChange(ask)]);
    }
    return found;
  }

  #context(kept: readonly Kept[]): PlanContext {
    const grants = new Map<string, readonly Grant[]>();
    const unread = new Set(
      this.#facts.gaps.filter(({ hides }) => hides.includes("token")).map(({ store_id }) => store_id),
    );
    const tokens = [...this.#facts.of("token")];
    const seen = new Set(tokens.filter(({ collector }) => !collector).map(({ store_id }) => store_id));
    return {
      fact: (kind, id) => this.#fact(kind, id),
      identityOf: (id) => this.#same.identityOf(id),
      one: (id) => this.#one(id),
      others: (statement, principalId) => {
        const holders = this.#holdersOf(statement);
        return holders.has(this.#one(principalId)) ? holders.size - 1 : holders.size;
      },
      grantsOf: (id) => {
        const known = grants.get(id) ?? this.#model.whatCan(id);
        grants.set(id, known);
        return known;
      },
      thing: (id) => this.#thing(id),
      kept,
      roles: [...this.#facts.of("auth_role")],
      tokens,
      sawTokens: (storeId) => seen.has(storeId) && !unread.has(storeId),
    };
  }

  /**
   * By which statements the item's access is there: its own path, or, where nothing of that is left, whatever else gives it, and the path
   * as far as it reaches what came after the decision. Where the snapshot shows nothing of it, the item's path as it was.
   */
  #ways(ask: Ask): Way[] {
    const { item, demands, standing = [] } = ask;
    const asked = {
      principal_id: item.principal.id,
      store_id: item.store_id,
      principal: item.principal,
      demands,
    };
    const left = this.#verifier.left(asked);
    const was = new Set(item.statements.map(placeOf));
    const own = left.filter(({ grant }) => grant.path.some((statement) => was.has(placeOf(statement))));
    const ofLeft = own.length > 0 ? own : left;
    const since = this.#verifier.leftSince({ ...asked, standing });
    const wayOf = ({ principal, demand }: Left, statement: GrantStatement): Way => ({
      ask,
      principal: { id: principal.id, name: principal.name, type: principal.principal_type },
      statement,
      demand,
    });
    const ways = [
      ...ofLeft.flatMap((one) =>
        decisive(one.grant.path, one.demand)
          .filter((statement) => own.length === 0 || was.has(placeOf(statement)))
          .map((statement) => wayOf(one, statement)),
      ),
      ...since.flatMap((one) =>
        decisive(one.grant.path, one.demand).map((statement) => wayOf(one, statement)),
      ),
    ];
    if (ways.length > 0) return ways;
    const { id, name, type } = item.principal;
    return demands.flatMap((demand) =>
      decisive(item.statements, demand).map((statement) => ({
        ask,
        principal: { id, name, type },
        statement,
        demand,
      })),
    );
  }

  #otherChange(way: Way, context: PlanContext): Collected[] {
    const { principal, statement, demand, ask } = way;
    const asked: Asked = {
      item: { principal, store_id: ask.item.store_id },
      statement,
      demand,
      others: context.others(statement, principal.id),
      fact: context.fact,
      identityOf: context.identityOf,
    };
    const proposed = awsChange(asked) ?? byHand(statement);
    if (proposed === LEAVE) return [];
    const { lost, ...change } = proposed;
    const mine = context.one(principal.id);
    return [
      {
        ...change,
        ways: [way],
        stage: ask.from_at ?? "",
        rests: (other, principalId) =>
          lost(other) && (proposed.reaches === "everyone" || context.one(principalId) === mine),
      },
    ];
  }

  #thing(id: string): Thing | undefined {
    const found = this.#fact("secret", id) ?? this.#fact("key", id);
    if (found === undefined) return undefined;
    const { mount, name, scope } = found;
    const engine = this.#engines.get(`${scope}\n${mount}`);
    return { mount, name, ...(engine === undefined ? {} : { engine }) };
  }

  #fact<K extends FactKind>(kind: K, id: string | undefined): FactOf<K> | undefined {
    const known = this.#byKind.get(kind) ?? new Map(this.#facts.of(kind).map((fact) => [fact.id, fact]));
    this.#byKind.set(kind, known);
    return id === undefined ? undefined : known.get(id);
  }

  /** An identity and its logins are one: whoever loses something by the one loses it by the others. */
  #one(principalId: string): string {
    return this.#same.identityOf(principalId) ?? principalId;
  }

  /** Everyone who has the rule. All grants are walked through, once. */
  #holdersOf(statement: GrantStatement): ReadonlySet<string> {
    this.#holders ??= holdersOf(this.#model.grants(), (id) => this.#one(id));
    return this.#holders.get(ruleName(statement)) ?? new Set();
  }
}

function holdersOf(
  grants: Iterable<Grant>,
  one: (principalId: string) => string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { principal_id, path } of grants) {
    const holder = one(principal_id);
    for (const statement of path) {
      const name = ruleName(statement);
      const holders = found.get(name);
      if (holders === undefined) found.set(name, new Set([holder]));
      else holders.add(holder);
    }
  }
  return found;
}

function ruleName({ policy, policy_id, rule = "" }: GrantStatement): string {
  return `${policy_id ?? policy}\n${rule}`;
}

/** A statement by what it rests on; where its line is may have moved. */
function placeOf(statement: GrantStatement): string {
  return `${ruleName(statement)}\n${statement.through.map(({ id, name }) => id ?? name).join("\n")}`;
}

/**
 * Statements without which the access is not there. What it does as another is that one's own right: the step to it goes. Where only the
 * use of a key or a boundary would be left, all of them.
 */
function decisive(statements: readonly GrantStatement[], { actions }: Demand): readonly GrantStatement[] {
  const isOwn = ({ through }: GrantStatement): boolean => !through.some(({ kind }) => kind === "credential");
  const giving = statements.filter((statement) =>
    statement.actions.some((action) => actions.includes(action)),
  );
  const own = giving.filter(isOwn);
  const steps = own.length > 0 ? own : statements.filter(isOwn);
  const main = steps.filter(({ note = "" }) => !/use of the key|permission boundary/.test(note));
  return [main, steps, giving].find((list) => list.length > 0) ?? [];
}

function byHand(statement: GrantStatement): Proposed {
  const { policy, policy_id, rule, note } = statement;
  return {
    kind: "by_hand",
    what: `Change by hand: ${note ?? `policy ${policy}${rule === undefined ? "" : `, ${rule}`}`}`,
    where: policy_id ?? policy,
    commands: [],
    reaches: "everyone",
    lost: (other) => ruleName(other) === ruleName(statement),
  };
}

/** Where nothing on the path is to be changed by itself, or no path is known: then it says so, and where to look. */
function byHandChange({ item, from_at }: Ask): ConcreteChange {
  const [first] = item.statements;
  const { kind, what, where, commands } =
    first === undefined
      ? {
          kind: "by_hand",
          what: `No change is proposed: neither the item nor the snapshot names a rule by which ${item.principal.name} has this. Look at the paths that the last verification names as left, and at whatever gives ${item.principal.name} access outside of what was read`,
          where: item.principal.id,
          commands: [],
        }
      : byHand(first);
  return {
    key: digestOf([kind, where, what]).slice(0, 16),
    kind,
    what,
    where,
    commands,
    other_principal_count: 0,
    other_secret_count: 0,
    also: "what else it takes away is not known",
    takes_kept: [],
    item_ids: item.item_id === undefined ? [] : [item.item_id],
    ...(from_at === undefined ? {} : { from_at }),
  };
}
