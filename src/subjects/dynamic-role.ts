import type { FactOf } from "../facts/index.ts";
import { UNKNOWN_STORE, common, engineLimit, present, type SubjectContext } from "./context.ts";
import type { SubjectOf } from "./schema.ts";

/** Every role by which a secrets engine makes short-lived credentials. In id order. */
export function* dynamicRoleSubjects(context: SubjectContext): Generator<SubjectOf<"dynamic_role">> {
  for (const role of context.facts.of("dynamic_role")) {
    const { mount, engine, connection, default_ttl_s } = role;
    yield {
      ...common(context, {
        ...role,
        kind: "dynamic_role",
        labels: {},
        records: [role.record],
        gaps: context.gaps.of(role.store_id, role.id),
      }),
      mount,
      engine,
      ...present({ connection, default_life_s: default_ttl_s || undefined }),
      ...longestLife(context, role),
      store: context.stores.get(role.store_id)?.projection ?? UNKNOWN_STORE,
    };
  }
}

/** The role's own limit or its engine's: the lower one holds (`CalculateTTL` of Vault's framework). */
function longestLife(
  context: SubjectContext,
  role: FactOf<"dynamic_role">,
): Pick<SubjectOf<"dynamic_role">, "max_life_s" | "max_life_source"> {
  const own = role.max_ttl_s || undefined;
  const engine = engineLimit(context, role);
  if (engine === undefined) return present({ max_life_s: own });
  return own !== undefined && own < engine.seconds
    ? { max_life_s: own, max_life_source: "role" }
    : { max_life_s: engine.seconds, max_life_source: engine.source };
}
