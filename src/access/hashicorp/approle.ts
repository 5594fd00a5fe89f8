import type { AclCapability, FactOf } from "../../facts/index.ts";
import { capabilitySet, type CapabilitySet } from "./capability.ts";

/** A request that one of these capabilities lets through; its full path, as bytes. */
export interface AclRequest {
  readonly path: string;
  readonly capability: CapabilitySet;
}

/** A request after which whoever sent it can log in as somebody else. */
export interface CredentialRequest {
  /** Full path, as bytes. */
  readonly path: string;
  readonly note: string;
  /** Of each of these one must be allowed too. */
  readonly besides?: readonly (readonly AclRequest[])[];
  /** What no rule says. */
  readonly conditions?: readonly string[];
}

const NETWORK_LISTS = ["token-bound-cidrs", "secret-id-bound-cidrs", "bound-cidr-list"];

/**
 * What gives a login as an AppRole: a new secret id, or that none is asked for any more. The server takes the latter only of a
 * role that is bound to networks, and the role id, which is no secret, must be known. `bases`: the role's full path as bytes, in
 * every spelling to ask for. Tried on Vault 1.21; `validateRoleConstraints` in `builtin/credential/approle/path_role.go`.
 */
export function appRoleRequests(role: FactOf<"auth_role">, bases: readonly string[]): CredentialRequest[] {
  const name = `${role.mount}${role.name}`;
  const below = (part: string): string[] => bases.map((base) => `${base}/${part}`);
  const requests = (parts: readonly string[], capability: AclCapability): AclRequest[] =>
    parts.flatMap(below).map((path) => ({ path, capability: capabilitySet([capability]) }));
  const issuing = ["secret-id", "custom-secret-id"]
    .flatMap(below)
    .map((path) => ({ path, note: `may issue secret ids of ${name}` }));
  if (role.bounds["bind_secret_id"] === undefined) return issuing;
  const bound = [...(role.token_bound_cidrs ?? []), ...(role.secret_id_bound_cidrs ?? [])].length > 0;
  const binding = bound ? [] : [requests(NETWORK_LISTS, "update")];
  const note = `may let ${name} in without a secret id`;
  const waiving = below("bind-secret-id").flatMap((path): CredentialRequest[] => [
    { path, note, besides: [...binding, requests(["role-id"], "read")] },
    { path, note, besides: binding, conditions: [`with the role id of ${name}`] },
  ]);
  return [...issuing, ...waiving];
}
