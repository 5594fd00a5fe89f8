import { compareStrings, digestOf } from "../../base/index.ts";
import {
  GRANT_ACTIONS,
  strongest,
  type Grant,
  type GrantAction,
  type GrantStatement,
  type Through,
} from "../grant.ts";
import { pathsAbove } from "./actions.ts";
import { parseArn } from "./arn.ts";
import type { Becoming, ChainStep } from "./chains.ts";
import type { Decisions, Entry } from "./decisions.ts";
import { JOIN_GROUP } from "./escalation-ways.ts";
import { isAwsManaged, keyAction } from "./encryption.ts";
import type { AwsEstate, AwsTarget } from "./estate.ts";
import { customerKey, type EstateIndex } from "./estate-index.ts";
import type { Sourced } from "./fact-documents.ts";
import type { Conclusion } from "./formula.ts";
import type { Holder } from "./holders.ts";
import type { PlaceSet } from "./place-sets.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { Numbers } from "./resource-classes.ts";
import { isUnreadable } from "./world-schema.ts";
import type { AwsBecause, AwsVerdict } from "./world.ts";

/** What all principals of a class hold of one set, by one way. */
export interface ClassGrant {
  readonly actions: readonly GrantAction[];
  readonly set: PlaceSet;
  readonly conclusion: Conclusion;
  /** What is asked at last: by the holder itself, or as whom `telling` says. */
  readonly entries: readonly Entry[];
  /** How it comes to it by way of others. */
  readonly steps: readonly ChainStep[];
  readonly becoming: Becoming;
  /** Absent: it does so by its own policies, with no step before. */
  readonly telling?: Telling;
}

/** As whom somebody does something. */
export interface Telling {
  readonly of: PrincipalClass;
  /** Whom it became, in order; nobody: it asks as itself. */
  readonly before: readonly Holder[];
  /** The last whose permissions it took on; nobody: it acts by its own. */
  readonly as: Holder | undefined;
  /** Whether `as` comes to it by itself, and so counts by itself. */
  readonly theirs: boolean;
  /** Where that is decided, if not as things are. */
  readonly decisions?: Decisions;
}

/** Whether it does so by nothing but assuming roles, the last of which does so by itself. */
export function isByRole({ becoming, telling }: ClassGrant): boolean {
  return becoming === "use" && telling?.as !== undefined && telling.theirs;
}

/** What reaches one set under one condition is one grant. */
export function directGrants(entries: readonly Entry[]): ClassGrant[] {
  const key = ({ set, conclusion: { certainty, holds, conditions } }: Entry) =>
    `${set.number} ${certainty} ${holds} ${conditions.join("\n")}`;
  return [...Map.groupBy(entries, key).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const gives = new Set(same.flatMap(({ asked }) => asked.gives));
    const actions = GRANT_ACTIONS.filter((action) => gives.has(action));
    const { set, conclusion } = first;
    return [{ actions, set, conclusion, entries: same, steps: [], becoming: "use" as const }];
  });
}

/** Some of them, told as one. */
type Grants = readonly [ClassGrant, ...ClassGrant[]];

export interface ShownGrant {
  readonly grant: Grant;
  readonly targets: () => readonly AwsTarget[];
}

/** What a grant says of whoever holds it, but for who that is. */
interface Told {
  readonly path: readonly GrantStatement[];
  /** By what a grant is named: the path without what may change while it stays the same. */
  readonly definition: readonly unknown[];
  /** Records of the path, beside the holder's own. */
  readonly records: readonly string[];
}

/** Turns grants of classes into those of a principal: statements, records, a name that lasts. */
export class Shower {
  readonly #index: EstateIndex;
  readonly #estate: AwsEstate;
  readonly #decisions: Decisions;
  readonly #members: (place: number) => readonly AwsTarget[];
  /** What is asked for one of a class holds for all. */
  readonly #kept = new WeakMap<Entry, AwsVerdict[]>();
  /** What is told of one of a class holds for all who come by their policies alike, by {@link Shower.#origin}. */
  readonly #told = new WeakMap<ClassGrant, Map<string, Told>>();
  readonly #origins = new WeakMap<Holder, number>();
  readonly #numbers = new Numbers();

