import type { Static, TSchema } from "@sinclair/typebox";
import type { Clock } from "../base/index.ts";
import { Type, closed } from "../schema/index.ts";
import type { Api } from "./api.ts";
import type { Assets } from "./assets.ts";
import type { Desk, FileOut } from "../review/index.ts";
import type { Html } from "./html.ts";
import type { IdentityProvider } from "./oidc.ts";
import type { AuditLog, Reports } from "./ports.ts";
import type { Actor, Role, RoleSettings } from "../review/index.ts";
import type { OpenSession, SessionKeeper } from "./session.ts";

/** What every handler may use. */
export interface Web {
  readonly desk: Desk;
  readonly audit: AuditLog;
  readonly keeper: SessionKeeper;
  readonly clock: Clock;
  readonly assets: Assets;
  readonly roles: RoleSettings;
  readonly organisation: string;
  readonly api: Api;
  readonly reports?: Reports;
  /** Absent: sign-in by one-time links. */
  readonly provider?: IdentityProvider;
}

/** One request, after it was let in and its input checked. */
export interface Visit<P = unknown, Q = unknown, B = unknown> {
  readonly web: Web;
  /** Of somebody who is not signed in: no email and no roles. */
  readonly actor: Actor;
  readonly session: OpenSession | undefined;
  /** Name of the system that asks. */
  readonly integration?: string;
  /** Token that the browser holds while nobody is signed in. */
  readonly visitor: string | undefined;
  /** Goes into every form. */
  readonly form_token: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** `?…` as it came, or nothing. */
  readonly search: string;
  readonly keys: boolean;
}

export interface Crumb {
  readonly text: string;
  readonly to: string;
}

export interface PageAnswer {
  readonly kind: "page";
  readonly title: string;
  /** Ways back, outermost first, without the page itself. */
  readonly crumbs: readonly Crumb[];
  readonly main: Html;
  readonly status: number;
  /** Why what was asked for was not done; audited as refused. */
  readonly refused?: string;
}

export interface GoAnswer {
  readonly kind: "go";
  /** Path of ours, or the identity provider's address. */
  readonly to: string;
  readonly session?: OpenSession | "end";
  /** Sets or ends what the browser holds while nobody is signed in. */
  readonly visitor?: string;
  /** Who it was, where that was not known before. */
  readonly who?: string;
  readonly keys?: boolean;
}

/** To a system. */
export interface JsonAnswer {
  readonly kind: "json";
  readonly status: number;
  readonly value: unknown;
  /** What it was about, where the path does not say. */
  readonly about?: string;
}

export type Answer =
  | GoAnswer
  | JsonAnswer
  | PageAnswer
  | { readonly kind: "file"; readonly file: FileOut; readonly keep: boolean };

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Name in the audit log. */
  readonly action: string;
  readonly access: "anyone" | readonly Role[];
  readonly params: TSchema;
  readonly query: TSchema;
  readonly body: TSchema;
  /** Takes a file: the only ones that do. */
  readonly upload: boolean;
  /** Written to the audit log when it was done; all POSTs are. */
  readonly audited: boolean;
  /** Files and probes: the same for everyone, under any name of the host, without a session. */
  readonly plain: boolean;
  /** For systems: a bearer token says who asks, in place of a session; takes and gives JSON. Nobody of `access` may. */
  readonly api: boolean;
  handle(visit: Visit): Answer | Promise<Answer>;
}

interface RouteOf<P extends TSchema, Q extends TSchema, B extends TSchema> {
  readonly action: string;
  readonly access: Route["access"];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly upload?: boolean;
  readonly audited?: boolean;
  readonly plain?: boolean;
  readonly api?: boolean;
  readonly handle: (visit: Visit<Static<P>, Static<Q>, Static<B>>) => Answer | Promise<Answer>;
}

const None = closed({});
type None = typeof None;

