import type { FastifyReply, FastifyRequest } from "fastify";
import { sendJson, sendRefusal } from "./api.ts";
import { document } from "./html.ts";
import type { Caller } from "./guard.ts";
import { frame } from "./pages/frame.ts";
import { problemPage } from "./pages/problem.ts";
import type { AuditOutcome } from "./ports.ts";
import { refusalOf } from "./refusal.ts";
import type { Answer, Flash, PageAnswer, Route, Visit, Web } from "./route.ts";
import type { OpenSession } from "./session.ts";

/** Names of cookies, and whether they go by https alone. */
export interface Cookies {
  readonly secure: boolean;
  readonly session: string;
  readonly visitor: string;
  readonly keys: string;
}

/** How long a browser holds the choice about shortcuts. */
const KEYS_S = 365 * 86_400;

/** What is sent back, and the audit log's line for it. */
export class Replies {
  readonly #web: Web;
  readonly #cookies: Cookies;
  readonly #onError: (error: unknown, request_id: string) => void;

  constructor(web: Web, cookies: Cookies, onError: (error: unknown, request_id: string) => void) {
    this.#web = web;
    this.#cookies = cookies;
    this.#onError = onError;
  }

  setSession(reply: FastifyReply, { token }: OpenSession): void {
    void reply.setCookie(this.#cookies.session, token, this.#held());
  }

  setVisitor(reply: FastifyReply, token: string): void {
    void reply.setCookie(this.#cookies.visitor, token, this.#held());
  }

  async send(
    answer: Answer,
    entry: Route,
    visit: Visit,
    flash: Flash | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (entry.audited) {
      const refused = answer.kind === "page" ? answer.refused : undefined;
      const who = answer.kind === "go" ? answer.who : undefined;
      await this.#note(
        entry.action,
        refused === undefined ? "done" : "refused",
        visit,
        request,
        refused,
        who,
        answer.kind === "json" ? answer.about : undefined,
      );
    }
    if (answer.kind === "page") return this.#page(answer, visit, flash, reply);
    if (answer.kind === "json") return sendJson(reply, answer.status, answer.value);
    if (answer.kind === "file") return this.#file(answer, reply);
    if (answer.session === "end") void reply.clearCookie(this.#cookies.session, this.#held());
    else if (answer.session !== undefined) {
      this.setSession(reply, answer.session);
      void reply.clearCookie(this.#cookies.visitor, this.#held());
    }
    if (answer.visitor !== undefined) this.setVisitor(reply, answer.visitor);
    if (answer.keys !== undefined)
      void reply.setCookie(this.#cookies.keys, answer.keys ? "on" : "off", {
        ...this.#held(),
        maxAge: KEYS_S,
      });
    return reply.redirect(answer.to, 303);
  }

  /** A page that says what was refused or went wrong; never a stack, never what was sent. */
  async refuse(
    thrown: unknown,
    entry: Route | undefined,
    caller: Caller,
    visit: Visit,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const refusal = refusalOf(thrown);
    if (refusal.status >= 500) this.#onError(thrown, request.id);
    // Anybody on the network can make refusals of reading without end; those of acts are limited.
    const worthNoting =
      caller.session !== undefined ||
      caller.integration !== undefined ||
      request.method !== "GET" ||
      entry?.action === "session.return";
    if (worthNoting && refusal.status !== 429) {
      const outcome = refusal.status >= 500 ? "failed" : "refused";
      try {
        await this.#note(entry?.action ?? "route.unknown", outcome, visit, request, refusal.reason);
      } catch (error) {
        this.#onError(error, request.id);
      }
    }
    if (refusal.status === 429) void reply.header("retry-after", "60");
    // A system that asks for a path that is not there reads no page.
    if (entry?.api === true || request.url.startsWith("/api/")) return sendRefusal(reply, refusal);
    if (refusal.status === 401 && request.method === "GET")
      return reply.redirect(`/sign-in?next=${encodeURIComponent(request.url.slice(0, 1000))}`, 303);
    return this.#page(problemPage(refusal, request.id), visit, undefined, reply);
  }

  #page(answer: PageAnswer, visit: Visit, flash: Flash | undefined, reply: FastifyReply): FastifyReply {
    return reply
      .code(answer.status)
      .type("text/html; charset=utf-8")
      .send(document(frame(answer, visit, flash)));
  }

  #file({ file, keep }: Extract<Answer, { kind: "file" }>, reply: FastifyReply): FastifyReply {
    if (keep) void reply.header("cache-control", "public, max-age=31536000, immutable");
    else
      void reply.header(
        "content-disposition",
        `attachment; filename="${file.name.replace(/[^\w.-]/g, "_")}"`,
      );
    return reply.type(file.type).send(Buffer.from(file.bytes));
  }

  async #note(
    action: string,
    outcome: AuditOutcome,
    visit: Visit,
    request: FastifyRequest,
    reason?: string,
    who: string = visit.actor.who,
    of?: string,
  ): Promise<void> {
    const { campaign, item, request: asked, file } = (visit.params ?? {}) as Readonly<Record<string, string>>;
    const about = of ?? [campaign, item, asked, file].filter((part) => part !== undefined).join("/");
    await this.#web.audit.append({
      at: this.#web.clock.now().toISOString(),
      action,
      outcome,
      address: request.ip,
      request_id: request.id,
      ...(who !== "" && { who }),
      ...(about !== "" && /^[\w./-]{1,300}$/.test(about) && { about }),
      ...(reason !== undefined && { reason }),
    });
  }

  #held() {
    return { path: "/", httpOnly: true, sameSite: "lax", secure: this.#cookies.secure } as const;
  }
}
