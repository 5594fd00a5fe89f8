import type { EvidenceHead, EvidencePackage, Population } from "../../../evidence/index.ts";
import { isExcluded } from "../../../facts/index.ts";
import { excusedText } from "../../classification.ts";
import { PARTS_FOLDER } from "../../layout.ts";
import { connectorText, words, type StatusWord } from "../../words.ts";
import { canonicalJson, counted, number } from "../../../base/index.ts";
import { fine, mono, para, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import { count, digest, statusText, type Section } from "../report.ts";
import { facts, table } from "../table.ts";
import { address, completenessText } from "./cover.ts";
import { notLookedAt } from "./history.ts";

type Source = EvidenceHead["sources"][number];

const LEFT_OUT = { word: "Left out", glyph: "○", tone: "quiet" } satisfies StatusWord;

/** Information produced by the entity: how each population was made, counted and checked. */
export const completeness: Section = (document, { head, source: { gaps } }) => {
  document.heading(1, "Completeness and accuracy", { anchor: "completeness" });
  document.paragraph(
    "body",
    "Each population was made by listing the store with the operations below, with no filter but the scopes named. ",
    "Where another answer gives a number too, it stands beside the first; the length of a list shows that all it names ",
    "were read, not that it is whole. “Not counted twice” means that there is no other answer, not that the counts agree. ",
    "No sample was drawn: every member was tested. ",
    "The principals are the identities, the roles, users and groups of auth methods, the groups that an outside ",
    "directory fills, and the settings that let in all whom a directory knows; tested as principals are also root ",
    "tokens, the collector’s, and those of no identity that was read, which are listed among the tokens.",
  );
  document.paragraph(
    "body",
    "One policy bundle, one configuration and one set of mappings were used for all of it; their digests are on the ",
    "cover. The report speaks for one instant, so no rule changed within it",
    head.history === undefined
      ? "."
      : "; whether rules changed since earlier snapshots stands under “Earlier snapshots”.",
  );
  if (head.history !== undefined && head.history.stores_not_looked_at.length > 0)
    notLookedAt(document, head.history);
  document.heading(2, "Populations");
  populations(document, head.populations);
  document.paragraph("body", excusedText(head.summary));
  const left = leftOutScopes(gaps);
  for (const source of head.sources) oneSource(document, source, left);
  document.heading(2, "What was kept");
  kept(document, head);
};

function populations(document: Document, all: readonly Population[]): void {
  if (all.length === 0) {
    document.callout({ tint: "unknownTint", bar: "unknown" }, strong("▲ No population was listed."));
    return;
  }
  table(document, {
    columns: [
      { title: "Store and population", share: 0.26, names: true },
      { title: "Listed (expected)", share: 0.11, align: "right" },
      { title: "Collected", share: 0.1, align: "right" },
      { title: "Second count", share: 0.25 },
      { title: "Excluded", share: 0.1, align: "right" },
      { title: "Gaps", share: 0.08, align: "right" },
      { title: "Agrees", share: 0.15 },
    ],
    rows: all.map((population) => [
      [
        strong(population.subject_kind),
        para("small", population.store_id),
        fine(namedBy(population)),
        ...(population.gap_causes ?? []).map((cause) => fine(`▲ not read: ${cause}`, "unknown")),
      ],
      count(population.listed),
      count(population.collected),
      independent(population),
      count(population.excluded),
      count(population.gap_count, "unknown"),
      agreement(population),
    ]),
  });
}

/** Members that a listing named and nobody could read have no answer of their own that named them. */
function namedBy({ named_by, listed }: Population): string {
  if (named_by.length > 0) return `named by ${named_by.join(", ")}`;
  return listed === 0 ? "no listing named any" : "named by a listing, and none could be read";
}

function independent({ independent_count: value, independent_method: method }: Population): Cell {
  if (value === undefined) return { text: "Not counted twice", colour: "quiet" };
  return [para("cell", number(value)), ...(method === undefined ? [] : [fine(method)])];
}

/** Whether the counts agree, in a word; a difference or a gap is never quiet. */
function agreement({
  listed,
  collected,
  excluded,
  independent_count: value,
  gap_count: gaps,
}: Population): Cell {
  const missing = listed - collected - excluded;
  if (gaps > 0) return { text: "▲ Gaps", face: "strong", colour: "unknown" };
  if (missing !== 0) return { text: `▲ ${missing} differ`, face: "strong", colour: "unknown" };
  if (value !== undefined && value !== listed) {
    return { text: `▲ ${Math.abs(value - listed)} differ`, face: "strong", colour: "unknown" };
  }
  if (listed === 0) return { text: "▲ Empty", face: "strong", colour: "unknown" };
  return value === undefined ? "Listing only" : { text: "● Yes", face: "strong", colour: "good" };
}

/** Scopes of which every gap is there because the settings leave them out: nothing of them failed. */
function leftOutScopes(gaps: EvidencePackage["gaps"]): ReadonlySet<string> {
  const byScope = Map.groupBy(gaps, ({ scope }) => scope);
  return new Set([...byScope].flatMap(([scope, own]) => (own.every(isExcluded) ? [scope] : [])));
}

function oneSource(document: Document, source: Source, left: ReadonlySet<string>): void {
  document.heading(2, `Source ${source.store_id}`);
  facts(document, [
    ["Address", address(source)],
    ["Calling identity", mono(source.caller)],
    ["Connector", connectorText(source)],
    ["Selection", source.selection === undefined ? "none" : mono(canonicalJson(source.selection))],
    ["Settings", digest(source.settings_sha256)],
    ["Result", completenessText(source.status)],
  ]);
  document.heading(3, "Scopes");
  table(document, {
    columns: [
      { title: "Scope", share: 0.5, names: true },
      { title: "Result", share: 0.2 },
      { title: "Answers kept", share: 0.15, align: "right" },
      { title: "Gaps", share: 0.15, align: "right" },
    ],
    rows: source.scopes.map((scope) => [
      mono(scope.scope),
      scope.status === "failed" && scope.record_count === 0 && left.has(scope.scope)
        ? statusText(LEFT_OUT)
        : completenessText(scope.status),
      count(scope.record_count),
      count(scope.gap_count, "unknown"),
    ]),
  });
  document.heading(3, "Operations");
  const calls = source.operations.reduce((sum, operation) => sum + operation.call_count, 0);
  document.paragraph(
    "small",
    `${counted(calls, "call")} in all; their parameters are kept with each answer.`,
  );
  table(document, {
    columns: [
      { title: "Operation", share: 0.7, names: true },
      { title: "Calls", share: 0.15, align: "right" },
      { title: "Refused", share: 0.15, align: "right" },
    ],
    rows: source.operations.map((operation) => [
      mono(operation.operation),
      count(operation.call_count),
      count(operation.refused_count, "unknown"),
    ]),
  });
}

function kept(document: Document, { snapshot, parts }: EvidenceHead): void {
  const pieces = [
    ["Answers as received", snapshot.records],
    ["Facts", snapshot.facts],
    ["Gaps of the snapshot", snapshot.gaps],
    ...Object.entries(parts).map(
      ([name, part]) =>
        [`Package: ${words(name)}`, { ...part, file: `${PARTS_FOLDER}/${part.file}` }] as const,
    ),
  ] as const;
  table(document, {
    columns: [
      { title: "Part", share: 0.22, names: true },
      { title: "Lines", share: 0.1, align: "right" },
      { title: "File and SHA-256 of the uncompressed bytes", share: 0.68 },
    ],
    rows: pieces.map(([name, part]) => [
      name,
      count(part.count),
      [mono(part.file), para("code", part.sha256)],
    ]),
  });
}
