import type { Fact, FactKind, FactOf, Gap, GapReason, RawRecord } from "../../facts/index.ts";
import { Misshapen, flag, optional, text, type Json } from "../shape.ts";
import type { ServiceName } from "./services.ts";

/** Texts of a question: what names the thing asked for; of a further page `page`, its token, and `page_number`, from 2. */
export type Params = Readonly<Record<string, string>>;

/** Where a question is put. Without an account: as whoever the credentials are, before that is known. */
export interface Place {
  readonly account?: string;
  /** Absent for what an account has once for all Regions. */
  readonly region?: string;
}

/** A question to put next. */
export interface Ask extends Place {
  readonly operation: string;
  readonly params: Params;
}

/** Something that is left out, on purpose or because what leads to it was not told: becomes a gap. */
export interface Omission extends Place {
  /** Fact id, or prefix of fact ids, without the source; absent: all of the place. */
  readonly resource?: string;
  readonly operation: string;
  /** Empty: every kind that a source yields. */
  readonly hides: readonly FactKind[];
  readonly reason: GapReason;
  readonly detail: string;
  readonly fix?: string;
}

/** What the settings say of the places and services to read. */
export interface WalkContext {
  /** Regions to read; absent: all that an account has enabled. */
  readonly regions: readonly string[] | undefined;
  /** Names of all Regions of the partition, once an account has told them. */
  readonly regionsSeen: () => readonly string[];
  /** Whether the accounts of the organisation are read too. */
  readonly manyAccounts: boolean;
  /** Whether this account of the organisation is read. */
  readonly reads: (account: string) => boolean;
  /** The account that a bucket belongs to, where the settings say; undefined: that of the trail which writes there. */
  readonly ownerOf: (bucket: string) => string | undefined;
  /** Whether the service, by the prefix of its IAM actions, is read. */
  readonly asks: (service: string) => boolean;
}

/** An answer, with what `facts` and `next` need of the question. */
export interface Answered {
  readonly record: RawRecord;
  readonly body: Json;
  /** The error by which AWS says that there is none of what was asked for; absent where it told of something. */
  readonly none: string | undefined;
  readonly params: Params;
  /** Empty before the account is known. */
  readonly account: string;
  /** Empty for what is not of a Region. */
  readonly region: string;
  /** Digest of the record. */
  readonly digest: string;
}

/**
 * One row of the table: an action of an API, what it tells, what its refusal hides. The template `resource` holds
 * `{account}`, `{region}` and names of parameters; every listing is given `{partition}`.
 */
export interface Operation {
  /** `<service>.<what>`; stands in records and gaps. */
  readonly id: string;
  readonly title: string;
  readonly service: ServiceName;
  /** As the API calls it; the SDK's command has this name and `Command` behind it. */
  readonly action: string;
  /** IAM actions that the answer needs. None: AWS answers every caller. */
  readonly needs: readonly string[];
  readonly scope: "global" | "regional";
  /** Kinds that stay hidden without an answer, of all that it leads to below `resource` as well. */
  readonly hides: readonly FactKind[];
  /** Fact id without the source; ends in `:` or `/` where everything below is hidden. */
  readonly resource: string;
  /** The SDK's input, but for the token of a page. */
  readonly input?: (params: Params) => Json;
  readonly pages?: Pages;
  /** Most questions of this kind in one account; beyond, each is a gap. */
  readonly most?: number;
  /** Asked once for all places, from the first that leads to it: they would all be told the same. */
  readonly once?: true;
  /** Whether the answer says that it is not ready yet: it is asked for again. */
  readonly unready?: (output: Json) => boolean;
  /** The answer is a file's bytes, which nothing but who asks for it reads. */
  readonly raw?: true;
  /** Errors by which AWS says that there is none: an answer. Each with its documentation where the row is. */
  readonly none?: readonly string[];
  /** Errors, beside those of every service, by which AWS says that the thing asked for is gone. */
  readonly gone?: readonly string[];
  /** What else may help where it is refused, beside allowing it. */
  readonly orElse?: string;
  /** Asked anew when an interrupted run is resumed: who answers it now. */
  readonly fresh?: true;
  /** JSON pointers, `*` for any one segment, whose values are replaced before anything is kept: they may hold secrets. */
  readonly redact?: readonly string[];
  /** JSON pointers, `*` for any one segment: nothing that is judged stands below. */
  readonly unread?: readonly string[];
  /** JSON pointers, `*` for any one segment, at which an access key's id is what the answer tells, not something pasted. */
  readonly identifiers?: readonly string[];
  /** Where an answer tells of many things: each list that they stand in, and the fact id of one of its entries. */
  readonly entries?: readonly Entries[];
  readonly facts?: (answered: Answered) => readonly (Fact | Gap)[];
  readonly factsOfNone?: (answered: Answered) => readonly (Fact | Gap)[];
  readonly next?: (answered: Answered, context: WalkContext) => readonly (Ask | Omission)[];
  /** What is left out instead, where the settings or what is known already say that it is not to be asked. */
  readonly instead?: (ask: Ask, context: WalkContext) => readonly Omission[] | undefined;
  /** What stays unknown besides where no usable answer came: things whose places only the answer would have told. */
  readonly lost?: (ask: Ask, context: WalkContext, why: Lost) => readonly (Ask | Omission)[];
}

