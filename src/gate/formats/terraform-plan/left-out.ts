import { canonicalJson, counted } from "../../../base/index.ts";
import { at, itemsOf, placeOf, plainValue, textOf, type Node } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { configuredAddress } from "./configuration.ts";
import { addressOf, changesOf, stateOf } from "./resources.ts";

/**
 * What a plan names and tells nothing of that could be judged: resources without their change, as where somebody has cut the plan to what a tool
 * asks for, what it puts off or leaves out, and actions, which change what no plan tells. Of each kind the first, with how many others there are.
 * Source: Terraform, "JSON Output Format".
 */
export function* leftOutOf(root: Node): Generator<Unread> {
  const changes = changesOf(root);
  const changed = new Set(changes.map(addressOf));
  const prior = new Map(stateOf(at(root, "prior_state", "values")).map((one) => [addressOf(one), one]));
  const planned = [...stateOf(at(root, "planned_values"))].filter((one) => {
    const before = prior.get(addressOf(one));
    return !changed.has(addressOf(one)) && (before === undefined || !isSame(before, one));
  });
  const drifted = itemsOf(at(root, "resource_drift")).filter(
    (one) =>
      at(one, "change", "after") !== undefined && !changed.has(addressOf(one)) && !prior.has(addressOf(one)),
  );
  yield* told([...planned, ...drifted], "expected a change of each resource, got none of");
  const incomplete = incompleteSign(root);
  if (incomplete !== undefined) {
    const detail =
      "the plan is not complete, as with -target or deferred changes: what it leaves out is not judged";
    yield { format: "terraform_plan", place: placeOf(incomplete), reason: "unsupported", detail };
  } else if (isApplyable(root) && (changes.length === 0 || changes.some(isMade)))
    yield* told(
      configured(root, [...changed, ...prior.keys(), ...planned.map(addressOf)]),
      "expected a change of each resource that is configured, got none of",
    );
  const deferred = itemsOf(at(root, "deferred_action_invocations"));
  const actions = [
    ...itemsOf(at(root, "action_invocations")),
    ...deferred.map((one) => at(one, "action_invocation") ?? one),
  ];
  yield* told(actions, "what an action does is not read:", "unsupported");
}

function* told(
  nodes: readonly Node[],
  what: string,
  reason: Unread["reason"] = "malformed",
): Generator<Unread> {
  const [first, ...others] = nodes;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${counted(others.length, "other")}`;
  const detail = `${what} ${addressOf(first)}${more}`;
  yield { format: "terraform_plan", place: placeOf(first), reason, detail };
}

function isSame(one: Node, other: Node): boolean {
  const [a, b] = [one, other].map((node) => canonicalJson(plainValue(at(node, "values") ?? node) ?? {}));
  return a === b;
}

/** What says that there is more than the plan tells; undefined where nothing does. */
export function incompleteSign(root: Node): Node | undefined {
  const complete = at(root, "complete");
  if (complete?.kind === "boolean" && !complete.boolean) return complete;
  return itemsOf(at(root, "deferred_changes"))[0];
}

/** Of a plan that changes nothing, resources of the configuration may be missing since they are gone. */
function isApplyable(root: Node): boolean {
  const applyable = at(root, "applyable");
  return applyable?.kind !== "boolean" || applyable.boolean;
}

/** Whether a change is none of a plan that takes all away. */
function isMade(change: Node): boolean {
  return itemsOf(at(change, "change", "actions")).some(
    (one) => !/^(?:delete|forget)$/.test(textOf(one) ?? ""),
  );
}

/** Resources of the root module that are always there, and that the plan does not name. */
function configured(root: Node, addresses: readonly string[]): readonly Node[] {
  const named = new Set(addresses.map(configuredAddress));
  return itemsOf(at(root, "configuration", "root_module", "resources")).filter(
    (one) =>
      textOf(at(one, "mode")) === "managed" &&
      at(one, "count_expression") === undefined &&
      at(one, "for_each_expression") === undefined &&
      !named.has(addressOf(one)),
  );
}
