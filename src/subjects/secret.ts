import type { FactOf } from "../facts/index.ts";
import { CloudSecrets } from "./cloud-secret.ts";
import { labelled } from "./classification.ts";
import { UNKNOWN_STORE, byId, common, engineId, mountKey, present, type SubjectContext } from "./context.ts";
import { schedulePeriodDays } from "./schedule.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";

const DAY_S = 86_400;

/** Every secret that a listing named, with what else could be read of it. In id order. */
export function* secretSubjects(context: SubjectContext): Generator<SubjectOf<"secret">> {
  const { facts } = context;
  const metadata = byId(facts.of("secret_metadata"));
  const rotations = byId(facts.of("secret_rotation"));
  const uses = byId(facts.of("credential_use"));
  const engines = new Map(
    facts.of("secret_engine_config").map((fact) => [mountKey(fact.scope, fact.mount), fact]),
  );
  const cloud = new CloudSecrets(context);
  for (const secret of facts.of("secret")) {
    yield secretSubject(context, secret, {
      cloud,
      metadata: metadata.get(secret.id),
      rotation: rotations.get(secret.id),
      use: uses.get(secret.id),
      engine: engines.get(mountKey(secret.scope, secret.mount)),
    });
  }
}

interface Parts {
  readonly cloud: CloudSecrets;
  readonly metadata: FactOf<"secret_metadata"> | undefined;
  readonly rotation: FactOf<"secret_rotation"> | undefined;
  readonly use: FactOf<"credential_use"> | undefined;
  readonly engine: FactOf<"secret_engine_config"> | undefined;
}

function secretSubject(context: SubjectContext, secret: FactOf<"secret">, parts: Parts): SubjectOf<"secret"> {
  const { cloud, metadata, rotation, use, engine } = parts;
  const store = context.storeOf(secret);
  const { of, labels, unread, gaps, mount } = describedSecret(context, cloud, secret, metadata);
  const facts = [secret, metadata, rotation, use, engine, ...cloud.factsOf(secret.id)];
  const value = cloud.valueOf(secret, metadata);
  const rotated = rotationOf(context, rotation, labels, value.setAt);
  const expires = expiry(context, labels, value.endsAt);
  const joined = { secret, metadata, labels, labelsUnread: unread, classified: context.classify(of) };
  return {
    ...common(context, {
      ...of,
      traits: [...cloud.traitsOf(joined), ...loggedTraits(context, secret, mount?.engine_version)].sort(),
      unusable: expires === undefined ? present({ expires_at: endLabel(context, labels) }) : {},
      records: facts.flatMap((fact) => fact?.record ?? []),
      gaps,
    }),
    secret_type: secret.secret_type,
    mount: secret.mount,
    value_removed: value.removed,
    rotation_scheduled: rotated?.enabled === true,
    expiry_set: expires !== undefined,
    ...present({ engine_version: mount?.engine_version }),
    // A password that the store itself rotates is as old as its last rotation.
    ...present({ value_age_days: rotation === undefined ? undefined : rotated?.last_rotated_age_days }),
    ...present(metadata === undefined ? {} : kept(context, metadata, engine)),
    ...present({ value_age_days: context.ageDays(value.setAt) }),
    ...cloud.fieldsOf(joined),
    ...present({
      expires_in_days: expires,
      rotation: rotated,
    }),
    ...context.access.ofSecret(secret.id),
    ...present({
      use: useOf(context, secret, use),
      usage: context.usage.ofSecret(secret, { metadata, setAt: value.setAt }),
    }),
    store: store?.projection ?? UNKNOWN_STORE,
  };
}

/** A secret as rules see it, with what is hidden of it. */
export function describedSecret(
  context: SubjectContext,
  cloud: CloudSecrets,
  secret: FactOf<"secret">,
  metadata: FactOf<"secret_metadata"> | undefined,
) {
  const told = cloud.labelsOf(secret.id);
  const labels = { ...metadata?.labels, ...told };
  const mount = context.storeOf(secret)?.mounts.get(mountKey(secret.scope, secret.mount));
  const around = cloud.aroundOf(secret, metadata);
  const gaps = context.gaps.ofSecret(context.placeOf(secret), secret.id, engineId(secret), around);
  const hidden = (kind: string): boolean => gaps.some(({ fact_kind }) => fact_kind === kind);
  // Version 1 of the engine keeps no labels; of any other that gave none it is not known what they say.
  const mayHaveLabels =
    secret.secret_type === "kv" ? mount?.engine_version !== "1" : hidden("secret_metadata");
  const unread =
    (metadata === undefined && mayHaveLabels) || (told === undefined && hidden("resource_labels"));
  const of = {
    ...secret,
    kind: "secret",
    labels,
    ...(unread ? { unread: ["labels"] as const } : {}),
  } as const;
  return { of, labels, unread, gaps, mount };
}

