import { digestOf, oneLine } from "../../base/index.ts";
import type { Severity } from "../../policy/index.ts";
import type { Verdict } from "../verdict.ts";
import { jsonText } from "./json.ts";
import { bounded, fixLines, fixOf, messageOf, sentence } from "./words.ts";

const SEVERITY: Readonly<Record<Severity, "blocker" | "critical" | "info" | "major" | "minor">> = {
  critical: "blocker",
  high: "critical",
  medium: "major",
  low: "minor",
  info: "info",
};

/**
 * GitLab's code quality report (CodeClimate's shape): what is new, and what could not be read. GitLab shows equal fingerprints once,
 * so each is its own; it compares them between branches, so they hold no lines.
 */
export function verdictGitlab({ findings, unread }: Verdict): string {
  const times = new Map<string, number>();
  const unique = (fingerprint: string): string => {
    const nth = times.get(fingerprint) ?? 0;
    times.set(fingerprint, nth + 1);
    return nth === 0 ? fingerprint : digestOf([fingerprint, nth]);
  };
  const found = findings
    .filter(({ state }) => state === "new" || state === "warning")
    .map((finding) => {
      const { policy_id, fingerprint, severity, outcome, subject, place } = finding;
      const said = outcome === "undetermined" ? "undetermined: " : "";
      return {
        // Of all that is here GitLab shows the description alone.
        description: bounded(
          oneLine(`${said}${subject.address}: ${sentence(messageOf(finding))} Fix: ${fixOf(finding).text}`),
        ),
        check_name: policy_id,
        fingerprint: unique(fingerprint),
        severity: SEVERITY[severity],
        location: { path: relative(place.file), lines: { begin: place.line, end: place.end_line } },
        categories: ["Security"],
        content: { body: fixLines(finding).join("\n") },
      };
    });
  const notRead = unread.map(({ path, line, reason, detail }) => ({
    description: bounded(oneLine(`not read (${reason}): ${detail}`)),
    check_name: "not_read",
    fingerprint: unique(digestOf(["not_read", path, reason, detail].map((part) => part.toWellFormed()))),
    severity: "major",
    location: { path: relative(path), lines: { begin: line ?? 1 } },
    categories: ["Security"],
  }));
  return jsonText([...found, ...notRead]);
}

const relative = (path: string): string => path.replace(/^(\.\/)+/, "").toWellFormed();
