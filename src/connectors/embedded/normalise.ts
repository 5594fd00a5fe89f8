import { CountersignError } from "../../base/index.ts";
import {
  FACT_KINDS,
  MASKED_BY_CONNECTOR,
  isMasked,
  recordDigest,
  validFact,
  type Fact,
  type FactKind,
  type FactOf,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { malformed } from "../normalising.ts";
import { compileSchema, type CompiledSchema } from "../../schema/index.ts";
import { pastedCredential, redactedGap, type Redaction } from "../pasted-credentials.ts";
import {
  AccessLogAnswer,
  CredentialsAnswer,
  HIDES,
  IntegrityAnswer,
  StateAnswer,
  UpkeepAnswer,
  UsesAnswer,
} from "./answers.ts";
import { OPERATION, jsonOf } from "./collect.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 1;

const DAY_S = 86_400;

/** One way to read the answer to one question. */
interface Reading {
  readonly hides: readonly FactKind[];
  readonly schema: CompiledSchema<unknown>;
  readonly facts: (made: Maker, answer: never) => readonly Fact[];
}

/** Makes a fact of the record that is read. */
interface Maker {
  readonly record: RawRecord;
  readonly fact: <K extends FactKind>(kind: K, path: string, own: Own<K>) => Fact;
}

type Own<K extends FactKind> = {
  [P in keyof Omit<FactOf<K>, "id" | "kind" | "record" | "scope" | "store_id">]: FactOf<K>[P] | undefined;
};

function reading<T>(
  about: keyof typeof HIDES,
  schema: CompiledSchema<T>,
  facts: (made: Maker, answer: T) => readonly Fact[],
): [string, Reading] {
  return [`${OPERATION}${about}`, { hides: HIDES[about], schema, facts }];
}

const READINGS: ReadonlyMap<string, Reading> = new Map([
  reading("state", compileSchema(StateAnswer), stateFacts),
  reading("credentials", compileSchema(CredentialsAnswer), credentialFacts),
  reading("upkeep", compileSchema(UpkeepAnswer), upkeepFacts),
  reading("access_log", compileSchema(AccessLogAnswer), accessLogFacts),
  reading("uses", compileSchema(UsesAnswer), useFacts),
  reading("integrity", compileSchema(IntegrityAnswer), integrityFacts),
]);

/** Facts of one record. Pure; an answer that is not shaped as it must be is a gap. */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  const how = READINGS.get(record.operation);
  if (how === undefined) {
    return [unread(record, FACT_KINDS, `expected an operation of this connector, got ${record.operation}`)];
  }
  if (record.refused !== undefined) return [];
  const answer = jsonOf(record);
  if (!how.schema.fits(answer)) {
    return [
      unread(
        record,
        how.hides,
        `expected an answer of ${record.operation}, got one that does not fit: ${how.schema.complaint()}`,
      ),
    ];
  }
  try {
    return [
      ...how.facts(makerOf(record), answer as never).map(validFact),
      ...redactedOf(record, how.hides, answer),
    ];
  } catch (thrown) {
    // A text longer than any fact may hold shows only when the fact is checked.
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_INTERNAL") throw thrown;
    return [unread(record, how.hides, thrown.message)];
  }
}

function makerOf(record: RawRecord): Maker {
  const { store_id, scope } = record;
  const digest = recordDigest(record);
  return {
    record,
    fact: (kind, path, own) => {
      const present = Object.entries(own).filter(([, value]) => value !== undefined);
      const id = path === "" ? store_id : `${store_id}:${path}`;
      return { kind, id, store_id, scope, record: digest, ...Object.fromEntries(present) } as Fact;
    },
  };
}

function unread(record: RawRecord, hides: readonly FactKind[], complaint: string): Gap {
  return malformed(record, { resource: `${record.store_id}:`, hides }, complaint);
}

/** What the embedded vault does not have by design; policies about these are not about it. */
const ABSENT_FEATURES: FactOf<"store">["absent_features"] = [
  // Whoever holds a key of a slot may do everything.
  "access_policies",
  "high_availability",
  // A new root key takes a person's or a schedule's `vault rewrap`; its age is judged.
  "key_rotation_schedule",
  // It is files, read by the process that uses it.
  "listener",
  "login",
  "raw_storage",
  // A credential ends where it was issued; here its owner states how old it may become.
  "secret_expiry",
  "seal_shares",
  // One access log a session; what cannot be logged is not handed out.
  "second_audit_sink",
];

/** What keeps a key of each kind. Of kinds that are not here it is not known. */
const CUSTODY: ReadonlyMap<string, FactOf<"key_slot">["custody"]> = new Map([
  ["age", "identity_file"],
  ["aws-kms", "service"],
  ["azure-key-vault", "service"],
  ["env-key", "environment"],
  ["gcp-kms", "service"],
  ["key-file", "file"],
  ["passphrase", "passphrase"],
  ["pkcs11", "hardware"],
  ["vault-transit", "service"],
]);

