import { counted, printable } from "../../base/index.ts";
import type { Severity } from "../../policy/index.ts";
import { leftOutLine } from "../left-out.ts";
import {
  judgedNothing,
  type GateFinding,
  type JudgingPolicy,
  type Notice,
  type UnreadPart,
  type Verdict,
} from "../verdict.ts";
import { jsonText } from "./json.ts";
import { bounded, byWeight, fixLines, levelOf, messageOf, sentence, type Level } from "./words.ts";

/** Most results of a run that GitHub takes; of more it refuses the file. */
export const MAX_RESULTS = 25_000;

/** Most notifications that are written: nobody reads more, and GitHub takes 10 MB in all. */
const MAX_NOTIFICATIONS = 1000;

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** What GitHub ranks alerts by: above 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string | undefined>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  info: undefined,
};

const PROBLEM: Readonly<Record<Level, string>> = {
  error: "error",
  warning: "warning",
  note: "recommendation",
};

/**
 * SARIF 2.1.0 within GitHub's limits. What could not be decided is a result of level `warning`, for GitHub shows nothing of
 * another kind; what was waived or known is suppressed; what could not be read is a notification of the run.
 */
export function verdictSarif(verdict: Verdict): string {
  const all = verdict.findings;
  const left = all.length - MAX_RESULTS;
  const findings = left > 0 ? byWeight(verdict).slice(0, MAX_RESULTS) : all;
  const index = new Map(verdict.policies.map(({ policy_id }, at) => [policy_id, at]));
  const suppresses = findings.some(({ state }) => state !== "new");
  const run = {
    tool: {
      driver: {
        name: "countersign",
        fullName: "countersign gate",
        version: verdict.product_version,
        semanticVersion: verdict.product_version,
        rules: verdict.policies.map(rule),
      },
    },
    invocations: [
      {
        // What was not read makes the results incomplete: whoever takes a result that is gone for a mended one has to know.
        executionSuccessful:
          !verdict.exits.includes(2) &&
          verdict.unread.length === 0 &&
          (verdict.exit === 0 || !judgedNothing(verdict)),
        exitCode: verdict.exit,
        endTimeUtc: verdict.judged_at,
        toolExecutionNotifications: notifications(verdict, left),
      },
    ],
    originalUriBaseIds: {
      "%SRCROOT%": { description: { text: "The directory in which the gate was run." } },
    },
    columnKind: "utf16CodeUnits",
    results: findings.map((one) => result(one, index.get(one.policy_id) ?? -1, suppresses)),
    properties: {
      verdict_schema: verdict.schema,
      policy_bundle: verdict.policy_bundle,
      results_left_out: Math.max(0, left),
    },
  };
  return jsonText({ $schema: SCHEMA, version: "2.1.0", runs: [run] });
}

function rule({ policy_id, title, rationale, severity, remediation, sources }: JudgingPolicy) {
  const fixes = Object.entries(remediation);
  const help = [
    rationale.trim(),
    ...fixes.map(([provider, text]) => `Fix${provider === "any" ? "" : ` (${provider})`}: ${text.trim()}`),
    `Sources: ${sources.join("; ")}`,
  ];
  const markdown = [
    rationale.trim(),
    ...fixes.map(
      ([provider, text]) => `**Fix${provider === "any" ? "" : ` (${provider})`}:** ${text.trim()}`,
    ),
    sources.map((source) => `- ${source}`).join("\n"),
  ];
  const rank = SECURITY_SEVERITY[severity];
  const level = levelOf({ outcome: "violation", severity });
  return {
    id: policy_id,
    name: policy_id.replaceAll(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase()),
    shortDescription: { text: plain(sentence(title)) },
    fullDescription: { text: plain(sentence(rationale.trim().replaceAll(/\s+/g, " "))).slice(0, 1024) },
    help: { text: plain(help.join("\n\n")), markdown: markdown.join("\n\n") },
    defaultConfiguration: { level },
    properties: {
      tags: ["security", "secrets"],
      precision: "high",
      "problem.severity": PROBLEM[level],
      ...(rank === undefined ? {} : { "security-severity": rank }),
    },
  };
}

