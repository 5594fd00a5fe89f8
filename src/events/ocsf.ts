import type { EventFinding } from "./finding.ts";

/** Version of the schema whose names are used: https://schema.ocsf.io/1.3.0/classes/detection_finding. */
const SCHEMA_VERSION = "1.3.0";

/** `severity_id` and its caption. */
const SEVERITIES = {
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
} as const;

/** `status_id` and its caption. */
const STATUS = {
  acknowledged: { status_id: 4, status: "Resolved" },
  suppressed: { status_id: 3, status: "Suppressed" },
} as const;

export interface OcsfTerms {
  readonly productVersion: string;
  /** How it was dealt with, and why; absent where nobody did. */
  readonly review?: { readonly how: "acknowledged" | "suppressed"; readonly reason: string };
}

/**
 * A finding as OCSF Detection Finding (class 2004): activity Create, status New, Suppressed, or Resolved where somebody
 * acknowledged it. Instants are milliseconds since
 * 1970. What is not known is left out.
 */
export function detectionFinding(
  finding: EventFinding,
  { productVersion, review }: OcsfTerms,
): Record<string, unknown> {
  const [severityId, severity] = SEVERITIES[finding.severity];
  const { store_id, principal_key, secret_key, source_ip, event_id } = finding;
  const at = (instant: string): number => Date.parse(instant);
  return {
    activity_id: 1,
    activity_name: "Create",
    category_uid: 2,
    category_name: "Findings",
    class_uid: 2004,
    class_name: "Detection Finding",
    type_uid: 200401,
    type_name: "Detection Finding: Create",
    time: at(finding.detected_at),
    start_time: at(finding.first_at),
    end_time: at(finding.last_at),
    count: Math.max(1, finding.event_count),
    severity_id: severityId,
    severity,
    ...(review === undefined ? { status_id: 1, status: "New" } : STATUS[review.how]),
    ...(review === undefined ? {} : { comment: review.reason }),
    message: finding.detail,
    metadata: {
      version: SCHEMA_VERSION,
      product: { name: "Countersign", vendor_name: "Countersign", version: productVersion },
    },
    finding_info: {
      uid: finding.finding_id,
      title: finding.title,
      desc: finding.detail,
      analytic: { type_id: 1, type: "Rule", uid: finding.detection, name: finding.detection },
      ...(event_id === undefined ? {} : { related_events: [{ uid: event_id }] }),
    },
    resources: [
      ...(secret_key === undefined ? [] : [{ uid: secret_key, type: "secret" }]),
      { uid: store_id, type: "secrets store" },
    ],
    ...(principal_key === undefined && source_ip === undefined
      ? {}
      : {
          evidences: [
            {
              ...(principal_key === undefined ? {} : { actor: { user: { uid: principal_key } } }),
              ...(source_ip === undefined
                ? {}
                : { src_endpoint: { [isAddress(source_ip) ? "ip" : "hostname"]: source_ip } }),
            },
          ],
        }),
  };
}

/** The log may name the service that called instead. */
function isAddress(source: string): boolean {
  return /^[0-9]{1,3}(\.[0-9]{1,3}){3}$|^[0-9a-f.]*:[0-9a-f.:]*$/i.test(source);
}
