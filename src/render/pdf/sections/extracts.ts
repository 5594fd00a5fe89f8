import { canonicalJson, counted, sha256, sortedBy } from "../../../base/index.ts";
import { PART_FILES, type EvidencePackage } from "../../../evidence/index.ts";
import type { Fact, FactKind, FactOf } from "../../../facts/index.ts";
import { PARTS_FOLDER } from "../../layout.ts";
import { words } from "../../words.ts";
import { code, fine, mono, para, strong, type Cell, type Paragraph } from "../blocks.ts";
import type { Document } from "../document.ts";
import { listing } from "../listing.ts";
import type { Section } from "../report.ts";
import { callerShows, pairs, tokenLimits } from "./auth-role.ts";
import { table, type Column } from "../table.ts";

/** How the facts of one kind are laid out as rows. */
interface Layout<K extends FactKind> {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly cells: (fact: FactOf<K>) => readonly Cell[];
}

type Layouts = { readonly [K in FactKind]?: Layout<K> };

const list = (texts: readonly string[], none = "none"): Cell =>
  texts.length === 0 ? { text: none, colour: "quiet" } : texts.map((text) => para("code", text));

const named = (name: string, fact: Fact, ...more: Paragraph[]): Cell => [
  para("cell", strong(name)),
  ...more,
  code(fact.record),
];

const yesNo = (value: boolean | undefined): string =>
  value === undefined ? "not stated" : value ? "yes" : "no";

/** What auditors read in the original, in their order. Kinds without a layout of their own follow as name and value. */
const LAYOUTS: Layouts = {
  sink: {
    title: "Audit sinks",
    columns: [
      { title: "Sink and record", share: 0.3, names: true },
      { title: "Type", share: 0.12 },
      { title: "Destination", share: 0.28 },
      { title: "Raw values logged", share: 0.12 },
      { title: "Options", share: 0.18 },
    ],
    cells: (fact) => [
      named(fact.path, fact),
      fact.sink_type,
      fact.destination ?? "not stated",
      yesNo(fact.raw_values_logged),
      pairs(fact.options),
    ],
  },
  endpoint: {
    title: "Listeners",
    columns: [
      { title: "Address and record", share: 0.34, names: true },
      { title: "Type", share: 0.12 },
      { title: "TLS", share: 0.12 },
      { title: "Oldest version", share: 0.16 },
      { title: "Client certificates", share: 0.26 },
    ],
    cells: (fact) => [
      named(fact.address ?? fact.id, fact),
      fact.listener_type,
      yesNo(fact.tls),
      fact.tls_min_version ?? "not stated",
      fact.tls_client_auth ?? "not stated",
    ],
  },
  auth_role: {
    title: "Roles and users of auth methods",
    columns: [
      { title: "Role and record", share: 0.26, names: true },
      { title: "Method", share: 0.13 },
      { title: "Policies", share: 0.18 },
      { title: "What a caller must show", share: 0.26 },
      { title: "Token limits", share: 0.17 },
    ],
    cells: (fact) => [
      named(`${fact.mount}${fact.name}`, fact, fine(fact.role_type)),
      fact.method,
      list(fact.policies),
      callerShows(fact),
      tokenLimits(fact),
    ],
  },
  group: {
    title: "Groups",
    columns: [
      { title: "Group and record", share: 0.32, names: true },
      { title: "Type", share: 0.12 },
      { title: "Policies", share: 0.22 },
      { title: "Members", share: 0.34 },
    ],
    cells: (fact) => [
      named(fact.name, fact, code(fact.native_id)),
      fact.group_type,
      list(fact.policies),
      list([...fact.member_entity_ids, ...fact.member_group_ids.map((id) => `group ${id}`)]),
    ],
  },
  key: {
    title: "Encryption keys",
    columns: [
      { title: "Key and record", share: 0.34, names: true },
      { title: "Type", share: 0.16 },
      { title: "Version", share: 0.12, align: "right" },
      { title: "Exportable", share: 0.12 },
      { title: "May be deleted", share: 0.13 },
      { title: "Backup in plain", share: 0.13 },
    ],
    cells: (fact) => [
      named(`${fact.mount}${fact.name}`, fact),
      fact.key_type,
      fact.latest_version === undefined ? "" : String(fact.latest_version),
      yesNo(fact.exportable),
      yesNo(fact.deletion_allowed),
      yesNo(fact.plaintext_backup_allowed),
    ],
  },
};

