import type { FactOf, FactSet } from "../../facts/index.ts";
import { StoreFacts } from "./store-facts.ts";

type AuthRole = FactOf<"auth_role">;
type Principal = FactOf<"principal">;

/**
 * The identities behind users and AppRoles, whose logins all carry one alias name: the server refuses every login of one that
 * is disabled, and an identity's own policies may take away what the role's give.
 */
export class RoleIdentities {
  readonly #store: StoreFacts;
  /** Id of a role to the identities that bear its one name. */
  readonly #bearers: ReadonlyMap<string, readonly Principal[]>;
  /** Methods that aliases can be told to be of. */
  readonly #placed: ReadonlySet<string>;
  /** Aliases that may be behind a role whose alias name, or whose method, could not be read. */
  readonly #unplaced: readonly { readonly scope: string; readonly mount?: string; readonly name: string }[];

  constructor(store: StoreFacts, entities: readonly Principal[]) {
    this.#store = store;
    const methods = store.of("auth_method").filter(({ accessor }) => accessor !== undefined);
    this.#placed = new Set(methods.map(({ scope, path }) => `${scope}\n${path}`));
    const borne = entities.flatMap((entity) =>
      [...new Set(rolesOfOne(store, entity))].map((role) => ({ role, entity })),
    );
    this.#bearers = new Map(
      [...Map.groupBy(borne, ({ role }) => role)].map(([role, of]) => [role, of.map(({ entity }) => entity)]),
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
    return this.#bearers.get(id)?.some(({ disabled }) => disabled) ?? false;
  }

  /**
   * Fact id of the one identity that is whoever comes in by the role, so that the two are one. Absent where that is not
   * certain: several identities bear its name, the identity or the name stands for several logins of the method (as older
   * servers and directories that tell letter cases apart allow), or anyone can come in.
   */
  identityOf(role: AuthRole): string | undefined {
    const [entity, ...others] = this.#bearers.get(role.id) ?? [];
    if (entity === undefined || others.length > 0 || role.unauthenticated === true) return undefined;
    const { scope, mount } = role;
    const names = entity.aliases
      .filter((alias) => this.#store.mountOf(scope, alias) === mount)
      .map(({ name }) => name.toLowerCase());
    const [name = ""] = names;
    const alone =
      names.every((other) => other === name) && namedRoles(this.#store, scope, mount, name).length === 1;
    return alone ? entity.id : undefined;
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

/** Answers for any role or user of these facts: the one identity that whoever comes in by it is, where that is certain. */
export function identityBehind(facts: FactSet): (role: AuthRole) => string | undefined {
  const stores = new Map<string, RoleIdentities>();
  return (role) => {
    const known = stores.get(role.store_id);
    if (known !== undefined) return known.identityOf(role);
    const store = new StoreFacts(role.store_id, facts);
    const made = new RoleIdentities(
      store,
      store.of("principal").filter(({ principal_type }) => principal_type === "entity"),
    );
    stores.set(role.store_id, made);
    return made.identityOf(role);
  };
}
