import type { GrantStatement } from "../../access/index.ts";
import type { FactOf } from "../../facts/index.ts";
import type { Collected, PlanContext } from "./planning.ts";
import { shellWord, type Way } from "./proposal.ts";
import { bearerChanges, bearerSteps, type BearerStep } from "./vault-bearers.ts";
import { policyCommand, vault } from "./vault-commands.ts";
import { handleKey, handleOf, restsOn, type Handle } from "./vault-handles.ts";
import { by, lossesOf, narrow, type Grip } from "./vault-instead.ts";
import { memberChanges, memberSteps, type MemberStep } from "./vault-members.ts";
import type { Narrowed } from "./vault-narrow.ts";
import { tokenChange } from "./vault-tokens.ts";

type Document = FactOf<"policy_document">;

/**
 * Changes of Vault and OpenBao for all that must go, worked out together: of one policy, group, user or role at one moment there is
 * one change, which every item that needs it shares. What is to go later is written for whatever is there by then.
 */
export function planVault(ways: readonly Way[], context: PlanContext): Collected[] {
  const grips = gripsOf(ways, context);
  const { edited, rest } = editable(grips, context);
  const changes = [...edited];
  const bearers: BearerStep[] = [];
  const members: MemberStep[] = [];
  for (const grip of rest) {
    switch (grip.handle.type) {
      case "bearer":
        bearers.push(...bearerSteps(grip.handle, grip, context));
        break;
      case "group": {
        const steps = memberSteps(grip.handle, grip, context);
        members.push(...steps.members);
        bearers.push(...steps.bearers);
        break;
      }
      default:
        changes.push(...otherChanges(grip, context));
    }
  }
  return [...changes, ...bearerChanges(bearers, context), ...memberChanges(members, context)];
}

function gripsOf(ways: readonly Way[], context: PlanContext): Grip[] {
  const found = new Map<string, { handle: Handle; ways: Way[] }>();
  for (const way of ways) {
    const handle = handleOf(way, context);
    if (handle === undefined) continue;
    const key = handleKey(handle);
    const known = found.get(key);
    if (known === undefined) found.set(key, { handle, ways: [way] });
    else known.ways.push(way);
  }
  return [...found.values()].map((one) => ({ ...one, stages: stagesOf(one.ways) }));
}

function stagesOf(ways: readonly Way[]): string[] {
  return [...new Set(ways.map(({ ask }) => ask.from_at ?? ""))].sort();
}

/**
 * Policies that are written anew in their place: nobody else has what goes, and all goes at once. Written so, a policy takes it from live
 * tokens as well.
 */
function editable(grips: readonly Grip[], context: PlanContext): { edited: Collected[]; rest: Grip[] } {
  const all = Map.groupBy(
    grips.flatMap(({ handle, ways }) => ways.map((way) => ({ handle, way }))),
    ({ handle, way }) =>
      handle.type === "token" || handle.type === "slot" ? "" : (way.statement.policy_id ?? ""),
  );
  const edited: Collected[] = [];
  const done = new Set<string>();
  for (const [id, of] of all) {
    const document = id === "" ? undefined : context.fact("policy_document", id);
    const ways = of.map(({ way }) => way);
    const [stage = "", ...later] = stagesOf(ways);
    const isAlone = ways.every(({ statement, principal }) => context.others(statement, principal.id) === 0);
    const noOther = of.every(({ handle }) => handle.type === "policy");
    if (document === undefined || (!noOther && (!isAlone || later.length > 0))) continue;
    const after = narrow(document, { type: "policy", document }, ways, context);
    if (!noOther && after.kind !== "text") continue;
    if (after.kind === "text" && !noOther && after.named.length > 0) continue;
    done.add(id);
    if (later.length === 0) edited.push(policyChange(document, after, { ways, stage }));
    // Written at several moments, the earlier text would give back what the later one took.
    else
      for (const each of [stage, ...later]) {
        const due = by(each, ways);
        const own = due.filter(({ ask }) => (ask.from_at ?? "") === each);
        const change = policyChange(document, narrow(document, { type: "policy", document }, due, context), {
          ways: own,
          stage: each,
        });
        edited.push({ ...change, kind: "by_hand", what: `${change.what}, as it is by then`, commands: [] });
      }
  }
  const rest = grips.flatMap((grip) => {
    if (grip.handle.type === "token" || grip.handle.type === "slot") return [grip];
    const ways = grip.ways.filter(({ statement }) => !done.has(statement.policy_id ?? ""));
    return ways.length === 0 ? [] : [{ ...grip, ways, stages: stagesOf(ways) }];
  });
  return { edited, rest };
}

