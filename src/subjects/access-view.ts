import type { GrantModel, GrantPrincipal, Ways, WaysIn } from "../access/index.ts";
import type { SubjectOf } from "./schema.ts";

/** What of effective access subjects show. */
export type EffectiveAccess = Pick<
  GrantModel,
  "access" | "mayReach" | "principals" | "readers" | "targets" | "whatCan"
>;

type SecretAccess = Pick<
  SubjectOf<"secret">,
  "readers" | "writer_count" | "reader_and_granter_count" | "perhaps_reader_and_granter_count"
>;

type WaysInFields = NonNullable<NonNullable<SecretAccess["readers"]>["ways_in"]>;

function waysOf({ public: anyone, external }: WaysIn): WaysInFields {
  const copied = (ways: Ways) => ({ ...ways, roles: [...ways.roles], strangers: [...ways.strangers] });
  return {
    ...(anyone === undefined ? {} : { public: copied(anyone) }),
    ...(external === undefined ? {} : { external: copied(external) }),
  };
}

/** Effective access, as the fields of subjects. Nothing is said of what access was not computed for. */
export class AccessView {
  readonly #access: EffectiveAccess;
  readonly #targets: ReadonlySet<string>;
  readonly #principals: ReadonlyMap<string, GrantPrincipal>;
  readonly #emergency: ReadonlySet<string>;

  /** `emergency`: break-glass identities and root tokens, which are judged by themselves, not on each secret. */
  constructor(access: EffectiveAccess, emergency: ReadonlySet<string>) {
    this.#access = access;
    this.#emergency = emergency;
    this.#targets = new Set(access.targets.map(({ id }) => id));
    this.#principals = new Map(access.principals.map((principal) => [principal.id, principal]));
  }

  /** Everyone of whom access says anything. */
  principals(): Iterable<GrantPrincipal> {
    return this.#principals.values();
  }

  has(principalId: string): boolean {
    return this.#principals.has(principalId);
  }

  ofSecret(id: string): SecretAccess {
    if (!this.#targets.has(id)) return {};
    const {
      writer_count,
      reader_and_granter_count,
      perhaps_reader_and_granter_count,
      apart_count,
      perhaps_count,
      sample,
      count,
      by_role_count,
      possible_count,
      external,
      public: open,
      ways_in,
      kept_out,
    } = this.#access.readers(id, this.#emergency);
    return {
      readers: {
        count,
        by_role_count,
        possible_count,
        emergency_count: apart_count,
        perhaps_count,
        external,
        public: open,
        sample: sample.map((reader) => ({ ...reader, actions: [...reader.actions] })),
        ...(ways_in === undefined ? {} : { ways_in: waysOf(ways_in) }),
        ...(kept_out === undefined ? {} : { kept_out: { ...kept_out, names: [...kept_out.names] } }),
      },
      writer_count,
      reader_and_granter_count,
      perhaps_reader_and_granter_count,
    };
  }

  /** Whether a principal may have access to what was not seen in an engine, whose path this is. */
  mayReach(id: string, engine: string): boolean {
    return this.#access.mayReach(id, engine);
  }

  ofPrincipal(id: string): SubjectOf<"principal">["access"] {
    if (!this.has(id)) return undefined;
    const found = this.#access.access(id);
    const { admits, ...rest } = found;
    return {
      ...rest,
      sudo_rules: [...found.sudo_rules],
      wildcard_rules: [...found.wildcard_rules],
      ...(admits === undefined
        ? {}
        : {
            admits: {
              ...admits,
              names: [...admits.names],
              unasked: [...admits.unasked],
              leads_to: [...admits.leads_to],
            },
          }),
    };
  }
}