/** Further pages of a listing: members of the answer, and the input that takes the token. */
export interface Pages {
  readonly token: string;
  readonly input: string;
  /** Where the answer says besides whether there are more. */
  readonly more?: string;
}

/** A list of an answer that tells of many things; the id is empty where an entry does not say which it is. */
export interface Entries {
  readonly list: string;
  readonly id: (entry: Json, answered: Answered) => string;
}

/** Why an answer is missing, as the gap says it. */
export type Lost = Pick<Omission, "reason" | "detail"> & { readonly fix?: string };

/** Operations of one service, and the ones that the reading of an account, or of a Region of it, begins with. */
export interface Family {
  /** Prefix of the service's IAM actions. */
  readonly id: string;
  readonly operations: readonly Operation[];
  readonly roots: readonly string[];
  /** Asked in the collector's own account alone. */
  readonly ownAccountOnly?: true;
}

/** Stands as `resource` for all of the source. */
export const EVERYTHING = "";

/** The token of the page behind this one; undefined for the last. Throws `Misshapen` where the answer contradicts itself. */
export function nextPage({ pages }: Pick<Operation, "pages">, body: Json): string | undefined {
  if (pages === undefined) return undefined;
  const token = optional(text)(body, pages.token);
  if (token !== undefined && token !== "") return token;
  if (pages.more !== undefined && flag(body, pages.more))
    throw new Misshapen(pages.token, "the token of a further page", token);
  return undefined;
}

/** A template with place and parameters put in; what is not given is empty. */
export function filled(template: string, { account = "", region = "" }: Place, params: Params): string {
  const values: Params = { ...params, account, region };
  return template.replace(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? "");
}

export function factId(source: string, local: string): string {
  return `${source}:${local}`;
}

export function scopeOf(source: string, { account, region }: Place): string {
  return [source, account, region].filter((part) => part !== undefined && part !== "").join("/");
}

export function placeOf(source: string, scope: string): Required<Place> {
  const [account = "", region = ""] = scope.slice(source.length + 1).split("/");
  return { account, region };
}

/** `<account>/<region>`: the `mount` of everything that is of a Region. */
export function mountOf({ account, region }: Answered): string {
  return `${account}/${region}`;
}

type Own<K extends FactKind> = Omit<FactOf<K>, "kind" | "id" | "store_id" | "scope" | "record">;

/** As `T`, but what is optional may also be given as undefined. */
type Loose<T> = {
  [P in keyof T]: Partial<Pick<T, P>> extends Pick<T, P> ? T[P] | undefined : T[P];
};

/** A fact of this answer, without the fields whose value is undefined. `local` is its id without the source. */
export function fact<K extends FactKind>(
  { record, digest }: Answered,
  kind: K,
  local: string,
  own: Loose<Own<K>>,
): Fact {
  const fields = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const envelope = {
    kind,
    id: factId(record.store_id, local),
    store_id: record.store_id,
    scope: record.scope,
    record: digest,
  };
  return { ...envelope, ...fields } as unknown as Fact;
}

/** What only AWS has; a key that is undefined is left out, and the whole where nothing is left. */
export function ext(fields: Json): { aws: Json } | undefined {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : { aws: Object.fromEntries(kept) };
}

/** A gap that the answer itself shows; `resource` without the source. */
export function gapIn(
  { record, digest }: Answered,
  own: Omit<Omission, "operation" | "resource" | keyof Place> & { readonly resource: string },
): Gap {
  return {
    store_id: record.store_id,
    scope: record.scope,
    operation: record.operation,
    record: digest,
    ...own,
    resource: factId(record.store_id, own.resource),
    hides: [...own.hides],
  };
}
