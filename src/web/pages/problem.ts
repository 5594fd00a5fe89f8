import { html } from "../html.ts";
import type { Refusal } from "../refusal.ts";
import { type PageAnswer, page } from "../route.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "The form was not understood",
  401: "You are signed out",
  403: "Not allowed",
  404: "Not found",
  409: "It changed meanwhile",
  413: "Too large",
  415: "Not understood",
  421: "Wrong address",
  422: "Not accepted",
  429: "Too fast",
  500: "Something went wrong",
  503: "Not possible right now",
};

/** What is said of a request that was not served. */
export function problemPage(refusal: Refusal, request_id: string): PageAnswer {
  const title = TITLES[refusal.status] ?? (refusal.status < 500 ? "Not understood" : "Something went wrong");
  return page(
    title,
    html`<p>${refusal.message}</p>
      ${refusal.fix !== undefined && html`<p>${refusal.fix}</p>`}
      <p><a href="/">Go to the home page</a></p>
      <p class="hint">Status ${refusal.status}, request ${request_id}.</p>`,
    { status: refusal.status },
  );
}
