import type { Call, Fact, FactKind, FactOf, Gap, GapReason, RawRecord } from "../../facts/index.ts";
import { Misshapen, names, nonEmptyText, type Json } from "./json.ts";

/** What an ACL rule must give for an operation to be answered. */
export type Capability = "list" | "read" | "sudo" | "update";

export type Params = Readonly<Record<string, string>>;

/** A question to put next, in the namespace of the answer that led to it unless it names another. */
export interface Ask {
  readonly operation: string;
  readonly params: Params;
  /** Empty, or ending in `/`. */
  readonly namespace?: string;
}

/** Something that is left out on purpose: becomes a gap. */
export interface Omission {
  /** Id path, without store and namespace. */
  readonly resource: string;
  readonly hides: readonly FactKind[];
  readonly reason: GapReason;
  readonly detail: string;
  readonly fix?: string;
}

/** What decides which further questions make sense. */
export interface WalkContext {
  readonly dialect?: Dialect;
  /** Vault only; absent where the server did not say. */
  readonly enterprise?: boolean;
  /** Type of the storage, where the server says it before the login. */
  readonly storage?: string;
  /** Nodes whose configuration files the settings name. */
  readonly nodeFiles?: readonly string[];
  /** Why the mount at this API path (`kv/`, `auth/ldap/`) is left out; absent when it is to be read. */
  excluded(mount: string): string | undefined;
}

export type Dialect = "vault" | "openbao";

/** An answer, with what `facts` and `next` need of the question. */
export interface Answered {
  readonly record: RawRecord;
  /** The whole body. */
  readonly body: Json;
  /** The member `data`, where nearly all of this API answers. Throws `Misshapen` where there is none. */
  readonly data: Json;
  readonly params: Params;
  /** Empty, or ending in `/`. */
  readonly namespace: string;
  /** Digest of the record. */
  readonly digest: string;
}

/**
 * One row of the table: what is asked, what it tells, what its refusal hides. Templates hold `{mount}` (ends in `/`),
 * `{name}` (one segment) and `{path}` (any number of segments, last).
 */
export interface Operation {
  /** `<family>.<what>`; stands in records and gaps. */
  readonly id: string;
  readonly title: string;
  /** `FILE`: nothing is asked of the server; a file that the settings name is read. */
  readonly method: "FILE" | "GET" | "LIST" | "POST";
  /** API path template below `/v1/`. */
  readonly path: string;
  readonly query?: string;
  /** The body of a POST: its keys, and the parameters that stand there. Only look-ups by accessor are POSTs. */
  readonly body?: Readonly<Record<string, string>>;
  /** Capabilities that the path demands; none where the server answers everyone. */
  readonly needs: readonly Capability[];
  readonly hides: readonly FactKind[];
  /** Id path template of what is asked for; ends in `/` where everything below is hidden. */
  readonly resource: string;
  /** Asked without a namespace, whatever namespace is read. */
  readonly rootOnly?: boolean;
  /**
   * What a 404 means. `nothing`: an empty answer. `gone`: it must be there, so a gap. `feature`: this product or
   * edition does not have it.
   */
  readonly absent: "nothing" | "gone" | "feature";
  /** An error text that means `nothing`, whatever the status. */
  readonly nothingText?: RegExp;
  /** Whether 204, an answer without a body, means `nothing`. */
  readonly noContent?: true;
  /** Statuses beside 200 that carry a usable answer. */
  readonly answers?: readonly number[];
  /** Asked anew when an interrupted run is resumed: what it tells of is this process's login, or who answers it now. */
  readonly fresh?: true;
  /** Names may hold slashes, so the rule for them ends in `*`: only where nothing but such names lies below the path. */
  readonly deepNames?: true;
  /** JSON pointers of the answer that are never kept. */
  readonly redact?: readonly string[];
  /** By JSON pointer: what is kept of the value there in its place. */
  readonly condense?: Call["condense"];
  /** The answer has no `data`: all of its body is read. */
  readonly bare?: true;
  /** Places below which `facts` and `next` read nothing that is judged: JSON pointers, `*` for any one segment. */
  readonly unread?: readonly string[];
  /** Where an answer tells of many things: the object whose members they are, and the id path of one of them. */
  readonly entries?: { readonly at: string; readonly resource: (name: string) => string };
  readonly facts?: (answered: Answered) => readonly (Fact | Gap)[];
  /** What an answer that says "nothing" gives away by it. */
  readonly factsOfNothing?: (answered: Answered) => readonly (Fact | Gap)[];
  readonly next?: (answered: Answered, context: WalkContext) => readonly (Ask | Omission)[];
}

/** Operations that belong to one kind of mount, or to the server itself. */
export interface Family {
  readonly id: string;
  readonly operations: readonly Operation[];
  /** Ids of the operations that a mount's reading begins with. */
  readonly roots: readonly string[];
}

