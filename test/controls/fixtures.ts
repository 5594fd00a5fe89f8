import {
  OutcomeTally,
  foldControls,
  parseMapping,
  type ControlStatus,
  type Mapping,
} from "../../src/controls/index.ts";
import type { FactKind } from "../../src/facts/index.ts";
import type { CatalogueEntry, OutcomeName, SubjectKind } from "../../src/policy/index.ts";

function entry(policy_id: string, subject: SubjectKind): CatalogueEntry {
  return {
    policy_id,
    subject,
    title: `${policy_id} fails`,
    rationale: "It matters.",
    severity: "high",
    needs: ["secret"],
    rests_on_absence: false,
    params: {},
    remediation: { any: "Repair it." },
    sources: ["A standard"],
    families: [],
    location: { file: `${subject}/${policy_id}/${policy_id}.rego`, line: 1 },
  };
}

/** A small catalogue: two policies about secrets, one about keys, one about stores. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  entry("value_old", "secret"),
  entry("readers_many", "secret"),
  entry("key_old", "key"),
  entry("log_missing", "store"),
];

export const FAMILIES: ReadonlyMap<string, string> = new Map([
  ["leaver", "people who left lost access in time"],
  ["review", "the access review is complete"],
  ["manual", "a person's attestation"],
]);

export const HEAD = `format: countersign-mapping/1
framework:
  id: example-1
  title: Example
  edition: "1"
  publisher: Example Board
  source: https://example.org/standard
  id_scheme: letter and number
`;

/** A mapping with the one control \`X.1\`, whose body is given. */
export function mappingOf(body: string): Mapping {
  const text = `${HEAD}controls:\n  X.1:\n    title: keep it safe\n${body}`;
  return parseMapping(text, { file: "example-1.yaml", catalogue: CATALOGUE, families: FAMILIES });
}

export const BOTH = mappingOf(`    policies:
      - { id: value_old, strength: direct }
      - { id: key_old, strength: direct }
      - { id: readers_many, strength: supporting }
    unanswered:
      - { family: review, strength: supporting }
`);

export const OPEN = mappingOf(`    policies:
      - { id: value_old, strength: direct }
    unanswered:
      - { family: leaver, strength: direct }
      - { family: manual, strength: supporting }
`);

export const SUPPORTED = mappingOf(`    policies:
      - { id: readers_many, strength: supporting }
    unanswered: []
`);

export const EMPTY = mappingOf(`    policies: []
    unanswered:
      - { family: manual, strength: direct }
    note: by people
    other_edition: Y.9
    verify: true
`);

export type Judgement = readonly [policyId: string, outcome: OutcomeName];

/** Where the mapping's one control stands. */
export function fold(
  mapping: Mapping,
  outcomes: readonly Judgement[],
  hidden: readonly FactKind[] = [],
): ControlStatus {
  const tally = new OutcomeTally();
  for (const [policy_id, outcome] of outcomes) tally.add({ policy_id, outcome });
  const gaps = hidden.map((kind) => ({ hides: [kind] }));
  const [status] = foldControls(mapping, { catalogue: CATALOGUE, tally, gaps });
  if (status === undefined) throw new Error("expected one control, got none");
  return status;
}
