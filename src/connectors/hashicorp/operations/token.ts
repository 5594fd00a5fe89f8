import { SERVER_KINDS, type Fact, type FactKind, type Gap } from "../../../facts/index.ts";
import {
  count,
  flag,
  instant,
  labels,
  nonEmptyText,
  nullableInstant,
  nullableTexts,
  optionalFlag,
  optionalInstant,
  optionalSeconds,
  optionalText,
  optionalTexts,
  seconds,
  setSeconds,
  setText,
  setTexts,
  text,
  type Json,
} from "../json.ts";
import {
  EVERYTHING,
  ext,
  fact,
  gapIn,
  listedKeys,
  nameAsked,
  type Answered,
  type Family,
} from "../operation.ts";
import { listRow, readRow } from "../rows.ts";
import { authRole, tokenRoleBounds } from "./auth-role.ts";

/** All but what a server tells everyone. */
export const BEHIND_LOGIN: readonly FactKind[] = SERVER_KINDS.filter(
  (kind) => kind !== "health" && kind !== "store",
);

/** Who the store says we are; stands in every record and marks our own token among the others. A batch token has no accessor. */
export function callerName(self: Json): string {
  return `${setText(self, "display_name") ?? "unnamed"} (accessor ${setText(self, "accessor") ?? "none"})`;
}

/** The accessor in a caller's name; absent for a batch token, and before anybody logged in. */
function ownAccessor(caller: string): string | undefined {
  const accessor = /\(accessor (\S+)\)$/.exec(caller)?.[1];
  return accessor === "none" ? undefined : accessor;
}

function token(answered: Answered): Fact[] {
  const { data, record } = answered;
  const accessor = nameAsked(answered, "accessor");
  const policies = nullableTexts(data, "policies");
  return [
    fact(answered, "token", `auth/token/accessor/${accessor}`, {
      accessor,
      display_name: text(data, "display_name"),
      path: nonEmptyText(data, "path"),
      policies,
      // Written where an entity adds any.
      identity_policies: [...new Set(optionalTexts(data, "identity_policies") ?? [])],
      entity_id: setText(data, "entity_id"),
      root: policies.includes("root"),
      orphan: flag(data, "orphan"),
      token_type: nonEmptyText(data, "type"),
      // A token without a lease has the time in seconds alone.
      created_at: optionalInstant(data, "issue_time") ?? instant(data, "creation_time"),
      expires_at: nullableInstant(data, "expire_time"),
      ttl_s: seconds(data, "ttl"),
      explicit_max_ttl_s: setSeconds(data, "explicit_max_ttl"),
      // These are written where they are set, and of a token that ends.
      period_s: optionalSeconds(data, "period"),
      bound_cidrs: optionalTexts(data, "bound_cidrs"),
      renewable: optionalFlag(data, "renewable"),
      ext: ext({ role: optionalText(data, "role") }),
      num_uses: count(data, "num_uses"),
      labels: labels(data, "meta"),
      collector: accessor === ownAccessor(record.caller),
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
      ...tokenRoleBounds(data),
      orphan: flag(data, "orphan"),
      renewable: flag(data, "renewable"),
      allowed_policies: nullableTexts(data, "allowed_policies"),
      disallowed_policies: nullableTexts(data, "disallowed_policies"),
      allowed_policies_glob: nullableTexts(data, "allowed_policies_glob"),
      disallowed_policies_glob: nullableTexts(data, "disallowed_policies_glob"),
      ext: ext({
        path_suffix: setText(data, "path_suffix"),
        allowed_entity_aliases: setTexts(data, "allowed_entity_aliases"),
      }),
    }),
  ];
}

/**
 * The number of live tokens; and a gap where the list cannot be whole: it lacks our own token, or the server says that it
 * left some out. Tokens of other namespaces than the root have its id after a dot in their accessors.
 */
function tokenCount(answered: Answered, accessors: readonly string[]): (Fact | Gap)[] {
  const own = answered.namespace === "" ? ownAccessor(answered.record.caller) : undefined;
  const { warnings } = answered.body;
  const why =
    own !== undefined && !own.includes(".") && !accessors.includes(own)
      ? "the list of tokens lacks the collector's own"
      : Array.isArray(warnings) && warnings.length > 0
        ? "the server warns that it could not list every token"
        : undefined;
  const found = fact(answered, "token_count", "auth/token/accessors", { token_count: accessors.length });
  return why === undefined ? [found] : [found, unreliable(answered, "auth/token/", why)];
}

function unreliable(answered: Answered, resource: string, detail: string): Gap {
  return gapIn(answered, { resource, hides: ["token", "token_count"], reason: "malformed", detail });
}

/** A token that has ended since it was listed is none; our own has not, or nothing would be answered. */
function endedToken(answered: Answered): Gap[] {
  const { name = "" } = answered.params;
  if (name !== ownAccessor(answered.record.caller)) return [];
  return [unreliable(answered, "auth/token/", "the server does not find the collector's own token")];
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
      unread: ["/data/*"],
      redact: ["/data/id"],
      // Tells nothing that its look-up by accessor does not; but an answer that does not name us is none.
      facts: ({ data }) => {
        callerName(data);
        return [];
      },
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
        facts: (answered) => tokenCount(answered, listedKeys(answered)),
        factsOfNothing: (answered) => tokenCount(answered, []),
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
        nothingText: /invalid accessor/,
        factsOfNothing: endedToken,
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
