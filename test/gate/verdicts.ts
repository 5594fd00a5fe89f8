import type { GateFinding, Verdict } from "../../src/gate/verdict.ts";

/** A name as somebody who means harm would choose it. */
export const HOSTILE =
  "x\n::error file=a::forged\r\n##[error]forged `|` <img src=x> @team [a](https://x.example) ]]>&\u0000\u001b[31m\u202e\ud800 %0A";

export function findingOf(terms: Partial<GateFinding> = {}): GateFinding {
  return {
    fingerprint: "a".repeat(64),
    policy_id: "public_access",
    title: "Secret can be read by everyone",
    severity: "critical",
    outcome: "violation",
    subject: { kind: "secret", address: "aws_secretsmanager_secret.db", name: "prod/db" },
    message: "everyone may read it",
    actual: "*",
    remediation: "Name who may read it.",
    place: { file: "deploy/db.tf", line: 3, column: 3, end_line: 3, end_column: 15 },
    source_line: '  policy = "*"',
    line_hash: "a7f2ff13bc495cf2:1",
    format: "terraform",
    state: "new",
    ...terms,
  };
}

export function verdictOf(findings: readonly GateFinding[], terms: Partial<Verdict> = {}): Verdict {
  const ids = [...new Set(findings.map(({ policy_id }) => policy_id))].sort();
  return {
    schema: "countersign-gate/1",
    product_version: "0.1.0",
    policy_bundle: "b".repeat(64),
    judged_at: "2026-11-27T00:00:00.000Z",
    fail_on: "low",
    undetermined_fails: true,
    guards: { from: "change", max_waiver_days: 180 },
    file_count: 2,
    inputs: [{ format: "terraform", file_count: 1, subject_count: 3 }],
    outcomes: { compliant: 4, error: 0, undetermined: 1, violation: 2 },
    out_of_reach: ["unused_secret"],
    findings: [...findings],
    policies: ids.map((policy_id) => ({
      policy_id,
      title: "Secret can be read by everyone",
      rationale: "Whoever finds it has it.",
      severity: "critical",
      remediation: { any: "Name who may read it." },
      sources: ["NIST SP 800-53 Rev. 5, AC-3"],
    })),
    unread: [],
    left_out: [],
    notices: [],
    exit: findings.length === 0 ? 0 : 1,
    exits: [findings.length === 0 ? 0 : 1],
    ...terms,
  };
}

/** One of each kind of finding, what could not be read, and a notice. */
export function everyKind(): Verdict {
  const place = (line: number) => ({
    file: "deploy/db.tf",
    line,
    column: 1,
    end_line: line + 1,
    end_column: 2,
  });
  return verdictOf(
    [
      findingOf(),
      findingOf({
        fingerprint: "c".repeat(64),
        policy_id: "rotation_not_configured",
        severity: "high",
        outcome: "undetermined",
        message: "cannot be decided: rotation is known only after apply",
        place: place(5),
      }),
      findingOf({ fingerprint: "d".repeat(64), severity: "info", place: place(9), message: "as it is" }),
      findingOf({
        fingerprint: "e".repeat(64),
        policy_id: "too_many_readers",
        severity: "medium",
        state: "waived",
        waiver: { reason: "moves in May", until: "2026-12-31", place: place(8) },
        place: place(11),
      }),
      findingOf({ fingerprint: "f".repeat(64), severity: "low", state: "baseline", place: place(13) }),
      findingOf({
        fingerprint: "0".repeat(64),
        policy_id: "broken_policy",
        outcome: "error",
        severity: "low",
        message: "takes too much time",
        place: place(15),
      }),
      findingOf({
        fingerprint: "1".repeat(64),
        subject: { kind: "secret", address: HOSTILE, name: HOSTILE },
        message: HOSTILE,
        remedy: { text: HOSTILE, example: `${HOSTILE}\n\`\`\`` },
        place: { ...place(17), file: `deploy/${HOSTILE}.tf` },
      }),
    ],
    {
      unread: [
        {
          path: `b/${HOSTILE}`,
          line: 2,
          column: 1,
          format: "kubernetes",
          reason: "malformed",
          detail: HOSTILE,
        },
      ],
      notices: [{ kind: "waiver_expired", message: "the waiver of x ended", place: place(20) }],
      exit: 2,
      exits: [1, 2, 3],
    },
  );
}

/** So many findings of a severity, each of its own. */
export function manyFindings(count: number, terms: Partial<GateFinding> = {}): GateFinding[] {
  return Array.from({ length: count }, (_, index) =>
    findingOf({
      fingerprint: index.toString(16).padStart(64, "0"),
      subject: { kind: "secret", address: `aws_secretsmanager_secret.s${index}`, name: `s${index}` },
      place: { file: "deploy/many.tf", line: index + 1, column: 1, end_line: index + 1, end_column: 9 },
      ...terms,
    }),
  );
}
