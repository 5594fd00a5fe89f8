import { ACL_CAPABILITIES, type AclCapability } from "../../facts/index.ts";

/** Capabilities as a bit set; there are eleven. */
export type CapabilitySet = number;

const BIT = new Map<string, CapabilitySet>(ACL_CAPABILITIES.map((name, index) => [name, 1 << index]));

export function capabilityBit(name: AclCapability): CapabilitySet {
  return BIT.get(name) ?? 0;
}

export const DENY = capabilityBit("deny");

export function capabilitySet(names: readonly AclCapability[]): CapabilitySet {
  return names.reduce((set, name) => set | capabilityBit(name), 0);
}

/** As `sys/capabilities` prints them: in code-unit order, `deny` alone where there is nothing else. */
export function capabilityNames(set: CapabilitySet): AclCapability[] {
  if ((set & DENY) !== 0) return ["deny"];
  const names = ACL_CAPABILITIES.filter((name) => (set & capabilityBit(name)) !== 0);
  return names.length === 0 ? ["deny"] : names;
}
