import type { MergedRule } from "./acl.ts";
import { capabilityBit, type CapabilitySet } from "./capability.ts";

const WITH_BODY = capabilityBit("create") | capabilityBit("update") | capabilityBit("patch");
const WITH_PARAMETERS = WITH_BODY | capabilityBit("read");

const CHECKED = WITH_PARAMETERS | capabilityBit("recover");

/** What a rule gives: nothing that is checked for parameters where it asks for some and takes none. */
export function givenBy({ capabilities, required, denied }: MergedRule): CapabilitySet {
  return required.length > 0 && denied?.has("*") === true ? capabilities & ~CHECKED : capabilities;
}

/** What a request by this rule must fulfil besides its capability. */
export function ruleConditions(rule: MergedRule, capability: CapabilitySet, open: boolean): string[] {
  return [
    ...(open ? rule.sources.map((source) => `whoever logs in, and when, fits "${source.rule.path}"`) : []),
    ...rule.sources.flatMap(({ rule: { expiration } }) =>
      expiration === undefined ? [] : [`before ${expiration}`],
    ),
    ...rule.mfaMethods.map((method) => `MFA by ${method}`),
    ...(rule.controlGroup?.factors ?? []).map((factor) => `control group ${factor.name} approves`),
    ...(rule.minWrappingS > 0 ? [`the answer is wrapped for at least ${rule.minWrappingS} s`] : []),
    ...(rule.maxWrappingS > 0 ? [`the answer is wrapped for at most ${rule.maxWrappingS} s`] : []),
    ...((capability & WITH_PARAMETERS) === 0 ? [] : rule.required.map((name) => `with parameter ${name}`)),
    ...((capability & WITH_BODY) === 0 ? [] : bodyConditions(rule)),
  ];
}

function bodyConditions({ allowed, denied }: MergedRule): string[] {
  const names = [...(allowed?.keys() ?? [])].filter((name) => name !== "*").sort();
  const limited = allowed !== undefined && allowed.size > 0 && !(allowed.has("*") && allowed.size === 1);
  return [
    ...(limited ? [`only parameters ${names.join(", ")}${allowed.has("*") ? ", others freely" : ""}`] : []),
    ...[...(denied?.keys() ?? [])]
      .sort()
      .map((name) => (name === "*" ? "without parameters" : `without parameter ${name}`)),
  ];
}
