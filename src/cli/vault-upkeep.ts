import { daysBetween } from "../base/index.ts";
import type { Holder, VaultSummary, VaultTerms } from "../vault/index.ts";

/** Days after which a piece of upkeep is due again. */
const BACKUP_DAYS = 30;
const RESTORE_TEST_DAYS = 365;
const ROOT_DAYS = 365;

/** Something about the vault that a person should change. */
export interface Advice {
  readonly name: string;
  readonly status: "ok" | "warning";
  readonly detail: string;
  readonly fix?: string;
}

/** What is weak or overdue about a vault, as of `now`; what is fine is said as well. */
export function vaultAdvice(
  summary: VaultSummary,
  {
    holders,
    terms: { pin },
  }: { readonly holders: readonly Holder[]; readonly terms: Pick<VaultTerms, "pin"> },
  now: string,
): Advice[] {
  return [
    independence(summary),
    strength(summary, holders),
    pinned(summary, pin),
    dueSince(
      "backup",
      summary.upkeep.backup,
      now,
      BACKUP_DAYS,
      "countersign vault backup --to <file> --recipient <age1…>",
    ),
    dueSince(
      "restore test",
      summary.upkeep.restore_tested,
      now,
      RESTORE_TEST_DAYS,
      "countersign vault restore --test <file> --identity file:<identity>",
    ),
    dueSince(
      "root key",
      summary.upkeep.root_rotated ?? summary.created_at,
      now,
      ROOT_DAYS,
      "countersign vault rewrap",
    ),
    overdueEntries(summary, now),
  ];
}

/** One key that is lost must not take all credentials along; two of one kind are often lost together. */
function independence({ slots }: VaultSummary): Advice {
  const types = new Set(slots.map(({ type }) => type));
  const detail = `${slots.length} in all, of these kinds: ${[...types].sort().join(", ")}`;
  if (types.size >= 2) return { name: "slots", status: "ok", detail };
  return {
    name: "slots",
    status: "warning",
    detail,
    fix: "Configure a key of another kind under embedded_vault.keys, then `countersign vault slot add <name>`.",
  };
}

function strength({ slots }: VaultSummary, holders: readonly Holder[]): Advice {
  const weak = slots
    .filter(({ type }) => type === "env-key")
    .map(({ identity }) => `env-key ${identity} (the environment is inherited and listed)`);
  const open = holders
    .filter(({ provider }) => !provider.capabilities.authenticatedWrap)
    .filter(({ provider }) => slots.some(({ type }) => type === provider.type))
    .map(
      ({ provider }) =>
        `${provider.type} (anybody can make a slot for a public key: pin embedded_vault.fingerprint)`,
    );
  const found = [...weak, ...open];
  if (found.length === 0) return { name: "keys", status: "ok", detail: "none is known to be weak" };
  return {
    name: "keys",
    status: "warning",
    detail: found.join("; "),
    fix: "Prefer a key service, a hardware module, or a key file that its owner alone reads.",
  };
}

/** Whoever held a key of an earlier root key can make a vault that a pin of that one takes for this. */
function pinned({ fingerprint, vault_id }: VaultSummary, pin: VaultTerms["pin"]): Advice {
  const name = "pin";
  const fix = `Set embedded_vault.id to ${vault_id} and embedded_vault.fingerprint to ${fingerprint} in countersign.yaml.`;
  if (pin === undefined)
    return { name, status: "warning", detail: "none: only files of this machine remember the vault", fix };
  if (pin.fingerprint === fingerprint)
    return { name, status: "ok", detail: "the newest root key's fingerprint" };
  const detail =
    "an earlier root key's fingerprint: whoever could open that one can forge what the pin accepts";
  return { name, status: "warning", detail, fix };
}

function dueSince(
  name: string,
  at: string | undefined,
  now: string,
  maxDays: number,
  command: string,
): Advice {
  if (at === undefined) return { name, status: "warning", detail: "never", fix: command };
  const days = daysBetween(at, now);
  const detail = `${at}, ${days} days ago`;
  return days <= maxDays ? { name, status: "ok", detail } : { name, status: "warning", detail, fix: command };
}

function overdueEntries({ entries }: VaultSummary, now: string): Advice {
  const overdue = entries.filter(({ versions, max_age_days }) => {
    const newest = versions.at(-1);
    return (
      newest !== undefined && max_age_days !== undefined && daysBetween(newest.created_at, now) > max_age_days
    );
  });
  if (overdue.length === 0)
    return { name: "credentials", status: "ok", detail: `${entries.length}, none past its own limit` };
  return {
    name: "credentials",
    status: "warning",
    detail: `past their own limit: ${overdue.map(({ name }) => name).join(", ")}`,
    fix: "Issue each anew at its source, then `countersign vault put <name>`.",
  };
}