function stateFacts({ fact }: Maker, state: StateAnswer): Fact[] {
  const { epoch, created_at, root_made_at, fingerprint_pinned } = state;
  return [
    fact("store", "", {
      product: "countersign-vault",
      version: state.format,
      initialized: true,
      sealed: false,
      storage_type: "files",
      cluster_id: state.vault_id,
      absent_features: ABSENT_FEATURES,
      ext: {
        embedded: {
          anchor_count: state.anchor_count,
          created_at,
          epoch,
          fingerprint: state.fingerprint,
          fingerprint_pinned,
          generation: state.generation,
          id_pinned: state.id_pinned,
        },
      },
    }),
    fact("key", "root-key", {
      mount: "",
      name: "root key",
      key_type: "root",
      latest_version: epoch,
      // It is only ever written sealed, under a slot or under the next epoch's; nothing takes it out or deletes it.
      exportable: false,
      deletion_allowed: false,
      plaintext_backup_allowed: false,
      latest_version_created_at: root_made_at,
      created_at,
    }),
    ...state.slots.map(({ id, type, identity, purpose, configured, opened, authenticated_wrap, ...slot }) =>
      fact("key_slot", `slot/${id}`, {
        slot_id: id,
        slot_type: type,
        identity,
        purpose,
        created_at: slot.created_at,
        custody: CUSTODY.get(type),
        authenticated_wrap,
        fingerprint_pinned,
        configured,
        opened,
        opens: opened ? true : slot.opens,
      }),
    ),
  ];
}

function credentialFacts({ fact }: Maker, { items }: CredentialsAnswer): Fact[] {
  // What a mask stands for is nobody's name: the gap over the listing speaks for it.
  return items
    .filter(({ name }) => !isMasked(name))
    .flatMap(({ name, created_at, max_age_days, note, versions }) => {
      const located = { mount: "", name };
      const [oldest] = versions;
      const newest = versions.at(-1);
      if (oldest === undefined || newest === undefined) return [];
      return [
        fact("secret", name, { ...located, secret_type: "credential" }),
        fact("secret_metadata", name, {
          ...located,
          created_at,
          updated_at: newest.created_at,
          current_version: newest.version,
          oldest_version: oldest.version,
          version_count: versions.length,
          value_set_at: newest.created_at,
          deleted_version_count: 0,
          destroyed_version_count: 0,
          labels: note === undefined || isMasked(note) ? {} : { note },
        }),
        ...(max_age_days === undefined
          ? []
          : [
              fact("secret_rotation", name, {
                ...located,
                enabled: true,
                declared: true,
                period_s: max_age_days * DAY_S,
                last_rotated_at: newest.created_at,
              }),
            ]),
      ];
    });
}

function upkeepFacts({ fact }: Maker, { created_at, done }: UpkeepAnswer): Fact[] {
  return [
    fact("upkeep", "upkeep", {
      store_created_at: created_at,
      backup_at: done.backup,
      restore_tested_at: done.restore_tested,
      key_added_at: done.kek_added,
      key_removed_at: done.kek_removed,
      root_rotated_at: done.root_rotated,
    }),
  ];
}

function accessLogFacts({ fact }: Maker, answer: AccessLogAnswer): Fact[] {
  const { log_count, event_count, failure_count, actor_count, span, actors } = answer;
  return [
    fact("access_log", "access-log", {
      log_count,
      event_count,
      failure_count,
      first_event_at: span?.first_at,
      last_event_at: span?.last_at,
      actor_count,
      actors: actors.map(({ actor, events, failures, reveals }) => ({
        actor,
        event_count: events,
        failure_count: failures,
        reveal_count: reveals,
      })),
    }),
    fact("sink", "access-log", {
      path: "log/",
      sink_type: "hash-chained files",
      // An event has names and versions only.
      raw_values_logged: false,
      destination: "beside the vault; heads in the evidence ledger",
      options: {},
    }),
  ];
}

function useFacts({ fact }: Maker, { items }: UsesAnswer): Fact[] {
  return items
    .filter(({ name }) => !isMasked(name))
    .map(({ name, reads, last_read_at, reveals, last_reveal, writes, failures }) =>
      fact("credential_use", name, {
        mount: "",
        name,
        read_count: reads,
        last_read_at,
        reveal_count: reveals,
        last_revealed_at: last_reveal?.at,
        last_revealed_by: last_reveal?.by,
        write_count: writes,
        failure_count: failures,
      }),
    );
}

function integrityFacts({ fact, record }: Maker, { looked_at, codes, findings }: IntegrityAnswer): Fact[] {
  const counted = (means: "damage" | "unchecked"): number =>
    codes.filter((one) => one.means === means).reduce((sum, { count }) => sum + count, 0);
  const severities = new Map(codes.map(({ code, severity }) => [code, severity]));
  return [
    fact("integrity_check", "integrity", {
      checked_at: record.requested_at,
      looked_at,
      damage_count: counted("damage"),
      unchecked_count: counted("unchecked"),
      finding_counts: Object.fromEntries(codes.map(({ code, count }) => [code, count])),
      findings: findings.map((finding) => ({
        ...finding,
        severity: severities.get(finding.code) ?? "error",
      })),
    }),
  ];
}

/** A credential that somebody wrote into a note or a name: told of, and a gap over what it stood in. */
function redactedOf(record: RawRecord, hides: readonly FactKind[], answer: unknown): (Fact | Gap)[] {
  const found = record.redactions.filter(({ rule }) => rule !== MASKED_BY_CONNECTOR);
  const hiding = Map.groupBy(found, (redaction) => resourceAt(record, redaction, answer));
  return [...hiding].flatMap(([resource, redactions]) => [
    ...redactions.map((redaction) => pastedCredential(record, resource, redaction)),
    redactedGap(record, resource, hides, redactions),
  ]);
}

/** The credential whose entry holds the place; everything where its very name was taken out. */
function resourceAt({ store_id }: RawRecord, { pointer }: Redaction, answer: unknown): string {
  const index = /^\/items\/(\d+)\//.exec(pointer)?.[1];
  const items = (answer as { readonly items?: readonly { readonly name?: unknown }[] }).items;
  const name = index === undefined ? undefined : items?.[Number(index)]?.name;
  return typeof name === "string" && !isMasked(name) ? `${store_id}:${name}` : `${store_id}:`;
}
