import { PARTS_FOLDER } from "../../layout.ts";
import { mono, strong } from "../blocks.ts";
import { commands } from "../listing.ts";
import type { Section } from "../report.ts";

/** How somebody who does not trust this report makes it again. */
export const reperformance: Section = (document, { head }) => {
  document.heading(1, "How to perform this again", { anchor: "reperformance" });
  document.paragraph(
    "body",
    "The answers of the stores were kept as they came; from them everything else follows, offline, and comes out the ",
    "same to the byte. What no offline check shows is that these answers are the stores’: a snapshot carries no ",
    "signature. Keep the digest of its manifest, on the first page, apart from the snapshot itself.",
  );
  document.heading(2, "Make the report again");
  commands(document, head.reproduce);
  document.paragraph(
    "body",
    "The same snapshot, configuration and version of the product give the same package id. The snapshot’s id is ",
    mono(head.snapshot.snapshot_id),
    ".",
    head.history === undefined
      ? ""
      : " The earlier snapshots that the package names have to stand beside it.",
  );
  document.heading(2, "Check the files");
  document.paragraph("body", "In the directory of this report, with a stock tool:");
  commands(document, "sha256sum --check MANIFEST.sha256");
  document.paragraph(
    "body",
    "The manifest names every file but itself. The digests of the package’s parts are those of the uncompressed lines:",
  );
  const { sha256 } = head.parts.findings;
  const file = `${PARTS_FOLDER}/${head.parts.findings.file}`;
  commands(
    document,
    file.endsWith(".zst")
      ? `zstd -dc '${file}' | sha256sum\n# ${sha256}`
      : `sha256sum '${file}'\n# ${sha256}`,
  );
  document.heading(2, "Follow one finding to its source");
  document.bullets(
    [
      [
        strong("Take the finding’s id "),
        "and find its line in the part of findings, or in ",
        mono("findings.csv"),
        ".",
      ],
      [
        strong("Take a digest from “records”. "),
        "It is the SHA-256 of the record’s canonical JSON (RFC 8785) without its body; the record names the operation, ",
        "its parameters, the caller and the time, and holds the digest of the body.",
      ],
      [
        strong("Read the body, "),
        "which is the store’s answer as it came, but for places listed under “redactions”.",
      ],
    ],
    (index) => `${index + 1}.`,
  );
};
