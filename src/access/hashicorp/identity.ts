import type { AclRule } from "../../facts/index.ts";

/** A policy of a store that was read. */
export interface AclPolicyState {
  readonly name: string;
  /** Its namespace, with the trailing slash; empty for the root namespace. */
  readonly namespace: string;
  /** Fact id; absent for `root`. */
  readonly id?: string;
  readonly templated: boolean;
  readonly records: readonly string[];
  /** Absent: it could not be read, or does not parse. */
  readonly rules?: readonly AclRule[];
}

/** Product whose rules apply; `sys/health` tells. */
export type Dialect = "vault" | "openbao";

export interface Alias {
  readonly id?: string;
  readonly name: string;
  readonly mount_accessor: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly custom_metadata: Readonly<Record<string, string>>;
}

export interface IdentityGroup {
  readonly id: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly policies: readonly string[];
  /** Ids of the groups that this group is a member of. */
  readonly parents: readonly string[];
}

export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly aliases: readonly Alias[];
  readonly policies: readonly string[];
  readonly disabled: boolean;
  /** Ids of the groups that it is a direct member of. */
  readonly groups: readonly string[];
}

/** Whom templates in rule paths speak of. */
export interface Identity {
  readonly entity: Entity;
  /** Direct and inherited. */
  readonly groups: readonly IdentityGroup[];
}

/**
 * Direct groups, then what they are members of, each once; cycles end. Groups that do not exist are passed over, as
 * the server does.
 */
export function memberships(
  entity: Entity,
  groupById: (id: string) => IdentityGroup | undefined,
): readonly IdentityGroup[] {
  const found = new Map<string, IdentityGroup | undefined>();
  const queue = [...entity.groups];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    if (found.has(id)) continue;
    const group = groupById(id);
    found.set(id, group);
    queue.push(...(group?.parents ?? []));
  }
  return [...found.values()].filter((group) => group !== undefined);
}

/** The server looks a policy up by its name in lower case, without spaces around. */
export function policyName(name: string): string {
  return name.trim().toLowerCase();
}
