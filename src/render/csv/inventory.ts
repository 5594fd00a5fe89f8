import type { EvidencePackage } from "../../evidence/index.ts";
import type { FactKind } from "../../facts/index.ts";
import type { Subject, SubjectOf } from "../../subjects/index.ts";
import { assigned } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, joined, type CsvCell, type CsvColumn } from "./table.ts";

const KINDS = ["certificate", "key", "principal", "secret"] as const;

type Kind = (typeof KINDS)[number];

type Item = SubjectOf<Kind>;

/** Where a value comes from: what must have been read before its absence means anything. */
type Source = FactKind | "grant" | "usage";

type Value = string | number | boolean | readonly string[] | undefined;

/** One kind's part in a column. `atLeast`: what a gap hides could only add to the value, or turn no into yes. */
interface Part<K extends Kind> {
  readonly from: readonly Source[];
  readonly value: (subject: SubjectOf<K>) => Value;
  readonly atLeast?: true;
}

interface InventoryColumn {
  readonly name: string;
  readonly parts: { readonly [K in Kind]?: Part<K> };
}

const METADATA = ["secret_metadata"] as const;
const LIMITS = ["auth_config", "auth_role", "token"] as const;

const COLUMNS: readonly InventoryColumn[] = [
  {
    name: "type",
    parts: {
      certificate: {
        from: ["certificate"],
        value: ({ is_ca }) => (is_ca ? "certificate authority" : "leaf"),
      },
      key: { from: ["key"], value: ({ key_type }) => key_type },
      principal: { from: ["principal"], value: ({ principal_type }) => principal_type },
      secret: { from: ["secret"], value: ({ secret_type }) => secret_type },
    },
  },
  {
    name: "mount",
    parts: {
      certificate: { from: ["certificate"], value: ({ mount }) => mount },
      key: { from: ["key"], value: ({ mount }) => mount },
      principal: { from: ["auth_config", "auth_role"], value: ({ mount }) => mount },
      secret: { from: ["secret"], value: ({ mount }) => mount },
    },
  },
  {
    name: "created_age_days",
    parts: {
      key: { from: ["key"], value: (subject) => subject.created_age_days },
      principal: { from: ["principal", "token"], value: (subject) => subject.created_age_days },
      secret: { from: METADATA, value: (subject) => subject.created_age_days },
    },
  },
  {
    name: "value_age_days",
    parts: {
      key: { from: ["key"], value: (subject) => subject.version_age_days },
      secret: { from: METADATA, value: (subject) => subject.value_age_days },
    },
  },
  {
    name: "version",
    parts: {
      key: { from: ["key"], value: (subject) => subject.latest_version },
      secret: { from: METADATA, value: (subject) => subject.current_version },
    },
  },
  {
    name: "value_removed",
    parts: { secret: { from: METADATA, value: (subject) => subject.value_removed } },
  },
  {
    name: "state",
    parts: {
      key: { from: ["key"], value: ({ state }) => state },
      secret: {
        from: METADATA,
        value: ({ traits }) => (traits.includes("deletion_pending") ? "to be deleted" : undefined),
      },
    },
  },
  {
    name: "deletes_at",
    parts: {
      key: { from: ["key"], value: (subject) => subject.deletes_at },
      secret: { from: METADATA, value: (subject) => subject.deletes_at },
    },
  },
  {
    name: "expires_in_days",
    parts: {
      certificate: { from: ["certificate"], value: (subject) => subject.expires_in_days },
      principal: { from: ["token"], value: (subject) => subject.expires_in_days },
      secret: { from: METADATA, value: (subject) => subject.expires_in_days },
    },
  },
  {
    name: "rotation_enabled",
    parts: {
      key: { from: ["key_rotation"], value: (subject) => subject.rotation?.enabled },
      secret: { from: ["secret_metadata", "secret_rotation"], value: (subject) => subject.rotation?.enabled },
    },
  },
  {
    name: "rotation_period_days",
    parts: {
      key: { from: ["key_rotation"], value: (subject) => subject.rotation?.period_days },
      secret: {
        from: ["secret_metadata", "secret_rotation"],
        value: (subject) => subject.rotation?.period_days,
      },
    },
  },
  {
    name: "reader_count",
    parts: { secret: { from: ["grant"], value: ({ readers }) => readers?.count, atLeast: true } },
  },
  {
    name: "reader_by_role_count",
    parts: { secret: { from: ["grant"], value: ({ readers }) => readers?.by_role_count, atLeast: true } },
  },
  {
    name: "external_reader_count",
    parts: { secret: { from: ["grant"], value: ({ readers }) => readers?.external, atLeast: true } },
  },
  {
    name: "public_reader_count",
    parts: { secret: { from: ["grant"], value: ({ readers }) => readers?.public, atLeast: true } },
  },
  {
    name: "writer_count",
    parts: { secret: { from: ["grant"], value: (subject) => subject.writer_count, atLeast: true } },
  },
  {
    name: "readable_secret_count",
    parts: {
      principal: { from: ["grant"], value: ({ access }) => access?.readable_secret_count, atLeast: true },
    },
  },
  {
    name: "administers",
    parts: { principal: { from: ["grant"], value: ({ access }) => access?.administers, atLeast: true } },
  },
  {
    name: "policies",
    parts: {
      principal: {
        from: ["principal", "auth_config", "auth_role", "group", "token"],
        value: ({ policies }) => policies,
        atLeast: true,
      },
    },
  },
  {
    name: "bounds",
    parts: { principal: { from: ["auth_role"], value: ({ bounds }) => bounds } },
  },
  {
    name: "break_glass",
    parts: { principal: { from: [], value: excused } },
  },
  {
    name: "disabled",
    parts: { principal: { from: ["principal"], value: (subject) => subject.disabled } },
  },
  {
    name: "token_max_ttl_s",
    parts: { principal: { from: LIMITS, value: (subject) => subject.token_max_ttl_s } },
  },
  {
    name: "exportable",
    parts: { key: { from: ["key"], value: (subject) => subject.exportable } },
  },
  {
    name: "revoked",
    parts: { certificate: { from: ["certificate"], value: (subject) => subject.revoked } },
  },
  {
    name: "key_algorithm",
    parts: { certificate: { from: ["certificate"], value: (subject) => subject.key_algorithm } },
  },
  {
    name: "key_bits",
    parts: { certificate: { from: ["certificate"], value: (subject) => subject.key_bits } },
  },
];

