import type { FactOf } from "../../facts/index.ts";
import { keptAt, type Collected, type PlanContext } from "./planning.ts";
import { shellWord, type Way } from "./proposal.ts";
import type { BearerStep } from "./vault-bearers.ts";
import { policyCommand, swapCommand, vault, whileMember } from "./vault-commands.ts";
import { restsOn, type Handle } from "./vault-handles.ts";
import { by, insteadOf, type Grip } from "./vault-instead.ts";
import { nameOf } from "./vault-tokens.ts";
import { ruleKey, rulesOf } from "./vault-narrow.ts";

type Document = FactOf<"policy_document">;
type GroupHandle = Extract<Handle, { readonly type: "group" }>;

/** An entity that leaves a group, and what it is given of the group's that must stay. */
export interface MemberStep {
  readonly handle: GroupHandle;
  readonly stage: string;
  readonly ways: readonly Way[];
  readonly keeps: readonly { readonly name: string; readonly written?: string; readonly at: Document }[];
  readonly losses: readonly string[];
  readonly why?: string;
}

export function memberSteps(
  handle: GroupHandle,
  { ways, stages }: Grip,
  context: PlanContext,
): { members: MemberStep[]; bearers: BearerStep[] } {
  const members: MemberStep[] = [];
  const bearers: BearerStep[] = [];
  const before = new Map<string, string[]>();
  for (const [place, stage] of stages.entries()) {
    const due = by(stage, ways);
    const kept = keptAt(stage, context.kept).filter(
      ({ principal_id, statements }) =>
        context.one(principal_id) === context.one(handle.entity.id) &&
        statements.some((statement) => restsOn(handle, statement, principal_id)),
    );
    const documents = new Map<string, Document>();
    for (const { statements, principal_id } of kept)
      for (const statement of statements) {
        const found = context.fact("policy_document", statement.policy_id);
        if (found !== undefined && restsOn(handle, statement, principal_id)) documents.set(found.id, found);
      }
    const made = [...documents.values()].map((at) => {
      const isTouched = due.some(({ statement }) => statement.policy_id === at.id);
      return { at, ...(isTouched ? insteadOf(at, handle, due, context) : { name: at.name, losses: [] }) };
    });
    const whys = made.flatMap(({ why }) => why ?? []);
    const keeps = made.flatMap(({ at, name, text }) =>
      name === undefined ? [] : [{ at, name, ...(text === undefined ? {} : { written: text }) }],
    );
    const own = due.filter(({ ask }) => (ask.from_at ?? "") === stage);
    const losses = [
      ...made.flatMap((one) => one.losses),
      ...othersOfGroup(handle, due, context, new Set(documents.keys())),
    ];
    members.push({
      handle,
      stage,
      ways: own,
      keeps,
      losses,
      ...(whys.length === 0 ? {} : { why: whys.join("; ") }),
    });
    // What an earlier change gave in the group's place goes with the rest.
    if (place > 0)
      for (const [id, names] of before) {
        const come = keeps.find(({ at }) => at.id === id);
        const old = names.filter((name) => name !== come?.name);
        const at = context.fact("policy_document", id);
        if (old.length === 0 || at === undefined) continue;
        bearers.push({
          bearer: handle.entity,
          handle,
          swap: { old, ...(come === undefined ? {} : { by: come.name }) },
          stage,
          ways: own,
          losses: [],
          exact: whys.length === 0,
          ...(come?.written === undefined ? {} : { written: { at, name: come.name, text: come.written } }),
        });
      }
    for (const { at, name } of keeps) before.set(at.id, [...(before.get(at.id) ?? []), name]);
  }
  return { members, bearers };
}

/** Rules that the group gives as well and about which no item asks, by policy. */
function othersOfGroup(
  { group }: GroupHandle,
  due: readonly Way[],
  context: PlanContext,
  kept: ReadonlySet<string>,
): string[] {
  return group.policies.flatMap((name) => {
    const place = due.find(({ statement }) => statement.policy === name)?.statement.policy_id;
    const id = place ?? `${group.store_id}:sys/policies/acl/${name}`;
    const document = kept.has(id) ? undefined : context.fact("policy_document", id);
    if (document === undefined) return [];
    const asked = new Set(due.map(({ statement }) => ruleKey(statement.rule ?? "", statement.line)));
    const others = (rulesOf(document) ?? []).filter(
      ({ path, line }) => place === undefined || !asked.has(ruleKey(path, line)),
    );
    return others.slice(0, 3).map(({ path, line }) => `what ${name}:${line} ${path} gives by the group`);
  });
}

/** One change for each group and moment, but for members who are given something in its place. */
export function memberChanges(steps: readonly MemberStep[], context: PlanContext): Collected[] {
  const groups = Map.groupBy(steps, ({ handle, stage, keeps }) =>
    [handle.group.id, stage, keeps.length > 0 ? handle.entity.id : ""].join("\n"),
  );
  return [...groups.values()].flatMap((of): Collected[] => {
    const [first] = of;
    if (first === undefined) return [];
    const { group } = first.handle;
    const path = `identity/group/id/${group.native_id}`;
    const entities = of.map(({ handle }) => handle.entity);
    const remove = swapCommand(group, path, "member_entity_ids", [
      { old: entities.map(({ native_id }) => native_id) },
    ]);
    const { keeps } = first;
    const gives = keeps.map(({ name }) => name);
    const why = of.flatMap((one) => one.why ?? []);
    return [
      {
        kind: "vault_group_member",
        what: [
          `Take the ${entities.length === 1 ? "entity" : "entities"} ${entities.map((entity) => nameOf(entity, context)).join(", ")} out of the group ${group.name}`,
          ...(gives.length === 0
            ? []
            : [`and give what must stay by the policies ${gives.join(", ")} in its place`]),
        ].join(", "),
        where: group.id,
        diff: entities.map(({ native_id, name }) => `- member ${native_id} (${name})`).join("\n"),
        commands: [
          ...keeps.flatMap(({ at, name, written }) =>
            written === undefined ? [] : [policyCommand(at, name, written)],
          ),
          ...entities.flatMap((entity) =>
            gives.length === 0 ? [] : [whileMember(group, entity.native_id, [attachCommand(entity, gives)])],
          ),
          remove,
        ],
        terraform_hint: `vault_identity_group or vault_identity_group_member_entity_ids of the group "${group.name}"`,
        reaches: "principal",
        ways: of.flatMap(({ ways }) => ways),
        stage: first.stage,
        rests: (statement, principalId) =>
          of.some(
            ({ handle }) =>
              context.one(principalId) === context.one(handle.entity.id) &&
              restsOn(handle, statement, principalId),
          ),
        exact: gives.length > 0 && why.length === 0,
        losses: of.flatMap(({ losses }) => losses),
        ...(why.length === 0 ? {} : { why }),
      },
    ];
  });
}

/** Adds policies to those that an entity has when it is run. */
function attachCommand(entity: FactOf<"principal">, names: readonly string[]): string {
  const path = entity.id.slice(entity.store_id.length + 1);
  const list = JSON.stringify(names);
  const filter = `{policies: ((.data.policies // []) - ${list} + ${list})}`;
  return `${vault(entity, ["read", "-format=json", path])} | jq ${shellWord(filter)} | ${vault(entity, ["write", path, "-"])}`;
}
