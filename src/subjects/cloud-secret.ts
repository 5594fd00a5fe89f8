import type { FactOf } from "../facts/index.ts";
import type { Classification } from "./classification.ts";
import { CloudKeys } from "./cloud-keys.ts";
import { present, type SubjectContext } from "./context.ts";
import type { Surroundings } from "./gap-index.ts";
import { opennessOf } from "./openness.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";
import { secretMarks } from "./secret-marks.ts";

type Secret = SubjectOf<"secret">;
type Metadata = FactOf<"secret_metadata"> | undefined;

/** The stage of the version that readers get. */
const CURRENT = "AWSCURRENT";

/** Types of secrets whose current version is named by a stage and dated by itself, whose reads are dated, and which are encrypted. */
const STAGED: ReadonlySet<string> = new Set(["aws_secret"]);

/** Types of secrets of which every one that is listed has a value, or none that is told here. */
const ALWAYS_VALUED: ReadonlySet<string> = new Set(["aws_parameter", "azure_secret", "gcp_secret"]);

/**
 * Types of secrets whose values lie under a key that the customer chooses. Those of Azure's Key Vault do not: the service alone has
 * the keys that its vaults are encrypted under.
 */
const UNDER_CHOSEN_KEY: ReadonlySet<string> = new Set(["aws_parameter", "aws_secret", "gcp_secret"]);

/** What a replica that holds what its primary holds is called. */
const IN_STEP = "insync";

/** A secret and what several questions told of it. */
interface Joined {
  readonly secret: FactOf<"secret">;
  readonly metadata: Metadata;
  readonly labels: Secret["labels"];
  readonly labelsUnread: boolean;
  readonly classified: Pick<Classification, "tier" | "undecided">;
}

interface Value {
  /** When the value in use was set. */
  readonly setAt: string | undefined;
  /** Whether there is none. */
  readonly removed: boolean;
  /** When the store means to end the secret by a policy of its own. */
  readonly endsAt?: string | undefined;
}

/** What only clouds tell of secrets, indexed once. Of a secret of another store it says nothing. */
export class CloudSecrets {
  readonly #context: SubjectContext;
  readonly #keys: CloudKeys;
  readonly #labels: ReadonlyMap<string, FactOf<"resource_labels">>;
  readonly #versions: ReadonlyMap<string, readonly FactOf<"secret_version">[]>;
  readonly #policies: ReadonlyMap<string, readonly FactOf<"resource_policy">[]>;

  constructor(context: SubjectContext) {
    const { facts } = context;
    this.#context = context;
    this.#keys = new CloudKeys(context);
    this.#labels = new Map(facts.of("resource_labels").map((fact) => [fact.resource, fact]));
    this.#policies = Map.groupBy(facts.of("resource_policy"), ({ resource }) => resource);
    const named = facts.of("secret_version").filter(({ version_ref }) => version_ref !== undefined);
    this.#versions = Map.groupBy(named, ({ id }) => id.slice(0, Math.max(0, id.lastIndexOf("#"))));
  }

  /** Facts about the secret beside those that every store has. */
  factsOf(id: string) {
    const labels = this.#labels.get(id);
    return [
      ...(labels === undefined ? [] : [labels]),
      ...this.#policiesOf(id),
      ...(this.#versions.get(id) ?? []),
    ];
  }

  #policiesOf(id: string): readonly FactOf<"resource_policy">[] {
    return this.#policies.get(id) ?? [];
  }

  /** Labels that took a question of their own. Absent: none was answered. */
  labelsOf(id: string): Secret["labels"] | undefined {
    return this.#labels.get(id)?.labels;
  }

  /** What decides who may use it beside its own store's principals. */
  aroundOf({ id, secret_type }: FactOf<"secret">, metadata: Metadata): Surroundings {
    const policies = this.#policiesOf(id);
    const key = this.#keys.of(metadata, false).id;
    return {
      under: key === undefined ? [] : [key],
      closed: policies.length > 0 && policies.every(({ text }) => text === undefined),
      cloud: isCloud({ secret_type }),
    };
  }

