import { counted, printable } from "../../base/index.ts";
import { leftOutLine } from "../left-out.ts";
import { decides, judgedNothing, type GateFinding, type Verdict } from "../verdict.ts";
import {
  FORMAT_NAMES,
  fixLines,
  inert,
  messageOf,
  noticesOf,
  saidOf,
  shown,
  shownCode,
  unreadPlace,
  verdictLine,
} from "./words.ts";

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly result?: {
    readonly tag: "error" | "failure" | "skipped";
    readonly type?: string;
    readonly message: string;
    readonly text?: string;
  };
}

/**
 * JUnit's XML, as Surefire writes it: a suite for each policy, a case for each thing that it found something about. A violation is a
 * failure; a policy that failed and what could not be read are errors. What does not decide is skipped, with why. What is in order is
 * one case for each format, for the verdict has no list of it.
 */
export function verdictJunit(verdict: Verdict): string {
  const cases = [...lookedAt(verdict), ...unreadCases(verdict), ...findingCases(verdict)];
  const suites = [...Map.groupBy(cases, ({ suite }) => suite)];
  const inner = suites.map(([name, some]) => suiteXml(name, some, verdict));
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites name="countersign gate"${counts(cases)} time="0">\n${inner.join("")}</testsuites>\n`
  );
}

function lookedAt(verdict: Verdict): Case[] {
  const suite = "looked_at";
  if (judgedNothing(verdict) && verdict.exit !== 0) {
    const message = verdictLine(verdict);
    return [{ suite, name: "files", result: { tag: "error", type: "nothing_judged", message } }];
  }
  const { searched } = verdict;
  const formats = verdict.inputs.map(({ format, file_count, subject_count }) => {
    const name = `${FORMAT_NAMES[format]}: ${counted(file_count, "file")}, ${counted(subject_count, "thing")} judged`;
    return { suite, name };
  });
  if (searched === undefined) return formats.length === 0 ? [{ suite, name: verdictLine(verdict) }] : formats;
  return [...formats, { suite, name: `searched for credentials: ${counted(searched.file_count, "file")}` }];
}

function unreadCases({ unread }: Verdict): Case[] {
  return unread.map((part) => ({
    suite: "not_read",
    name: unreadPlace(part),
    file: part.path,
    ...(part.line === undefined ? {} : { line: part.line }),
    result: { tag: "error", type: part.reason, message: part.detail },
  }));
}

function findingCases(verdict: Verdict): Case[] {
  const same = Map.groupBy(verdict.findings, ({ policy_id, subject, place }) =>
    JSON.stringify([policy_id, subject.address, place.file]),
  );
  return [...same.values()].flatMap((some) => {
    const first = some.find((one) => decides(one, verdict)) ?? some[0];
    if (first === undefined) return [];
    return [
      {
        suite: first.policy_id,
        name: first.subject.address,
        file: first.place.file,
        line: first.place.line,
        result: { ...resultOf(first, verdict), text: some.map(findingText).join("\n\n") },
      },
    ];
  });
}

function resultOf(finding: GateFinding, verdict: Verdict): NonNullable<Case["result"]> {
  const message = messageOf(finding);
  if (finding.outcome === "error") return { tag: "error", type: "policy", message };
  if (!decides(finding, verdict)) return { tag: "skipped", message: `${saidOf(finding)}: ${message}` };
  return { tag: "failure", type: finding.outcome, message };
}

function findingText(finding: GateFinding): string {
  const { place, title } = finding;
  const where = `${place.file}:${place.line}:${place.column}`;
  // What the change says ends no line: a log that this is printed to may take a line for a command.
  const [text = "", ...example] = fixLines(finding);
  const fix = [shown(text), ...example.map(shownCode)].join("\n  ");
  return `${shown(`${where}: ${saidOf(finding)}: ${title}`)}\n${shown(messageOf(finding))}\nfix: ${fix}`;
}

function suiteXml(name: string, cases: readonly Case[], verdict: Verdict): string {
  const inner = cases.map((one) => caseXml(one)).join("");
  const notices =
    name === "looked_at"
      ? [...noticesOf(verdict), ...verdict.left_out.map((one) => leftOutLine(one))].map(shown)
      : [];
  const said = notices.length === 0 ? "" : `    <system-out>${xml(notices.join("\n"))}</system-out>\n`;
  return (
    `  <testsuite name="${attribute(name)}"${counts(cases)} time="0" timestamp="${xml(verdict.judged_at.slice(0, 19))}">\n` +
    `${inner}${said}  </testsuite>\n`
  );
}

function caseXml({ suite, name, file, line, result }: Case): string {
  const place = `${file === undefined ? "" : ` file="${attribute(file)}"`}${line === undefined ? "" : ` line="${line}"`}`;
  const open = `    <testcase classname="countersign.${attribute(suite)}" name="${attribute(name)}"${place} time="0"`;
  if (result === undefined) return `${open}/>\n`;
  const { tag, type, message, text } = result;
  const kind = type === undefined ? "" : ` type="${xml(type)}"`;
  const body = text === undefined ? "/>" : `>${xml(text)}</${tag}>`;
  return `${open}>\n      <${tag} message="${xml(shown(message))}"${kind}${body}\n    </testcase>\n`;
}

function counts(cases: readonly Case[]): string {
  const of = (tag: string): number => cases.filter(({ result }) => result?.tag === tag).length;
  return ` tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}" skipped="${of("skipped")}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text of an element or attribute: no character that XML 1.0 refuses, and none that ends what it stands in. */
function xml(text: string): string {
  return inert(printable(text.toWellFormed()))
    .replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD")
    .replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** The same where a line end would be read as a blank, and may be taken for the end of a line of a log. */
function attribute(text: string): string {
  return xml(text).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}
