import { boundByNetworks } from "../../base/index.ts";
import type { AclCapability, FactOf } from "../../facts/index.ts";
import { capabilitySet, type CapabilitySet } from "./capability.ts";
import { byteText } from "./pattern.ts";
import type { SpelledPaths } from "./spellings.ts";

/** A request that one of these capabilities lets through; its full path, as bytes. */
export interface AclRequest {
  readonly path: string;
  readonly capability: CapabilitySet;
}

/** A request after which whoever sent it can log in as somebody else. */
export interface CredentialRequest {
  /** Full path, as bytes. */
  readonly path: string;
  /** `update` unless given. */
  readonly capabilities?: readonly AclCapability[];
  readonly note: string;
  /** Of each of these one must be allowed too. */
  readonly besides?: readonly (readonly AclRequest[])[];
  /** What no rule says. */
  readonly conditions?: readonly string[];
}

/** An AppRole's full path in every spelling: the server folds its case in every request. */
export function appRolePaths(
  { mount, name }: FactOf<"auth_role">,
  namespace: string,
  spelled: SpelledPaths,
): string[] {
  return spelled.of(namespace + byteText(`${mount}role/`), byteText(name));
}

/** What writes each of a role's two lists of networks; the third path is an older name of one. */
const TOKEN_LIST = ["token-bound-cidrs"];
const SECRET_ID_LIST = ["secret-id-bound-cidrs", "bound-cidr-list"];

/**
 * What gives a login as an AppRole. `bases`: the role's full path as bytes, in every spelling to ask for. The collector reads
 * `bind_secret_id` of every role, so that one without it is known to ask for none. Tried on Vault 1.21.
 */
export function appRoleRequests(role: FactOf<"auth_role">, bases: readonly string[]): CredentialRequest[] {
  const below = (part: string): string[] => bases.map((base) => `${base}/${part}`);
  return role.bounds["bind_secret_id"] === undefined
    ? openRequests(role, below)
    : secretRequests(role, below);
}

/**
 * What gives the role id of another identity to a login as this role, by those who can log in as it: the other requests ask for
 * what the login needs.
 */
export function takeoverRequests(role: FactOf<"auth_role">, bases: readonly string[]): CredentialRequest[] {
  const below = (part: string): string[] => bases.map((base) => `${base}/${part}`);
  const login = ["secret-id", "custom-secret-id"]
    .flatMap(below)
    .map((path) => ({ path, capability: capabilitySet(["update"]) }));
  return below("role-id").map((path) => ({
    path,
    note: `may give ${role.mount}${role.name} a role id that an identity had before`,
    ...(role.bounds["bind_secret_id"] === undefined ? {} : { besides: [login] }),
    conditions: ["with the role id that the identity had"],
  }));
}

/** Paths of a part of the role. */
type Below = (part: string) => string[];

/**
 * Of a role that asks for a secret id: a new one, or that none is asked for any more. The server takes the latter only of a
 * role that is bound to networks, and the role id, which is no secret, must be known or set.
 * Source: `validateRoleConstraints` in `builtin/credential/approle/path_role.go`.
 */
function secretRequests(role: FactOf<"auth_role">, below: Below): CredentialRequest[] {
  const name = `${role.mount}${role.name}`;
  const requests = (parts: readonly string[], ...capabilities: AclCapability[]): AclRequest[] =>
    parts.flatMap(below).map((path) => ({ path, capability: capabilitySet(capabilities) }));
  const issuing = ["secret-id", "custom-secret-id"]
    .flatMap(below)
    .map((path) => ({ path, note: `may issue secret ids of ${name}` }));
  const bound = [...(role.token_bound_cidrs ?? []), ...(role.secret_id_bound_cidrs ?? [])].length > 0;
  const binding = bound ? [] : [requests([...TOKEN_LIST, ...SECRET_ID_LIST], "update")];
  const note = `may let ${name} in without a secret id`;
  const waiving = below("bind-secret-id").flatMap((path): CredentialRequest[] => [
    { path, note, besides: [...binding, requests(["role-id"], "read", "update")] },
    { path, note, besides: binding, conditions: [withRoleId(name)] },
  ]);
  return [...issuing, ...waiving];
}

/**
 * Of a role that asks for none, and issues none: its role id is the credential, and each network list that is widened lets more
 * in by it. A list is emptied only where another is left. One that anybody can come in by gives nobody more than everyone has.
 */
function openRequests(role: FactOf<"auth_role">, below: Below): CredentialRequest[] {
  if (role.unauthenticated === true) return [];
  const name = `${role.mount}${role.name}`;
  const { token_bound_cidrs: ofTokens = [], secret_id_bound_cidrs: ofSecretIds = [] } = role;
  const emptied: AclCapability[] = ofTokens.length > 0 && ofSecretIds.length > 0 ? ["delete"] : [];
  const lists = [
    ...(boundByNetworks(ofTokens) ? TOKEN_LIST : []),
    ...(boundByNetworks(ofSecretIds) ? SECRET_ID_LIST : []),
  ];
  const only = `of ${name}, which asks for no secret id`;
  return [
    ...below("role-id").flatMap((path): CredentialRequest[] => [
      { path, capabilities: ["read"], note: `may read the role id ${only}` },
      { path, note: `may set the role id ${only}` },
    ]),
    ...lists.flatMap(below).map((path) => ({
      path,
      capabilities: ["update", ...emptied] as const,
      note: `may widen the networks ${only}`,
      conditions: [withRoleId(name)],
    })),
  ];
}

function withRoleId(name: string): string {
  return `with the role id of ${name}`;
}
