import { compareStrings } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import { trustCallers } from "../access/index.ts";
import { OWN_CALLER } from "./caller.ts";
import { present, type SubjectContext } from "./context.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";

type PrincipalSubject = SubjectOf<"principal">;
type CloudType = "aws_root" | "iam_role" | "iam_user";

/** Most keys of a principal that are shown: the provider allows two. */
const MAX_KEYS = 8;

/** Services that hold secrets, parameters and keys. */
const SERVICES: ReadonlySet<string> = new Set(["kms", "secretsmanager", "ssm"]);

const KEYS = "kms";

interface CloudParts {
  readonly principal_type: CloudType;
  readonly traits: readonly Trait[];
  readonly records: readonly string[];
  readonly fields: Partial<PrincipalSubject>;
}

/** What clouds tell of who comes in: logins, long-lived keys, and when either was used. Indexed once. */
export class CloudPrincipals {
  readonly #context: SubjectContext;
  readonly #logins: ReadonlyMap<string, FactOf<"login_credential">>;
  readonly #keys: ReadonlyMap<string, readonly FactOf<"access_key">[]>;
  readonly #keyUses: ReadonlyMap<string, FactOf<"access_key_use">>;
  readonly #serviceUses: ReadonlyMap<string, readonly FactOf<"service_use">[]>;
  readonly #trusts: ReadonlyMap<string, FactOf<"policy_document">>;

  constructor(context: SubjectContext) {
    const { facts } = context;
    this.#context = context;
    this.#logins = new Map(facts.of("login_credential").map((fact) => [fact.principal, fact]));
    this.#keys = Map.groupBy(facts.of("access_key"), ({ principal }) => principal);
    this.#keyUses = new Map(facts.of("access_key_use").map((fact) => [keyName(fact), fact]));
    // One of each page of the answer.
    this.#serviceUses = Map.groupBy(facts.of("service_use"), ({ principal }) => principal);
    const trusts = facts.of("policy_document").filter(({ policy_type }) => policy_type === "iam_trust");
    this.#trusts = new Map(trusts.map((fact) => [fact.id, fact]));
  }

  /** Undefined for a principal of a store that is no cloud's. */
  of(fact: FactOf<"principal">): CloudParts | undefined {
    const type = CLOUD_TYPES.find((name) => name === fact.principal_type);
    if (type === undefined) return undefined;
    const { id } = fact;
    const login = this.#logins.get(id);
    const uses = this.#serviceUses.get(id) ?? [];
    const keys = this.#keys.get(id) ?? [];
    const trust = this.#trusts.get(`${id}#trust`);
    const keyUses = keys.map((key) => this.#keyUses.get(keyName(key)));
    const own = fact.ext?.["aws"];
    const known = isFields(own) ? own : {};
    const { ageDays } = this.#context;
    const lastUsed = instantOf(known["last_used_at"]);
    return {
      principal_type: type,
      traits: known["service_linked"] === true ? ["provider_managed"] : [],
      records: [login, ...uses, ...keys, ...keyUses, trust].flatMap((one) => one?.record ?? []),
      fields: present({
        ...(type === "iam_role" ? this.#callerOf(trust?.text, fact) : {}),
        login: login === undefined ? undefined : this.#login(login),
        access_keys: this.#accessKeys(keys, login),
        last_used_age_days: ageDays(lastUsed),
        bounded: isFields(own) ? known["boundary"] !== undefined : undefined,
        service_uses: uses.length === 0 ? undefined : this.#uses(uses),
      }),
    };
  }

  /**
   * Whom issuers of tokens bring in, or the provider itself, where identities of any account may assume the role. Where the trust policy was
   * not read, nobody knows whom.
   */
  #callerOf(text: string | undefined, { id, native_id }: FactOf<"principal">): Partial<PrincipalSubject> {
    if (text === undefined) return { ...OWN_CALLER, vouched_by: "issuer" };
    const found = trustCallers(text, native_id);
    const { public: strangers = 0, possible_public: perhaps = 0 } =
      this.#context.access.ofPrincipal(id)?.admits ?? {};
    if (found === undefined) {
      if (strangers + perhaps === 0) return OWN_CALLER;
      const any = strangers > 0 ? { any_caller: true, takes_any: ["subject"] } : {};
      return { ...OWN_CALLER, vouched_by: "provider", ...any };
    }
    const { bounds, lookalikes, ...caller } = found;
    const takes_any = caller.any_caller === true ? ["subject"] : [];
    return { ...caller, bounds: [...bounds], lookalikes: [...lookalikes], takes_any };
  }

  #age(instant: string | undefined): number | undefined {
    return this.#context.ageDays(instant);
  }

