import { GRANT_ACTIONS, type GrantAction } from "../grant.ts";
import type { MergedRule, RuleSource } from "./acl.ts";
import { capabilityBit, capabilitySet, type CapabilitySet } from "./capability.ts";
import { ruleConditions } from "./conditions.ts";
import type { Escalation } from "./escalation.ts";
import type { PatternIndex } from "./pattern-index.ts";
import type { SessionClass } from "./session-class.ts";
import type { CoverLists, TargetClass } from "./target-class.ts";

/** Which actions a rule gives; `note` where the rule does not speak for itself. */
export interface ClassStatement {
  readonly rule: MergedRule;
  readonly actions: readonly GrantAction[];
  /** The lines among the rule's that give an action, each with those that it gives: others only share its path. */
  readonly sources: readonly { readonly source: RuleSource; readonly actions: readonly GrantAction[] }[];
  readonly note?: string;
}

/** What a session class may do to a set of target classes, by which rules. */
export interface ClassGrant {
  readonly actions: readonly GrantAction[];
  readonly statements: readonly ClassStatement[];
  readonly conditions: readonly string[];
  /** Places of the target classes, ascending; `everything` below a namespace for what bears on the whole store. */
  readonly classes: readonly number[] | { readonly everything: string };
  /** Tokens of another principal that the session may mint: what those may read is shared. */
  readonly roleId?: string;
}

const SUDO = capabilityBit("sudo");

/** At most this many statements say why someone administers; one would do. */
const MAX_ESCALATIONS = 12;

/** Evaluates session classes one after another over the same targets. */
export class Evaluator {
  readonly #index: PatternIndex;
  readonly #covers: CoverLists;
  readonly #targets: readonly TargetClass[];
  readonly #escalations: readonly EscalationGroup[];
  /** Pattern number to the target classes that it covers. */
  readonly #covered: readonly (readonly number[])[];
  /** The session's rule for each pattern, or -1. */
  readonly #ruleOf: Int32Array;
  /** The deciding rule of each list, valid where `#stamps` holds the present session's number. */
  readonly #winners: Int32Array;
  readonly #stamps: Int32Array;
  #session = 0;

  constructor(
    index: PatternIndex,
    covers: CoverLists,
    targets: readonly TargetClass[],
    escalations: readonly Escalation[],
  ) {
    this.#index = index;
    this.#covers = covers;
    this.#targets = targets;
    this.#escalations = grouped(escalations, covers);
    this.#covered = coveredClasses(index.patterns.length, covers, targets);
    this.#ruleOf = new Int32Array(index.patterns.length).fill(-1);
    this.#winners = new Int32Array(covers.lists.length);
    this.#stamps = new Int32Array(covers.lists.length);
  }

