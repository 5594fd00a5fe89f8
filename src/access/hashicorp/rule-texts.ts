import { capabilityBit, capabilityNames } from "./capability.ts";
import type { EvaluatedClass } from "./holder-sessions.ts";
import { isTemplated } from "./template.ts";

const SUDO = capabilityBit("sudo");

/** The rules of a session that give anything, each with its whole path as written and as `<policy>:<line> <path>`. */
export function rulesOf({ session: { rules, open } }: EvaluatedClass, namespace: string) {
  return rules.flatMap((merged) =>
    merged.sources
      .filter((source) => source.rule.capabilities.length > 0 && source.rule.capabilities[0] !== "deny")
      .map(({ policy, rule }) => ({
        text: policy === "root" ? "root" : `${policy}:${rule.line} ${rule.path}`,
        path: namespace + rule.path.replace(/^\//, ""),
        pattern: merged.pattern,
        // The pattern is what templates could be filled with, and not yet filled.
        open: open.has(merged) && isTemplated(rule.path),
        // A listing shows how things are called, and never a value: with anything beside it the rule counts.
        namesOnly: rule.capabilities.every((capability) => capability === "list"),
      })),
  );
}

/**
 * Rules that give `sudo`, with all that whoever has them may do at that path: what another policy's rule for the same path adds
 * counts, so that a rule which reads is told from one which writes.
 */
export function sudoTexts({ session: { rules } }: EvaluatedClass): string[] {
  return rules
    .filter(({ capabilities }) => (capabilities & SUDO) !== 0)
    .flatMap(({ capabilities, sources }) =>
      sources
        .filter(({ rule }) => rule.capabilities.includes("sudo"))
        .map(({ policy, rule }) =>
          policy === "root"
            ? "root"
            : `${policy}:${rule.line} ${rule.path} [${capabilityNames(capabilities).join(",")}]`,
        ),
    );
}
