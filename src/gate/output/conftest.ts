import { CountersignError, oneLine } from "../../base/index.ts";
import { jsonText } from "./json.ts";
import { inert } from "./words.ts";
import type { OwnCheck, OwnResult, Verdict } from "../verdict.ts";

/**
 * What own Rego says, with what could not be read or asked as failures: conftest ends there without a result. E_USAGE where none was
 * asked: an empty list would read as a pass.
 */
function checksOf({ own_rego: checks, findings, unread }: Verdict): readonly OwnCheck[] {
  if (checks !== undefined) {
    const faults = findings.filter(({ format, outcome }) => format === "own_rego" && outcome === "error");
    return [
      ...checks,
      ...faults.map(({ place, policy_id, message }) =>
        failed(place.file, policy_id, `the rules failed: ${message}`),
      ),
      ...unread.map(({ path, detail }) => failed(path, "", `not read: ${detail}`)),
    ];
  }
  throw new CountersignError(
    "E_USAGE",
    "expected rules of your own for an output in conftest's form, got none",
    {
      fix: "Name their directory with --policy.",
    },
  );
}

function failed(filename: string, namespace: string, msg: string): OwnCheck {
  const failure = { rule: "", msg, metadata: {} };
  return { filename, namespace, successes: 0, warnings: [], failures: [failure], exceptions: [] };
}

/** What `conftest test --output json` writes: what own Rego says and nothing of our own policies, baseline and waivers. */
export function conftestJson(verdict: Verdict): string {
  const told = checksOf(verdict).map(
    ({ filename, namespace, successes, warnings, failures, exceptions }) => ({
      filename,
      namespace,
      successes,
      ...(warnings.length === 0 ? {} : { warnings: warnings.map(resultOf) }),
      ...(failures.length === 0 ? {} : { failures: failures.map(resultOf) }),
      ...(exceptions.length === 0 ? {} : { exceptions: exceptions.map(resultOf) }),
    }),
  );
  return jsonText(told, "\t");
}

function resultOf({ msg, loc, metadata }: OwnResult) {
  return {
    msg,
    ...(loc === undefined ? {} : { loc }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

interface Line {
  readonly kind: "exception" | "failure" | "success" | "warning";
  readonly check: OwnCheck;
  readonly message: string;
}

function lines(check: OwnCheck): Line[] {
  const of = (kind: Line["kind"], results: readonly OwnResult[]): Line[] =>
    results.map(({ msg }) => ({ kind, check, message: msg }));
  const passed = Array.from({ length: check.successes }, (): Line => ({
    kind: "success",
    check,
    message: "SUCCESS",
  }));
  return [
    ...of("failure", check.failures),
    ...of("warning", check.warnings),
    ...of("exception", check.exceptions),
    ...passed,
  ];
}

/** The same as TAP 13, one plan for all; a warning is `not ok`, as conftest has it. */
export function conftestTap(verdict: Verdict): string {
  const all = checksOf(verdict).flatMap(lines);
  const told = all.map(({ kind, check, message }, nth) => {
    const ok = kind === "failure" || kind === "warning" ? "not ok" : "ok";
    return `${ok} ${nth + 1} - ${described(check.filename)} - ${described(check.namespace)} - ${described(message)}\n`;
  });
  return `1..${all.length}\n${told.join("")}`;
}

/** Text in a line of TAP, in which nothing begins a directive, which would make a failure one that is expected. */
function described(text: string): string {
  return inert(oneLine(text.toWellFormed())).replaceAll(/(\\*)#/g, "$1$1\\#");
}

/** Blanks end here: one long name makes no row longer than it is. */
const MAX_CELL_BLANKS = 200;

/** The same as a table with one row a result. */
export function conftestTable(verdict: Verdict): string {
  const rows = checksOf(verdict)
    .flatMap(lines)
    .map(({ kind, check, message }) =>
      [kind, check.filename, check.namespace, message].map((cell) => inert(oneLine(cell.toWellFormed()))),
    );
  const all = [["RESULT", "FILE", "NAMESPACE", "MESSAGE"], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    all.reduce((most, row) => Math.max(most, Math.min(row[column]?.length ?? 0, MAX_CELL_BLANKS)), 0),
  );
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
