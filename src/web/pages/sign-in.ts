import { html } from "../html.ts";
import { type PageAnswer, type Visit, page } from "../route.ts";
import { LINK_MINUTES } from "../session.ts";
import { ROLE } from "../words.ts";
import { bullets, facts, form, hidden, moment, named, note, submit } from "./parts.ts";

export function signInPage(visit: Visit, next: string): PageAnswer {
  const { provider } = visit.web;
  if (provider === undefined)
    return page(
      "Sign in",
      html`<p>Sign-in here is by links that are good for one use.</p>
        <p>
          Ask whoever runs this server for one: <code>countersign serve link you@example.com</code> prints it.
          It is good for ${LINK_MINUTES} minutes.
        </p>`,
    );
  return page(
    "Sign in",
    html`<p>You sign in at your organisation’s identity provider, ${named(provider.issuer)}.</p>
      ${form(visit, "/sign-in/start", html`${hidden("next", next)} ${submit("Sign in")}`)}`,
  );
}

export function linkPage(visit: Visit, token: string): PageAnswer {
  return page(
    "Sign in",
    html`<p>The link is used up when you confirm, not by having been opened.</p>
      ${form(visit, `/sign-in/link/${token}`, submit("Confirm and sign in"))}`,
  );
}

export function accountPage(visit: Visit): PageAnswer {
  const { actor, session } = visit;
  return page(
    "Your account",
    html`${facts([
        ["Name", session && named(session.record.name)],
        ["Email", named(actor.who)],
        ["Signed in by", actor.signed_in_as && named(actor.signed_in_as)],
        ["Roles", bullets(actor.roles.map((role) => ROLE[role]))],
        ["Signed in", session && moment(session.record.created_at)],
      ])}
      <h2>Sign out everywhere</h2>
      ${note("plain", "Ends this session and all others of yours, on every device, and makes links void that you have not used.")}
      ${form(visit, "/sign-out", html`${hidden("everywhere", "true")} ${submit("Sign out everywhere", "danger")}`)}`,
  );
}

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["j, k", "In a list: next and previous row"],
  ["x", "In a list: select the row"],
  ["o, Enter", "In a list: open the row"],
  ["c, r, d, t", "On an item: certify, revoke, reduce, limit in time"],
  ["h", "On an item: hand on"],
  ["n, p", "On an item: next and previous open item"],
  ["?", "Show the keys"],
];

export function helpPage(visit: Visit): PageAnswer {
  return page(
    "Help and keys",
    html`<h2>How a review goes</h2>
      <ol>
        <li>Compliance starts a campaign. What it covers is sealed with the digest of a snapshot.</li>
        <li>Each reviewer decides on their items: certify, revoke, reduce, limit in time, or hand on.</li>
        <li>You can undo a decision until you sign off your list.</li>
        <li>
          What was revoked is removed by its owners; the next collection shows whether it is gone by every
          path.
        </li>
        <li>Compliance signs off, and management acknowledges the result.</li>
      </ol>
      <h2 id="keys">Keys</h2>
      <p>
        They work beside the mouse and the Tab key, where scripts are allowed, and never while you type in a
        field.
      </p>
      <dl class="facts">
        ${KEYS.map(
          ([key, what]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${what}</dd>
            </div>`,
        )}
      </dl>
      ${form(
        visit,
        "/keys",
        html`${hidden("keys", visit.keys ? "off" : "on")}
        ${submit(visit.keys ? "Switch single-key shortcuts off" : "Switch single-key shortcuts on", "plain")}`,
      )}`,
  );
}
