import { counted, oneLine } from "../../base/index.ts";
import type { GrantAction } from "../../access/index.ts";
import type { CampaignItem, DecisionKind } from "../model.ts";
import { actionWords } from "../population/explain.ts";
import type { Kept } from "./proposal.ts";

/** What was concluded of an item. */
interface Concluded {
  readonly kind: DecisionKind;
  readonly keep_actions: readonly GrantAction[];
  readonly revoke_secrets: readonly string[];
  readonly until?: string;
}

/** What the campaign lets stay of an item; `concluded` is absent where nobody decided. */
export function keptOf(
  { item, outcome }: Pick<CampaignItem, "item" | "outcome">,
  concluded: Concluded | undefined,
  members: ReadonlySet<string>,
): Kept[] {
  if (concluded?.kind === "revoke") return [];
  const { keep_actions = item.actions, revoke_secrets = [], until, kind } = concluded ?? {};
  const out = new Set(revoke_secrets);
  const targets = out.size === 0 ? members : new Set([...members].filter((id) => !out.has(id)));
  if (targets.size === 0 || keep_actions.length === 0) return [];
  const [first = ""] = targets;
  const what = targets.size === 1 ? first : `${counted(targets.size, "secret")}, e.g. ${first}`;
  const ends = until === undefined ? "" : ` until ${until.slice(0, 10)}`;
  const how =
    kind === undefined
      ? outcome === "kept"
        ? "kept, since nobody answered"
        : "not decided"
      : {
          certify: "certified",
          reduce: "what a reduction leaves",
          revoke: "",
          time_limit: "limited in time",
        }[kind];
  return [
    {
      item_id: item.item_id,
      principal_id: item.principal.id,
      statements: item.statements,
      actions: keep_actions,
      targets,
      ...(until === undefined ? {} : { until }),
      words: oneLine(
        `item ${item.item_id.slice(0, 12)}: ${item.principal.name} may ${actionWords(keep_actions)} ${what} (${how}${ends})`,
      ),
    },
  ];
}
