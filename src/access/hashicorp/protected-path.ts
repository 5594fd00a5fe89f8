import type { Dialect } from "./identity.ts";

/**
 * Paths below `sys/` and `auth/token/` that ask for `sudo` besides the operation's own capability, `*` standing for
 * any ending. `sys/policies/acl/*`, `sys/policy/*` and `sys/mounts/*` are not among them: whoever may write there
 * needs no sudo to give themselves anything.
 * Sources: `PathsSpecial.Root` of the system backend and the token store, Vault 1.21 and OpenBao.
 */
const BOTH = [
  "auth/token/accessors/",
  "auth/token/revoke-orphan",
  "sys/audit",
  "sys/audit/*",
  "sys/auth/*",
  "sys/config/auditing/*",
  "sys/config/cors",
  "sys/config/ui/headers/*",
  "sys/internal/inspect/*",
  "sys/leases",
  "sys/leases/lookup/*",
  "sys/leases/revoke-force/*",
  "sys/leases/revoke-prefix/*",
  "sys/plugins/catalog/*",
  "sys/raw",
  "sys/raw/*",
  "sys/remount",
  "sys/revoke-force/*",
  "sys/revoke-prefix/*",
  "sys/rotate",
];

const OWN: Readonly<Record<Dialect, readonly string[]>> = {
  vault: [
    "sys/internal/counters/activity/export",
    "sys/plugins/runtimes/catalog/*",
    "sys/replication/dr/primary/secondary-token",
    "sys/replication/dr/reindex",
    "sys/replication/performance/primary/secondary-token",
    "sys/replication/performance/reindex",
    "sys/replication/primary/secondary-token",
    "sys/replication/reindex",
    "sys/reporting/scan",
    "sys/seal",
    "sys/step-down",
    "sys/storage/raft/snapshot-auto/config/*",
  ],
  openbao: ["sys/rotate/keyring", "sys/rotate/root", "sys/seal", "sys/step-down"],
};

/** Whether a request to `path` (without leading slash) needs `sudo`. */
export function needsSudo(path: string, dialect: Dialect): boolean {
  return [...BOTH, ...OWN[dialect]].some((known) =>
    known.endsWith("*") ? path.startsWith(known.slice(0, -1)) : path === known,
  );
}
