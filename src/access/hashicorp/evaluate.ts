import { GRANT_ACTIONS, type GrantAction } from "../grant.ts";
import type { MergedRule } from "./acl.ts";
import { capabilityBit, capabilitySet, type CapabilitySet } from "./capability.ts";
import { givenBy, ruleConditions } from "./conditions.ts";
import { owns } from "./certainty.ts";
import type { ClassGrant, ClassStatement, Lift } from "./class-grant.ts";
import type { EscalationGroup } from "./escalation-groups.ts";
import { NO_RULE, alternatives, waysOf, type Way } from "./open-rules.ts";
import type { PatternIndex } from "./pattern-index.ts";
import type { SessionClass } from "./session-class.ts";
import { coveredClasses, type CoverLists, type TargetClass } from "./target-class.ts";

/** All that is known of a session class. */
interface Evaluation {
  readonly grants: ClassGrant[];
  readonly createsTokens: boolean;
  /** Empty for whoever administers: that is more. */
  readonly lifts: Lift[];
}

const SUDO = capabilityBit("sudo");

/** At most this many statements say why someone administers; one would do. */
export const MAX_ESCALATIONS = 12;

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
  /** The rules that may decide each list, valid where `#stamps` holds the present session's number. */
  readonly #deciders: (readonly number[])[];
  readonly #stamps: Int32Array;
  /** Lists of one rule, by its place. */
  readonly #single: (readonly number[])[] = [];
  #session = 0;

  constructor(
    index: PatternIndex,
    covers: CoverLists,
    targets: readonly TargetClass[],
    escalations: readonly EscalationGroup[],
  ) {
    this.#index = index;
    this.#covers = covers;
    this.#targets = targets;
    this.#escalations = escalations;
    this.#covered = coveredClasses(index.patterns.length, covers, targets);
    this.#ruleOf = new Int32Array(index.patterns.length).fill(-1);
    this.#deciders = Array.from({ length: covers.lists.length }, () => NO_RULE);
    this.#stamps = new Int32Array(covers.lists.length);
  }

  evaluate(session: SessionClass): Evaluation {
    this.#session += 1;
    const numbers = session.rules.map((rule) => this.#index.numberOf(rule.pattern));
    for (const [place, number] of numbers.entries()) this.#ruleOf[number] = place;
    const administration = this.#administration(session);
    // Whoever administers can do more than mint another's credential.
    const surely = administration.some((grant) => owns(session, grant));
    const minting = surely ? [] : this.#minting(session);
    const grants = [...this.#targetGrants(session, numbers), ...administration, ...minting];
    const createsTokens = this.#sharing(session) !== undefined;
    const lifts = surely ? [] : this.#lifting(session);
    for (const number of numbers) this.#ruleOf[number] = -1;
    return { grants: grants.filter((grant) => rests(session, grant)), createsTokens, lifts };
  }

  #targetGrants(session: SessionClass, numbers: readonly number[]): ClassGrant[] {
    const touched = new Set<number>();
    for (const number of numbers) for (const target of this.#covered[number] ?? []) touched.add(target);
    // Target classes whose requests the same rules decide are judged once.
    const leaves = new Map<
      string,
      { readonly sample: TargetClass; readonly ways: (readonly number[])[]; readonly classes: number[] }
    >();
    for (const place of touched) {
      const target = this.#targets[place];
      if (target === undefined) continue;
      const ways = target.lists.map((list) => this.#decidersOf(session, list));
      const key = `${target.engine}:${ways.join(";")}`;
      const leaf = leaves.get(key);
      if (leaf === undefined) leaves.set(key, { sample: target, ways, classes: [place] });
      else leaf.classes.push(place);
    }
    const shared = this.#sharing(session);
    const grants = new Map<string, ClassGrant & { readonly classes: number[] }>();
    for (const { sample, ways, classes } of leaves.values()) {
      for (const found of judged(session, sample, ways)) {
        const grant = shared === undefined ? found : withSharing(found, shared);
        const key = grantKey(grant, session);
        const known = grants.get(key);
        if (known === undefined) grants.set(key, { ...grant, classes: [...classes] });
        else known.classes.push(...classes);
      }
    }
    return [...grants.values()].map((grant) => ({ ...grant, classes: grant.classes.sort((a, b) => a - b) }));
  }

  /**
   * The session's rules that may decide a list, the first of its patterns before all others. Only behind or before rules with
   * open templates there are more (`alternatives`).
   */
  #decidersOf(session: SessionClass, list: number): readonly number[] {
    if (this.#stamps[list] === this.#session) return this.#deciders[list] ?? NO_RULE;
    const covering = this.#covers.lists[list] ?? [];
    const at = covering.findIndex((number) => (this.#ruleOf[number] ?? -1) >= 0);
    const place = this.#ruleOf[covering[at] ?? -1] ?? -1;
    let deciders = place < 0 ? NO_RULE : (this.#single[place] ??= [place]);
    if (place >= 0 && session.open.size > 0) {
      const others = covering.slice(at + 1).map((number) => this.#ruleOf[number] ?? -1);
      deciders = [place, ...alternatives(session, place, others)];
    }
    this.#stamps[list] = this.#session;
    this.#deciders[list] = deciders;
    return deciders;
  }

  /** The escalations of a kind that the session's rules let through, with the rule. */
  *#escalating(
    session: SessionClass,
    kind: EscalationGroup["kind"],
  ): Generator<{ way: Way; group: EscalationGroup }> {
    for (const group of this.#escalations) {
      if (group.kind !== kind) continue;
      for (const way of waysOf(session, this.#decidersOf(session, group.list))) {
        const capabilities = givenBy(way.rule);
        if ((capabilities & group.capability) === 0) continue;
        if (group.sudo && (capabilities & SUDO) === 0) continue;
        const full = this.#withBesides(session, way, group);
        if (full !== undefined) yield { way: full, group };
      }
    }
  }

  /** A way with what its escalation needs besides; nothing where a request that it needs too is not let through. */
  #withBesides(session: SessionClass, way: Way, { besides, conditions }: EscalationGroup): Way | undefined {
    const full = { ...way, conditions: [...way.conditions, ...conditions], doubts: [...way.doubts] };
    for (const requests of besides) {
      const ways = requests.flatMap(({ list, capability }) =>
        waysOf(session, this.#decidersOf(session, list))
          .filter(({ rule }) => (givenBy(rule) & capability) !== 0)
          .map((one) => ({ ...one, conditions: conditionsOf(session, one, capability) })),
      );
      const [best] = leastConditional(ways);
      if (best === undefined) return undefined;
      full.conditions.push(...best.conditions);
      full.doubts.push(...best.doubts);
    }
    return full;
  }

  #administration(session: SessionClass): ClassGrant[] {
    const byNamespace = new Map<string, Map<string, Stated>>();
    for (const { way, group } of this.#escalating(session, "administer")) {
      for (const { note, namespace } of group.members.values()) {
        const stated = byNamespace.get(namespace) ?? new Map<string, Stated>();
        byNamespace.set(namespace, stated);
        const key = `${way.rule.pattern.key}\n${note}\n${way.doubts.length}`;
        if (stated.size < MAX_ESCALATIONS)
          stated.set(key, escalating(session, way, group, "administer", note));
      }
    }
    return [...byNamespace].flatMap(([everything, stated]) =>
      certainFirst([...stated.values()]).map((found) => ({
        ...found,
        actions: ["administer"] as const,
        classes: { everything },
      })),
    );
  }

  #minting(session: SessionClass): ClassGrant[] {
    const grants = new Map<string, ClassGrant>();
    for (const { way, group } of this.#escalating(session, "role")) {
      for (const { note, roleId = "" } of group.members.values()) {
        const [found] = certainFirst([escalating(session, way, group, "share", note)]);
        const known = grants.get(roleId);
        if (found === undefined || (known !== undefined && leastConditional([known, found])[0] === known))
          continue;
        grants.set(roleId, { ...found, actions: ["share"], classes: [], roleId });
      }
    }
    return [...grants.values()];
  }

  /** What the session can delete: each thing once, by the surest way. */
  #lifting(session: SessionClass): Lift[] {
    const lifts = new Map<string, Lift>();
    for (const { way, group } of this.#escalating(session, "lift")) {
      for (const { note, roleId: id = "" } of group.members.values()) {
        const found = { id, ...escalating(session, way, group, "administer", note) };
        const known = lifts.get(id);
        if (known === undefined || leastConditional([known, found])[0] === found) lifts.set(id, found);
      }
    }
    return [...lifts.values()].filter(({ statement }) => rests(session, { statements: [statement] }));
  }

  #sharing(session: SessionClass): ClassStatement | undefined {
    for (const { way, group } of this.#escalating(session, "tokens")) {
      if (way.doubts.length > 0) continue;
      for (const { note } of group.members.values())
        return escalating(session, way, group, "share", note).statement;
    }
    return undefined;
  }
}

/** A statement of an escalation, with what it rests on. */
interface Stated {
  readonly statement: ClassStatement;
  readonly conditions: readonly string[];
  readonly doubts: readonly string[];
}

/** What one rule lets someone ask for, by those of its lines that allow it. */
function escalating(
  session: SessionClass,
  way: Way,
  { capability, sudo }: EscalationGroup,
  action: GrantAction,
  note: string,
): Stated {
  const needed = sudo ? capability | SUDO : capability;
  const { rule, doubts } = way;
  return {
    statement: { rule, actions: [action], sources: sourcesOf(rule, new Map([[action, needed]])), note },
    conditions: conditionsOf(session, way, capability),
    doubts,
  };
}

/** All that a request by this way must fulfil besides its capability. */
function conditionsOf(session: SessionClass, { rule, conditions }: Way, capability: CapabilitySet): string[] {
  return [...ruleConditions(rule, capability, session.open.has(rule)), ...conditions];
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

interface Satisfied extends Way {
  readonly capability: CapabilitySet;
}

type Asked = Pick<TargetClass["checks"][number], "path" | "capability" | "sudo">;

function satisfying(session: SessionClass, way: Way, { capability, sudo = false }: Asked): Satisfied[] {
  const given = givenBy(way.rule);
  if ((given & capability) === 0 || (sudo && (given & SUDO) === 0)) return [];
  return [{ ...way, capability, conditions: conditionsOf(session, way, capability) }];
}

/** What the deciding rules give: one grant for what needs nothing more, and one for each set of conditions. */
function judged(
  session: SessionClass,
  target: TargetClass,
  deciders: readonly (readonly number[])[],
): Omit<ClassGrant, "classes">[] {
  const satisfied = new Map<GrantAction, Satisfied[]>();
  const allowed = (check: Asked): Satisfied[] =>
    waysOf(session, deciders[check.path] ?? NO_RULE).flatMap((way) => satisfying(session, way, check));
  for (const check of target.checks) {
    const { action, condition, before = [] } = check;
    const list = satisfied.get(action) ?? [];
    for (const way of allowed(check)) {
      const { conditions, doubts } = way;
      if (condition === undefined) list.push(way);
      else list.push({ ...way, conditions: [...conditions, condition] });
      for (const first of before.flatMap(allowed))
        list.push({
          ...way,
          conditions: [...new Set([...conditions, ...first.conditions])],
          doubts: [...doubts, ...first.doubts],
        });
    }
    if (list.length > 0) satisfied.set(action, list);
  }
  const groups = new Map<
    string,
    Omit<Way, "rule"> & { readonly rules: Map<MergedRule, Map<GrantAction, CapabilitySet>> }
  >();
  for (const [action, ways] of satisfied) {
    for (const { rule, capability, conditions, doubts } of leastConditional(ways)) {
      const key = [...conditions, "", ...doubts].join("\n");
      const group = groups.get(key) ?? {
        conditions,
        doubts,
        rules: new Map<MergedRule, Map<GrantAction, number>>(),
      };
      groups.set(key, group);
      const actions = group.rules.get(rule) ?? new Map<GrantAction, CapabilitySet>();
      group.rules.set(rule, actions.set(action, capability | (actions.get(action) ?? 0)));
    }
  }
  return [...groups.values()].map(({ conditions, doubts, rules }) => {
    const statements = [...rules].map(([rule, actions]) => ({
      rule,
      actions: inOrder(actions.keys()),
      sources: sourcesOf(rule, actions),
    }));
    const actions = inOrder(statements.flatMap((statement) => statement.actions));
    return { actions, statements, conditions, doubts };
  });
}

/** A way without conditions makes the conditional ones idle, and any that is sure those that are in doubt. */
function leastConditional<T extends Omit<Way, "rule">>(ways: readonly T[]): readonly T[] {
  const sure = ways.filter((way) => way.doubts.length === 0);
  const free = sure.filter((way) => way.conditions.length === 0);
  return [free, sure, ways].find((some) => some.length > 0) ?? [];
}

function certainFirst(stated: readonly Stated[]): Omit<ClassGrant, "actions" | "classes">[] {
  const ways = leastConditional(stated);
  const [first] = ways;
  if (first?.conditions.length === 0 && first.doubts.length === 0)
    return [{ statements: ways.map(({ statement }) => statement), conditions: [], doubts: [] }];
  return ways.map(({ statement, conditions, doubts }) => ({ statements: [statement], conditions, doubts }));
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
function rests({ open, anyIdentity }: SessionClass, { statements }: Pick<ClassGrant, "statements">): boolean {
  return !anyIdentity || open.size === 0 || statements.some((statement) => open.has(statement.rule));
}

function grantKey(grant: Omit<ClassGrant, "classes">, { rules }: SessionClass): string {
  const statements = grant.statements.map(
    ({ rule, actions }) => `${rules.indexOf(rule)}:${actions.join("+")}`,
  );
  return `${[...grant.conditions, "", ...grant.doubts].join("\n")}|${statements.join(",")}`;
}

function inOrder(actions: Iterable<GrantAction>): GrantAction[] {
  const set = new Set(actions);
  return GRANT_ACTIONS.filter((action) => set.has(action));
}
