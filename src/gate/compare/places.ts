import type { GrantStatement } from "../../access/index.ts";
import type { Written } from "../declared.ts";
import { at, itemsOf, placeOf, textOf, type Node, type Spot } from "../text/node.ts";
import type { Place } from "../text/source-text.ts";

/**
 * Where a statement stands by which a principal has access: the rule itself where its format has a place for it. Where the policy is as it was, and
 * what hangs it on somebody is not, that. Undefined of what no file declares.
 */
export function placeOfStatement(
  statement: GrantStatement,
  principalId: string,
  { declarations, policies = new Map(), attachments = new Map() }: Written,
  changed: ReadonlySet<string>,
): Place | undefined {
  const { policy, policy_id, line, through } = statement;
  const rule =
    line === undefined ? undefined : declarations.get(principalId)?.rules?.get(`${policy}:${line}`);
  if (rule !== undefined) return rule;
  const own = policy_id === undefined ? undefined : policies.get(policy_id);
  const ways = through.flatMap(({ id }) => id ?? []);
  if (policy_id === undefined || !changed.has(policy_id)) {
    const hung = [principalId, ...ways].map((holder) => attachments.get(`${holder} ${policy_id ?? ""}`));
    const binding = ways.filter((id) => changed.has(id)).map((id) => policies.get(id));
    const found = [...binding, ...hung].find((one) => one !== undefined);
    if (found !== undefined) return placeOf(found);
  }
  // Of a snapshot's principals the file declares the policy alone, and whoever stands for those that hold it.
  if (
    (own === undefined || !("kind" in own)) &&
    line !== undefined &&
    policy_id !== undefined &&
    changed.has(policy_id)
  )
    for (const { rules } of declarations.values()) {
      const standing = rules?.get(`${policy}:${line}`);
      if (standing !== undefined) return standing;
    }
  if (own !== undefined) return placeOf(within(own, statement));
  const [other] = ways.flatMap((id) => policies.get(id) ?? []);
  return other === undefined ? undefined : placeOf(other);
}

/** The statement of a policy that is written as a tree; else the policy. */
function within(policy: Node | Spot, { rule, line }: GrantStatement): Spot {
  if (!("kind" in policy)) return policy;
  if (policy.kind === "list")
    return policy.items.find((one) => line !== undefined && placeOf(one).line === line) ?? policy;
  const written = at(policy, "Statement");
  if (written === undefined) return policy;
  const statements = written.kind === "list" ? itemsOf(written) : [written];
  const named = statements.find((one) => rule !== undefined && textOf(at(one, "Sid")) === rule);
  const nth = /^statement (\d+)$/.exec(rule ?? "")?.[1];
  return named ?? (nth === undefined ? undefined : statements[Number(nth) - 1]) ?? policy;
}
