import { counted } from "../../../base/index.ts";
import type { PolicyResult } from "../../../evidence/index.ts";
import { classificationRows } from "../../classification.ts";
import { inWords, provenance, thresholds } from "../../thresholds.ts";
import { hiddenBecause } from "../../populations.ts";
import { words } from "../../words.ts";
import { code, fine, mono, para, prose, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import { count, digest, policyAnchor, type Section } from "../report.ts";
import { facts } from "../table.ts";
import { idlePolicies, idleTable } from "./not-applying.ts";

/** Every policy as it was applied: what it tests, why, on how many, with which limits. */
export const policies: Section = (document, { head, source }) => {
  document.heading(1, "Policies and parameters in force", { anchor: "policies" });
  const own = head.digests.own_policies ?? [];
  const from = own.length === 0 ? "one compiled bundle" : "our compiled bundle and the entity’s own";
  document.paragraph(
    "body",
    `${counted(head.policies.length, "policy was", "policies were")} applied, from ${from}.`,
  );
  facts(document, [
    ["Policy bundle", digest(head.digests.policy_bundle)],
    ...own.map(({ path, sha256, policy_count }): [string, Cell] => [
      "The entity’s own",
      [para("cell", `${path}, ${counted(policy_count, "policy", "policies")}`), code(sha256)],
    ]),
    ["Configuration", digest(head.digests.configuration)],
  ]);
  document.heading(2, "Classification in force", { listed: false });
  document.paragraph(
    "body",
    "The entity’s own rules: whose a thing is, by which limits it is judged, and who is excused for emergencies. The first rule that ",
    "fits decides, and a label before any rule; * is any text.",
  );
  facts(
    document,
    classificationRows(head.classification).map(([name, lines]): [string, Cell] => [
      name,
      lines.map((line) => para("dense", line)),
    ]),
    { share: 0.15, dense: true },
  );
  const applied = new Map(head.policies.map((result) => [result.policy.policy_id, result]));
  const idle = idlePolicies(head.frameworks.flatMap(({ controls }) => controls)).flatMap(({ policy }) => {
    const result = applied.get(policy.policy_id);
    return result === undefined ? [] : [{ policy, controls: result.controls }];
  });
  const idleIds = new Set(idle.map(({ policy }) => policy.policy_id));
  for (const result of head.policies) {
    if (!idleIds.has(result.policy.policy_id))
      onePolicy(document, result, hiddenBecause(source, result.policy.subject));
  }
  if (idle.length === 0) return;
  document.heading(2, "Asked, applies to nothing here", { listed: false });
  document.paragraph(
    "body",
    `${counted(idle.length, "policy of these", "policies of these")} applied to no subject of the snapshot, and no gap may hide one. `,
    "Why each matters, its thresholds and its sources stand in the package, under policies of evidence-package.json.",
  );
  idleTable(document, idle, { anchorOf: policyAnchor });
};

function onePolicy(document: Document, result: PolicyResult, hidden: readonly string[]): void {
  const { policy, counts, population, controls, own_bundle } = result;
  document.heading(2, policy.title, { anchor: policyAnchor(policy.policy_id), listed: false });
  const limits = thresholds(result);
  const entries: [string, Cell][] = [
    ["Policy", [mono(policy.policy_id), `, about each ${policy.subject}, severity ${policy.severity}`]],
    ...(own_bundle === undefined
      ? []
      : [
          ["Written by", [para("cell", "the entity, in its bundle"), code(own_bundle)]] satisfies [
            string,
            Cell,
          ],
        ]),
    ["Why it matters", prose(policy.rationale)],
    [
      "Needs to see",
      [
        policy.needs.map(words).join(", "),
        ...(policy.rests_on_absence
          ? [fine("The failure is that something is missing, so a gap makes a failure undetermined as well.")]
          : []),
      ],
    ],
    ...(limits.length === 0
      ? []
      : [
          [
            "Thresholds",
            [
              ...limits.flatMap((limit) => [para("dense", inWords(limit)), fine(limit.description)]),
              fine(`Source: ${provenance(result)}.`),
            ],
          ] satisfies [string, Cell],
        ]),
    [
      "Results",
      [
        ...(population === 0
          ? [
              strong(
                hidden.length === 0
                  ? "▲ Empty population: there was nothing to test; "
                  : `▲ Could not be tested: ${hidden.join("; ")}; `,
              ),
            ]
          : ["population ", count(population), ": "]),
        "deviations ",
        count(counts.deviation, "bad"),
        ", waived ",
        count(counts.waived, "unknown"),
        ", undetermined ",
        count(counts.undetermined, "unknown"),
        ", errors ",
        count(counts.error, "unknown"),
        `, compliant ${counts.compliant}, not applicable ${counts.not_applicable}`,
      ],
    ],
    ["Speaks for", controls.length === 0 ? "no control in scope" : controls.join("; ")],
    ["Sources", para("small", policy.sources.join("; "))],
  ];
  facts(document, entries, { share: 0.15, dense: true });
}
