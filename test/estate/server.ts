import type { VaultApi } from "../counterparties/vault-api.ts";
import { DOMAIN } from "./company.ts";

const PASSWORD_POLICIES = {
  database: `length = 32
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyz" min-chars = 4 }
rule "charset" { charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" min-chars = 4 }
rule "charset" { charset = "0123456789" min-chars = 4 }
`,
  "old-printers": `length = 8
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyz0123456789" }
`,
};

export async function fillPasswordPolicies(api: VaultApi): Promise<void> {
  for (const [name, policy] of Object.entries(PASSWORD_POLICIES)) {
    await api.ok("POST", `sys/policies/password/${name}`, { policy });
  }
}

/** Settings of the whole server, and limits on logins that are mounted already. */
export async function fillServer(api: VaultApi): Promise<void> {
  await api.ok("POST", "sys/quotas/rate-limit/everything", { rate: 2000, interval: "1s" });
  await api.ok("POST", "sys/quotas/rate-limit/approle", { path: "auth/approle", rate: 200, interval: "1s" });
  // Fault: pages of any site may talk to the store from a browser.
  await api.ok("POST", "sys/config/cors", { enabled: true, allowed_origins: ["*"] });
  await api.ok("PUT", "sys/config/ui/headers/X-Robots-Tag", { values: ["noindex"] });
  await api.ok("PUT", "sys/config/ui/headers/Content-Security-Policy", {
    values: [`default-src 'self' https://static.${DOMAIN}`],
  });
  // Fault: tokens of ten years may be made.
  await api.ok("POST", "sys/auth/token/tune", { max_lease_ttl: "87600h" });
}
