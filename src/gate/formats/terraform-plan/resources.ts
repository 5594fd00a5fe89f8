import { secretMarks } from "../../../subjects/index.ts";
import { at, itemsOf, textOf, type MapNode, type Node } from "../../text/node.ts";
import type { Resource } from "../terraform/resource.ts";
import { configuredAddress, instanceOf, type Configuration, type Instance } from "./configuration.ts";
import { attributesOf, type SideValues } from "./values.ts";

/** What a plan tells of resources, on both sides. */
export interface PlannedResources {
  readonly after: readonly Resource[];
  readonly before: readonly Resource[];
  /** By address without keys, trees in which `true` stands for what is sensitive; none of settings in the clear. */
  readonly sensitive: ReadonlyMap<string, readonly Node[]>;
}

/** Changes of a plan, those included that it puts off. */
export function changesOf(root: Node): readonly Node[] {
  const deferred = itemsOf(at(root, "deferred_changes")).flatMap((one) => at(one, "resource_change") ?? []);
  return [...itemsOf(at(root, "resource_changes")), ...deferred];
}

/** Resources of a state, those of its modules included. */
export function* stateOf(values: Node | undefined): Generator<Node> {
  const waiting = [at(values, "root_module")];
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    yield* itemsOf(at(module, "resources"));
    waiting.push(...itemsOf(at(module, "child_modules")));
  }
}

export function addressOf(node: Node): string {
  return textOf(at(node, "address")) ?? "";
}

/** Everything that the plan names, once. */
export function instancesOf(root: Node): Instance[] {
  const named = [...changesOf(root), ...stateOf(at(root, "prior_state", "values"))].map(addressOf);
  return [...new Set(named)].filter((address) => address !== "").map(instanceOf);
}

/**
 * Resources as they will be and as they were, each with where its change stands. What the plan does not change is on both sides; data sources
 * that were read while planning are in the prior state alone. Of an object that is to be destroyed beside its successor (`deposed`) nothing is told.
 */
export function resourcesOf(root: Node, configuration: Configuration): PlannedResources {
  const after: Resource[] = [];
  const before: Resource[] = [];
  const sensitive = new Map<string, Node[]>();
  const changed = new Set<string>();
  for (const node of changesOf(root)) {
    const address = addressOf(node);
    if (at(node, "deposed") !== undefined || address === "") continue;
    changed.add(address);
    const change = at(node, "change");
    const actions = itemsOf(at(change, "actions")).flatMap((item) => textOf(item) ?? []);
    const marks = at(change, "after_sensitive");
    if (marks !== undefined && !isPlainSetting(textOf(at(node, "type")), at(change, "after")))
      push(sensitive, configuredAddress(address), marks);
    if (!goes(actions))
      after.push(
        resourceOf(node, configuration, {
          values: at(change, "after"),
          unknown: at(change, "after_unknown"),
          sensitive: marks,
        }),
      );
    const former = at(change, "before");
    if (former !== undefined && textOf(at(node, "mode")) !== "data")
      before.push(
        resourceOf(node, configuration, { values: former, sensitive: at(change, "before_sensitive") }),
      );
  }
  for (const node of stateOf(at(root, "prior_state", "values"))) {
    if (changed.has(addressOf(node)) || addressOf(node) === "") continue;
    const kept = resourceOf(node, configuration, {
      values: at(node, "values"),
      sensitive: at(node, "sensitive_values"),
    });
    after.push(kept);
    before.push(kept);
  }
  return { after, before, sensitive };
}

/** Types of parameters that are kept in the clear. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["String", "StringList"]);

/**
 * Whether it is a parameter in the clear whose name says of no secret: AWS's provider marks the value of every parameter as sensitive, and most
 * of these are host names and switches. What their labels say is judged of the parameter itself (`plaintext_parameter`).
 */
function isPlainSetting(resource: string | undefined, values: Node | undefined): boolean {
  if (resource !== "aws_ssm_parameter") return false;
  const [type, name] = [textOf(at(values, "type")), textOf(at(values, "name"))];
  return PLAIN_TYPES.has(type ?? "") && name !== undefined && secretMarks(name, {}, undefined).length === 0;
}

/** Whether nothing is there any more, or nothing that this configuration speaks of. */
function goes(actions: readonly string[]): boolean {
  return actions.length === 1 && (actions[0] === "delete" || actions[0] === "forget");
}

function push(map: Map<string, Node[]>, key: string, node: Node): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [node]);
  else list.push(node);
}

function resourceOf(node: Node, configuration: Configuration, side: SideValues): Resource {
  const address = addressOf(node);
  const instance = instanceOf(address);
  const { configured } = instance;
  const attributes: MapNode = attributesOf(side, {
    expressions: configuration.expressions(configured),
    reference: (expression) => configuration.reference(instance, expression),
    references: (expression, count) => configuration.references(instance, expression, count),
    spot: node,
  });
  const type = textOf(at(node, "type")) ?? "";
  return {
    type,
    address,
    mode: textOf(at(node, "mode")) === "data" ? "data" : "managed",
    attributes,
    spot: node,
    provider: configuration.providerKey(configured) ?? type.split("_")[0] ?? type,
    exists: textOf(at(attributes, "arn")) !== undefined,
  };
}