/** Whether it asks for one thing that was named by a list, rather than for what a mount or server always has. */
export function looksUp({ resource }: Operation): boolean {
  return /\{\w+\}$/.test(resource);
}

export function familyHides(family: Family): FactKind[] {
  return [...new Set(family.operations.flatMap(({ hides }) => hides))].sort();
}

/** The family's first questions about a mount. */
export function familyAsks(family: Family, mount: string): Ask[] {
  return family.roots.map((operation) => ({ operation, params: { mount } }));
}

/** What helps where another node than the active one answers. */
export const ACTIVE_NODE =
  "Set the source's address to the active node or to a load balancer that leads there.";

/** Stands as `resource` for the store itself. */
export const STORE = "{store}";

/** Stands as `resource` for all of the store, whatever namespace is asked in. */
export const EVERYTHING = "{store}:";

/** The id, or id prefix, of what a question is about. */
export function resourceOf(operation: Operation, storeId: string, namespace: string, params: Params): string {
  if (operation.resource === STORE) return storeId;
  if (operation.resource === EVERYTHING) return factId(storeId, "", "");
  return factId(storeId, namespace, filled(operation.resource, params));
}

/** A template with its parameters put in; a parameter that is not given is empty. */
export function filled(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (_match, name: string) => params[name] ?? "");
}

/** The request path below `/v1/`: every segment percent-encoded, slashes kept. */
export function requestPath(operation: Operation, params: Params): string {
  const segments = filled(operation.path, params).split("/");
  // A dot segment is encoded by hand, or clients and proxies would resolve it.
  return segments
    .map((part) =>
      /^\.{1,2}$/.test(part) ? part.replaceAll(".", "%2E") : encodeURIComponent(part.toWellFormed()),
    )
    .join("/");
}

/** The path of the ACL rule that allows an operation: exact but for names. */
export function rulePath(operation: Operation, mount = ""): string {
  return operation.path
    .replace("{mount}", mount)
    .replace("{path}", "*")
    .replaceAll("{name}", operation.deepNames === true ? "*" : "+");
}

/** Capabilities as a policy writes them. */
export function hclList(capabilities: Iterable<string>): string {
  return `[${[...capabilities].map((name) => JSON.stringify(name)).join(", ")}]`;
}

export function factId(storeId: string, namespace: string, path: string): string {
  return `${storeId}:${namespace}${path}`;
}

export function scopeOf(storeId: string, namespace: string): string {
  return namespace === "" ? storeId : `${storeId}/${namespace.slice(0, -1)}`;
}

export function namespaceOf(storeId: string, scope: string): string {
  return scope.startsWith(`${storeId}/`) ? `${scope.slice(storeId.length + 1)}/` : "";
}

type Own<K extends FactKind> = Omit<FactOf<K>, "kind" | "id" | "store_id" | "scope" | "record">;

/** As `T`, but what is optional may also be given as undefined. */
type Loose<T> = {
  [P in keyof T]: Partial<Pick<T, P>> extends Pick<T, P> ? T[P] | undefined : T[P];
};

/** A fact of this answer, without the fields whose value is undefined. `path` is its id without store and namespace. */
export function fact<K extends FactKind>(
  answered: Answered,
  kind: K,
  path: string,
  own: Loose<Own<K>>,
): Fact {
  const { record, namespace } = answered;
  const fields = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const envelope = {
    kind,
    id: factId(record.store_id, namespace, path),
    store_id: record.store_id,
    scope: record.scope,
    record: answered.digest,
  };
  return { ...envelope, ...fields } as unknown as Fact;
}

/** What only this product has; a key that is undefined is left out, and the whole where nothing is left. */
export function ext(fields: Json): { hashicorp: Json } | undefined {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : { hashicorp: Object.fromEntries(kept) };
}

/** A gap that the answer itself shows. */
export function gapIn(answered: Answered, omission: Omission): Gap {
  const { record, namespace } = answered;
  return {
    store_id: record.store_id,
    scope: record.scope,
    resource: factId(record.store_id, namespace, omission.resource),
    operation: record.operation,
    reason: omission.reason,
    hides: [...omission.hides],
    detail: omission.detail,
    record: answered.digest,
    ...(omission.fix === undefined ? {} : { fix: omission.fix }),
  };
}

/**
 * The keys of a LIST answer, each once, in code-unit order. There is at least one: to an empty list, to null and to a
 * missing one the server answers 404 (`RespondErrorCommon` of Vault's `sdk/logical`, the same in OpenBao).
 */
export function listedKeys(answered: Answered): string[] {
  return [...new Set(names(answered.data, "keys"))].sort();
}

/** What the answer calls itself, which must be what was asked for: what stands in between may hand out another's answer. */
export function nameAsked(answered: Answered, key: string, param = "name"): string {
  const name = nonEmptyText(answered.data, key);
  const asked = answered.params[param];
  if (asked === undefined || asked === name) return name;
  throw new Misshapen(key, "what was asked for", "the name of another");
}
