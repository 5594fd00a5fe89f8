import { FACT_KINDS, type Fact, type FactKind } from "../../../facts/index.ts";
import {
  count,
  flag,
  instant,
  labels,
  optionalInstant,
  optionalSeconds,
  optionalText,
  optionalTexts,
  positiveSeconds,
  text,
  texts,
  type Json,
} from "../json.ts";
import { EVERYTHING, ext, fact, listedKeys, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";
import { authRole } from "./auth-role.ts";

/** All but what a server tells everyone. */
export const BEHIND_LOGIN: readonly FactKind[] = FACT_KINDS.filter(
  (kind) => kind !== "health" && kind !== "store",
);

/** Who the store says we are; stands in every record and marks our own token among the others. */
export function callerName(self: Json): string {
  return `${optionalText(self, "display_name") ?? "unnamed"} (accessor ${optionalText(self, "accessor") ?? "none"})`;
}

function token(answered: Answered): Fact[] {
  const { data, record } = answered;
  const accessor = text(data, "accessor");
  const policies = texts(data, "policies");
  return [
    fact(answered, "token", `auth/token/accessor/${accessor}`, {
      accessor,
      display_name: optionalText(data, "display_name") ?? "",
      path: text(data, "path"),
      policies,
      identity_policies: [...new Set(texts(data, "identity_policies"))],
      entity_id: optionalText(data, "entity_id"),
      root: policies.includes("root"),
      orphan: flag(data, "orphan"),
      token_type: text(data, "type"),
      created_at: optionalInstant(data, "issue_time") ?? instant(data, "creation_time"),
      expires_at: optionalInstant(data, "expire_time"),
      ttl_s: optionalSeconds(data, "ttl") ?? 0,
      explicit_max_ttl_s: positiveSeconds(data, "explicit_max_ttl"),
      period_s: positiveSeconds(data, "period"),
      num_uses: count(data, "num_uses"),
      bound_cidrs: optionalTexts(data, "bound_cidrs"),
      labels: labels(data, "meta"),
      collector: record.caller.endsWith(`(accessor ${accessor})`),
      ext: ext({ role: optionalText(data, "role") }),
    }),
  ];
}

function tokenRole(answered: Answered): Fact[] {
  const { data } = answered;
  return [
    authRole(answered, {
      path: "roles",
      method: "token",
      role_type: "token_role",
      policies: [],
      orphan: flag(data, "orphan"),
      renewable: flag(data, "renewable"),
      allowed_policies: texts(data, "allowed_policies"),
      disallowed_policies: texts(data, "disallowed_policies"),
      allowed_policies_glob: texts(data, "allowed_policies_glob"),
      disallowed_policies_glob: texts(data, "disallowed_policies_glob"),
      ext: ext({
        path_suffix: optionalText(data, "path_suffix"),
        allowed_entity_aliases: optionalTexts(data, "allowed_entity_aliases"),
      }),
    }),
  ];
}

/** Live tokens, by their accessors, and the roles that mint them. */
export const tokens: Family = {
  id: "token",
  operations: [
    {
      id: "token.self",
      title: "Who the collector is",
      method: "GET",
      path: "auth/token/lookup-self",
      needs: ["read"],
      // Without a token that the store knows, nothing else is answered either.
      hides: BEHIND_LOGIN,
      resource: EVERYTHING,
      absent: "gone",
      fresh: true,
      // What it holds beside who we are is told once more by the look-up of our accessor.
      unread: ["/data"],
      redact: ["/data/id"],
    },
    listRow(
      {
        id: "token.accessors",
        title: "Accessors of live tokens",
        path: "auth/token/accessors",
        hides: ["token", "token_count"],
      },
      ["token.lookup"],
      {
        needs: ["list", "sudo"],
        resource: "auth/token/",
        facts: (answered) => [
          fact(answered, "token_count", "auth/token/accessors", { token_count: listedKeys(answered).length }),
        ],
      },
    ),
    readRow(
      {
        id: "token.lookup",
        title: "Age, lifetime and policies of a token",
        path: "auth/token/lookup-accessor",
        hides: ["token"],
      },
      token,
      {
        method: "POST",
        body: { accessor: "name" },
        needs: ["update"],
        resource: "auth/token/accessor/{name}",
        // Tokens end all the time: one that has ended since it was listed is none.
        absent: "nothing",
        nothingText: /invalid accessor/,
        redact: ["/data/id"],
      },
    ),
    listRow(
      { id: "token.roles", title: "Names of token roles", path: "auth/token/roles", hides: ["auth_role"] },
      ["token.role"],
    ),
    readRow(
      {
        id: "token.role",
        title: "Limits of a token role",
        path: "auth/token/roles/{name}",
        hides: ["auth_role"],
      },
      tokenRole,
    ),
  ],
  roots: ["token.accessors", "token.roles"],
};
