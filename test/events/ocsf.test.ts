import { expect, test } from "vitest";
import { detectionFinding, type EventFinding } from "../../src/events/index.ts";
import { Type, compileSchema } from "../../src/schema/index.ts";

const FINDING: EventFinding = {
  finding_id: "ab".repeat(32),
  detection: "denied_burst",
  severity: "high",
  title: "Many refused reads in a short time",
  store_id: "prod",
  detected_at: "2026-10-01T08:09:00.000Z",
  principal_key: "role/api",
  secret_key: "payments/db",
  source_ip: "10.0.0.5",
  event_count: 10,
  first_at: "2026-10-01T08:00:00.000Z",
  last_at: "2026-10-01T08:09:00.000Z",
  event_id: "e9",
  detail: "10 refused within 10 minutes",
};

const Instant = Type.Integer({ minimum: 0 });

/**
 * What class 2004 requires, with the enumerations that we use, and one of what an object needs at least. Source: OCSF schema
 * 1.3.0, `events/base_event.json`, `events/findings/finding.json`, `events/findings/detection_finding.json`, and `objects/`
 * `metadata`, `product`, `finding_info`, `analytic`, `related_event`, `resource_details`, `evidences`, `user`.
 */
const required = compileSchema(
  Type.Object({
    activity_id: Type.Union([0, 1, 2, 3, 99].map((id) => Type.Literal(id))),
    category_uid: Type.Literal(2),
    class_uid: Type.Literal(2004),
    type_uid: Type.Literal(200401),
    severity_id: Type.Union([0, 1, 2, 3, 4, 5, 6, 99].map((id) => Type.Literal(id))),
    time: Instant,
    metadata: Type.Object({
      version: Type.Literal("1.3.0"),
      product: Type.Object({ name: Type.String(), vendor_name: Type.String() }),
    }),
    finding_info: Type.Object({
      uid: Type.String({ minLength: 1 }),
      title: Type.String({ minLength: 1 }),
      analytic: Type.Object({ type_id: Type.Literal(1), uid: Type.String() }),
      related_events: Type.Optional(Type.Array(Type.Object({ uid: Type.String() }), { minItems: 1 })),
    }),
    status_id: Type.Union([0, 1, 2, 3, 4, 5, 6, 99].map((id) => Type.Literal(id))),
    count: Type.Integer({ minimum: 1 }),
    start_time: Instant,
    end_time: Instant,
    resources: Type.Array(Type.Object({ uid: Type.String() }), { minItems: 1 }),
    evidences: Type.Optional(Type.Array(Type.Object({}, { minProperties: 1 }), { minItems: 1 })),
  }),
);

const OF_ONE = ["principal_key", "secret_key", "source_ip", "event_id"];
const bare = Object.fromEntries(
  Object.entries(FINDING).filter(([name]) => !OF_ONE.includes(name)),
) as typeof FINDING;

test.each([
  ["a whole one", FINDING],
  ["one of many events", { ...bare, event_count: 0 }],
])("%s has what a Detection Finding requires", (_, finding) => {
  const made: unknown = JSON.parse(JSON.stringify(detectionFinding(finding, { productVersion: "0.1.0" })));
  expect(required.fits(made)).toBe(true);
});

test("names who, what, from where, and when in milliseconds", () => {
  expect(detectionFinding(FINDING, { productVersion: "0.1.0" })).toMatchObject({
    time: 1790842140000,
    severity_id: 4,
    status_id: 1,
    finding_info: { uid: FINDING.finding_id, related_events: [{ uid: "e9" }] },
    resources: [{ uid: "payments/db" }, { uid: "prod" }],
    evidences: [{ actor: { user: { uid: "role/api" } }, src_endpoint: { ip: "10.0.0.5" } }],
  });
});

test("a service that called is no address; one that was dealt with says why", () => {
  const finding = { ...FINDING, source_ip: "rds.amazonaws.com" };
  const dealt = (how: "acknowledged" | "suppressed") =>
    detectionFinding(finding, { productVersion: "0.1.0", review: { how, reason: "Known scanner" } });
  const made = dealt("suppressed");
  expect(dealt("acknowledged")).toMatchObject({ status_id: 4, status: "Resolved", comment: "Known scanner" });
  expect(made).toMatchObject({
    status_id: 3,
    comment: "Known scanner",
    evidences: [{ src_endpoint: { hostname: "rds.amazonaws.com" } }],
  });
});