/** An entry of the table of routes, which registration, authorisation and the tests go by. */
export function route<P extends TSchema = None, Q extends TSchema = None, B extends TSchema = None>(
  method: Route["method"],
  path: string,
  { params, query, body, upload, audited, plain, api, handle, action, access }: RouteOf<P, Q, B>,
): Route {
  return {
    method,
    path,
    action,
    access,
    params: params ?? None,
    query: query ?? None,
    body: body ?? None,
    upload: upload ?? false,
    audited: audited ?? method === "POST",
    plain: plain ?? false,
    api: api ?? false,
    // The schemas were checked before.
    handle: handle,
  };
}

interface PageOptions {
  readonly crumbs?: readonly Crumb[];
  readonly status?: number;
  readonly refused?: string;
}

export function page(title: string, main: Html, options: PageOptions = {}): PageAnswer {
  return { kind: "page", title, main, crumbs: [], status: 200, ...options };
}

/** To another page of ours, which says what was done. */
export function go(to: string, told?: Told): GoAnswer {
  return { kind: "go", to: told === undefined ? to : `${to}${to.includes("?") ? "&" : "?"}told=${told}` };
}

/** What a page can say of the act before; a fixed list, so that no link can put words on it. */
export const TOLD = {
  acknowledged: "The result is acknowledged.",
  answered: "Your answer to the request is recorded.",
  asked: "The request is recorded. Its approvers are told by this register.",
  closed: "The campaign is closed.",
  decided: "Your decision is recorded. You can undo it until you sign off your list.",
  evidence_asked: "The evidence is being made: look again in a moment.",
  decided_all:
    "Your decision is recorded for all selected items. You can undo each until you sign off your list.",
  handed_on: "The item is handed on.",
  keys_off: "Single-key shortcuts are off.",
  keys_on: "Single-key shortcuts are on.",
  opened: "The campaign is open: reviewers can decide.",
  reassigned: "Somebody else is asked about the item now.",
  refreshed: "The campaign is compared with the newest snapshot.",
  reminded: "The reminders are made.",
  result_signed_off: "The result is signed off. Management is asked to acknowledge it.",
  review_ended: "The review has ended. What was revoked is to be removed now.",
  signed_off: "Your list is signed off.",
  signed_out: "You are signed out.",
  signed_out_everywhere: "You are signed out everywhere.",
  sampled: "The sample is drawn, and recorded.",
  started: "The campaign is created. Nobody decides before it is opened.",
  ticket_noted: "The ticket is noted.",
  undone: "Your decision is taken back.",
  verified: "The revocations are compared with the newest snapshot.",
} as const;

export type Told = keyof typeof TOLD;

/** What is said of the act before. */
export interface Flash {
  readonly told: Told;
  /** Id of the item that it was about. */
  readonly was?: string;
}

/** What the address says of the act before; nothing where it is none of ours. */
export function flashOf({ told, was }: Readonly<Record<string, unknown>>): Flash | undefined {
  if (typeof told !== "string" || !Object.hasOwn(TOLD, told)) return undefined;
  const known = typeof was === "string" && /^[0-9a-f]{32}$/.test(was);
  return { told: told as Told, ...(known && { was }) };
}

/** The parts of input that many routes take. */
export const CampaignId = Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,99}$" });
export const ItemId = Type.String({ pattern: "^[0-9a-f]{32}$" });
export const RequestId = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$" });
export const Version = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });
export const PageNumber = Type.Integer({ minimum: 1, maximum: 100_000, default: 1 });
/** A calendar day. */
export const Day = Type.String({ pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" });
export const Words = Type.String({ minLength: 1, maxLength: 4000 });
export const Line = Type.String({ minLength: 1, maxLength: 300 });

/** One of a list of words, as one string schema: unions of constants give messages that nobody understands. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values] });

export const PAGE_SIZE = 50;

/** The part of a list that a page shows. */
export function partOf(number: number): { readonly offset: number; readonly limit: number } {
  return { offset: (number - 1) * PAGE_SIZE, limit: PAGE_SIZE };
}
