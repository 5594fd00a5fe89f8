import { createHmac } from "node:crypto";
import { sortedBy } from "../base/index.ts";
import {
  BARE_ASSIGNMENT,
  COMMAND_LINE,
  NAME_CHARS,
  CONNECTION_STRING,
  ELEMENT,
  QUOTED_ASSIGNMENT,
  isAssignedCredential,
  isPassword,
  nameBefore,
} from "./assignments.ts";
import { ACCESS_KEY_ID_RULE, AWS_SECRET_IN_FILES, SECRET_PATTERNS } from "./patterns.ts";
import { presetHits, type Hit } from "./preset.ts";
import { isMadeUp, isNoCredential, isRandom } from "./stand-ins.ts";
import { VENDOR_PATTERNS, type FilePattern } from "./vendor-patterns.ts";

/** A file that is searched. */
export interface SearchedText {
  /** Tells what lines of it mean: `.env` assigns without quotes. */
  readonly path: string;
  readonly text: string;
}

/** Where in a file something stands that looks like a credential: never its text. Lines and columns from 1, columns in UTF-16 units. */
export interface TextHit {
  /** Index of the text. */
  readonly text: number;
  readonly rule: string;
  /** What it is assigned to, where it shows. */
  readonly name?: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
  /** The same for the same credential within one run: a digest by a key that leaves the process with it. For comparing alone, never for output. */
  readonly same: string;
}

/** What stands between two files: no rule reaches over it. */
const BETWEEN = "\n\0\n";

/** Fewest characters of base64 of a private key: Ed25519 has 64. A header alone is no key. */
const MIN_KEY_CHARS = 60;

/** How the rules for answers hold for files, where more stands that is none. */
const IN_FILES: Readonly<Record<string, Pick<FilePattern, "cues" | "holds">>> = {
  [ACCESS_KEY_ID_RULE]: { cues: ["AKIA", "ASIA"], holds: (found) => isRandom(found.slice(4), 2.5) },
  "google-api-key": { cues: ["AIza"], holds: (found) => !isMadeUp(found) },
  "vault-token": { cues: ["hvs.", "hvb.", "hvr."], holds: (found) => isRandom(found.slice(4), 3) },
  "legacy-vault-token": { cues: ["s.", "b.", "r."], holds: (found) => isRandom(found, 3.5) },
  "private-key": {
    cues: ["PRIVATE KEY"],
    holds: (found) => keyMaterial(found).length >= MIN_KEY_CHARS && !/(.)\1{15}/.test(keyMaterial(found)),
  },
  "url-credential": { cues: ["://"], holds: isUrlCredential },
  "dsn-credential": {
    cues: ["@tcp(", "@unix(", ":thin:"],
    holds: (found) => !isMadeUp(found) && isPassword(found.slice(found.search(/[:/]/) + 1), true),
  },
  "bearer-token": {
    cues: ["earer", "EARER"],
    holds: (found) => found.length >= 20 && isRandom(found, 3.5) && !isNoCredential(found),
  },
  "basic-credential": { cues: ["asic", "ASIC"], holds: isBasic },
};

/** In this order: of two that know the same, the first tells more. */
const PATTERNS: readonly FilePattern[] = [
  ...VENDOR_PATTERNS,
  ...SECRET_PATTERNS.flatMap((pattern) => {
    const terms = IN_FILES[pattern.rule];
    if (terms === undefined) return [];
    const holds = (found: string, line: string): boolean =>
      pattern.holds?.(found) !== false && terms.holds?.(found, line) !== false;
    return [{ ...pattern, ...terms, holds }];
  }),
  {
    ...AWS_SECRET_IN_FILES,
    cues: ["AKIA", "ASIA", "ecret", "ECRET"],
    holds: (found) => AWS_SECRET_IN_FILES.holds?.(found) !== false && isRandom(found, 4),
  },
];

