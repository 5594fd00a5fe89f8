import {
  identityBehind,
  strongest,
  weakest,
  type Certainty,
  type Grant,
  type GrantAction,
  type GrantModel,
} from "../../access/index.ts";
import type { FactOf, FactSet } from "../../facts/index.ts";

/** By thing, then by action: how certainly it is given. */
type Held = Map<string, Map<GrantAction, Certainty>>;

/** Which roles and users are for certain one identity at every login, and whether that identity's access is all of theirs. */
export class SameIdentity {
  readonly #model: Pick<GrantModel, "whatCan">;
  /** Fact id of a role or user to that of the identity. */
  readonly #identities = new Map<string, string>();
  /** Names of the roles and users, by the identity's fact id. */
  readonly #logins = new Map<string, string[]>();

  constructor({ model, facts }: { readonly model: Pick<GrantModel, "whatCan">; readonly facts: FactSet }) {
    this.#model = model;
    const behind = identityBehind(facts);
    for (const role of facts.of("auth_role")) {
      const identity = behind(role);
      if (identity !== undefined && identity !== "perhaps") this.#add(role, identity.id);
    }
    for (const names of this.#logins.values()) names.sort();
  }

  /** The identity that whoever comes in by a role or user is; undefined where that is not certain, and of others. */
  identityOf(principalId: string): string | undefined {
    return this.#identities.get(principalId);
  }

  /** Names of the roles and users that are this identity at every login, in order, e.g. `auth/userpass/ada`. */
  loginsOf(identityId: string): readonly string[] {
    return this.#logins.get(identityId) ?? [];
  }

  /**
   * Whether the identity has each action of these grants on each of their things that `isAsked`, no less certainly. What depends on a login
   * that is perhaps not the identity's counts for nothing.
   */
  covers(identityId: string, grants: readonly Grant[], isAsked: (targetId: string) => boolean): boolean {
    const held = heldBy(this.#model.whatCan(identityId).filter(({ perhaps }) => perhaps !== true));
    return grants.every((grant) => {
      for (const id of grant.targets()) {
        if (!isAsked(id)) continue;
        const of = held.get(id);
        if (!grant.actions.every((action) => isAsSure(of?.get(action), grant.certainty))) return false;
      }
      return true;
    });
  }

  #add({ id, mount, name }: FactOf<"auth_role">, identityId: string): void {
    this.#identities.set(id, identityId);
    this.#logins.set(identityId, [...this.loginsOf(identityId), `${mount}${name}`]);
  }
}

function isAsSure(held: Certainty | undefined, wanted: Certainty): boolean {
  return held !== undefined && weakest(held, wanted) === wanted;
}

function heldBy(grants: readonly Grant[]): Held {
  const held: Held = new Map();
  for (const grant of grants) {
    for (const id of grant.targets()) {
      const of = held.get(id) ?? new Map<GrantAction, Certainty>();
      held.set(id, of);
      for (const action of grant.actions)
        of.set(action, strongest(of.get(action) ?? grant.certainty, grant.certainty));
    }
  }
  return held;
}
