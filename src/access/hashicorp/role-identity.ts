import type { FactOf } from "../../facts/index.ts";
import type { StoreFacts } from "./store-facts.ts";

type AuthRole = FactOf<"auth_role">;
type Principal = FactOf<"principal">;

/**
 * The identities behind users and AppRoles, whose logins all carry one alias name: the server refuses every login of one that
 * is disabled, and an identity's own policies may take away what the role's give.
 */
export class RoleIdentities {
  readonly #store: StoreFacts;
  readonly #refused: ReadonlySet<string>;
  /** Methods that aliases can be told to be of. */
  readonly #placed: ReadonlySet<string>;
  /** Aliases that may be behind a role whose alias name, or whose method, could not be read. */
  readonly #unplaced: readonly { readonly scope: string; readonly mount?: string; readonly name: string }[];

  constructor(store: StoreFacts, entities: readonly Principal[]) {
    this.#store = store;
    const methods = store.of("auth_method").filter(({ accessor }) => accessor !== undefined);
    this.#placed = new Set(methods.map(({ scope, path }) => `${scope}\n${path}`));
    this.#refused = new Set(
      entities.filter(({ disabled }) => disabled).flatMap((one) => rolesOfOne(store, one)),
    );
    this.#unplaced = entities
      .filter((one) => takesAway(store, one))
      .flatMap(({ scope, aliases }) =>
        aliases.flatMap((alias) => {
          const mount = store.mountOf(scope, alias);
          if (mount === undefined) return [{ scope, name: alias.name }];
          return namedRoles(store, scope, mount, alias.name).length > 0
            ? []
            : [{ scope, mount, name: alias.name }];
        }),
      );
  }

  /** Whether a disabled identity is behind the role, so that the server refuses every login by it. */
  refuses({ id }: AuthRole): boolean {
    return this.#refused.has(id);
  }

  /**
   * Why the server may give less than the role's policies, though no identity is seen behind it: one that is hidden may be.
   * Empty where none can be.
   */
  doubts(role: AuthRole): string[] {
    const named = this.#store.fixedAliasName(role);
    const { scope, mount, name, method, role_type } = role;
    if (role_type === "group" || (named === undefined && method !== "approle")) return [];
    if (this.#store.hidesBelow(scope, "identity/entity/id/", ["principal"]))
      return [`the identity behind ${mount}${name} could not be read`];
    const placed = this.#placed.has(`${scope}\n${mount}`);
    const behind = this.#unplaced.some(
      (alias) =>
        alias.scope === scope &&
        (placed ? named === undefined && alias.mount === mount : alias.mount === undefined) &&
        (named === undefined || named.toLowerCase() === alias.name.toLowerCase()),
    );
    return behind ? [`which identity is behind ${mount}${name} could not be read`] : [];
  }
}

/** Whether an identity may leave less than a role of it gives: it is disabled, or policies of its own may deny. */
function takesAway(store: StoreFacts, entity: Principal): boolean {
  const { disabled, policies, inherited_group_ids } = entity;
  return [disabled, policies.length, store.directGroups(entity).length, inherited_group_ids.length].some(
    Boolean,
  );
}

/** Ids of the users and AppRoles that are this entity at every login, since one of its aliases bears their one name. */
function rolesOfOne(store: StoreFacts, { scope, aliases }: Principal): string[] {
  return aliases.flatMap((alias) => {
    const mount = store.mountOf(scope, alias);
    return mount === undefined ? [] : namedRoles(store, scope, mount, alias.name).map(({ id }) => id);
  });
}

function namedRoles(store: StoreFacts, scope: string, mount: string, aliasName: string): readonly AuthRole[] {
  return store.loginsOn(scope, mount, aliasName).filter((role) => store.fixedAliasName(role) !== undefined);
}