/** Rules of what is assigned: it has a name, by which it is judged. */
const ASSIGNMENTS: readonly { readonly rule: string; readonly pattern: RegExp; readonly bare?: boolean }[] = [
  { rule: "assigned-credential", pattern: QUOTED_ASSIGNMENT },
  { rule: "assigned-credential", pattern: ELEMENT },
  { rule: "connection-string", pattern: CONNECTION_STRING },
  { rule: "command-line-credential", pattern: COMMAND_LINE },
  { rule: "assigned-credential", pattern: BARE_ASSIGNMENT, bare: true },
];

/** What a name for a credential has, in small letters and capitals; without any, nothing is assigned in a text. */
const ASSIGNMENT_CUES = /pass|secret|token|key|pwd|credential|curl/i;

/**
 * Places in files that look like credentials. Several files at once are searched as one text, since most hold nothing. Pure but for
 * loading its rules. `key`: random, of this run alone (`TextHit.same`).
 */
export async function searchTexts(texts: readonly SearchedText[], key: string): Promise<TextHit[]> {
  if (texts.length === 0) return [];
  const all = new Joined(texts);
  const bare = new Joined(texts, ({ path }) => ASSIGNS_BARE.test(path));
  const hits: Spotted[] = [];
  for (const pattern of PATTERNS) hits.push(...formatHits(pattern, all));
  for (const hit of await presetHits(all.text)) hits.push(...presetSpots(hit, all));
  if (ASSIGNMENT_CUES.test(all.text))
    for (const assignment of ASSIGNMENTS)
      hits.push(...assignedHits(assignment, assignment.bare === true ? bare : all));
  const sorted = sortedBy(hits, ({ text, start }) =>
    [text, start].map((n) => String(n).padStart(9, "0")).join(),
  );
  return outermost(sorted).map((spot) => told(spot, texts, key));
}

/** Files made of lines that assign: there a value needs no quotes. */
const ASSIGNS_BARE =
  /(?:^|\/)(?:\.env[^/]*|[^/]*\.(?:env|envrc|properties|ini|cfg|conf|cnf|ya?ml|toml|tfvars|sh|bash|zsh|npmrc|pypirc)|\.?(?:npmrc|pypirc|envrc|s3cfg|boto)|credentials|Dockerfile[^/]*|Containerfile[^/]*)$/i;

/** Of these every line sets what a program runs with, and a word can be a password; but not of what shows how. */
const LOOSE = /(?:^|\/)\.env(?:\.(?!example|sample|template|dist|default|test|schema)[^/]*)?$/i;

interface Spotted {
  readonly text: number;
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly name?: string;
}

/** Several texts as one, with where each begins. */
class Joined {
  readonly text: string;
  readonly #starts: number[] = [];
  readonly #indexes: number[] = [];
  readonly #texts: readonly SearchedText[];

  constructor(texts: readonly SearchedText[], of: (text: SearchedText) => boolean = () => true) {
    this.#texts = texts;
    const parts: string[] = [];
    let offset = 0;
    texts.forEach((one, index) => {
      if (!of(one)) return;
      this.#starts.push(offset);
      this.#indexes.push(index);
      parts.push(one.text);
      offset += one.text.length + BETWEEN.length;
    });
    this.text = parts.join(BETWEEN);
  }

  /** A range as one of the file in which it begins; undefined where nothing of it is within that. */
  spot({ start, end, rule }: Hit): Spotted | undefined {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    const text = this.#indexes[low] ?? 0;
    const from = this.#starts[low] ?? 0;
    const length = this.#texts[text]?.text.length ?? 0;
    const within = { text, start: start - from, end: Math.min(end - from, length), rule };
    return within.start < within.end ? within : undefined;
  }

  path({ text }: Spotted): string {
    return this.#texts[text]?.path ?? "";
  }

  slice({ text, start, end }: Spotted): string {
    return this.#texts[text]?.text.slice(start, end) ?? "";
  }
}

function* formatHits({ rule, cues, pattern, holds }: FilePattern, joined: Joined): Generator<Spotted> {
  if (cues?.some((cue) => joined.text.includes(cue)) === false) return;
  for (const { hit, found, around } of matches(pattern, rule, joined))
    if (holds?.(found, around) !== false) yield hit;
}

interface Match {
  readonly hit: Spotted;
  readonly found: string;
  /** The text that it stands in, from its beginning to the end of its line. */
  readonly around: string;
}

