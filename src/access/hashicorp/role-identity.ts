import type { FactKind, FactOf, FactSet } from "../../facts/index.ts";
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
  readonly #unplaced: readonly UnplacedAlias[];

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
    this.#unplaced = entities.flatMap((entity) => unplacedOf(store, entity));
  }

  /** Fact ids of the disabled identities behind the role; where there is one, the server refuses every login by it. */
  disabledBehind({ id }: AuthRole): string[] {
    const bearers = this.#bearers.get(id) ?? [];
    return bearers.filter(({ disabled }) => disabled).map((entity) => entity.id);
  }

  /**
   * The one identity that is whoever comes in by the role, so that the two are one. Absent where that is not
   * certain: several identities bear its name, the identity or the name stands for several logins of the method (as older
   * servers and directories that tell letter cases apart allow), or anyone can come in.
   */
  identityOf(role: AuthRole): Principal | undefined {
    const [entity, ...others] = this.#bearers.get(role.id) ?? [];
    if (entity === undefined || others.length > 0 || role.unauthenticated === true) return undefined;
    const { scope, mount } = role;
    const names = entity.aliases
      .filter((alias) => this.#store.mountOf(scope, alias) === mount)
      .map(({ name }) => name.toLowerCase());
    const [name = ""] = names;
    const alone =
      names.every((other) => other === name) && namedRoles(this.#store, scope, mount, name).length === 1;
    return alone ? entity : undefined;
  }

  /**
   * Why the server may give less than the role's policies, though no identity is seen behind it: one that is hidden may be.
   * Empty where none can be.
   */
  doubts(role: AuthRole): string[] {
    const { mount, name } = role;
    if (this.#hiddenBehind(role)) return [`the identity behind ${mount}${name} could not be read`];
    const behind = this.#possiblyBehind(role).some((entity) => takesAway(this.#store, entity));
    return behind ? [`which identity is behind ${mount}${name} could not be read`] : [];
  }

  /** Fact ids of the identities seen that perhaps are whoever comes in by the role: what would tell could not be read. */
  perhaps(role: AuthRole): string[] {
    return this.#possiblyBehind(role).map(({ id }) => id);
  }

  /** The identity as which a role or user is judged; `perhaps` where gaps leave open whether there is one. */
  judgedAs(role: AuthRole): Principal | "perhaps" | undefined {
    const identity = this.identityOf(role);
    if (this.#hiddenBehind(role)) return "perhaps";
    if (identity === undefined) return this.#possiblyBehind(role).length > 0 ? "perhaps" : undefined;
    // Another user, whose name differs in case alone, would be the same identity.
    const { scope, mount, name, role_type } = role;
    return role_type === "user" && this.#store.hiddenLogins(scope, mount, name) ? "perhaps" : identity;
  }

  /**
   * The users and AppRoles by which alone this identity comes in: each of its aliases is certainly the one name of one of them.
   * Empty where another may come in by one of them, what would tell could not be read, or it has no alias.
   */
  everyLogin(entity: Principal): readonly AuthRole[] {
    const logins = entity.aliases.map((alias) => {
      const mount = this.#store.mountOf(entity.scope, alias);
      if (mount === undefined) return undefined;
      const [login, ...others] = this.#store.loginsOn(entity.scope, mount, alias.name);
      if (login === undefined || others.length > 0) return undefined;
      const judged = this.judgedAs(login);
      return judged !== undefined && judged !== "perhaps" && judged.id === entity.id ? login : undefined;
    });
    const known = logins.filter((login) => login !== undefined);
    return known.length === logins.length ? known : [];
  }

  #hiddenBehind(role: AuthRole): boolean {
    return this.#isOne(role) && this.#store.hidesBelow(role.scope, "identity/entity/id/", ["principal"]);
  }

  #possiblyBehind(role: AuthRole): Principal[] {
    if (!this.#isOne(role)) return [];
    const named = this.#store.fixedAliasName(role);
    const placed = this.#placed.has(`${role.scope}\n${role.mount}`);
    return this.#unplaced
      .filter(
        ({ entity, mount, name }) =>
          entity.scope === role.scope &&
          (placed ? named === undefined && mount === role.mount : mount === undefined) &&
          (named === undefined || named.toLowerCase() === name.toLowerCase()),
      )
      .map(({ entity }) => entity);
  }

  /** Whether all logins carry one alias name, though it may not be known. */
  #isOne(role: AuthRole): boolean {
    return (
      role.role_type !== "group" &&
      (this.#store.fixedAliasName(role) !== undefined || role.method === "approle")
    );
  }
}

/** An alias of which no user or AppRole is known to be it; without a mount where that is not known either. */
interface UnplacedAlias {
  readonly entity: Principal;
  readonly mount?: string;
  readonly name: string;
}

function unplacedOf(store: StoreFacts, entity: Principal): UnplacedAlias[] {
  const { scope, aliases } = entity;
  return aliases.flatMap(({ name, ...alias }) => {
    const mount = store.mountOf(scope, alias);
    if (mount === undefined) return [{ entity, name }];
    return namedRoles(store, scope, mount, name).length > 0 ? [] : [{ entity, mount, name }];
  });
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

/** Answers for any role or user of these facts as which identity it is judged, see {@link RoleIdentities.judgedAs}. */
export function identityBehind(facts: FactSet): RoleIdentities["judgedAs"] {
  const stores = new Map<string, RoleIdentities>();
  return (role) => {
    const known = stores.get(role.store_id) ?? identitiesOf(new StoreFacts(role.store_id, facts));
    stores.set(role.store_id, known);
    return known.judgedAs(role);
  };
}

/** Kinds that tell by which logins an identity comes in: with one hidden, that none is known does not say that there is none. */
const TELLING: readonly FactKind[] = ["auth_method", "auth_role", "auth_role_alias", "principal"];

/**
 * For each identity of these facts the users and AppRoles by which alone it comes in, see `everyLogin`; `unknown` where it has an
 * alias and none is known for sure, while something of its store that would tell could not be read.
 */
export function loginsOfIdentities(facts: FactSet): ReadonlyMap<string, readonly AuthRole[] | "unknown"> {
  const entities = facts.of("principal").filter(({ principal_type }) => principal_type === "entity");
  const byStore = Map.groupBy(entities, ({ store_id }) => store_id);
  return new Map(
    [...byStore].flatMap(([storeId, of]) => {
      const identities = identitiesOf(new StoreFacts(storeId, facts));
      const hidden = facts.gaps.some(
        ({ store_id, hides }) => store_id === storeId && hides.some((kind) => TELLING.includes(kind)),
      );
      return of.map((entity) => {
        const logins = identities.everyLogin(entity);
        const open = logins.length === 0 && entity.aliases.length > 0 && hidden;
        return [entity.id, open ? "unknown" : logins] as const;
      });
    }),
  );
}

function identitiesOf(store: StoreFacts): RoleIdentities {
  const entities = store.of("principal").filter(({ principal_type }) => principal_type === "entity");
  return new RoleIdentities(store, entities);
}
