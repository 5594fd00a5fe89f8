/** Names of what a report's directory holds. */
export const FILES = {
  pdf: "evidence-report.pdf",
  head: "evidence-package.json",
  findings: "findings.csv",
  past: "past-findings.csv",
  controls: "controls.csv",
  inventory: "inventory.csv",
  access: "access.csv",
  gaps: "gaps.csv",
  grants: "grants.csv",
  manifest: "MANIFEST.sha256",
} as const;

/** Holds the parts of the package. */
export const PARTS_FOLDER = "parts";

/** Holds the last complete report, where the one beside it is incomplete. */
export const LAST_COMPLETE_FOLDER = "last-complete";