const TITLES: Partial<Record<FactKind, string>> = {
  store: "Stores",
  account: "Accounts",
  store_config: "Server settings",
  node_config: "Settings of single nodes",
  mount: "Secrets engines",
  auth_method: "Auth methods",
  principal: "Identities",
  key_rotation: "Rotation of encryption keys",
  key_rotation_history: "Past rotations of encryption keys",
  key_slot: "Keys that open a store",
  upkeep: "Upkeep of a store",
  integrity_check: "Checks of a store's own files",
  password_policy: "Password policies",
};

/** Kinds in the order in which they are read; the rest follow by name. */
const ORDER: readonly FactKind[] = [
  "account",
  "store",
  "availability",
  "endpoint",
  "store_config",
  "node_config",
  "sink",
  "mount",
  "auth_method",
  "auth_config",
  "auth_role",
  "principal",
  "group",
  "key",
  "key_rotation",
  "key_rotation_history",
  "key_slot",
  "upkeep",
  "integrity_check",
];

/** Configuration in the original, for comparison with what the policies made of it. */
export const extracts: Section = (document, { source }) => {
  document.heading(1, "Appendix: configuration extracts", { anchor: "extracts" });
  if (source.extracts.length === 0) {
    document.callout(
      { tint: "unknownTint", bar: "unknown" },
      strong("▲ No configuration could be extracted."),
    );
    return;
  }
  document.paragraph(
    "body",
    "What the stores answered, field by field. The digest with each entry names the record that it comes from. ",
    "Fields that the store did not state are left out or called “not stated”.",
  );
  const byKind = Map.groupBy(source.extracts, ({ kind }) => kind);
  const kinds = [...ORDER, ...[...byKind.keys()].filter((kind) => !ORDER.includes(kind)).sort()];
  for (const kind of kinds) {
    const found = byKind.get(kind) ?? [];
    if (found.length > 0 && kind !== "policy_document") printKind(document, kind, found);
  }
  policyDocuments(document, byKind.get("policy_document") ?? [], source.idlePolicies);
};

function printKind(document: Document, kind: FactKind, found: readonly Fact[]): void {
  const layout = LAYOUTS[kind] as Layout<FactKind> | undefined;
  document.heading(2, layout?.title ?? TITLES[kind] ?? `Extract: ${words(kind)}`);
  const { columns, cells } = layout ?? PLAIN;
  table(document, { dense: true, columns, rows: found.map(cells) });
}

const PLAIN: Layout<FactKind> = {
  title: "",
  columns: [
    { title: "Entry and record", share: 0.38, names: true },
    { title: "Values", share: 0.62 },
  ],
  cells: (fact) => [named(fact.id, fact), fields(fact)],
};

const ENVELOPE = new Set(["kind", "id", "store_id", "scope", "record", "ext"]);

function fields(fact: Fact): Cell {
  const own = Object.entries(fact).filter(([name]) => !ENVELOPE.has(name));
  return own
    .flatMap(([name, value]) => flattened(name, value))
    .flatMap(([name, value]) => valueLines(name, value));
}

/** A value on a line of its own; each further line of one that has several is marked, so that none passes for a value. */
export function valueLines(name: string, value: string): Paragraph[] {
  const [first = "", ...more] = value.replace(/\n$/, "").split("\n");
  return [
    para("dense", { text: `${name}: `, colour: "quiet" }, mono(first)),
    ...more.map((line) => para("dense", { text: "| ", colour: "quiet" }, mono(line))),
  ];
}

