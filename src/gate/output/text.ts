import { counted, printable } from "../../base/index.ts";
import type { FormatId } from "../declared.ts";
import type { GateFinding, UnreadPart, Verdict } from "../verdict.ts";

/** What a person reads: each finding with its place, then what was looked at, then the verdict. */
export function verdictText(verdict: Verdict): string {
  const fresh = verdict.findings.filter(({ state }) => state === "new");
  return [...fresh.map(findingText), ...verdict.unread.map(unreadText), ...summary(verdict)].join("\n");
}

function findingText({
  place,
  severity,
  outcome,
  policy_id,
  subject,
  message,
  remediation,
}: GateFinding): string {
  const said = outcome === "violation" ? severity : `${severity}, ${outcome}`;
  return [
    `${printable(place.file)}:${place.line}:${place.column}: ${said}: ${policy_id}`,
    `  ${printable(subject.address)}: ${printable(message)}`,
    `  fix: ${printable(remediation).replaceAll("\n", " ")}`,
    "",
  ].join("\n");
}

function unreadText({ path, line, column, reason, detail }: UnreadPart): string {
  const place = [printable(path), line, column].filter((part) => part !== undefined).join(":");
  return `${place}: not read (${reason}): ${printable(detail)}\n`;
}

function summary(verdict: Verdict): string[] {
  const { inputs, outcomes, out_of_reach, file_count, findings, unread } = verdict;
  const looked = inputs.map(
    ({ format, file_count: files, subject_count }) =>
      `  ${FORMAT_NAMES[format]}: ${counted(files, "file")}, ${counted(subject_count, "thing")} judged`,
  );
  const known = findings.filter(({ state }) => state === "baseline").length;
  const waived = findings.filter(({ state }) => state === "waived").length;
  return [
    `${counted(file_count, "file")} looked at.`,
    ...looked,
    `${counted(outcomes.violation, "violation")}, ${outcomes.undetermined} undetermined, ${outcomes.compliant} compliant` +
      `${known === 0 ? "" : `, ${known} known by the baseline`}${waived === 0 ? "" : `, ${waived} waived`}.`,
    ...(out_of_reach.length === 0
      ? []
      : [
          `${counted(out_of_reach.length, "policy", "policies")} need what no file tells, and can find nothing to be in order: \`countersign run\` judges them of the store itself.`,
        ]),
    ...(unread.length === 0
      ? []
      : [`${counted(unread.length, "part")} could not be read: nothing is said of them.`]),
    verdictLine(verdict),
    "",
  ];
}

function verdictLine({ exit, fail_on, file_count }: Verdict): string {
  if (file_count === 0) return "Nothing was looked at: that is no pass.";
  if (exit === 0) return `Pass: nothing of severity ${fail_on} or above.`;
  if (exit === 1) return `Fail: violations of severity ${fail_on} or above.`;
  if (exit === 3) return "Undetermined: something could not be read or decided.";
  return "Error: a policy failed.";
}

/** What each format is called. */
const FORMAT_NAMES: Readonly<Record<FormatId, string>> = {
  arm: "Azure Resource Manager templates",
  cloudformation: "CloudFormation templates",
  compose: "Compose files",
  dockerfile: "Dockerfiles",
  github_actions: "GitHub Actions workflows",
  gitlab_ci: "GitLab CI files",
  iam_policy: "AWS IAM policies",
  kubernetes: "Kubernetes manifests",
  terraform: "Terraform source",
  terraform_plan: "Terraform plans",
  vault_policy: "Vault policies",
};