  constructor(index: EstateIndex, decisions: Decisions, members: (place: number) => readonly AwsTarget[]) {
    this.#index = index;
    this.#estate = index.estate;
    this.#decisions = decisions;
    this.#members = members;
  }

  /**
   * Grants by one path are one, of all that they reach. A path and what rests on it are worked out when they are looked at: of
   * many holders of a thing few are read to the end.
   */
  shown(holder: Holder, of: PrincipalClass, grants: readonly ClassGrant[]): ShownGrant[] {
    return this.#byPath(holder, of, grants).map((same) => this.#shown(holder, of, same));
  }

  /** By path and conditions. What alone has its conditions is a path by itself, whichever it is. */
  #byPath(holder: Holder, of: PrincipalClass, grants: readonly ClassGrant[]): Grants[] {
    const [only] = grants;
    if (only !== undefined && grants.length === 1) return [[only]];
    const conditions = ({ conclusion }: ClassGrant): string =>
      JSON.stringify([conclusion.holds, conclusion.conditions]);
    const alike = Map.groupBy(grants, conditions);
    const key = (grant: ClassGrant): string => {
      const text = conditions(grant);
      if (alike.get(text)?.length === 1) return text;
      return JSON.stringify([text, this.#tell(holder, of, grant).definition]);
    };
    return [...Map.groupBy(grants, key).values()].flatMap(([first, ...rest]) =>
      first === undefined ? [] : [[first, ...rest] as const],
    );
  }

  #shown(holder: Holder, of: PrincipalClass, same: Grants): ShownGrant {
    const [{ set, conclusion }] = same;
    const places =
      same.length === 1
        ? set.places
        : Int32Array.from(new Set(same.flatMap((one) => [...one.set.places]))).sort();
    const targets = (): AwsTarget[] => {
      const all = Array.from(places, (place) => this.#members(place)).flat();
      return all.sort((a, b) => compareStrings(a.id, b.id));
    };
    const actions = new Set(same.flatMap((one) => one.actions));
    const tell = (one: ClassGrant): Told => this.#tell(holder, of, one);
    const members = this.#members;
    const { conditions } = conclusion;
    const certainty = same.map((one) => one.conclusion.certainty).reduce(strongest);
    const grant: Grant = {
      get id() {
        // In the order of canonical JSON, in which it is soonest written.
        return digestOf({ conditions, path: tell(same[0]).definition, principal: holder.principal.id });
      },
      store_id: this.#estate.storeId,
      principal_id: holder.principal.id,
      actions: GRANT_ACTIONS.filter((action) => actions.has(action)),
      certainty,
      ...(certainty === "possible" ? { but_for_denial: same.some((one) => one.conclusion.holds) } : {}),
      conditions,
      ...(same[0].telling === undefined ? {} : { detour: true as const }),
      get path() {
        return tell(same[0]).path;
      },
      get records() {
        const records = same.flatMap((one) => tell(one).records);
        return [...new Set([...holder.records, ...records])].sort(compareStrings);
      },
      get target_count() {
        return places.reduce((sum, place) => sum + members(place).length, 0);
      },
      targets: () => targets().map(({ id }) => id),
    };
    return { grant, targets };
  }

  #tell(holder: Holder, of: PrincipalClass, grant: ClassGrant): Told {
    const known = this.#told.get(grant) ?? new Map<string, Told>();
    this.#told.set(grant, known);
    // What somebody does to itself is told by its own name.
    const own = grant.steps.some((step) => isOnItself(step, of)) ? holder.principal.id : "";
    const origin = `${this.#origin(holder)} ${own}`;
    const told = known.get(origin);
    if (told !== undefined) return told;
    const made = this.#made(holder, of, grant);
    known.set(origin, made);
    return made;
  }

