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
  const issued = [requestsOf(["secret-id", "custom-secret-id"].flatMap(below), "update")];
  const ways = role.bounds["bind_secret_id"] === undefined ? [[]] : [issued, waiver(role, below)];
  return below("role-id").flatMap((path) =>
    ways.map((besides) => ({
      path,
      note: `may give ${role.mount}${role.name} a role id that an identity had before`,
      ...(besides.length === 0 ? {} : { besides }),
      conditions: ["with the role id that the identity had"],
    })),
  );
}

/** What makes the server let in who brings no secret id: it takes that only of a role that is bound to networks. */
function waiver(role: FactOf<"auth_role">, below: Below): (readonly AclRequest[])[] {
  const bound = [...(role.token_bound_cidrs ?? []), ...(role.secret_id_bound_cidrs ?? [])].length > 0;
  const binding = bound ? [] : [requestsOf([...TOKEN_LIST, ...SECRET_ID_LIST].flatMap(below), "update")];
  return [...binding, requestsOf(below("bind-secret-id"), "update")];
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
    requestsOf(parts.flatMap(below), ...capabilities);
  const issuing = ["secret-id", "custom-secret-id"]
    .flatMap(below)
    .map((path) => ({ path, note: `may issue secret ids of ${name}` }));
  const waived = waiver(role, below);
  const note = `may let ${name} in without a secret id`;
  const waiving = below("bind-secret-id").flatMap((path): CredentialRequest[] => [
    { path, note, besides: [...waived, requests(["role-id"], "read", "update")] },
    { path, note, besides: waived, conditions: [withRoleId(name)] },
  ]);
  return [...issuing, ...waiving];
}

/**
 * Of a role that asks for none, and issues none: its role id is the credential, and each network list that is widened lets more
 * in by it. A list is emptied only where another is left, which may be filled with any network first. One that anybody can come
 * in by gives nobody more than everyone has.
 */
function openRequests(role: FactOf<"auth_role">, below: Below): CredentialRequest[] {
  if (role.unauthenticated === true) return [];
  const name = `${role.mount}${role.name}`;
  const { token_bound_cidrs: ofTokens = [], secret_id_bound_cidrs: ofSecretIds = [] } = role;
  const only = `of ${name}, which asks for no secret id`;
  const widening = { note: `may widen the networks ${only}`, conditions: [withRoleId(name)] };
  const widened = (
    [
      [TOKEN_LIST, ofTokens, SECRET_ID_LIST, ofSecretIds],
      [SECRET_ID_LIST, ofSecretIds, TOKEN_LIST, ofTokens],
    ] as const
  ).flatMap(([list, networks, otherList, others]): CredentialRequest[] => {
    if (!boundByNetworks(networks)) return [];
    const filling = others.length > 0 ? [] : [requestsOf(otherList.flatMap(below), "update")];
    return list.flatMap(below).flatMap((path) => [
      { path, ...widening },
      { path, capabilities: ["delete"] as const, besides: filling, ...widening },
    ]);
  });
  return [
    ...below("role-id").flatMap((path): CredentialRequest[] => [
      { path, capabilities: ["read"], note: `may read the role id ${only}` },
      { path, note: `may set the role id ${only}` },
    ]),
    ...widened,
  ];
}

function requestsOf(paths: readonly string[], ...capabilities: AclCapability[]): AclRequest[] {
  return paths.map((path) => ({ path, capability: capabilitySet(capabilities) }));
}

function withRoleId(name: string): string {
  return `with the role id of ${name}`;
}
