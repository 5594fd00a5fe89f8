import { ACTS } from "../review/index.ts";
import { Type, closed } from "../schema/index.ts";
import { auditPage } from "./pages/registers.ts";
import { AUDIT_OUTCOMES } from "./ports.ts";
import { Refusal } from "./refusal.ts";
import { PageNumber, type Route, oneOf, partOf, route } from "./route.ts";
import { API_ROUTES } from "./routes/api.ts";
import { CAMPAIGN_ROUTES } from "./routes/campaigns.ts";
import { EVIDENCE_ROUTES } from "./routes/evidence.ts";
import { ITEM_ROUTES } from "./routes/items.ts";
import { REGISTER_ROUTES } from "./routes/registers.ts";
import { SIGN_IN_ROUTES } from "./routes/sign-in.ts";

const OTHERS: readonly Route[] = [
  ...SIGN_IN_ROUTES,
  ...ITEM_ROUTES,
  ...CAMPAIGN_ROUTES,
  ...REGISTER_ROUTES,
  ...EVIDENCE_ROUTES,
  ...API_ROUTES,
  route("GET", "/static/:file", {
    action: "static.file",
    access: "anyone",
    plain: true,
    params: closed({ file: Type.String({ pattern: "^[a-z]{1,20}\\.[0-9a-f]{16}\\.[a-z]{1,4}$" }) }),
    handle({ web, params }) {
      const file = web.assets.get(params.file);
      if (file === undefined) throw new Refusal(404, "not_found", "There is nothing here.");
      return { kind: "file", keep: true, file };
    },
  }),
  route("GET", "/health", {
    action: "health",
    access: "anyone",
    plain: true,
    handle: () => ({
      kind: "file",
      keep: false,
      file: { name: "health.txt", type: "text/plain", bytes: Buffer.from("ok\n") },
    }),
  }),
];

/** What the audit log can be filtered by. */
const ACTIONS = [...new Set(OTHERS.filter(({ audited }) => audited).map(({ action }) => action))].sort();

/** Every route of the server: its method, path, name in the audit log, who may use it, and what it takes. */
export const ROUTES: readonly Route[] = [
  ...OTHERS,
  route("GET", "/audit", {
    action: "audit.list",
    access: ACTS.read_web_audit,
    query: closed({
      page: PageNumber,
      who: Type.Optional(Type.String({ maxLength: 254 })),
      action: Type.Optional(Type.String({ pattern: "^[a-z_.]{1,60}$" })),
      outcome: Type.Optional(oneOf(AUDIT_OUTCOMES)),
    }),
    async handle({ web, query: { page, ...filters } }) {
      const list = await web.audit.read({ ...filters, ...partOf(page) });
      return auditPage(list, page, filters, ACTIONS);
    },
  }),
];