  /** By which facts somebody comes by its policies: holders of a class of whom it is the same are told of alike. */
  #origin(holder: Holder): number {
    const known = this.#origins.get(holder);
    if (known !== undefined) return known;
    const { policies, boundary } = holder;
    const held = policies.map(({ source: { id, name }, through }) => [id, name, through]);
    const made = this.#numbers.of(JSON.stringify([held, boundary?.id, boundary?.name]));
    this.#origins.set(holder, made);
    return made;
  }

  #made(holder: Holder, of: PrincipalClass, grant: ClassGrant): Told {
    const records: string[] = [];
    const statements = [
      ...grant.steps.flatMap((step) => this.#step(holder, of, step, grant.actions, records)),
      ...grant.entries.flatMap((entry) => this.#statements(holder, of, entry, grant, records)),
    ];
    // The holder's own are its own to tell.
    if (grant.entries.length > 0) records.push(...(grant.telling?.before.at(-1)?.records ?? []));
    if (holder.principal.principal_type === "aws_root" && grant.telling === undefined)
      statements.unshift({ actions: grant.actions, through: [], policy: "root", note: ROOT });
    const path = joined(statements);
    if (path.length === 0) path.push(unknownStatement(grant));
    const definition = path.map(({ actions, through, policy, policy_id, rule, note }) => [
      actions,
      through.map(({ kind, id, name }) => [kind, id ?? name]),
      policy_id ?? policy,
      rule ?? "",
      note ?? "",
    ]);
    return { path, definition, records };
  }

  #statements(
    holder: Holder,
    of: PrincipalClass,
    entry: Entry,
    grant: ClassGrant,
    records: string[],
  ): GrantStatement[] {
    const { asked, set } = entry;
    const { telling } = grant;
    const actions = givenBy(grant, asked.gives);
    if (actions.length === 0) return [];
    const [place = 0] = set.places;
    const arn = this.#index.things.all[place]?.arn ?? "";
    const decisions = telling?.decisions ?? this.#decisions;
    const verdicts = this.#kept.get(entry) ?? verdictsOf(decisions, telling?.of ?? of, asked, arn);
    this.#kept.set(entry, verdicts);
    const alone = set.places.length === 1 && this.#members(place).length <= 1;
    const before = telling?.before ?? [];
    const by = before.at(-1) ?? holder;
    const through = throughOf(before);
    const asks: Asking = { holder: by, arn, alone, actions, action: asked.action, through };
    // How it comes to use a key that it owns is a step of its own.
    const ownsKey = telling?.decisions !== undefined;
    return verdicts.flatMap(({ because }) =>
      because
        .filter(({ policy }) => !ownsKey || !policy.startsWith(ON_KEY))
        .flatMap((one) => this.#statement(one, asks, records)),
    );
  }

  /** A step of a chain, with the statements that allow it. */
  #step(
    holder: Holder,
    of: PrincipalClass,
    step: ChainStep,
    actions: readonly GrantAction[],
    records: string[],
  ): GrantStatement[] {
    const by = step.by === undefined ? { holder, of } : { holder: step.by.first, of: step.by };
    const through = throughOf(step.before);
    const on = isOnItself(step, of) && typeof holder.asks === "string" ? holder.asks : step.on;
    const note = `${step.actions.join(" + ")} on ${nameOf(on)}`;
    const found = step.actions.slice(0, 1).flatMap((action) => {
      const request = { action, kind: "", context: step.context ?? {} };
      const { because } = this.#decisions.answer(by.of, request, { resource: step.on });
      const asks: Asking = { holder: by.holder, arn: step.on, alone: true, actions, action, through };
      return because.flatMap((one) => this.#statement(one, asks, records));
    });
    // The holder's own are its own to tell.
    if (step.by !== undefined) records.push(...by.holder.records);
    // The root user needs no statement.
    const root = by.holder.principal.principal_type === "aws_root";
    const given = step.to === undefined ? [] : [givenTo(step.to, { actions, through }, step)];
    if (step.to !== undefined) records.push(...step.to.records);
    if (found.length === 0) return [{ actions, through, policy: root ? "root" : "unknown", note }, ...given];
    return [...found.map((statement) => ({ ...statement, note: statement.note ?? note })), ...given];
  }

  #statement(because: AwsBecause, asking: Asking, records: string[]): GrantStatement[] {
    const { actions, action } = asking;
    const onKey = because.policy.startsWith(ON_KEY);
    const label = onKey ? because.policy.slice(ON_KEY.length) : because.policy;
    const [kind = "", ...numbers] = label.split(":");
    const found = this.#source(kind, numbers.map(Number), onKey, asking);
    if (found === undefined) return [];
    const { source, through = [], note } = found;
    records.push(...(source.records ?? []));
    // What an organisation lets through says nothing by itself; its records stand for it.
    if (kind === "scp" || kind === "rcp") return [];
    const { first } = because;
    const onKeyNote = onKey && first === undefined ? "use of the key" : undefined;
    const notes = [note, onKeyNote, first === undefined ? undefined : REVIVALS[first]].filter(
      (one) => one !== undefined,
    );
    return [
      {
        actions,
        through: [...asking.through, ...through],
        policy: source.name,
        ...(source.id === "" ? {} : { policy_id: source.id }),
        rule: because.sid ?? `statement ${because.statement + 1}`,
        capabilities: [first ?? (onKey ? (keyAction(action) ?? action) : action)],
        ...(notes.length === 0 ? {} : { note: notes.join(", ") }),
      },
    ];
  }

  #source(
    kind: string,
    [level = 0, place = 0]: readonly number[],
    onKey: boolean,
    asking: Asking,
  ): Found | undefined {
    const { holder, arn, alone } = asking;
    const resourceArn = onKey ? customerKey(this.#estate, arn) : arn;
    switch (kind) {
      case "identity": {
        const held = holder.policies[level];
        return held ?? { source: givenItself(holder) };
      }
      case "boundary":
        return holder.boundary === undefined
          ? undefined
          : { source: holder.boundary, note: "within the permission boundary" };
      case "scp":
        return this.#level(holder.account, "scps", level, place);
      case "rcp":
        return this.#level(parseArn(resourceArn ?? arn)?.account, "rcps", level, place);
      case "resource":
        return { source: this.#resourcePolicy(resourceArn, arn, alone || onKey) };
      case "grant": {
        const source = this.#estate.resources.get(resourceArn ?? "")?.grants?.[level];
        return source === undefined ? undefined : { source };
      }
      default:
        return undefined;
    }
  }

  #level(account: string | undefined, which: "scps" | "rcps", level: number, place: number) {
    const source = this.#estate.accounts.get(account ?? "")?.sources[which][level]?.[place];
    return source === undefined ? undefined : { source };
  }

  #resourcePolicy(resourceArn: string | undefined, arn: string, alone: boolean): Sourced {
    const given = this.#estate.resources.get(arn)?.resource;
    const key = given === undefined || isUnreadable(given) ? undefined : given.kms_key;
    const managed = typeof key === "string" && isAwsManaged(key);
    if (resourceArn === undefined) return { given: {}, id: "", name: managed ? key : "the key" };
    const source = this.#estate.resources.get(resourceArn)?.policy;
    // Things of one set may have policies of their own that say the same.
    if (source === undefined || !alone) return { given: {}, id: "", name: "its own" };
    return source;
  }
}