/** What metadata says of the value, with the engine's settings where the secret has none of its own. */
function kept(
  { ageDays }: SubjectContext,
  metadata: FactOf<"secret_metadata">,
  engine: FactOf<"secret_engine_config"> | undefined,
) {
  const { created_at, current_version, last_read_at, version_count } = metadata;
  // Without an age of its last reading it was never read. Where that age cannot be believed, neither is the other.
  const believable = last_read_at === undefined || ageDays(last_read_at) !== undefined;
  return {
    created_age_days: believable ? ageDays(created_at) : undefined,
    current_version,
    version_count,
    deleted_version_count: metadata.deleted_version_count,
    destroyed_version_count: metadata.destroyed_version_count,
    // The stricter of the two holds for check-and-set; for the others a secret's own number, if it has one.
    cas_required: either(metadata.cas_required, engine?.cas_required),
    max_versions: metadata.max_versions || engine?.max_versions,
    delete_version_after_s: metadata.delete_version_after_s || engine?.delete_version_after_s,
  };
}

/** Version 1 of the engine keeps the last value alone; so does a role whose password the store rotates. */
function loggedTraits(
  { usage }: SubjectContext,
  secret: FactOf<"secret">,
  engineVersion: string | undefined,
): Trait[] {
  if (!usage.logs(secret)) return [];
  const versioned =
    secret.secret_type !== "database_static_role" && (secret.secret_type !== "kv" || engineVersion !== "1");
  return versioned ? ["reads_logged", "versions_logged"] : ["reads_logged"];
}

/** The access log cuts longer names: what is cut may be the use of several. */
const MAX_LOGGED_NAME = 255;

/** A log that was read and does not name a secret says that it was not used. */
function useOf(
  { ageDays, stores }: SubjectContext,
  secret: FactOf<"secret">,
  use: FactOf<"credential_use"> | undefined,
): SubjectOf<"secret">["use"] {
  const logged = stores.get(secret.store_id)?.projection.own_records.includes("access_log") === true;
  if (!logged || secret.name.length > MAX_LOGGED_NAME) return undefined;
  const { read_count = 0, reveal_count = 0, last_read_at, last_revealed_at, last_revealed_by } = use ?? {};
  return {
    read_count,
    reveal_count,
    ...present({
      last_read_age_days: ageDays(last_read_at),
      last_revealed_age_days: ageDays(last_revealed_at),
      last_revealed_by,
    }),
  };
}

function either(own: boolean | undefined, inherited: boolean | undefined): boolean | undefined {
  if (own === true || inherited === true) return true;
  return own === undefined || inherited === undefined ? undefined : false;
}

/** A day or an instant with its zone: anything else would mean another instant on another machine. */
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The last instant that ECMAScript knows; what lies beyond is no end. */
const MAX_INSTANT_MS = 8.64e15;

/**
 * A date in a label, or when the store itself will delete the value: the earliest that is stated. What an engine or a secret
 * says of `delete_version_after` counts at the writing of a version, which then has its own date.
 */
function expiry(
  context: SubjectContext,
  labels: Readonly<Record<string, string>>,
  endsAt: string | undefined,
): number | undefined {
  const stated = endLabel(context, labels);
  const atLabel = stated !== undefined && DATE.test(stated) ? Date.parse(stated) : Number.NaN;
  const atStore = endsAt === undefined ? Number.NaN : Date.parse(endsAt);
  const known = [atLabel, atStore].filter((instant) => Math.abs(instant) <= MAX_INSTANT_MS);
  return known.length === 0 ? undefined : context.daysLeft(new Date(Math.min(...known)).toISOString());
}

/** What the label for the end says, whether that is a date or not. */
function endLabel({ rules }: SubjectContext, labels: Readonly<Record<string, string>>): string | undefined {
  return labelled(labels, rules.labels.expires_at);
}

function rotationOf(
  { ageDays, daysLeft, rules }: SubjectContext,
  rotation: FactOf<"secret_rotation"> | undefined,
  labels: Readonly<Record<string, string>>,
  changed: string | undefined,
): SubjectOf<"secret">["rotation"] {
  if (rotation !== undefined) {
    const { enabled, declared, period_s, schedule, last_rotated_at, next_rotation_at, rotator } = rotation;
    const planned = schedule === undefined ? undefined : schedulePeriodDays(schedule);
    return {
      enabled,
      source: declared === true ? "declared" : "store",
      ...present({
        period_days: period_s === undefined ? planned : period_s / DAY_S,
        schedule,
        last_rotated_age_days: ageDays(last_rotated_at),
        next_in_days: next_rotation_at === undefined ? undefined : daysLeft(next_rotation_at),
        rotator,
      }),
    };
  }
  const declared = Number(labelled(labels, rules.labels.rotation_period_days));
  if (!Number.isFinite(declared) || declared <= 0) return undefined;
  return {
    enabled: true,
    source: "declared",
    period_days: declared,
    ...present({ last_rotated_age_days: ageDays(changed) }),
  };
}