  #login(fact: FactOf<"login_credential">): NonNullable<PrincipalSubject["login"]> {
    const { password_enabled, password_changed_at, password_used_at, mfa_enabled, certificate_count } = fact;
    const usedAge = this.#age(password_used_at);
    return {
      mfa_enabled,
      ...present({
        password_enabled,
        password_age_days: this.#age(password_changed_at),
        password_used_age_days: usedAge,
        // Without an age it was never used. Where the age cannot be believed, what is asked of its use together with this is not known.
        certificate_count:
          password_used_at !== undefined && usedAge === undefined ? undefined : certificate_count,
      }),
    };
  }

  /** Keys by their ids where they were listed, else as the report of logins tells of them; that one may be hours old. */
  #accessKeys(
    listed: readonly FactOf<"access_key">[],
    login: FactOf<"login_credential"> | undefined,
  ): PrincipalSubject["access_keys"] {
    if (listed.length > 0)
      return listed
        .toSorted((a, b) => compareStrings(a.access_key_id, b.access_key_id))
        .slice(0, MAX_KEYS)
        .map((key) => {
          const use = this.#keyUses.get(keyName(key));
          const age = this.#age(key.created_at);
          return {
            key: key.access_key_id,
            active: key.active,
            ...present({
              age_days: age,
              unused_days: use === undefined ? undefined : this.#age(use.used_at ?? key.created_at),
              used_service: use?.used_service,
            }),
          };
        });
    return login?.access_keys.map(({ active, rotated_at, used_at, used_service }) => ({
      active,
      ...present({
        age_days: this.#age(rotated_at),
        unused_days: this.#age(used_at ?? rotated_at),
        used_service,
      }),
    }));
  }

  #uses(pages: readonly FactOf<"service_use">[]): PrincipalSubject["service_uses"] {
    const all = pages.flatMap(({ services }) => services);
    return all
      .filter(({ service }) => SERVICES.has(service))
      .toSorted((a, b) => compareStrings(a.service, b.service))
      .map(({ service, used_at }) => ({
        service,
        never_used: used_at === undefined,
        ...present({
          used_age_days: this.#age(used_at),
          perhaps_used_age_days: service === KEYS ? this.#sinceOthers(all) : undefined,
        }),
      }));
  }

  /** Services decrypt for whoever asks them; a use of which the time cannot be believed may be of today. */
  #sinceOthers(all: FactOf<"service_use">["services"]): number | undefined {
    const ages = all.flatMap(({ service, used_at }) =>
      service === KEYS || used_at === undefined ? [] : [this.#age(used_at) ?? 0],
    );
    return ages.length === 0 ? undefined : Math.min(...ages);
  }
}

const CLOUD_TYPES: readonly CloudType[] = ["aws_root", "iam_role", "iam_user"];

function keyName({
  store_id,
  access_key_id,
}: {
  readonly store_id: string;
  readonly access_key_id: string;
}): string {
  return `${store_id}\n${access_key_id}`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What only one provider tells is of no schema: anything but an instant is as good as unread. */
function instantOf(value: unknown): string | undefined {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;
}