/** Before the names of what decides on the use of a key. */
const ON_KEY = "kms/";

interface Found {
  readonly source: Sourced;
  readonly through?: readonly Through[];
  readonly note?: string;
}

/** No policy that is there: what one writes for itself that may. */
function givenItself({ principal: { name } }: Holder): Sourced {
  return { given: {}, id: "", name: `that ${name} gives itself` };
}

/** The same: what another is given then. */
function givenTo(
  { principal: { name }, asks }: Holder,
  by: Pick<GrantStatement, "actions" | "through">,
  { actions, on }: Pick<ChainStep, "actions" | "on">,
): GrantStatement {
  const whom = typeof asks === "string" ? nameOf(asks) : name;
  const what = actions.includes(JOIN_GROUP) ? `what ${nameOf(on)} has` : "every permission";
  return { ...by, policy: `that ${name} is given`, note: `${whom} may be given ${what}` };
}

interface Asking {
  readonly holder: Holder;
  readonly arn: string;
  /** The set holds this one thing, so that its policy can be named. */
  readonly alone: boolean;
  readonly actions: readonly GrantAction[];
  readonly action: string;
  readonly through: readonly Through[];
}

/** What is asked for one of a class holds for all. */
function verdictsOf(
  decisions: Decisions,
  of: PrincipalClass,
  { action, on }: Entry["asked"],
  arn: string,
): AwsVerdict[] {
  const ask = (resource: string, context: Readonly<Record<string, string>> = {}): AwsVerdict =>
    decisions.answer(of, { action, kind: "", context }, { resource, thing: arn });
  if (on === "everything") return [ask("*")];
  if (on === "self") return [ask(arn)];
  return pathsAbove(arn)
    .map(({ path, recursive }) => ask(path, { "ssm:Recursive": String(recursive) }))
    .filter(({ decision }) => decision === "allow")
    .slice(0, 1);
}

