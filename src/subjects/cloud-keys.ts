import type { FactKind, FactOf } from "../facts/index.ts";
import { byId, present, type SubjectContext } from "./context.ts";
import { opennessOf } from "./openness.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";

type Key = SubjectOf<"key">;

/** Kinds without which it is not known of every secret which key it is under. */
const LEADING_TO_KEYS: readonly FactKind[] = ["key_alias", "secret", "secret_metadata"];

/** Most secrets under a key that are named; the count is over all. */
const MAX_NAMED = 16;

/** The alias by which the provider names a key of its own, e.g. `alias/aws/secretsmanager`. */
const PROVIDER_ALIAS = /(?:^|:)alias\/aws\//;

/** What is known of the key that a secret is encrypted under. */
interface KeyOfSecret {
  /** Fact id that the key has, whether or not it could be read. Absent where that is not known. */
  readonly id?: string;
  /** Whether it is the customer's. Absent: not known. */
  readonly customer?: boolean;
}

/** Joins secrets and the keys that they are encrypted under, by whichever name the store has for a key. */
export class CloudKeys {
  readonly #byId: ReadonlyMap<string, FactOf<"key">>;
  readonly #byName: ReadonlyMap<string, FactOf<"key">>;
  readonly #aliases: ReadonlyMap<string, FactOf<"key_alias">>;
  readonly #aliasNames: ReadonlyMap<string, FactOf<"key_alias">>;

  constructor({ facts }: Pick<SubjectContext, "facts">) {
    const named = <T extends Named>(list: readonly T[]) => new Map(list.map((fact) => [nameIn(fact), fact]));
    this.#byId = byId(facts.of("key"));
    this.#byName = named(facts.of("key"));
    this.#aliases = byId(facts.of("key_alias"));
    this.#aliasNames = named(facts.of("key_alias"));
  }

  /** `always`: the store encrypts every value, under a key of the provider's where none is named. */
  of(metadata: FactOf<"secret_metadata"> | undefined, always: boolean): KeyOfSecret {
    if (metadata === undefined || metadata.encrypted === false) return {};
    const { store_id, scope, encryption_key: name, encrypted } = metadata;
    if (name === undefined) return always || encrypted === true ? { customer: false } : {};
    if (PROVIDER_ALIAS.test(name)) return { customer: false };
    const id = `${store_id}:${name}`;
    const alias = this.#aliases.get(id) ?? this.#aliasNames.get(nameIn({ scope, name }));
    const wanted = alias?.key ?? name;
    const key =
      this.#byId.get(wanted) ??
      this.#byId.get(`${store_id}:${wanted}`) ??
      this.#byName.get(nameIn({ scope, name: wanted }));
    const known = name.startsWith("arn:") && alias === undefined ? id : undefined;
    return present({
      id: key?.id ?? known,
      customer: key?.managed_by === undefined ? undefined : key.managed_by === "customer",
    });
  }
}

interface Named {
  readonly scope: string;
  readonly name: string;
}

/** Names of keys are told apart within their account and Region. */
function nameIn({ scope, name }: Named): string {
  return `${scope}\n${name}`;
}

/** What only clouds tell of keys: their state, whose they are, who may use them, what lies under them. Indexed once. */
export class CloudKeyUse {
  readonly #context: SubjectContext;
  readonly #labels: ReadonlyMap<string, FactOf<"resource_labels">>;
  readonly #policies: ReadonlyMap<string, readonly FactOf<"resource_policy">[]>;
  /** By the key's id, names of secrets. */
  readonly #secrets: ReadonlyMap<string, readonly string[]>;
  /** Sources in which there may be secrets under a key that are not known to be. */
  readonly #blind: ReadonlySet<string>;

  constructor(context: SubjectContext) {
    const { facts } = context;
    const keys = new CloudKeys(context);
    const hiding = facts.gaps.filter(({ hides }) => hides.some((kind) => LEADING_TO_KEYS.includes(kind)));
    this.#blind = new Set(hiding.map(({ store_id }) => store_id));
    this.#context = context;
    this.#labels = new Map(facts.of("resource_labels").map((fact) => [fact.resource, fact]));
    this.#policies = Map.groupBy(facts.of("resource_policy"), ({ resource }) => resource);
    const under = facts.of("secret_metadata").flatMap((fact) => {
      const { id } = keys.of(fact, false);
      return id === undefined ? [] : [{ id, name: fact.name }];
    });
    this.#secrets = new Map(
      [...Map.groupBy(under, ({ id }) => id)].map(([id, list]) => [id, list.map(({ name }) => name).sort()]),
    );
  }

  of(key: FactOf<"key">) {
    const place = this.#context.placeOf(key);
    const cloud = isCloud(key);
    const labels = this.#labels.get(key.id);
    const policies = this.#policies.get(key.id) ?? [];
    const gaps = cloud ? this.#context.gaps.ofSecret(place, key.id) : this.#context.gaps.of(place, key.id);
    return {
      labels: labels?.labels ?? {},
      labelsUnread: labels === undefined && gaps.some(({ fact_kind }) => fact_kind === "resource_labels"),
      traits: traitsOf(key),
      facts: [labels, ...policies],
      gaps,
      fields: cloud ? this.#fields(key, policies) : {},
    };
  }

  #fields(key: FactOf<"key">, policies: readonly FactOf<"resource_policy">[]): Partial<Key> {
    const { state, usage, origin, multi_region, deletes_at } = key;
    const secrets = this.#secrets.get(key.id) ?? [];
    return present({
      // What cannot be taken out of a cloud's key service cannot be backed up in the clear either.
      plaintext_backup_allowed: key.plaintext_backup_allowed ?? (key.exportable ? undefined : false),
      state,
      usage,
      origin,
      multi_region,
      deletes_at,
      deletes_in_days: deletes_at === undefined ? undefined : this.#context.daysLeft(deletes_at),
      secret_count: secrets.length,
      secret_count_complete: !this.#blind.has(key.store_id),
      secrets: secrets.slice(0, MAX_NAMED),
      policy: opennessOf(policies),
      readers: this.#context.access.ofSecret(key.id).readers,
    });
  }
}

/** As the provider writes it of a key that is going. */
const GOING: ReadonlySet<string | undefined> = new Set([
  "PENDING_DELETION",
  "PENDINGDELETION",
  "PENDING_REPLICA_DELETION",
  "PENDINGREPLICADELETION",
]);

/** Only clouds say whose a key is. */
function isCloud({ managed_by }: FactOf<"key">): boolean {
  return managed_by !== undefined;
}

function traitsOf(key: FactOf<"key">): Trait[] {
  if (!isCloud(key)) return [];
  const { state, deletes_at, managed_by } = key;
  const going = deletes_at !== undefined || GOING.has(state?.toUpperCase());
  return [
    "deletion_delayed",
    ...(going ? (["deletion_pending"] as const) : []),
    "in_cloud",
    ...(managed_by === "provider" ? (["provider_managed"] as const) : []),
  ];
}
