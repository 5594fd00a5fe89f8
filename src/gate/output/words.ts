import { counted, number, oneLine, printable } from "../../base/index.ts";
import { SEVERITIES, type Remedy, type Severity } from "../../policy/index.ts";
import type { FormatId } from "../declared.ts";
import { leftOutLine } from "../left-out.ts";
import { decides, judgedNothing, type GateFinding, type UnreadPart, type Verdict } from "../verdict.ts";

/** What each format is called. */
export const FORMAT_NAMES: Readonly<Record<FormatId, string>> = {
  arm: "Azure Resource Manager templates",
  cloudformation: "CloudFormation templates",
  compose: "Compose files",
  dockerfile: "Dockerfiles",
  github_actions: "GitHub Actions workflows",
  gitlab_ci: "GitLab CI files",
  iam_policy: "AWS IAM policies",
  kubernetes: "Kubernetes manifests",
  own_rego: "Own Rego",
  terraform: "Terraform source",
  terraform_plan: "Terraform plans",
  vault_policy: "Vault policies",
};

/** The verdict in one line. */
export function verdictLine(verdict: Verdict): string {
  const { exit, exits, fail_on, file_count } = verdict;
  if (file_count === 0 && exit === 0) return "Pass: nothing has changed.";
  if (file_count === 0 && exit === 3) return "Nothing was looked at: that is no pass.";
  if (exits.includes(2)) return "Error: a policy failed.";
  if (exits.includes(1)) return `Fail: violations of severity ${fail_on} or above.`;
  if (judgedNothing(verdict))
    return "Nothing was judged: no file is of a format that is known. That is no pass.";
  if (exits.includes(3)) return "Undetermined: something could not be read or decided.";
  return `Pass: ${passedBy(verdict)}.`;
}

/** What a pass says, and no more. */
function passedBy({ fail_on, inputs, outcomes, searched }: Verdict): string {
  const alone = searched === undefined ? "nothing to judge" : "nothing to judge but credentials";
  if (inputs.length === 0) return `${alone}, since no file is of a format that is known`;
  if (inputs.every(({ subject_count }) => subject_count === 0))
    return `${alone}, since the files declare nothing that a policy is about`;
  const found = `nothing of severity ${fail_on} or above`;
  return outcomes.compliant === 0 ? `${found} was found; nothing is proven to be in order` : found;
}

/** What was looked at, what it came to, and what was not looked at: one sentence a line. `quote`: how a foreign name stands in it. */
export function summaryLines(verdict: Verdict, quote: (name: string) => string = oneLine): string[] {
  const { inputs, outcomes, file_count, findings, unread } = verdict;
  const judgedFiles = inputs.reduce((total, { file_count: files }) => total + files, 0);
  const others = Math.max(0, file_count - judgedFiles);
  const count = (state: GateFinding["state"]): number => findings.filter((one) => one.state === state).length;
  // As they are listed: a policy may find two things of one subject.
  const violations = findings.filter(
    ({ outcome, state }) => outcome === "violation" && state !== "excepted" && state !== "warning",
  ).length;
  return [
    `${counted(file_count, "file")} looked at${others === 0 ? "" : `, ${number(others)} of no format that is judged`}.`,
    ...inputs.map(
      ({ format, file_count: files, subject_count }) =>
        `  ${FORMAT_NAMES[format]}: ${counted(files, "file")}, ${counted(subject_count, "thing")} judged`,
    ),
    ...searchedLine(verdict),
    `${counted(violations, "violation")}${bySeverity(findings)}, ${number(outcomes.undetermined)} undetermined, ` +
      `${number(outcomes.compliant)} compliant${told(count("baseline"), "known by the baseline")}${told(count("waived"), "waived")}${told(count("excepted"), "excepted by own Rego")}${told(count("warning"), "warned of")}.`,
    ...outOfReachLines(verdict),
    ...(unread.length === 0
      ? []
      : [`${counted(unread.length, "part")} could not be read: nothing is said of them.`]),
    ...verdict.left_out.map((one) => leftOutLine(one, quote)),
    ...againstLine(verdict, quote),
    guardLine(verdict, quote),
  ];
}

/** What no file tells, and who judges it: the store's run, or the gate itself where it is given a register of requests. */
function outOfReachLines({ out_of_reach, unasked = [], against }: Verdict): string[] {
  const ofStores = out_of_reach.filter((id) => !unasked.includes(id)).length;
  const register =
    against === undefined
      ? "`--against <snapshot>` asks a register of requests that was collected"
      : "the snapshot holds no register of requests";
  return [
    ...(ofStores === 0
      ? []
      : [
          `${counted(ofStores, "policy", "policies")} ${ofStores === 1 ? "needs" : "need"} what no file tells, and can find nothing to be in order: \`countersign run\` judges them of the store itself.`,
        ]),
    ...(unasked.length === 0
      ? []
      : [
          `Whether what is gained was requested (${unasked.map(oneLine).join(", ")}) was not asked: ${register}.`,
        ]),
  ];
}

