import type { AclRule } from "../facts/index.ts";
import { Fields } from "./decode.ts";
import { durationSeconds } from "./duration.ts";
import type { Item } from "./tree.ts";

type ControlGroup = NonNullable<AclRule["control_group"]>;

/** Approvals asked for by a rule. Vault reads further keys without a word; OpenBao refuses them. */
export function controlGroup(
  fields: Fields,
  dialect: "vault" | "openbao",
  item: Item,
  capabilities: readonly string[],
): ControlGroup | undefined {
  const members = fields.members("control_group");
  if (members === undefined) return undefined;
  const inside = fields.inside(members);
  if (dialect === "openbao") inside.only(new Set(["ttl", "self_auth_allowed", "factor"]));
  const ttl = inside.scalar("ttl");
  const factors = (inside.members("factor") ?? []).map((one) => factorOf(inside, one));
  if (capabilities[0] === "deny") return undefined;
  const ttlText = ttl === "not a scalar" || ttl?.type === "bool" ? undefined : (ttl?.text ?? "");
  const ttl_s = ttlText === undefined ? undefined : durationSeconds(ttlText);
  if (ttl_s === undefined)
    return fields.fail(item.at, "expected control_group.ttl to be a duration, got another value");
  if (dialect === "vault") checkFactors(fields, item, factors, capabilities);
  return {
    ...(ttl_s === 0 ? {} : { ttl_s }),
    factors: factors.map(({ name, approvals, group_names, group_ids }) => ({
      name,
      approvals,
      group_names,
      group_ids,
    })),
  };
}

interface Factor {
  readonly name: string;
  readonly identified: boolean;
  readonly approvals: number;
  readonly group_names: string[];
  readonly group_ids: string[];
  readonly controlled: readonly string[];
}

function factorOf(fields: Fields, item: Item): Factor {
  const { keys, value, at } = item;
  const name = fields.label(item);
  if (value.kind !== "block")
    return fields.fail(at, `expected a block for factor "${name}", got a ${value.kind}`);
  // With a second label the server looks for the fields one level too high and finds none.
  const factor = fields.inside(keys.length > 1 ? [] : value.items);
  const identity = fields.inside(factor.members("identity") ?? []);
  return {
    name,
    identified: factor.has("identity"),
    approvals: identity.integer("approvals") ?? 0,
    group_names: identity.texts("group_names") ?? [],
    group_ids: identity.texts("group_ids") ?? [],
    controlled: factor.texts("controlled_capabilities") ?? [],
  };
}

function checkFactors(
  fields: Fields,
  { at }: Item,
  factors: readonly Factor[],
  capabilities: readonly string[],
): void {
  if (factors.length === 0) fields.fail(at, "expected at least one control_group factor, got none");
  for (const { name, identified, approvals, group_names, group_ids, controlled } of factors) {
    if (!identified || approvals <= 0 || group_names.length + group_ids.length === 0) {
      fields.fail(
        at,
        `expected an identity group and approvals above 0 in factor "${name}", got neither or one`,
      );
    }
    const foreign = controlled.find((one) => !capabilities.includes(one));
    if (foreign !== undefined) {
      fields.fail(
        at,
        `expected controlled_capabilities among the rule's own, got ${JSON.stringify(foreign)}`,
      );
    }
  }
}