function result(finding: GateFinding, ruleIndex: number, suppresses: boolean) {
  const { fingerprint, policy_id, subject, outcome, state, line_hash: hash } = finding;
  const said = outcome === "undetermined" ? "Undetermined: " : "";
  const fix = fixLines(finding).join("\n");
  return {
    ruleId: policy_id,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: levelOf(finding),
    message: {
      text: plain(`${said}${subject.address}: ${sentence(messageOf(finding))} Fix: ${fix}`),
    },
    locations: [
      {
        physicalLocation: physical(finding.place),
        logicalLocations: [{ fullyQualifiedName: printable(bounded(subject.address)), kind: "resource" }],
      },
    ],
    ...(finding.related === undefined
      ? {}
      : {
          relatedLocations: [
            {
              physicalLocation: physical(finding.related),
              message: { text: "The same in the file that was judged." },
            },
          ],
        }),
    partialFingerprints: {
      ...(hash === undefined ? {} : { primaryLocationLineHash: hash }),
      "countersign/v1": fingerprint,
    },
    ...(suppresses ? { suppressions: suppressions(finding) } : {}),
    properties: { outcome, state, severity: finding.severity, format: finding.format },
  };
}

function physical({ file, line, column, end_line, end_column }: GateFinding["place"]) {
  return {
    artifactLocation: location(file),
    region: { startLine: line, startColumn: column, endLine: end_line, endColumn: end_column },
  };
}

/** A path relative to where the gate was run; one that is not below it stands as it is. */
function location(path: string) {
  const uri = path
    .toWellFormed()
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
  return path.startsWith("/") ? { uri: `file://${uri}` } : { uri, uriBaseId: "%SRCROOT%" };
}

function suppressions({ state, waiver }: GateFinding) {
  if (state === "new" || state === "warning") return [];
  return state === "waived"
    ? [
        {
          kind: "inSource",
          status: "accepted",
          justification: printable(`${waiver?.reason ?? ""} (until ${waiver?.until ?? ""})`),
          ...(waiver === undefined ? {} : { location: { physicalLocation: physical(waiver.place) } }),
        },
      ]
    : [
        {
          kind: "external",
          status: "accepted",
          justification: state === "excepted" ? "an exception of own Rego" : "known by the baseline",
        },
      ];
}

function notifications({ unread, notices, left_out }: Verdict, left: number) {
  const all = [
    ...(left > 0
      ? [
          note(
            "results_left_out",
            "warning",
            `${counted(left, "result")} left out: ${MAX_RESULTS} are the most that are taken`,
          ),
        ]
      : []),
    ...unread.map(unreadNote),
    ...notices.map(noticeNote),
    ...left_out.map((one) => note(`left_out_${one.why}`, "note", leftOutLine(one))),
  ];
  if (all.length <= MAX_NOTIFICATIONS) return all;
  const more = `${counted(all.length - MAX_NOTIFICATIONS, "more notification")} left out`;
  return [...all.slice(0, MAX_NOTIFICATIONS), note("notifications_left_out", "warning", more)];
}

function unreadNote({ path, line, column, reason, detail }: UnreadPart) {
  return {
    ...note("not_read", "error", `not read (${reason}): ${detail}`),
    locations: [
      {
        physicalLocation: {
          artifactLocation: location(path),
          ...(line === undefined
            ? {}
            : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
        },
      },
    ],
  };
}

function noticeNote({ kind, message, place }: Notice) {
  return {
    ...note(kind, "warning", message),
    ...(place === undefined ? {} : { locations: [{ physicalLocation: physical(place) }] }),
  };
}

function note(id: string, level: Level, text: string) {
  return { descriptor: { id }, level, message: { text: plain(sentence(text)) } };
}

/** A text without what a viewer would take for a link or for a place where an argument goes. */
function plain(text: string): string {
  return printable(bounded(text))
    .replaceAll("](", "] (")
    .replaceAll(/\{(\d+)\}/g, "{ $1 }");
}