/** Whether rules excuse it for emergencies, or what they ask for could not be read. */
function excused({ break_glass, undecided }: SubjectOf<"principal">): Value {
  return undecided?.includes("break_glass") === true ? "not decided" : break_glass;
}

/** Every secret, key, certificate and principal, with what is known of it. */
export function inventoryCsv(source: EvidencePackage): string {
  const items = source.subjects.filter((subject): subject is Item => isItem(subject));
  const about: CsvColumn<Item>[] = [
    { name: "subject_kind", cell: ({ kind }) => kind },
    { name: "subject_id", cell: ({ id }) => id },
    { name: "subject_name", cell: ({ name }) => name },
    { name: "store_id", cell: ({ store_id }) => store_id },
    { name: "environment", cell: (item) => assigned(item, "environment") },
    { name: "tier", cell: (item) => assigned(item, "tier") },
    { name: "owner", cell: (item) => assigned(item, "owner") },
    ...COLUMNS.map((column): CsvColumn<Item> => ({ name: column.name, cell: (item) => known(column, item) })),
    {
      name: "labels",
      cell: ({ labels }) => joined(Object.entries(labels).map(([name, value]) => `${name}=${value}`)),
    },
    {
      name: "gaps",
      cell: ({ gaps }) => joined(gaps.map(({ fact_kind, reason }) => `${fact_kind}: ${reason}`)),
    },
    { name: "records", cell: ({ records }) => joined(records) },
  ];
  return csv([...about, ...provenance(source.head)], items);
}

function isItem(subject: Subject): subject is Item {
  return (KINDS as readonly string[]).includes(subject.kind);
}

/**
 * A cell of the inventory: the value; `unknown: <reason>` where a gap hides it; `none` where the store was seen to have
 * none; empty where the column does not speak of this kind.
 */
function known({ parts }: InventoryColumn, item: Item): CsvCell {
  const part = parts[item.kind] as Part<Kind> | undefined;
  if (part === undefined) return "";
  const value = part.value(item);
  const hidden = item.gaps.find(({ fact_kind }) => (part.from as readonly string[]).includes(fact_kind));
  if (hidden === undefined) return value === undefined ? "none" : shown(value);
  const unknown = `unknown: ${hidden.reason}`;
  if (part.atLeast !== true || value === true) return value === undefined ? unknown : shown(value);
  return value === undefined || value === false ? unknown : `at least ${shown(value)}; more ${unknown}`;
}

function shown(value: Exclude<Value, undefined>): CsvCell {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  return value.length === 0 ? "none" : joined(value);
}
