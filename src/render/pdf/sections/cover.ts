import { incompleteText, type EvidenceHead, type EvidencePackage } from "../../../evidence/index.ts";
import { compareStrings, counted, sentInClear } from "../../../base/index.ts";
import { namedText, regionOfScope } from "../../../facts/index.ts";
import { connectorText, type StatusWord } from "../../words.ts";
import { fine, mono, para, prose, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import { NOT_STATED, digest, stated, statusText, type Section } from "../report.ts";
import { facts, table } from "../table.ts";

type Source = EvidenceHead["sources"][number];

const COMPLETENESS = {
  complete: { word: "Complete", glyph: "●", tone: "good" },
  partial: { word: "Partial", glyph: "▲", tone: "unknown" },
  failed: { word: "Failed", glyph: "◆", tone: "bad" },
} as const;

export const completenessText = (status: Source["status"]) => statusText(COMPLETENESS[status]);

const READ_IN_CLEAR = {
  word: "Read over http: credentials and answers went unencrypted, and could be read and changed on the way",
  glyph: "▲",
  tone: "unknown",
} satisfies StatusWord;

/** Whose evidence this is, of when, from where, and what vouches for it. */
export const cover: Section = (document, { head, source, definition }) => {
  document.paragraph("subtitle", "Countersign");
  document.paragraph("title", definition.title);
  document.paragraph("subtitle", head.entity.name);
  document.space(4);
  incompleteBox(document, head);
  if (head.snapshot.notice !== undefined) {
    document.callout({ tint: "unknownTint", bar: "unknown" }, strong("▲ Notice. "), head.snapshot.notice);
  }
  facts(document, identity(head));
  sources(head, source).forEach((entries) => facts(document, entries));
  table(document, {
    columns: [
      { title: "", share: 0.16, names: true },
      { title: "Name", share: 0.34 },
      { title: "Signature", share: 0.32, blank: true },
      { title: "Date", share: 0.18, blank: true },
    ],
    rows: [
      [strong("Prepared by"), signer(head.entity.prepared_by)],
      [strong("Reviewed by"), signer(head.entity.reviewed_by)],
      [strong("Auditor"), signer(undefined)],
    ],
  });
  facts(document, digests(head));
};

const INCOMPLETE = "INCOMPLETE:";

/** First of all where it applies: that populations are not whole, why, and where what is missing stands. */
export function incompleteBox(document: Document, head: EvidenceHead): void {
  const sentences = incompleteText(head);
  if (sentences.length === 0) return;
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    ...sentences.map((sentence) => {
      const rest = sentence.startsWith(INCOMPLETE) ? sentence.slice(INCOMPLETE.length) : undefined;
      return para(
        "body",
        ...(rest === undefined ? [] : [strong(`▲ ${INCOMPLETE} `)]),
        ...prose(rest ?? sentence),
      );
    }),
  );
}

/** Room to sign beside the name. */
const signer = (name: string | undefined): Cell => [para("cell", name ?? " "), para("small", " ")];

function identity(head: EvidenceHead): [string, Cell][] {
  const { entity, frameworks, snapshot, product } = head;
  return [
    ["Boundary", stated(entity.boundary)],
    ["Request list (PBC) id", stated(entity.request_id)],
    ["Frameworks", frameworks.map(({ title, edition }) => para("cell", `${title}, ${edition}`))],
    [
      "As of",
      [
        para("cell", strong(head.as_of), ` (time zone ${head.time_zone})`),
        fine(
          head.history === undefined
            ? "One instant, not a period: nothing here says how long a state lasted."
            : "One instant, not a period. What earlier snapshots show stands under “Earlier snapshots”.",
        ),
      ],
    ],
    [
      "Collected",
      [para("cell", `${snapshot.started_at} to ${snapshot.taken_at}, run `, mono(snapshot.run_id))],
    ],
    ["Made by", `${product.name} ${product.version}`],
  ];
}

/** Most accounts, or Regions, that the cover names. */
const MAX_NAMED = 40;

