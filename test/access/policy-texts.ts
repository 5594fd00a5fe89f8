import fc from "fast-check";
import { policyTextCases } from "./cases.ts";

/** Pieces that texts are made of, so that random ones come near to what parsers disagree about. */
const PIECES = [
  'path "a" ',
  "{",
  "}",
  "[",
  "]",
  "=",
  ",",
  ":",
  '"read"',
  '"deny"',
  "capabilities",
  "comment",
  "policy",
  "${",
  "{{x}}",
  '"',
  "\\",
  "\\/",
  "\n",
  "#",
  "/*",
  "*/",
  "<<E\nx\nE\n",
  "<<-E\n x\n E\n",
  "+",
  "*",
  "1",
  "0x1",
  "08",
  "1.",
  "true",
  "null",
  "é",
  "-",
  " ",
];

const TAKEN = texts(true);
const REFUSED = texts(false);

function texts(accepted: boolean): string[] {
  return policyTextCases()
    .filter((one) => one.accepted === accepted)
    .map((one) => one.text);
}

/** A case's text with a few pieces put in, taken out or doubled. */
export const mutatedPolicyText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...TAKEN) },
      { weight: 1, arbitrary: fc.constantFrom(...REFUSED) },
    ),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.constantFrom(0, 0, 1, 2, 5),
        put: fc.constantFrom("", ...PIECES),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((edited, { at, cut, put }) => {
      const from = Math.floor(at * edited.length);
      return edited.slice(0, from) + put + edited.slice(from + cut);
    }, text),
  )
  .filter((text) => text !== "" && text.isWellFormed());