  evaluate(session: SessionClass): { readonly grants: ClassGrant[]; readonly createsTokens: boolean } {
    this.#session += 1;
    const numbers = session.rules.map((rule) => this.#index.numberOf(rule.pattern));
    for (const [place, number] of numbers.entries()) this.#ruleOf[number] = place;
    const administration = this.#administration(session);
    // Whoever administers can do more than mint another's credential.
    const minting = administration.length > 0 ? [] : this.#minting(session);
    const grants = [...this.#targetGrants(session, numbers), ...administration, ...minting];
    const createsTokens = this.#sharing(session) !== undefined;
    for (const number of numbers) this.#ruleOf[number] = -1;
    return { grants: grants.filter((grant) => rests(session, grant)), createsTokens };
  }

  #targetGrants(session: SessionClass, numbers: readonly number[]): ClassGrant[] {
    const touched = new Set<number>();
    for (const number of numbers) for (const target of this.#covered[number] ?? []) touched.add(target);
    // Target classes whose requests the same rules decide are judged once.
    const leaves = new Map<
      string,
      { readonly sample: TargetClass; readonly winners: number[]; readonly classes: number[] }
    >();
    for (const place of touched) {
      const target = this.#targets[place];
      if (target === undefined) continue;
      const winners = target.lists.map((list) => this.#winner(list));
      const key = `${target.engine}:${winners.join(",")}`;
      const leaf = leaves.get(key);
      if (leaf === undefined) leaves.set(key, { sample: target, winners, classes: [place] });
      else leaf.classes.push(place);
    }
    const shared = this.#sharing(session);
    const grants = new Map<string, ClassGrant & { readonly classes: number[] }>();
    for (const { sample, winners, classes } of leaves.values()) {
      for (const found of judged(session, sample, winners)) {
        const grant = shared === undefined ? found : withSharing(found, shared);
        const key = grantKey(grant, session);
        const known = grants.get(key);
        if (known === undefined) grants.set(key, { ...grant, classes: [...classes] });
        else known.classes.push(...classes);
      }
    }
    return [...grants.values()].map((grant) => ({ ...grant, classes: grant.classes.sort((a, b) => a - b) }));
  }

  /** The first of a list's patterns that the session has a rule for. */
  #winner(list: number): number {
    if (this.#stamps[list] === this.#session) return this.#winners[list] ?? -1;
    let winner = -1;
    for (const number of this.#covers.lists[list] ?? []) {
      winner = this.#ruleOf[number] ?? -1;
      if (winner >= 0) break;
    }
    this.#stamps[list] = this.#session;
    this.#winners[list] = winner;
    return winner;
  }

  /** The escalations of a kind that the session's rules let through, with the rule. */
  *#escalating(
    session: SessionClass,
    kind: Escalation["kind"],
  ): Generator<{ rule: MergedRule; group: EscalationGroup }> {
    for (const group of this.#escalations) {
      if (group.kind !== kind) continue;
      const rule = session.rules[this.#winner(group.list)];
      if (rule === undefined || (rule.capabilities & group.capability) === 0) continue;
      if (!group.sudo || (rule.capabilities & SUDO) !== 0) yield { rule, group };
    }
  }

  #administration(session: SessionClass): ClassGrant[] {
    const byNamespace = new Map<string, Map<string, ClassStatement>>();
    for (const { rule, group } of this.#escalating(session, "administer")) {
      for (const { note, namespace } of group.members.values()) {
        const statements = byNamespace.get(namespace) ?? new Map<string, ClassStatement>();
        byNamespace.set(namespace, statements);
        if (statements.size >= MAX_ESCALATIONS) continue;
        statements.set(`${rule.pattern.key}\n${note}`, escalating(rule, group, "administer", note));
      }
    }
    return [...byNamespace].flatMap(([everything, statements]) =>
      certainFirst(session, [...statements.values()]).map((found) => ({
        ...found,
        actions: ["administer"] as const,
        classes: { everything },
      })),
    );
  }

  #minting(session: SessionClass): ClassGrant[] {
    const grants = new Map<string, ClassGrant>();
    for (const { rule, group } of this.#escalating(session, "role")) {
      for (const { note, roleId = "" } of group.members.values()) {
        const [found] = certainFirst(session, [escalating(rule, group, "share", note)]);
        if (found === undefined || grants.has(roleId)) continue;
        grants.set(roleId, { ...found, actions: ["share"], classes: [], roleId });
      }
    }
    return [...grants.values()];
  }

  #sharing(session: SessionClass): ClassStatement | undefined {
    for (const { rule, group } of this.#escalating(session, "tokens")) {
      for (const { note } of group.members.values()) return escalating(rule, group, "share", note);
    }
    return undefined;
  }
}

/** Escalations that the same patterns decide in the same way. */
interface EscalationGroup {
  readonly kind: Escalation["kind"];
  readonly list: number;
  readonly capability: CapabilitySet;
  readonly sudo: boolean;
  /** By what they would say; those that say the same stand for each other. */
  readonly members: Map<string, Escalation>;
}

function grouped(escalations: readonly Escalation[], covers: CoverLists): EscalationGroup[] {
  const groups = new Map<string, EscalationGroup>();
  for (const escalation of escalations) {
    const { path, kind, capability, sudo, note, namespace, roleId } = escalation;
    const list = covers.of(path);
    const key = `${kind} ${list} ${capability} ${sudo}`;
    const group = groups.get(key) ?? { kind, list, capability, sudo, members: new Map<string, Escalation>() };
    groups.set(key, group);
    group.members.set(`${note}\n${namespace}\n${roleId ?? ""}`, escalation);
  }
  return [...groups.values()];
}

function coveredClasses(patterns: number, covers: CoverLists, targets: readonly TargetClass[]): number[][] {
  const covered = Array.from({ length: patterns }, (): number[] => []);
  for (const [place, { lists }] of targets.entries()) {
    const numbers = new Set(lists.flatMap((list) => covers.lists[list] ?? []));
    for (const number of numbers) covered[number]?.push(place);
  }
  return covered;
}

/** What one rule lets someone ask for, by those of its lines that allow it. */
function escalating(
  rule: MergedRule,
  { capability, sudo }: EscalationGroup,
  action: GrantAction,
  note: string,
): ClassStatement {
  const needed = sudo ? capability | SUDO : capability;
  return { rule, actions: [action], sources: sourcesOf(rule, new Map([[action, needed]])), note };
}

