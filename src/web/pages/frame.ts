import { type Html, NOTHING, html } from "../html.ts";
import { ACTS, type Role } from "../../review/index.ts";
import { type PageAnswer, type Flash, TOLD, type Visit } from "../route.ts";
import { form, named, submit } from "./parts.ts";

const NAVIGATION: readonly {
  readonly to: string;
  readonly text: string;
  readonly roles?: readonly Role[];
}[] = [
  { to: "/", text: "Home" },
  { to: "/requests", text: "Access requests" },
  { to: "/people", text: "People", roles: ACTS.read_all },
  { to: "/audit", text: "Audit log", roles: ACTS.read_web_audit },
  { to: "/help", text: "Help and keys" },
];

/** What stands around every page. */
export function frame(answer: PageAnswer, visit: Visit, flash: Flash | undefined): Html {
  const { assets, organisation } = visit.web;
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${answer.title} – Countersign</title>
      <link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml" />
      <link rel="stylesheet" href="${assets.path("style.css")}" />
      <script src="${assets.path("review.js")}" defer></script>
    </head>
    <body data-keys="${visit.keys ? "on" : "off"}">
      <a class="skip" href="#main">Skip to the content</a>
      ${header(visit, organisation)}
      <main id="main" tabindex="-1">
        ${breadcrumb(answer)} ${flash !== undefined && flashed(flash, visit)}
        <h1>${answer.title}</h1>
        ${answer.main}
      </main>
      <p class="unseen" role="status" id="announce"></p>
      <footer><p>Countersign, access review. All times are in UTC.</p></footer>
    </body>
  </html>`;
}

function header(visit: Visit, organisation: string): Html {
  const { session, actor } = visit;
  const shown = NAVIGATION.filter(
    ({ roles }) => roles === undefined || roles.some((role) => actor.roles.includes(role)),
  );
  return html`<header>
    <p class="mark">
      <a href="/">Countersign</a>${organisation !== "" && html` <span>${named(organisation)}</span>`}
    </p>
    ${
      session === undefined
        ? NOTHING
        : html`<nav aria-label="Main">
              <ul>
                ${shown.map(({ to, text }) => html`<li><a href="${to}">${text}</a></li>`)}
              </ul>
            </nav>
            <div class="who">
              <a href="/account">${named(session.record.name)}</a>
              ${form(visit, "/sign-out", submit("Sign out", "plain"))}
            </div>`
    }
  </header>`;
}

function breadcrumb({ crumbs, title }: PageAnswer): Html {
  if (crumbs.length === 0) return NOTHING;
  return html`<nav class="crumbs" aria-label="Breadcrumb">
    <ol>
      ${crumbs.map(({ to, text }) => html`<li><a href="${to}">${text}</a></li>`)}
      <li aria-current="page">${title}</li>
    </ol>
  </nav>`;
}

function flashed({ told, was }: Flash, { params }: Visit): Html {
  const { campaign } = params as { readonly campaign?: string };
  const back = was !== undefined && campaign !== undefined && `/campaigns/${campaign}/items/${was}`;
  return html`<p class="told" role="status">
    ${TOLD[told]} ${back !== false && html`<a href="${back}">Look at it, or undo it</a>`}
  </p>`;
}
