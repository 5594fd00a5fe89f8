import { textOf, type Spot } from "../../text/node.ts";
import { isSymbolic, text } from "../terraform/values.ts";
import type { ArmFunction } from "./function.ts";
import { open, together, type ArmValue } from "./values.ts";

/** Ids of resources. What deployments are made in is not known; what a resource is called in them is. */
export const IDS: Readonly<Record<string, ArmFunction>> = {
  resourceid: (args, spot) => inScope(args, spot, ["subscriptions", "resourceGroups"]),
  subscriptionresourceid: (args, spot) => inScope(args, spot, ["subscriptions"]),
  managementgroupresourceid: (args, spot) =>
    inScope(args, spot, ["providers/Microsoft.Management/managementGroups"]),
  tenantresourceid: (args, spot) => inScope(args, spot, []),
  extensionresourceid: ([scope, type, ...names], spot) => scope && type && path(scope, type, names, spot),
};

const WHERE: Readonly<Record<string, string>> = {
  subscriptions: "subscription().subscriptionId",
  resourceGroups: "resourceGroup().name",
  "providers/Microsoft.Management/managementGroups": "managementGroup().name",
};

/** `resourceId([subscription], [group], type, name…)`: the type is the first that has a `/`. */
function inScope(args: readonly ArmValue[], spot: Spot, levels: readonly string[]): ArmValue | undefined {
  const place = args.findIndex((one) => !isSymbolic(one) && /^[\w.]+\/./.test(textOf(one) ?? ""));
  const type = args[place];
  if (type === undefined || place > levels.length) return undefined;
  const given = args.slice(0, place);
  const pieces: ArmValue[] = [];
  levels.forEach((level, nth) => {
    const where = given[nth - (levels.length - given.length)];
    const symbol = WHERE[level] ?? level;
    pieces.push(
      text(spot, `/${level}/`),
      where ?? open(spot, "it is known only when the template is deployed", symbol),
    );
  });
  const scope = pieces.length === 0 ? text(spot, "") : together(pieces, spot);
  return scope && path(scope, type, args.slice(place + 1), spot);
}

/** Types and names take turns: `Microsoft.KeyVault/vaults/secrets`, `main`, `db` is `…/vaults/main/secrets/db`. */
function path(scope: ArmValue, type: ArmValue, names: readonly ArmValue[], spot: Spot): ArmValue | undefined {
  const [provider = "", ...types] = isSymbolic(type) ? [] : (textOf(type)?.split("/") ?? []);
  if (types.length === 0 || types.length !== names.length) return undefined;
  const pieces = types.flatMap((one, nth): ArmValue[] => {
    const name = names[nth];
    return name === undefined ? [] : [text(spot, `/${one}/`), name];
  });
  return together([scope, text(spot, `/providers/${provider}`), ...pieces], spot);
}