function sourcesOf(
  rule: MergedRule,
  capabilities: ReadonlyMap<GrantAction, CapabilitySet>,
): ClassStatement["sources"] {
  return rule.sources.flatMap((source) => {
    const own = capabilitySet(source.rule.capabilities);
    const actions = GRANT_ACTIONS.filter((action) => (own & (capabilities.get(action) ?? 0)) !== 0);
    return actions.length === 0 ? [] : [{ source, actions }];
  });
}

interface Satisfied {
  readonly rule: MergedRule;
  readonly capability: CapabilitySet;
  readonly conditions: readonly string[];
}

/** What the deciding rules give: one grant for what needs nothing more, and one for each set of conditions. */
function judged(
  session: SessionClass,
  target: TargetClass,
  winners: readonly number[],
): Omit<ClassGrant, "classes">[] {
  const satisfied = new Map<GrantAction, Satisfied[]>();
  for (const { action, path, capability, condition } of target.checks) {
    const rule = session.rules[winners[path] ?? -1];
    if (rule === undefined || (rule.capabilities & capability) === 0) continue;
    const conditions = ruleConditions(rule, capability, session.open.has(rule));
    const all = condition === undefined ? conditions : [...conditions, condition];
    const list = satisfied.get(action);
    if (list === undefined) satisfied.set(action, [{ rule, capability, conditions: all }]);
    else list.push({ rule, capability, conditions: all });
  }
  const groups = new Map<
    string,
    { conditions: readonly string[]; rules: Map<MergedRule, Map<GrantAction, CapabilitySet>> }
  >();
  for (const [action, ways] of satisfied) {
    for (const { rule, capability, conditions } of leastConditional(ways)) {
      const key = conditions.join("\n");
      const group = groups.get(key) ?? { conditions, rules: new Map<MergedRule, Map<GrantAction, number>>() };
      groups.set(key, group);
      const actions = group.rules.get(rule) ?? new Map<GrantAction, CapabilitySet>();
      group.rules.set(rule, actions.set(action, capability | (actions.get(action) ?? 0)));
    }
  }
  return [...groups.values()].map(({ conditions, rules }) => {
    const statements = [...rules].map(([rule, actions]) => ({
      rule,
      actions: inOrder(actions.keys()),
      sources: sourcesOf(rule, actions),
    }));
    return { actions: inOrder(statements.flatMap((statement) => statement.actions)), statements, conditions };
  });
}

/** A way without conditions makes the conditional ones idle. */
function leastConditional(ways: readonly Satisfied[]): readonly Satisfied[] {
  const free = ways.filter((way) => way.conditions.length === 0);
  return free.length === 0 ? ways : free;
}

function certainFirst(
  session: SessionClass,
  statements: readonly ClassStatement[],
): { statements: readonly ClassStatement[]; conditions: readonly string[] }[] {
  const update = capabilityBit("update");
  const ways = statements.map((statement) => ({
    statement,
    conditions: ruleConditions(statement.rule, update, session.open.has(statement.rule)),
  }));
  const free = ways.filter((way) => way.conditions.length === 0);
  if (free.length > 0) return [{ statements: free.map((way) => way.statement), conditions: [] }];
  return ways.map(({ statement, conditions }) => ({ statements: [statement], conditions }));
}

function withSharing(
  grant: Omit<ClassGrant, "classes">,
  sharing: ClassStatement,
): Omit<ClassGrant, "classes"> {
  if (!grant.actions.includes("read")) return grant;
  return {
    ...grant,
    actions: inOrder([...grant.actions, "share"]),
    statements: [...grant.statements, sharing],
  };
}

/** Of a session whose identity is open only what rests on the identity counts; the rest stands without it. */
function rests({ open }: SessionClass, { statements }: ClassGrant): boolean {
  return open.size === 0 || statements.some((statement) => open.has(statement.rule));
}

function grantKey(grant: Omit<ClassGrant, "classes">, { rules }: SessionClass): string {
  const statements = grant.statements.map(
    ({ rule, actions }) => `${rules.indexOf(rule)}:${actions.join("+")}`,
  );
  return `${grant.conditions.join("\n")}|${statements.join(",")}`;
}

function inOrder(actions: Iterable<GrantAction>): GrantAction[] {
  const set = new Set(actions);
  return GRANT_ACTIONS.filter((action) => set.has(action));
}
