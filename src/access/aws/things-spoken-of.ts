import { parseArn } from "./arn.ts";
import { MAX_NAMES } from "./escalation-ways.ts";

/** ARNs that stand for all that texts speak of in a service, wildcards filled in, and one of a name that none speaks of. */
export function thingsSpokenOf(
  texts: readonly string[],
  principal: string,
  service: string,
): readonly string[] {
  const { partition = "aws", account = "" } = parseArn(principal) ?? {};
  const base = (region: string) => `arn:${partition}:${service}:${region}:${account}:`;
  const spoken = texts.flatMap((text) => {
    const arn = parseArn(text);
    if (arn?.service !== service) return [];
    const [region = "", name = ""] = [arn.region, arn.resource].map((part) => part.replaceAll(/[*?]/g, "x"));
    return [`${base(region)}${arn.resource === "*" ? (SHAPES[service] ?? "x") : name}`];
  });
  // What is made has no name that a policy speaks of; some actions are asked for on everything.
  return [...new Set(["*", `${base("x")}${SHAPES[service] ?? "x"}`, ...spoken])].slice(0, MAX_NAMES);
}

/** What the things of a service are called. */
const SHAPES: Readonly<Record<string, string>> = { lambda: "function:x", ec2: "instance/x" };