/** A nested setting under its path: `settings.url`. */
function flattened(path: string, value: unknown): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (Array.isArray(value) && value.length === 0) return [[path, "none"]];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [[path, canonicalJson(value)]];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [[path, "none"]]
    : entries.flatMap(([name, inner]) => flattened(`${path}.${name}`, inner));
}

function policyDocuments(
  document: Document,
  found: readonly Fact[],
  idle: EvidencePackage["idlePolicies"],
): void {
  if (found.length === 0) return;
  const policies = found.filter((fact) => fact.kind === "policy_document");
  const [unheld, printed] = [true, false].map((is) => policies.filter(({ id }) => idle.has(id) === is));
  document.heading(2, "Access policies of the stores");
  document.paragraph(
    "body",
    `${counted(policies.length, "policy", "policies")}. ${idle.size === 0 ? "They" : "Those that are held"} stand here as they stand `,
    "in the store; JSON without line breaks begins a line with each statement.",
  );
  for (const fact of printed ?? []) {
    document.heading(3, `${fact.name} (${fact.policy_type}${holderText(fact)}, ${fact.store_id})`);
    document.paragraph("fineCode", fact.record);
    if (fact.text.trim() === "") document.paragraph("body", "The policy is empty.");
    else if (/^\s*\{/.test(fact.text)) listing(document, statementLines(fact.text), { columns: 1 });
    else listing(document, fact.text);
  }
  unheldPolicies(document, unheld ?? []);
}

/** Most policies that are named and not printed. */
const MAX_UNHELD = 100;

function unheldPolicies(document: Document, unheld: readonly FactOf<"policy_document">[]): void {
  if (unheld.length === 0) return;
  // What a customer wrote is of more interest than what AWS names to everybody.
  const ordered = sortedBy(
    unheld,
    ({ id, name }) => `${id.includes(":iam::aws:") ? "1" : "0"} ${name} ${id}`,
  );
  const more = unheld.length - MAX_UNHELD;
  document.heading(3, "Policies that nobody holds");
  document.paragraph(
    "body",
    `${counted(unheld.length, "managed policy", "managed policies")}, which no user, role or group that was read holds and which bounds none, `,
    unheld.length === 1 ? "is named only. " : "are named only. ",
    more > 0 ? `The first ${MAX_UNHELD} stand here. ` : "",
    `All texts are in ${PARTS_FOLDER}/${PART_FILES.extracts}.`,
  );
  table(document, {
    dense: true,
    columns: [
      { title: "Policy", share: 0.42, names: true },
      { title: "SHA-256 of its text", share: 0.58 },
    ],
    rows: ordered
      .slice(0, MAX_UNHELD)
      .map(({ id, name, text }) => [
        id.includes(":iam::aws:") ? `${name} (AWS’s own)` : name,
        code(sha256(text)),
      ]),
  });
}

/** `arn:aws:iam::<account>:role/<path>/<name>#inline/<policy>`, or `#trust`: whose a policy is that is part of somebody. */
const PART_OF = /arn:[^:]+:iam::(\d{12}):([^#]+)#(?:inline\/|trust$)/;

function holderText({ id }: Fact): string {
  const [, account, holder] = PART_OF.exec(id) ?? [];
  return holder === undefined ? "" : ` of ${holder} in ${account}`;
}

/** How deep in a policy of IAM its statements stand: in a list in an object. */
const STATEMENT_DEPTH = 2;

/** JSON of one line with each statement at the beginning of a line; nothing is added but white space between tokens. */
export function statementLines(text: string): string {
  if (/[\r\n]/.test(text.trim())) return text;
  let depth = 0;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\]]/g, (token) => {
    if (token === "{" || token === "[") {
      depth += 1;
      return token === "{" && depth === STATEMENT_DEPTH + 1 ? `\n  ${token}` : token;
    }
    if (token === "}" || token === "]") depth -= 1;
    return token;
  });
}