/** Where a source was asked: its address, or a cloud's partition and the endpoint that stands for all services, where one is set. */
export function address({ address: at, caller, selection }: Source): Cell {
  const { endpoint, partition } = (selection ?? {}) as Readonly<Record<string, unknown>>;
  // A cloud has no address of its own; the ARN of who asked names the partition.
  const own = /^arn:([^:]+):/.exec(caller)?.[1];
  const place = at === "aws" ? `AWS, partition ${text(partition) ?? own ?? "not known"}` : undefined;
  const of = text(endpoint);
  return [
    place === undefined ? para("code", at) : para("cell", place),
    ...(of === undefined ? [] : [para("cell", "Every service asked at the endpoint ", mono(of))]),
    ...(sentInClear(at) ? [statusText(READ_IN_CLEAR)] : []),
  ];
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Accounts and Regions of a cloud, and which of these nothing was read of; of a store that runs anywhere, its cluster. */
function location(extracts: EvidencePackage["extracts"], { store_id, scopes }: Source): Cell {
  const stores = extracts.flatMap((fact) =>
    fact.kind === "store" && fact.store_id === store_id ? [fact] : [],
  );
  const read = scopes
    .filter(({ record_count }) => record_count > 0)
    .flatMap(({ scope }) => regionOfScope(scope) ?? []);
  const answered = new Set(read.map(({ account, region }) => `${account}/${region}`));
  const told = stores.filter(({ account, region }) => account !== undefined && region !== undefined);
  if (told.length > 0 || read.length > 0) {
    const unread = told.filter(({ account, region }) => !answered.has(`${account}/${region}`));
    const tellers = new Set(told.map(({ account }) => account));
    const silent = read.map(({ account }) => account).filter((account) => !tellers.has(account));
    const accounts = [...told.map(({ account = "" }) => account), ...silent];
    return [
      para("cell", `Accounts: ${named(accounts.map((account) => accountName(extracts, account)))}`),
      para("cell", `Regions read: ${named(read.map(({ region }) => region))}`),
      ...(unread.length === 0
        ? []
        : [unknown(`Enabled and not read: ${named(unread.map(({ region = "" }) => region))}`)]),
      ...(silent.length === 0
        ? []
        : [
            unknown(
              tellers.size === 0
                ? "Which others are enabled is not known"
                : `Which others are enabled is not known of ${named(silent)}`,
            ),
          ]),
    ];
  }
  const [store] = stores;
  if (store?.cluster_name === undefined) return NOT_STATED;
  const id = store.cluster_id === undefined ? "" : ` (${store.cluster_id})`;
  return `Cluster ${store.cluster_name}${id}; no region stated`;
}

const unknown = (text: string) => para("cell", { text: `▲ ${text}`, colour: "unknown" });

/** The id with the name that the organisation gives it, where it told one. */
function accountName(extracts: EvidencePackage["extracts"], id: string): string {
  const name = extracts.flatMap((fact) =>
    fact.kind === "account" && fact.account_id === id ? (fact.name ?? []) : [],
  )[0];
  return name === undefined ? id : `${id} (${name})`;
}

function named(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort(compareStrings);
  return distinct.length === 0 ? "none" : namedText(distinct, MAX_NAMED);
}

function sources(head: EvidenceHead, { subjects, extracts }: EvidencePackage): [string, Cell][][] {
  return head.sources.map((source) => {
    const store = subjects.find(
      (subject) => subject.kind === "store" && subject.store_id === source.store_id,
    );
    // A cloud has no version, and is what it is whether or not it told its Regions.
    const cloud = source.address === "aws" ? ["aws"] : [];
    const told =
      store?.kind === "store" ? [store.product, store.version].filter((part) => part !== undefined) : [];
    const known = told.length > 0 ? told : cloud;
    const gaps = source.scopes.reduce((sum, scope) => sum + scope.gap_count, 0);
    return [
      [
        "Source",
        [
          strong(source.store_id),
          ` ${known.length === 0 ? "(product and version not known)" : known.join(" ")}`,
        ],
      ],
      ["Address", address(source)],
      ["Account, region", location(extracts, source)],
      ["Read as", mono(source.caller)],
      ["Connector", connectorText(source)],
      ["Completeness", [completenessText(source.status), ` — ${counted(gaps, "gap")}`]],
    ];
  });
}

function digests(head: EvidenceHead): [string, Cell][] {
  return [
    [
      "Report (package) id",
      [
        para("code", head.package_id),
        fine("SHA-256, all of these. How to check them: “How to perform this again”."),
      ],
    ],
    ["Snapshot", digest(head.snapshot.snapshot_id)],
    ["Snapshot manifest", digest(head.snapshot.manifest_sha256)],
    ["Policy bundle", digest(head.digests.policy_bundle)],
    ["Configuration", digest(head.digests.configuration)],
    ["Parameters in force", digest(head.digests.parameters)],
    ...Object.entries(head.digests.mappings).map(([name, value]): [string, Cell] => [
      `Mapping ${name}`,
      digest(value),
    ]),
  ];
}
