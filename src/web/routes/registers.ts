import { GRANT_ACTIONS } from "../../access/index.ts";
import { CountersignError, endOf } from "../../base/index.ts";
import { Type, closed } from "../../schema/index.ts";
import type { NewRequest } from "../../review/index.ts";
import { OVERSIGHT } from "../pages/home.ts";
import { peoplePage } from "../pages/registers.ts";
import { newRequestPage, requestPage, requestsPage } from "../pages/requests.ts";
import { isMendable, statusOf } from "../refusal.ts";
import {
  Day,
  Line,
  PageNumber,
  RequestId,
  type Route,
  Version,
  Words,
  go,
  oneOf,
  partOf,
  route,
} from "../route.ts";
import { ROLES } from "../../review/index.ts";
import { DECIDERS } from "./items.ts";

const MAX_PATTERNS = 200;

const Request = closed({ request: RequestId });

function troubleOf({ message, fix }: CountersignError) {
  return { message, fix };
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export const REGISTER_ROUTES: readonly Route[] = [
  route("GET", "/requests", {
    action: "requests.list",
    access: ROLES,
    query: closed({
      page: PageNumber,
      state: Type.Optional(oneOf(["approved", "refused", "requested", "withdrawn"])),
    }),
    async handle(visit) {
      const { page, state } = visit.query;
      const query = { ...partOf(page), ...(state !== undefined && { state }) };
      return requestsPage(visit, await visit.web.desk.requests(visit.actor, query), page, state);
    },
  }),
  route("GET", "/requests/new", {
    action: "request.new_page",
    access: DECIDERS,
    handle: (visit) => newRequestPage(visit),
  }),
  route("POST", "/requests/new", {
    action: "request.ask",
    access: DECIDERS,
    body: closed({
      principal: Line,
      secrets: Type.String({ minLength: 1, maxLength: 20_000 }),
      actions: Type.Optional(Type.Array(oneOf(GRANT_ACTIONS), { maxItems: GRANT_ACTIONS.length })),
      starts: Type.Optional(Day),
      ends: Type.Optional(Day),
      justification: Words,
    }),
    async handle(visit) {
      const { principal, secrets, actions = [], starts, ends, justification } = visit.body;
      const request: NewRequest = {
        principal,
        secrets: linesOf(secrets),
        actions,
        justification,
        ...(starts !== undefined && { starts_at: `${starts}T00:00:00.000Z` }),
        ...(ends !== undefined && { ends_at: endOf(ends) ?? ends }),
      };
      try {
        if (actions.length === 0)
          throw new CountersignError("E_INPUT", "No action is chosen: say what the access is for.");
        if (request.secrets.length === 0 || request.secrets.length > MAX_PATTERNS)
          throw new CountersignError("E_INPUT", `Name at least one secret, and at most ${MAX_PATTERNS}.`);
        return go(`/requests/${await visit.web.desk.ask(visit.actor, request)}`, "asked");
      } catch (error) {
        if (!isMendable(error)) throw error;
        return newRequestPage(visit, request, troubleOf(error), statusOf(error));
      }
    },
  }),
  route("GET", "/requests/:request", {
    action: "request.page",
    access: ROLES,
    params: Request,
    handle: async (visit) =>
      requestPage(visit, await visit.web.desk.request(visit.actor, visit.params.request)),
  }),
  route("POST", "/requests/:request/answer", {
    action: "request.answer",
    access: DECIDERS,
    params: Request,
    body: closed({ version: Version, answer: oneOf(["approve", "refuse"]), remark: Type.Optional(Words) }),
    async handle(visit) {
      const {
        web: { desk },
        actor,
        params,
        body,
      } = visit;
      try {
        await desk.answer(actor, params.request, body.version, body.answer === "approve", body.remark);
      } catch (error) {
        if (!isMendable(error)) throw error;
        return requestPage(
          visit,
          await desk.request(actor, params.request),
          troubleOf(error),
          statusOf(error),
        );
      }
      return go(`/requests/${params.request}`, "answered");
    },
  }),
  route("GET", "/people", {
    action: "people.list",
    access: OVERSIGHT,
    query: closed({ page: PageNumber, search: Type.Optional(Type.String({ maxLength: 200 })) }),
    async handle({ web, actor, query: { page, search } }) {
      const query = { ...partOf(page), ...(search !== undefined && { search }) };
      return peoplePage(await web.desk.people(actor, query), page, search);
    },
  }),
];
