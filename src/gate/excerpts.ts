import { lineHashes } from "./line-hash.ts";
import type { Place, SourceText } from "./text/source-text.ts";
import type { GateFinding } from "./verdict.ts";

/** Longest line that is shown: a longer one is of a file that nobody writes. */
const MAX_LINE = 200;

/** Largest file of which lines are told by their hashes, in UTF-16 units: each character of it is looked at. */
const MAX_HASHED = 4 * 1024 * 1024;

/** Characters within which GitHub tells a line by what follows it. */
const HASHED_CHARS = 100;

/** A value of what is named as credentials are, or as nothing in particular, whatever it looks like, or one within an address. */
const NAMED =
  /(pass(word|wd|phrase)?|pwd|\bpw|secret_?(string|key|id|value|binary)|client_?secret|token|credential|private_?key|api_?key|access_?key|signing_?key|encryption_?key|bearer|connection_?string|dsn|\bvalue)[^\n]*?[:=]\s*["']?[^\s"'{[(]|:\/\/[^\s/]*@/i;

/** A word of letters and digits as made passwords and keys are, under whatever name; names of types and versions are shorter between their marks. */
const MIXED = /(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}/i;

/**
 * Findings with the line on which they stand, and GitHub's hash of it. Where a credential stands, or may, neither is told: the line
 * would show it, and the hash of a short one can be guessed. A plan holds every value in clear: nothing is told of its lines.
 */
export function withLines(
  findings: readonly GateFinding[],
  sources: ReadonlyMap<string, SourceText>,
  credentials: readonly Place[],
): GateFinding[] {
  const places = Map.groupBy(credentials, ({ file }) => file);
  const told: GateFinding[] = [...findings];
  const numbered = findings.map((finding, index) => ({ finding, index }));
  for (const [file, some] of Map.groupBy(numbered, ({ finding }) => finding.place.file)) {
    const source = sources.get(file);
    if (source === undefined) continue;
    const held = places.get(file) ?? [];
    const open = some.filter(
      ({ finding }) =>
        !holdsValues(finding) && finding.commit === undefined && !isHeld(source, finding.place.line, held),
    );
    const wanted = new Set(open.map(({ finding }) => finding.place.line));
    const hashes =
      wanted.size > 0 && source.text.length <= MAX_HASHED ? lineHashes(source.text, wanted) : undefined;
    for (const { finding, index } of open) {
      const hash = hashes?.get(finding.place.line);
      const line = source.line(finding.place.line);
      told[index] = {
        ...finding,
        ...(line.length > MAX_LINE ? {} : { source_line: line }),
        ...(hash === undefined ? {} : { line_hash: hash }),
      };
    }
  }
  return told;
}

/** Whether lines of a file may hold every value in clear: those of a plan do, and own Rego is asked about plans as about all JSON. */
function holdsValues({ format, place, related }: GateFinding): boolean {
  return (
    (format === "terraform_plan" && related === undefined) ||
    (format === "own_rego" && place.file.endsWith(".json"))
  );
}

/** Whether a credential stands on a line, or may, or in what the line's hash is made of. */
function isHeld(source: SourceText, line: number, credentials: readonly Place[]): boolean {
  let last = line;
  let left = HASHED_CHARS;
  for (; left > 0 && last - line < HASHED_CHARS; last += 1) {
    const text = source.line(last);
    if (NAMED.test(text) || MIXED.test(text)) return true;
    left -= text.replaceAll(/\s/g, "").length + 1;
  }
  return credentials.some((place) => place.line < last && place.end_line >= line);
}
