import { Type, closed } from "../../schema/index.ts";
import { accountPage, helpPage, linkPage, signInPage } from "../pages/sign-in.ts";
import { Refusal } from "../refusal.ts";
import { type GoAnswer, type Route, type Visit, go, oneOf, route } from "../route.ts";
import { ROLES, actorOf } from "../../review/index.ts";
import type { Identity } from "../session.ts";
import { TOKEN_PATTERN } from "../tokens.ts";

/** A path of ours: begins with one slash and a letter or digit, so that no browser takes it for another host. */
const Next = Type.String({ pattern: "^/([A-Za-z0-9][A-Za-z0-9/_?&=%.,+~@:-]*)?$", maxLength: 1024 });

const Token = closed({ token: Type.String({ pattern: TOKEN_PATTERN }) });

function missing(): Refusal {
  return new Refusal(404, "not_found", "There is nothing here.");
}

/** Signed in, under a new token; a session that the browser had before is over. */
async function begun(visit: Visit, identity: Identity, next: string): Promise<GoAnswer> {
  const { desk, keeper, roles } = visit.web;
  if (visit.session !== undefined) await keeper.end(visit.session);
  const { email, groups } = identity;
  const actor = actorOf({ ...(await desk.whoIs(email)), signed_in_as: email }, roles, groups);
  const session = await keeper.begin(identity, actor.roles);
  return { ...go(next), session, who: email };
}

export const SIGN_IN_ROUTES: readonly Route[] = [
  route("GET", "/sign-in", {
    action: "session.page",
    access: "anyone",
    query: closed({ next: Type.Optional(Next) }),
    handle: (visit) => (visit.session === undefined ? signInPage(visit, visit.query.next ?? "/") : go("/")),
  }),
  route("POST", "/sign-in/start", {
    action: "session.start",
    access: "anyone",
    body: closed({ next: Type.Optional(Next) }),
    async handle({ web: { provider, keeper }, body }) {
      if (provider === undefined) throw missing();
      const { url, remembered } = await provider.send();
      const visitor = keeper.newToken();
      await keeper.remember(visitor, { ...remembered, next: body.next ?? "/" });
      return { kind: "go", to: url.href, visitor };
    },
  }),
  route("GET", "/sign-in/callback", {
    action: "session.return",
    access: "anyone",
    // What a provider may send is its own; all of it is judged by the library.
    query: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 8192 }), {
      maxProperties: 20,
    }),
    audited: true,
    async handle(visit) {
      const { provider, keeper } = visit.web;
      if (provider === undefined) throw missing();
      const remembered = await keeper.recall(visit.visitor);
      if (remembered === undefined)
        throw new Refusal(
          400,
          "not_started",
          "This sign-in was not begun here, or took too long.",
          "Sign in again from the start.",
        );
      return begun(visit, await provider.receive(visit.search, remembered), remembered.next);
    },
  }),
  route("GET", "/sign-in/link/:token", {
    action: "session.link_page",
    access: "anyone",
    params: Token,
    handle(visit) {
      if (visit.web.provider !== undefined) throw missing();
      return linkPage(visit, visit.params.token);
    },
  }),
  route("POST", "/sign-in/link/:token", {
    action: "session.link",
    access: "anyone",
    params: Token,
    async handle(visit) {
      if (visit.web.provider !== undefined) throw missing();
      const email = await visit.web.keeper.redeem(visit.params.token);
      if (email === undefined)
        throw new Refusal(403, "link", "The link is used up, or its time is over.", "Ask for another one.");
      return begun(visit, { email, name: email, groups: [] }, "/");
    },
  }),
  route("POST", "/sign-out", {
    action: "session.sign_out",
    access: ROLES,
    body: closed({ everywhere: Type.Optional(oneOf(["true"])) }),
    async handle({ web: { keeper, provider }, session, actor, body }) {
      if (session !== undefined) await keeper.end(session);
      if (body.everywhere !== undefined)
        for (const address of new Set([actor.who, ...(actor.also ?? [])])) await keeper.endAllOf(address);
      const told = body.everywhere === undefined ? "signed_out" : "signed_out_everywhere";
      const to = provider?.end_session?.href;
      return { ...(to === undefined ? go("/sign-in", told) : go(to)), session: "end" };
    },
  }),
  route("GET", "/account", { action: "account.page", access: ROLES, handle: accountPage }),
  route("GET", "/help", { action: "help.page", access: ROLES, handle: helpPage }),
  route("POST", "/keys", {
    action: "keys.set",
    access: ROLES,
    audited: false,
    body: closed({ keys: oneOf(["off", "on"]) }),
    handle: ({ body }) => ({
      ...go("/help", body.keys === "on" ? "keys_on" : "keys_off"),
      keys: body.keys === "on",
    }),
  }),
];
