import type { Grant, GrantAction, GrantModel, GrantStatement } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import type { Fact, FactKind, FactOf, FactSet } from "../../facts/index.ts";
import { LEAVE, type Asked, type ConcreteChange, type Proposed } from "./proposal.ts";
import { actionWords } from "../population/explain.ts";
import { awsChange } from "./changes-aws.ts";
import { vaultChange } from "./changes-vault.ts";
import type { ReviewItem } from "../model.ts";
import { SameIdentity } from "../population/same-identity.ts";
import type { Demand } from "./verify.ts";

/** Undefined where a statement is of another provider. A further provider is one more entry. */
type Provider = (asked: Asked) => Proposed | typeof LEAVE | undefined;

const PROVIDERS: readonly Provider[] = [vaultChange, awsChange];

/** Most changes of one revocation. */
const MAX_CHANGES = 24;

/** Proposes changes on one snapshot: for each statement that gives what must go, the one that takes the least from others. */
export class ChangeAdvisor {
  readonly #model: GrantModel;
  readonly #facts: FactSet;
  readonly #byKind = new Map<FactKind, ReadonlyMap<string, Fact>>();
  readonly #same: SameIdentity;
  #holders: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor({ model, facts }: { readonly model: GrantModel; readonly facts: FactSet }) {
    this.#model = model;
    this.#facts = facts;
    this.#same = new SameIdentity({ model, facts });
  }

  changesFor(
    item: Pick<ReviewItem, "principal" | "statements" | "store_id">,
    demands: readonly Demand[],
  ): ConcreteChange[] {
    const grants = this.#model.whatCan(item.principal.id);
    const found = new Map<string, ConcreteChange>();
    for (const demand of demands) {
      for (const statement of decisive(item.statements, demand)) {
        const change = this.#change(item, statement, demand, grants);
        if (change !== undefined)
          found.set(JSON.stringify([change.kind, change.where, change.what, change.diff]), change);
      }
    }
    const [first] = item.statements;
    if (found.size === 0 && first !== undefined) return [byHandChange(first)];
    return [...found.values()].slice(0, MAX_CHANGES);
  }

  #change(
    item: Pick<ReviewItem, "principal" | "store_id">,
    statement: GrantStatement,
    demand: Demand,
    grants: readonly Grant[],
  ): ConcreteChange | undefined {
    const holders = this.#holdersOf(statement);
    const others = holders.has(this.#one(item.principal.id)) ? holders.size - 1 : holders.size;
    const asked: Asked = {
      item,
      statement,
      demand,
      others,
      fact: (kind, id) => this.#fact(kind, id),
      identityOf: (id) => this.#same.identityOf(id),
    };
    const proposed =
      PROVIDERS.map((provider) => provider(asked)).find((one) => one !== undefined) ?? byHand(statement);
    if (proposed === LEAVE) return undefined;
    const { reaches, lost, keeps = false, ...change } = proposed;
    const other_principal_count = reaches === "everyone" ? others : 0;
    const wanted = new Set(demand.targets);
    const lostBy = grants.filter(({ path }) => path.some(lost)).flatMap((grant) => [...grant.targets()]);
    const other_secret_count = new Set(lostBy.filter((id) => !wanted.has(id))).size;
    return {
      ...change,
      other_principal_count,
      other_secret_count,
      also: alsoText(
        other_principal_count,
        other_secret_count,
        keeps ? [] : statement.actions.filter((action) => demand.kept_actions.includes(action)),
      ),
    };
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

/** Where nothing on the path is to be changed by itself. */
function byHandChange(statement: GrantStatement): ConcreteChange {
  const { kind, what, where, commands } = byHand(statement);
  return {
    kind,
    what,
    where,
    commands,
    other_principal_count: 0,
    other_secret_count: 0,
    also: "what else it takes away is not known",
  };
}

/** `kept`: what was to stay, and goes as well. */
function alsoText(principals: number, secrets: number, kept: readonly GrantAction[]): string {
  const parts = [
    ...(kept.length === 0 ? [] : [`what is to stay, to ${actionWords(kept)}, which has to be given anew`]),
    ...(principals === 0 ? [] : [`the same from ${counted(principals, "other principal")}`]),
    ...(secrets === 0 ? [] : [`this principal's access by the same to ${counted(secrets, "other secret")}`]),
  ];
  return parts.length === 0 ? "takes nothing else away" : `also takes away ${parts.join(", and ")}`;
}
