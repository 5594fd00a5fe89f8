import { parseArn } from "./arn.ts";
import type { Holder } from "./holders.ts";

/**
 * From what somebody's permissions come, by which they are changed: itself, its groups, and the managed policies that it has, also by
 * a group. ARNs, of its own account alone: nobody else's can be changed there, and AWS keeps its managed policies.
 */
export function permissionSources({
  principal,
  asks,
  account,
  policies,
  groups,
  standing,
}: Holder): string[] {
  // What another account lets its own do to each other is not seen here.
  if (typeof asks !== "string" || standing !== undefined) return [];
  if (!principal.principal_type.startsWith("iam_")) return [];
  const native = (id: string): string => id.slice(principal.store_id.length + 1);
  const held = policies.map(({ source }) => native(source.id)).filter((id) => id.includes(":policy/"));
  const own = [asks, ...groups.map(native), ...held.filter((id) => !id.includes("#"))];
  return [...new Set(own)].filter((arn) => {
    const parsed = parseArn(arn);
    return parsed?.service === "iam" && parsed.account === account;
  });
}