  /**
   * When the value in use was set, and whether there is none. A store that dates values in its metadata says by a missing date
   * beside a count of versions that the value is gone; one that names versions says so by a list of them without a current one.
   */
  valueOf({ id, secret_type }: FactOf<"secret">, metadata: Metadata): Value {
    if (STAGED.has(secret_type)) {
      const versions = this.#versions.get(id) ?? [];
      const current = versions.find(({ stages = [] }) => stages.includes(CURRENT));
      return { setAt: current?.created_at, removed: versions.length > 0 && current === undefined };
    }
    const setAt = metadata?.value_set_at;
    // Of one that is declared and not made yet, nobody has counted versions.
    const isCounted = metadata?.version_count !== undefined;
    const removed = !ALWAYS_VALUED.has(secret_type) && isCounted && setAt === undefined;
    return { setAt, removed, endsAt: this.#endOf(metadata) };
  }

  /** The earliest end that the store itself knows of. */
  #endOf(metadata: Metadata): string | undefined {
    const { value_deletes_at, value_ends_at, deletes_after_s } = metadata ?? {};
    const after =
      deletes_after_s === undefined
        ? undefined
        : new Date(Date.parse(this.#context.takenAt) + deletes_after_s * 1000).toISOString();
    const ends = [value_deletes_at, value_ends_at, after].filter((end) => end !== undefined);
    return ends.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  }

  traitsOf(joined: Joined): Trait[] {
    const { secret, metadata } = joined;
    if (!isCloud(secret)) return [];
    if (metadata === undefined) return ["in_cloud"];
    const held: Readonly<Partial<Record<Trait, boolean>>> = {
      configuration: metadata.encrypted === false && marksOf(joined).length === 0 && !mayBeMarked(joined),
      copy: metadata.primary_region !== undefined,
      deletion_pending: metadata.deletes_at !== undefined,
      in_cloud: true,
      plaintext: metadata.encrypted === false,
      reads_dated: STAGED.has(secret.secret_type),
      replicated: (metadata.replicas ?? []).length > 0,
    };
    return (Object.keys(held) as Trait[]).filter((trait) => held[trait] === true);
  }

  fieldsOf(joined: Joined): Partial<Secret> {
    const { secret, metadata } = joined;
    if (!isCloud(secret) || metadata === undefined) return {};
    const { ageDays, daysLeft } = this.#context;
    const {
      deletes_at,
      last_read_at,
      owning_service,
      primary_region,
      replicas = [],
      encryption_key,
    } = metadata;
    const staged = STAGED.has(secret.secret_type);
    const versions = this.#versions.get(secret.id) ?? [];
    const deprecated = versions.filter(({ stages }) => stages?.length === 0).length;
    return present({
      encrypted: metadata.encrypted ?? (staged ? true : undefined),
      secret_marks: marksOf(joined),
      encryption_key,
      customer_key: this.#keys.of(metadata, staged).customer,
      deletes_at,
      deletes_in_days: deletes_at === undefined ? undefined : daysLeft(deletes_at),
      last_read_age_days: ageDays(last_read_at),
      version_count: versions.length === 0 ? metadata.version_count : versions.length,
      deprecated_version_count: versions.length === 0 ? undefined : deprecated,
      owning_service,
      primary_region,
      replicas: replicas.length === 0 ? undefined : replicasOf(replicas),
      policy: opennessOf(this.#policiesOf(secret.id)),
    });
  }
}

function isCloud({ secret_type }: Pick<FactOf<"secret">, "secret_type">): boolean {
  return UNDER_CHOSEN_KEY.has(secret_type);
}

/** Whether labels or a tier that could not be read may mark it. */
function mayBeMarked({ labelsUnread, classified }: Joined): boolean {
  return labelsUnread || classified.undecided.includes("tier");
}

/** A tier that could not be decided marks nothing. */
function marksOf({ secret, labels, classified: { tier, undecided } }: Joined): string[] {
  return secretMarks(secret.name, labels, undecided.includes("tier") ? undefined : tier);
}

function replicasOf(
  replicas: NonNullable<FactOf<"secret_metadata">["replicas"]>,
): NonNullable<Secret["replicas"]> {
  const apart = replicas.filter(({ status }) => status.toLowerCase() !== IN_STEP);
  return {
    count: replicas.length,
    in_step_count: replicas.length - apart.length,
    out_of_step: apart.map(({ region, status }) => `${region}: ${status}`).sort(),
  };
}
