import { printable } from "../base/index.ts";
import { table } from "./output.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { VaultSummary } from "../vault/index.ts";
import { withVault, type VaultSite } from "./embedded-vault.ts";
import type { Environment } from "./environment.ts";
import type { Advice } from "./vault-upkeep.ts";

export type Say = (value: object, text: string) => void;

export function speaker({ terminal }: Environment, { json }: CommonOptions): Say {
  return (value, text) => {
    terminal.out(json === true ? `${JSON.stringify(value)}\n` : text);
  };
}

export async function summaryOf(site: VaultSite): Promise<VaultSummary> {
  return await withVault(site, (vault) => Promise.resolve(vault.summary()));
}

export function publicSummary(summary: VaultSummary) {
  const entries = summary.entries.map(({ versions, ...entry }) => ({
    ...entry,
    versions: versions.map(({ version, created_at, content_type, blob }) => ({
      version,
      created_at,
      content_type,
      blob,
    })),
  }));
  return { ...summary, entries };
}

export function slotTable({ slots }: VaultSummary): string {
  return table([
    ["id", "kind", "key", "purpose", "since"],
    ...slots.map(({ id, type, identity, purpose, created_at }) => [id, type, identity, purpose, created_at]),
  ]);
}

export function adviceText(advice: readonly Advice[]): string {
  return advice
    .map(
      ({ name, status, detail, fix }) =>
        `${status.padEnd(8)} ${name}: ${printable(detail)}\n${fix === undefined ? "" : `         fix: ${printable(fix)}\n`}`,
    )
    .join("");
}

export function now({ ports }: Environment): string {
  return ports.clock.now().toISOString();
}
