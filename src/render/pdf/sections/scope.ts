import { gapPlaces, isExcluded } from "../../../facts/index.ts";
import type { NumberedGaps } from "../../register.ts";
import { strong } from "../blocks.ts";
import type { Document } from "../document.ts";
import type { Section } from "../report.ts";

/** What a reader may conclude, and what only people can. */
export const scope: Section = (document, { register }) => {
  document.heading(1, "What this report is, and is not", { anchor: "scope" });
  document.paragraph(
    "body",
    "This report states results that were observed. At the instant on the cover, the configuration of the named ",
    "stores was read with the named identity; each policy was applied to every member of its population, without ",
    "sampling; the results were put beside the controls that the policies speak for. The auditor and management ",
    "conclude. The report gives no opinion, no certificate and no score.",
  );
  document.bullets([
    [
      strong("Observed, not promised. "),
      "A control is called satisfied when every direct part of it was tested on a complete population and held. ",
      "Whatever was not tested, or could not be seen, keeps it from being satisfied.",
    ],
    [
      strong("One instant. "),
      "This is a test of configuration at one moment. It does not show that a control operated over a period; earlier ",
      "snapshots, where there are any, only say since when something was seen to fail.",
    ],
    [
      strong("Unknown is not good. "),
      "Where the store refused an answer, did not answer or does not offer one, and where the collector does not read what ",
      "is there, there is a gap. A gap makes every result that needs what it hides undetermined. An empty population is said to be empty and never passes.",
    ],
    [
      strong("No secret values. "),
      "Values of secrets were never requested, stored or printed. Everything here comes from configuration and ",
      "metadata.",
    ],
    [
      strong("Own words. "),
      "Criteria are paraphrased. The wording of a framework stands in the framework itself.",
    ],
  ]);
  leftOut(document, register.gapGroups);
  document.heading(3, "Words used for results");
  document.bullets([
    [strong("Deviation: "), "a failure that was seen, with what was found and what was expected."],
    [
      strong("Waiver: "),
      "an approved departure. What is waived is counted on its own and never becomes compliant.",
    ],
    [strong("Undetermined: "), "it could not be judged, and the report says what stood in the way."],
    [strong("Not tested: "), "no policy here answers the control, or there was nothing to test."],
  ]);
  document.paragraph(
    "small",
    "Shapes go with the words: ◆ deviation, ▲ undetermined, □ not tested, ■ error of a policy, ○ not applicable or left out, ",
    "● satisfied. Characters that cannot be printed, or that would change the order of a line, are shown by their ",
    "number in Unicode, as ‹U+202E›.",
  );
};

/** What the settings leave out of the scope, every Region by its name: no result speaks of it. */
function leftOut(document: Document, groups: readonly NumberedGaps[]): void {
  const left = groups.filter(([{ gap }]) => isExcluded(gap));
  if (left.length === 0) return;
  document.heading(3, "Not in scope");
  document.paragraph(
    "body",
    "The settings leave out what is named here. It was not looked at: no result speaks of it, and none is better for it. ",
    "Results that something there could change are undetermined.",
  );
  document.bullets(
    left.map((group) => [
      strong(`${group[0].gap.store_id}: `),
      `${gapPlaces(
        group.map(({ gap }) => gap),
        Infinity,
      )}: ${group[0].gap.detail}.`,
    ]),
  );
}
