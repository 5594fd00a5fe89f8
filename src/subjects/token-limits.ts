import type { FactOf } from "../facts/index.ts";
import { present } from "./context.ts";

/** What bounds the tokens of a role, as its facts say it. */
export type TokenLimits = Pick<
  FactOf<"auth_role">,
  | "token_ttl_s"
  | "token_max_ttl_s"
  | "token_explicit_max_ttl_s"
  | "token_period_s"
  | "token_num_uses"
  | "token_bound_cidrs"
>;

/** The same from settings that hold for every login of a method. A setting of another shape is as good as unread. */
export function limitsOfSettings({ settings }: FactOf<"auth_config">): TokenLimits {
  const count = (name: string): number | undefined => {
    const value = settings[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const cidrs: unknown = settings["token_bound_cidrs"];
  return present({
    token_ttl_s: count("token_ttl"),
    token_max_ttl_s: count("token_max_ttl"),
    token_explicit_max_ttl_s: count("token_explicit_max_ttl"),
    token_period_s: count("token_period"),
    token_num_uses: count("token_num_uses"),
    token_bound_cidrs: Array.isArray(cidrs) ? cidrs.map(String) : undefined,
  });
}
