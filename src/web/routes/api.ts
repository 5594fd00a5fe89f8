import { GRANT_ACTIONS } from "../../access/index.ts";
import type { AccessRequest } from "../../review/index.ts";
import { Type, closed } from "../../schema/index.ts";
import { PageNumber, RequestId, type Route, oneOf, partOf, route } from "../route.ts";

/** Bounds of a register's file. */
const Line = Type.String({ minLength: 1, maxLength: 1024 });
const Lines = Type.Array(Line, { minItems: 1, maxItems: 64 });

const Approval = closed({ by: Line, at: Line, approved: Type.Optional(Type.Boolean()) });

const STATES = ["approved", "refused", "requested", "withdrawn"] as const;

/** What a register's file holds of a request; what it means is read by the rules of that. */
const StatedBody = closed({
  request_id: RequestId,
  principal: Line,
  secrets: Lines,
  actions: Type.Array(oneOf(GRANT_ACTIONS), { minItems: 1, maxItems: GRANT_ACTIONS.length }),
  justification: Type.Optional(Type.String({ maxLength: 1024 })),
  requested_by: Line,
  requested_at: Line,
  starts_at: Type.Optional(Line),
  ends_at: Type.Optional(Line),
  high_privilege: Type.Optional(Type.Boolean()),
  manager_approval: Type.Optional(Approval),
  security_approval: Type.Optional(Approval),
  state: oneOf(STATES),
});

/** As it was stated. */
function told(request: AccessRequest): object {
  const own = ["stated_by", "version"];
  return Object.fromEntries(Object.entries(request).filter(([name]) => !own.includes(name)));
}

/** Nobody of the roles: the door lets systems in by their tokens. */
const access: Route["access"] = [];

export const API_ROUTES: readonly Route[] = [
  route("GET", "/api/requests", {
    action: "api.requests",
    access,
    api: true,
    query: closed({ page: PageNumber, state: Type.Optional(oneOf(STATES)) }),
    async handle({ web, integration = "", query: { page, state } }) {
      const query = { ...partOf(page), ...(state !== undefined && { state }) };
      const { total, rows } = await web.desk.statedRequests(integration, query);
      return { kind: "json", status: 200, value: { total, page, requests: rows.map(told) } };
    },
  }),
  route("POST", "/api/requests", {
    action: "api.request",
    access,
    api: true,
    body: StatedBody,
    async handle({ web, integration = "", body }) {
      const { request, recorded } = await web.desk.stateRequest(integration, await web.api.read(body));
      const value = { recorded, request: told(request) };
      return { kind: "json", status: recorded ? 201 : 200, value, about: request.request_id };
    },
  }),
];
