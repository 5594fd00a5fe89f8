/** Who calls, as a device logs it. */
export const AUTH = {
  accessor: "hmac-sha256:aa",
  display_name: "approle",
  entity_id: "5a6f3c1e-0000-4000-8000-000000000001",
  metadata: { role_name: "payments-api" },
  token_type: "service",
};

/** A line of an audit device: a read of a secret, but for `rest`. */
export function entry(type: "request" | "response", id: string, rest: Record<string, unknown> = {}): string {
  const { request = {}, ...other } = rest as { request?: object };
  return `${JSON.stringify({
    type,
    time: type === "request" ? "2026-10-01T08:15:00.100200300Z" : "2026-10-01T08:15:00.300200300Z",
    auth: AUTH,
    request: {
      id,
      operation: "read",
      path: "kv/data/payments/db",
      mount_point: "kv/",
      mount_type: "kv",
      remote_address: "10.20.30.40",
      ...request,
    },
    ...other,
  })}\n`;
}