function policyChange(
  document: Document,
  after: Narrowed,
  { ways, stage }: { readonly ways: readonly Way[]; readonly stage: string },
): Collected {
  const { name, id } = document;
  const handle: Handle = { type: "policy", document };
  const base = {
    where: id,
    terraform_hint: `vault_policy "${name}"`,
    reaches: "everyone" as const,
    ways,
    stage,
  };
  switch (after.kind) {
    case "nothing":
      return {
        ...base,
        kind: "vault_policy_rule",
        what: `Delete the policy ${name}: no other rule is in it`,
        commands: [vault(document, ["policy", "delete", name])],
        rests: (statement, principalId) => restsOn(handle, statement, principalId),
      };
    case "cannot":
      return {
        ...base,
        kind: "by_hand",
        what: `Change by hand: policy ${name}, ${ruleNames(ways)}: ${after.why}`,
        commands: [],
        rests: restsOnRules(ways),
      };
    case "text":
      return {
        ...base,
        kind: "vault_policy_rule",
        what:
          after.left === undefined
            ? after.rulesOut.length > 0
              ? `Take the ${after.rulesOut.length === 1 ? "rule" : "rules"} for ${after.rulesOut.join(", ")} out of the policy ${name}`
              : `Write the policy ${name} without what must go`
            : `In the policy ${name}, leave ${after.left.rule} only ${after.left.capabilities.join(", ")}`,
        diff: after.diff,
        commands: [policyCommand(document, name, after.text)],
        rests: restsOnRules(ways),
        exact: true,
        losses: lossesOf(after),
      };
  }
}

function ruleNames(ways: readonly Way[]): string {
  return [...new Set(ways.map(({ statement }) => statement.rule ?? statement.note ?? ""))].join(", ");
}

function restsOnRules(ways: readonly Way[]): (statement: GrantStatement) => boolean {
  const rules = new Set(ways.map(({ statement }) => `${statement.policy_id ?? ""}\n${statement.rule ?? ""}`));
  return ({ policy_id, rule }) => rules.has(`${policy_id ?? ""}\n${rule ?? ""}`);
}

/** What is not an assignment. */
function otherChanges({ handle, ways, stages }: Grip, context: PlanContext): Collected[] {
  return stages.map((stage): Collected => {
    const own = ways.filter(({ ask }) => (ask.from_at ?? "") === stage);
    const base = {
      ways: own,
      stage,
      reaches: "principal" as const,
      rests: (statement: GrantStatement, principalId: string) => restsOn(handle, statement, principalId),
    };
    switch (handle.type) {
      case "token":
        return { ...base, ...tokenChange(handle.token, context) };
      case "slot": {
        const { id = "", name } = handle.link;
        const word = shellWord(id.slice(id.lastIndexOf("/") + 1).replace(/^.*:/, ""));
        return {
          ...base,
          kind: "vault_slot",
          what: `Shut the key ${name} out of the vault: a key opens all of it`,
          where: id,
          commands: [`countersign vault slot remove ${word}`],
        };
      }
      case "outside":
        return {
          ...base,
          rests: (statement: GrantStatement, principalId: string) =>
            context.one(principalId) === context.one(handle.principal.id) &&
            restsOn(handle, statement, principalId),
          kind: "vault_group_member",
          what: `Take ${handle.principal.name} out of the group ${handle.link.name}, in the directory that fills it`,
          where: handle.link.id ?? handle.link.name,
          commands: [],
        };
      case "policy":
      case "bearer":
      case "group":
        return {
          ...base,
          kind: "by_hand",
          what: `Change by hand: policy ${own[0]?.statement.policy ?? ""}, ${ruleNames(own)}`,
          where: own[0]?.statement.policy_id ?? "",
          commands: [],
        };
    }
  });
}
