import type { Section } from "../report.ts";
import { facts } from "../table.ts";

const TERMS: readonly (readonly [string, string])[] = [
  ["As of", "The instant that all results and ages refer to: when the snapshot was finished."],
  ["Compliant", "The policy could see all that it needs, and its requirement was met."],
  ["Control", "A requirement of a framework, named by the framework’s own id."],
  ["Deviation", "A requirement that was seen not to be met."],
  ["Digest", "SHA-256, in hexadecimal: a name for exact bytes. Other bytes have another digest."],
  [
    "Direct, supporting",
    "How strongly a policy speaks for a control: it answers it, or only adds to the picture.",
  ],
  [
    "Effective access",
    "What a principal can do after all policies, roles, groups and conditions are taken together.",
  ],
  ["Gap", "Something that was to be read and could not be, with the reason and what it hides."],
  ["Not applicable", "The policy does not speak about this subject, and could see that."],
  ["Not tested", "No policy answers the control, or its population is empty."],
  ["Owner", "Who answers for a secret, by the rules of the configuration."],
  ["Policy", "A test, written in Rego, of one kind of subject."],
  ["Population", "All subjects that a policy was applied to."],
  ["Principal", "Whoever may hold access: a person, a role, a group, a token."],
  ["Record", "One answer of a store, as it was received, with the question."],
  ["Snapshot", "All records of one run, the facts made from them, and the gaps."],
  ["Tier", "How much harm the loss of a subject would do: critical, high, standard or low."],
  ["Undetermined", "It could not be judged. Never counted as compliant."],
  [
    "Waiver",
    "A departure that somebody with the authority has approved, for a time. None can be made yet: the count is 0.",
  ],
];

export const glossary: Section = (document) => {
  document.heading(1, "Glossary", { anchor: "glossary" });
  facts(document, TERMS, { share: 0.2 });
};
