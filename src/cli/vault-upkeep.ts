import { counted, daysBetween, invariant, type ExitCode } from "../base/index.ts";
import { resolveParams, type Catalogue, type ParamSettings } from "../policy/index.ts";
import type { Holder, VaultSummary, VaultTerms } from "../vault/index.ts";

/** Days after which a piece of upkeep is due again. */
export interface UpkeepLimits {
  readonly backupDays: number;
  readonly restoreTestDays: number;
  readonly rootDays: number;
}

const UPKEEP_POLICIES = ["backup_stale", "key_version_stale", "restore_untested"] as const;

/** The limits of the policies that judge the vault as a store, as they hold for what has the tier `standard`. E_CONFIG. */
export function upkeepLimits(catalogue: Catalogue, settings: ParamSettings = {}): UpkeepLimits {
  // What is set for others is not looked at: they may be policies of the organisation, which are not in our catalogue.
  const set = UPKEEP_POLICIES.filter((policy) => Object.hasOwn(settings, policy));
  const { standard } = resolveParams(
    catalogue,
    Object.fromEntries(set.map((policy) => [policy, settings[policy] ?? {}])),
  );
  const days = (policy: (typeof UPKEEP_POLICIES)[number]): number => {
    const limit = standard[policy]?.["limit_days"];
    invariant(typeof limit === "number", `expected ${policy} to have limit_days`);
    return limit;
  };
  return {
    backupDays: days("backup_stale"),
    restoreTestDays: days("restore_untested"),
    rootDays: days("key_version_stale"),
  };
}

/** Something about the vault that a person should change. */
export interface Advice {
  readonly name: string;
  readonly status: "failed" | "ok" | "warning";
  readonly detail: string;
  readonly fix?: string;
  /** Where it `failed`. */
  readonly exit?: ExitCode;
}

/** What is weak about the ways into a vault; what is fine is said as well. A slot that is `shut`, by its id, is no way in. */
export function slotAdvice(
  summary: VaultSummary,
  {
    holders,
    terms: { pin },
  }: { readonly holders: readonly Holder[]; readonly terms: Pick<VaultTerms, "pin"> },
  shut: readonly string[] = [],
): Advice[] {
  return [independence(summary, shut), strength(summary, holders), pinned(summary, pin)];
}

/** What is overdue about a vault, as of `now`; what is fine is said as well. */
export function upkeepAdvice(
  summary: VaultSummary,
  now: string,
  { backupDays, restoreTestDays, rootDays }: UpkeepLimits,
): Advice[] {
  const { backup, restore_tested, root_rotated } = summary.upkeep;
  return [
    dueSince("backup", backup, now, backupDays, "countersign vault backup --to <file> --recipient <age1…>"),
    dueSince(
      "restore test",
      restore_tested,
      now,
      restoreTestDays,
      "countersign vault restore --test <file> --identity file:<identity>",
    ),
    dueSince("root key", root_rotated ?? summary.created_at, now, rootDays, "countersign vault rewrap"),
    overdueEntries(summary, now),
  ];
}

/** One key that is lost must not take all credentials along; two of one kind are often lost together. */
function independence(summary: VaultSummary, shut: readonly string[]): Advice {
  const slots = summary.slots.filter(({ id }) => !shut.includes(id));
  const types = new Set(slots.map(({ type }) => type));
  const rest = shut.length === 0 ? "in all" : `beside ${shut.length} that their keys do not open`;
  const detail = `${slots.length} ${rest}, of these kinds: ${[...types].sort().join(", ")}`;
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
  const detail = `${at}, ${counted(days, "day")} ago`;
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