function searchedLine({ searched }: Verdict): string[] {
  if (searched === undefined) return [];
  const { file_count, history_count } = searched;
  const past = history_count === undefined ? "" : `, ${counted(history_count, "version")} in earlier commits`;
  return [`  searched for credentials: ${counted(file_count, "file")}${past}`];
}

function againstLine({ against }: Verdict, quote: (name: string) => string): string[] {
  return against === undefined
    ? []
    : [`Access is held against snapshot ${quote(against.snapshot)}, taken at ${against.taken_at}.`];
}

function guardLine({ guards }: Verdict, quote: (name: string) => string): string {
  return guards.from === "base"
    ? `Configuration, own policies, baseline and waivers are those of ${guards.ref === undefined ? "the base" : quote(guards.ref)}.`
    : "Configuration, own policies, baseline and waivers are those of the change itself: `--base <ref>` takes them from what it is to be merged into.";
}

const told = (count: number, what: string): string => (count === 0 ? "" : `, ${number(count)} ${what}`);

function bySeverity(findings: readonly GateFinding[]): string {
  const violations = findings.filter(({ outcome, state }) => outcome === "violation" && state === "new");
  const counts = SEVERITIES.map((severity) => {
    const some = violations.filter((one) => one.severity === severity).length;
    return some === 0 ? [] : [`${number(some)} ${severity}`];
  }).flat();
  return counts.length === 0 ? "" : ` (new: ${counts.join(", ")})`;
}

/** What a finding is, in a word or two: its severity, and what it is where it is no violation. */
export function saidOf({ outcome, severity }: GateFinding): string {
  return outcome === "violation" ? severity : `${severity}, ${outcome}`;
}

/** `file:line:column` of what could not be read. */
export function unreadPlace({ path, line, column }: UnreadPart): string {
  return [path, line, column].filter((part) => part !== undefined).join(":");
}

export type Level = "error" | "note" | "warning";

const LEVELS: Readonly<Record<Severity, Level>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

/** How loud a finding is by itself. What could not be decided warns, whatever it would be. */
export function levelOf({ outcome, severity }: Pick<GateFinding, "outcome" | "severity">): Level {
  if (outcome === "undetermined") return "warning";
  return outcome === "error" ? "error" : LEVELS[severity];
}

/** Findings with those first that decide, then by severity; else in their order. */
export function byWeight(verdict: Verdict): GateFinding[] {
  const weight = (one: GateFinding): number =>
    (one.outcome === "error" ? 0 : decides(one, verdict) ? 10 : one.state === "new" ? 20 : 30) +
    SEVERITIES.indexOf(one.severity);
  const weighed = verdict.findings.map((finding) => ({ finding, at: weight(finding) }));
  return weighed.sort((a, b) => a.at - b.at).map(({ finding }) => finding);
}

/** With a full stop. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What stands for a finding in a sentence, with why it does not decide where it does not. */
export function messageOf({ message, outcome, state, waiver }: GateFinding): string {
  const kept =
    state === "waived"
      ? ` (waived until ${waiver?.until ?? "a day"}: ${waiver?.reason ?? "no reason"})`
      : state === "baseline"
        ? " (known by the baseline)"
        : state === "excepted"
          ? " (an exception of own Rego)"
          : state === "warning"
            ? " (a warning: it does not fail)"
            : "";
  return `${outcome === "error" ? "the policy failed: " : ""}${message}${kept}`;
}

/** Most characters of one text that outputs for people tell; the JSON has all. */
export const MAX_TOLD_CHARS = 4096;

/** The beginning of a text that is longer than anybody reads, in whole characters. */
export function bounded(text: string, max = MAX_TOLD_CHARS): string {
  return text.length <= max ? text.toWellFormed() : `${text.slice(0, max - 1).toWellFormed()}…`;
}

/**
 * What may stand in a line: nothing foreign ends it, and it is no command for a pipeline's runner, which takes what begins with `::` and
 * whatever has `##[` in it for one.
 */
export function shown(text: string): string {
  return commandless(oneLine(text));
}

/** A line of an example, whose indentation stays. */
export function shownCode(line: string): string {
  return commandless(printable(line));
}

function commandless(line: string): string {
  return inert(bounded(line).replace(/^(\s*):(?=:)/, "$1\\u{3a}"));
}

/** A text without the words by which a pipeline's runner finds commands within a line, written as JavaScript would write them. */
export function inert(text: string): string {
  return text.replaceAll("##[", "#\\u{23}[").replaceAll(/##vso/gi, (found) => `#\\u{23}${found.slice(2)}`);
}

/**
 * What to do about a finding: what to change in its file, with lines of the file's language where they help; else what to do at the store.
 */
export function fixOf({ remedy, remediation }: GateFinding): Remedy {
  return remedy ?? { text: remediation };
}

/** The same in lines: a sentence, then the example. */
export function fixLines(finding: GateFinding): string[] {
  const { text, example } = fixOf(finding);
  return [text, ...(example === undefined ? [] : example.split("\n"))];
}

/** Notices in one line each, as untrusted as their messages. */
export function noticesOf({ notices }: Verdict): string[] {
  return notices.map(({ place, message }) =>
    place === undefined ? message : `${place.file}:${place.line}: ${message}`,
  );
}
