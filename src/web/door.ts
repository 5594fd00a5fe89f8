import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type Caller,
  type Limits,
  authorise,
  callerOf,
  checkFormToken,
  checkHost,
  checkOrigin,
  systemOf,
} from "./guard.ts";
import { checkJson } from "./api.ts";
import { nothingHere, Refusal } from "./refusal.ts";
import type { Cookies, Replies } from "./replies.ts";
import { type Flash, type Route, type Visit, type Web, flashOf } from "./route.ts";
import { formToken, isToken } from "./tokens.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The line of the table of routes; nothing is registered without one. */
    entry?: Route;
  }
}

/** What is known of a request on its way. */
interface State {
  readonly entry: Route | undefined;
  caller: Caller;
  flash: Flash | undefined;
}

const NOBODY: Caller = { actor: { who: "", roles: [] }, session: undefined, rotated: false };

/** The way that every request takes: who asks, whether they may, what they sent; then the handler, or a page that says why not. */
export class Door {
  readonly #web: Web;
  readonly #cookies: Cookies;
  readonly #replies: Replies;
  readonly #limits: Limits;
  readonly #hosts: () => readonly string[];
  readonly #states = new WeakMap<FastifyRequest, State>();

  constructor(web: Web, cookies: Cookies, replies: Replies, limits: Limits, hosts: () => readonly string[]) {
    this.#web = web;
    this.#cookies = cookies;
    this.#replies = replies;
    this.#limits = limits;
    this.#hosts = hosts;
  }

  /** Before anything of a body is read: host, limits, session, origin, role. */
  async enter(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    void reply.header("cache-control", "no-store");
    void reply.header("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    const state = this.#state(request);
    const { entry } = state;
    if (entry?.plain !== true) checkHost(request, this.#hosts());
    await this.#limits.address(request);
    if (entry?.plain === true) return;
    if (entry?.api === true) {
      await this.#enterSystem(request, state);
      return;
    }
    state.caller = await callerOf(this.#web, request.cookies[this.#cookies.session]);
    const { session, rotated } = state.caller;
    if (session !== undefined && rotated) this.#replies.setSession(reply, session);
    const act = request.method !== "GET";
    if (session !== undefined) await this.#limits.user(request, session.record.email, act);
    else if (act) await this.#limits.signIn(request);
    const scheme = this.#cookies.secure ? "https" : "http";
    if (act)
      checkOrigin(
        request,
        this.#hosts().map((host) => `${scheme}://${host}`),
      );
    // Before its body is read: nothing is done with it, and a malformed one would be an error of ours.
    if (entry === undefined) throw nothingHere();
    if (act && !isForm(request, entry))
      throw new Refusal(415, "media_type", "The form was sent in a way that is not understood.");
    authorise(entry, state.caller);
  }

  /** No cookie is looked at, so that no page of another site can ask in somebody's name. */
  async #enterSystem(request: FastifyRequest, state: State): Promise<void> {
    try {
      state.caller = systemOf(request, this.#web.api);
    } catch (error) {
      await this.#limits.signIn(request);
      throw error;
    }
    await this.#limits.system(request, state.caller.actor.who);
    if (request.method !== "GET") checkJson(request);
  }

  /** Before the schemas are asked: the form's token, text that no page can hold, and what is no part of a route's own input. */
  checkInput(request: FastifyRequest): void {
    const state = this.#state(request);
    const query = withoutEmpty(request.query);
    checkText(query);
    state.flash = flashOf(query);
    delete query["told"];
    delete query["was"];
    request.query = query;
    if (request.method === "GET" || state.entry?.api === true) return;
    const body = withoutEmpty(request.body);
    const token = state.caller.session?.token ?? request.cookies[this.#cookies.visitor];
    checkFormToken(token, body["form_token"]);
    delete body["form_token"];
    checkText(body);
    request.body = body;
  }

  async serve(entry: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const visit = this.#visit(request, reply);
    const answer = await entry.handle(visit);
    return this.#replies.send(answer, entry, visit, this.#state(request).flash, request, reply);
  }

  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { entry, caller } = this.#state(request);
    return this.#replies.refuse(error, entry, caller, this.#visit(request, reply), request, reply);
  }

  #state(request: FastifyRequest): State {
    const known = this.#states.get(request);
    if (known !== undefined) return known;
    const state: State = { entry: request.routeOptions.config.entry, caller: NOBODY, flash: undefined };
    this.#states.set(request, state);
    return state;
  }

  #visit(request: FastifyRequest, reply: FastifyReply): Visit {
    const { caller, entry } = this.#state(request);
    const known = request.cookies[this.#cookies.visitor];
    let visitor = isToken(known) ? known : undefined;
    if (
      caller.session === undefined &&
      visitor === undefined &&
      entry?.plain !== true &&
      entry?.api !== true
    ) {
      visitor = this.#web.keeper.newToken();
      this.#replies.setVisitor(reply, visitor);
    }
    const { params, query, body, url } = request;
    return {
      web: this.#web,
      actor: caller.actor,
      session: caller.session,
      ...(caller.integration !== undefined && { integration: caller.integration }),
      visitor,
      form_token: formToken(caller.session?.token ?? visitor ?? ""),
      params,
      query,
      body,
      search: url.includes("?") ? url.slice(url.indexOf("?")) : "",
      keys: request.cookies[this.#cookies.keys] !== "off",
    };
  }
}

/** Whether a body is said to be what the route takes: a file, or fields. */
function isForm({ headers }: FastifyRequest, { upload }: Route): boolean {
  const type = headers["content-type"]?.toLowerCase();
  if (type === undefined) return true;
  if (upload && !/;\s*boundary=./.test(type)) return false;
  return type.startsWith("multipart/form-data") === upload && !type.startsWith("application/json");
}

/**
 * Refuses U+0000: nobody can type it, HTML has no way to write it, and PostgreSQL does not keep it. Other control characters may be in
 * the name of a secret that somebody decides on.
 */
function checkText(fields: Readonly<Record<string, unknown>>): void {
  const texts = Object.values(fields).flat();
  if (texts.some((text) => typeof text === "string" && text.includes("\0")))
    throw new Refusal(
      400,
      "input",
      "What was sent has the character U+0000 in it, which is in no text.",
      "Leave it out, and send it again.",
    );
}

/** Fields without those that were left empty: an empty field of a form is one that nobody filled in. */
function withoutEmpty(fields: unknown): Record<string, unknown> {
  const entries = Object.entries((fields ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries
      .map(([name, value]): [string, unknown] => [
        name,
        Array.isArray(value) ? value.filter((one) => one !== "") : value,
      ])
      .filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0)),
  );
}
