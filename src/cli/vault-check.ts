import { CountersignError, EXIT, printable, type ExitCode } from "../base/index.ts";
import { fsck, type FsckReport } from "../vault/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { vaultSite, type VaultSite } from "./embedded-vault.ts";
import type { Environment } from "./environment.ts";
import { exitSummary, table } from "./output.ts";
import { UNCHECKED } from "./vault-advice.ts";
import { speaker } from "./vault-output.ts";

/** `vault fsck`: exit 4 where something is damaged, 3 where something could not be checked. Writes nothing. */
export async function checkVault(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const site = await vaultSite(environment, options);
  const { terms, ledger } = site;
  const report = await fsck({ ...terms, ledger, alsoPrivate: terms.anchors.map(({ name }) => name) });
  refuseNothing(report, site);
  const summary = exitSummary(exitsOf(report));
  speaker(environment, options)({ ...report, ...summary }, reportText(report));
  return summary.exit;
}

/** No vault, and nothing that remembers one, is not a vault that lost everything. E_NOT_FOUND. */
export function refuseNothing({ counts, findings }: FsckReport, { terms }: VaultSite): void {
  const found = Object.values(counts).some((count) => count > 0);
  if (found || terms.pin !== undefined || findings.some(({ code }) => code !== "missing")) return;
  throw new CountersignError("E_NOT_FOUND", `expected a vault in ${terms.directory}, got none`, {
    fix: "Make one with `countersign vault init`, or name its state directory in COUNTERSIGN_STATE.",
  });
}

function exitsOf({ findings }: FsckReport): ExitCode[] {
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ code }) => (UNCHECKED.includes(code) ? EXIT.incomplete : EXIT.integrity));
}

function reportText(report: FsckReport): string {
  const { counts, findings } = report;
  const looked = Object.entries(counts).map(([what, count]) => [what.replaceAll("_", " "), String(count)]);
  const found = findings.map(({ severity, code, path }) => [severity, code, path]);
  const details = findings.map(({ path, message }) => `${printable(path)}\n  ${printable(message)}\n`);
  return [
    table([["looked at", "count"], ...looked]),
    ...(found.length === 0
      ? []
      : ["\n", table([["severity", "finding", "where"], ...found]), "\n", ...details]),
    `\n${verdict(report)}\n`,
  ].join("");
}

function verdict(report: FsckReport): string {
  const exits = exitsOf(report);
  if (exits.includes(EXIT.integrity)) return "Damaged, or taken back: see the errors above.";
  if (exits.length > 0) return "Not checked whole: what could not be looked at is not known to be intact.";
  if (report.findings.some(({ code }) => code === "untold"))
    return "Every credential was opened, and none shown. Of some changes the access log does not tell: see the warnings.";
  return "Intact: every credential was opened, and none shown.";
}