function* matches(pattern: RegExp, rule: string, joined: Joined): Generator<Match> {
  for (const match of joined.text.matchAll(pattern)) {
    for (const [group, place] of Object.entries(match.indices?.groups ?? {})) {
      // The type of `groups` forgets that a group of another alternative is not there.
      const span = place as [number, number] | undefined;
      if (span === undefined) continue;
      const hit = joined.spot({ start: span[0], end: span[1], rule });
      if (hit === undefined) continue;
      const around = joined.text.slice(span[0], span[1] + HOST_CHARS);
      yield { hit, found: match.groups?.[group] ?? "", around };
    }
  }
}

/** Characters behind a credential in an address in which its host stands. */
const HOST_CHARS = 64;

function* presetSpots(hit: Hit, joined: Joined): Generator<Spotted> {
  const spot = joined.spot(hit);
  if (spot !== undefined && !isMadeUp(joined.slice(spot))) yield spot;
}

function* assignedHits({ rule, pattern }: (typeof ASSIGNMENTS)[number], joined: Joined): Generator<Spotted> {
  for (const { hit, found } of matches(pattern, rule, joined)) {
    const name = nameBefore(
      joined.slice({ ...hit, start: Math.max(0, hit.start - NAME_CHARS), end: hit.start }),
    );
    const loose = LOOSE.test(joined.path(hit));
    const holds =
      rule === "assigned-credential"
        ? isAssignedCredential(name, found, loose)
        : isPassword(found) && found.length >= 6;
    if (holds) yield name === "" ? hit : { ...hit, name };
  }
}

/** One credential is one finding, however many rules know it: that of the longest span; of equals the first. */
function outermost(spots: readonly Spotted[]): Spotted[] {
  const within = (inner: Spotted, outer: Spotted): boolean =>
    inner.text === outer.text && inner.start >= outer.start && inner.end <= outer.end;
  const kept: Spotted[] = [];
  for (const spot of spots) {
    const last = kept.at(-1);
    if (last !== undefined && within(spot, last)) continue;
    while (kept.length > 0 && within(kept.at(-1) ?? spot, spot)) kept.pop();
    kept.push(spot);
  }
  return kept;
}

function told(
  { text, start, end, rule, name }: Spotted,
  texts: readonly SearchedText[],
  key: string,
): TextHit {
  const whole = texts[text]?.text ?? "";
  const from = placeIn(whole, start);
  const to = placeIn(whole, end);
  return {
    text,
    rule,
    ...(name === undefined ? {} : { name }),
    ...from,
    end_line: to.line,
    end_column: to.column,
    same: createHmac("sha256", key).update(whole.slice(start, end)).digest("hex"),
  };
}

function placeIn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let begins = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    begins = at + 1;
  }
  return { line, column: offset - begins + 1 };
}

function keyMaterial(found: string): string {
  const body = found.replace(/-----[^-]{1,80}-----/g, "").replace(/\\[rn]/g, "");
  return body.replace(/[^A-Za-z0-9+/]/g, "");
}

/** Hosts that nobody has (RFC 2606, RFC 6761): documentation and tests. */
const RESERVED_HOST = /^@(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net))?|test|invalid)(?:[:/?#"'\s,;)`]|$)/i;

/** Of `user:password` before a host: on the machine itself a password that is the user's name is the default of a development set-up. */
function isUrlCredential(found: string, around: string): boolean {
  const colon = found.indexOf(":");
  const user = found.slice(0, colon);
  const password = found.slice(colon + 1);
  if (password.length < 4 || isMadeUp(password) || isNoCredential(password) || /[${<%]/.test(user))
    return false;
  if (RESERVED_HOST.test(around.slice(found.length))) return false;
  const local = /^@(?:localhost|127\.0\.0\.1|\[::1\]|\$\{)/.test(around.slice(found.length));
  return !(local && password === user);
}

function isBasic(found: string): boolean {
  const decoded = Buffer.from(found, "base64").toString("utf8");
  return isPassword(decoded.slice(decoded.indexOf(":") + 1), true);
}