/** Whom somebody became, as links of a path. */
function throughOf(before: readonly Holder[]): Through[] {
  return before.map(({ principal: { id, name } }) => ({ kind: "credential", id, name }));
}

/** What of a grant rests on an action: as somebody whose credentials it makes, or whom it lets itself become, reading is more. */
function givenBy(
  { actions, becoming, telling }: ClassGrant,
  gives: readonly GrantAction[],
): readonly GrantAction[] {
  if (gives.length === 0) return actions;
  const reading = becoming === "use" ? "read" : becoming === "credentials" ? "share" : "administer";
  const standsFor = telling !== undefined && gives.includes("read") ? [...gives, reading] : gives;
  return actions.filter((action) => standsFor.includes(action));
}

/** Steps of a class are told by its first holder. */
function isOnItself({ by, on }: ChainStep, of: PrincipalClass): boolean {
  return by === undefined && on === of.first.asks;
}

function nameOf(arn: string): string {
  return parseArn(arn)?.resource ?? arn;
}

/** What somebody does first who uses what AWS refuses to use. */
const REVIVALS: Readonly<Record<string, string>> = {
  "secretsmanager:RestoreSecret": "restores the secret first",
  "kms:CancelKeyDeletion": "keeps the key first",
  "kms:EnableKey": "enables the key first",
};

const ROOT = "the root user may do anything in its account";

function unknownStatement({ actions, conclusion }: ClassGrant): GrantStatement {
  const [note = "not known"] = conclusion.conditions;
  return { actions, through: [], policy: "unknown", note };
}

/** What one statement gives in several ways is said once. */
function joined(statements: readonly GrantStatement[]): GrantStatement[] {
  const key = ({ through, policy, policy_id, rule, note }: GrantStatement) =>
    JSON.stringify([through, policy, policy_id, rule, note]);
  return [...Map.groupBy(statements, key).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const actions = new Set(same.flatMap((one) => one.actions));
    const capabilities = [...new Set(same.flatMap((one) => one.capabilities ?? []))].sort(compareStrings);
    return [
      {
        ...first,
        actions: GRANT_ACTIONS.filter((action) => actions.has(action)),
        ...(capabilities.length === 0 ? {} : { capabilities }),
      },
    ];
  });
}
