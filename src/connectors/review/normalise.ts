import { CountersignError } from "../../base/index.ts";
import {
  MASKED_BY_CONNECTOR,
  PEOPLE_KINDS,
  REVIEW_KINDS,
  isMasked,
  recordDigest,
  validFact,
  type Fact,
  type FactKind,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { compileSchema, type CompiledSchema } from "../../schema/index.ts";
import { malformed } from "../normalising.ts";
import { pastedCredential, redactedGap } from "../pasted-credentials.ts";
import { AnyPage, PAGE_ANSWERS, REVIEW_HIDES, RegisterAnswer, type PagedReviewQuestion } from "./answers.ts";
import { OPERATION, jsonOf } from "./collect.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 2;

/** A thing of a page: its own fields, as its fact has them. */
type Item = Readonly<Record<string, unknown>>;

/** What a thing is called behind the source's name. */
const PATHS: Readonly<Record<PagedReviewQuestion, (item: Item) => string>> = {
  campaigns: (item) => text(item, "campaign_id"),
  reviewers: (item) => `${text(item, "campaign_id")}/reviewer/${text(item, "reviewer")}`,
  revocations: (item) => `${text(item, "campaign_id")}/revocation/${text(item, "item_id")}`,
  decisions: (item) => `${text(item, "campaign_id")}/principal/${text(item, "principal_id")}`,
  requests: (item) => `request/${text(item, "request_id")}`,
};

/** Fields of which ids are made. */
const NAMES = ["campaign_id", "item_id", "principal_id", "request_id", "reviewer"];

const register = compileSchema(RegisterAnswer);

const anyPage = compileSchema(AnyPage);

/** Of the things of each question's pages. */
const things = Object.fromEntries(
  Object.entries(PAGE_ANSWERS).map(([about, { properties }]) => [
    about,
    compileSchema(properties.items.items),
  ]),
) as unknown as Record<PagedReviewQuestion, CompiledSchema<Item>>;

/** Facts of one record. Pure; an answer that is not shaped as it must be is a gap, and so is each thing of a page: the others are told. */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  const about = record.operation.slice(OPERATION.length);
  if (!record.operation.startsWith(OPERATION) || !isQuestion(about)) {
    const hides = [...PEOPLE_KINDS, ...REVIEW_KINDS];
    return [unread(record, hides, `expected an operation of this connector, got ${record.operation}`)];
  }
  if (record.refused !== undefined) return [];
  const [kind] = REVIEW_HIDES[about];
  const answer = jsonOf(record);
  const schema: CompiledSchema<unknown> = about === "register" ? register : anyPage;
  if (!schema.fits(answer)) {
    return [unread(record, [kind], `expected an answer of ${record.operation}, got one that does not fit`)];
  }
  const taken = record.redactions.filter(({ rule }) => rule !== MASKED_BY_CONNECTOR);
  const resource = `${record.store_id}:`;
  const told = [
    ...taken.map((redaction) => pastedCredential(record, resource, redaction)),
    ...(taken.length === 0 ? [] : [redactedGap(record, resource, [kind], taken)]),
  ];
  const items =
    about === "register" ? [answer as Item] : (answer as { readonly items: readonly Item[] }).items;
  return [...items.flatMap((item) => factOrGap(record, about, item)), ...told];
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

function factOrGap(record: RawRecord, about: keyof typeof REVIEW_HIDES, item: Item): (Fact | Gap)[] {
  const [kind] = REVIEW_HIDES[about];
  const name = NAMES.map((field) => item[field]).find(isText) ?? "no name";
  if (about !== "register" && !things[about].fits(item)) {
    return [
      unread(record, [kind], `expected a thing of ${record.operation}, got ${name}, which does not fit`),
    ];
  }
  try {
    return factsOf(record, about, item).map(validFact);
  } catch (thrown) {
    // An id longer than any fact may have shows only when the fact is checked.
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_INTERNAL") throw thrown;
    return [unread(record, [kind], thrown.message)];
  }
}

function isQuestion(about: string): about is keyof typeof REVIEW_HIDES {
  return Object.hasOwn(REVIEW_HIDES, about);
}

function factsOf(record: RawRecord, about: keyof typeof REVIEW_HIDES, item: Item): Fact[] {
  const [kind] = REVIEW_HIDES[about];
  if (about !== "register") {
    // What a mask stands for is nobody's name: the gap over the page speaks for it.
    if (NAMES.some((name) => isMasked(text(item, name)))) return [];
    return [factOf(record, kind, `${record.store_id}:${PATHS[about](item)}`, item)];
  }
  const counts = Object.entries(item).filter(([name]) => name !== "pages");
  return [factOf(record, kind, record.store_id, Object.fromEntries(counts))];
}

function factOf(record: RawRecord, kind: FactKind, id: string, own: Item): Fact {
  const { store_id, scope } = record;
  return { kind, id, store_id, scope, record: recordDigest(record), ...own } as Fact;
}

function text(item: Item, field: string): string {
  return String(item[field]);
}

function unread(record: RawRecord, hides: readonly FactKind[], complaint: string): Gap {
  return malformed(record, { resource: `${record.store_id}:`, hides }, complaint);
}
