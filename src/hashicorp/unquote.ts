import { BAD_ESCAPE, type Text } from "./tree.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

const ESCAPE = /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const MAX_RUNE = 0x10ffff;

/**
 * The value of a quoted string's inside, or {@link BAD_ESCAPE} where the server would refuse it. In HCL whatever stands in
 * `${…}` is left as written. `\x80` and `\200` are single bytes, so the text is put together as bytes; bytes that are
 * not UTF-8 become U+FFFD.
 * Source: hashicorp/hcl v1 `hcl/strconv/quote.go`; for JSON Go's own `strconv.Unquote`, which refuses surrogates.
 */
export function unquote(inside: string, syntax: "hcl" | "json"): Text {
  if (!inside.includes("\\")) return inside;
  const parts: Buffer[] = [];
  for (let at = 0; at < inside.length;) {
    if (syntax === "hcl" && inside.startsWith("${", at)) {
      const end = interpolationEnd(inside, at);
      if (end === undefined) return BAD_ESCAPE;
      parts.push(Buffer.from(inside.slice(at, end)));
      at = end;
    } else if (inside[at] === "\\") {
      ESCAPE.lastIndex = at;
      const match = ESCAPE.exec(inside);
      const bytes = match === null ? undefined : escaped(match, syntax);
      if (match === null || bytes === undefined) return BAD_ESCAPE;
      parts.push(bytes);
      at += match[0].length;
    } else {
      const character = String.fromCodePoint(inside.codePointAt(at) ?? 0);
      parts.push(Buffer.from(character));
      at += character.length;
    }
  }
  return Buffer.concat(parts).toString("utf8");
}

function escaped(match: RegExpExecArray, syntax: "hcl" | "json"): Buffer | undefined {
  const [, simple, octal, byte, short, long] = match;
  if (simple !== undefined) return Buffer.from(SIMPLE[simple] ?? "");
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    return value > 255 ? undefined : Buffer.from([value]);
  }
  if (byte !== undefined) return Buffer.from([Number.parseInt(byte, 16)]);
  const rune = Number.parseInt(short ?? long ?? "", 16);
  // The server keeps the value in 32 bits with a sign: from here on it is negative, and its last byte is taken.
  if (syntax === "hcl" && rune >= 0x8000_0000) return Buffer.from([rune & 0xff]);
  const surrogate = rune >= 0xd800 && rune <= 0xdfff;
  if (rune > MAX_RUNE || (surrogate && syntax === "json")) return undefined;
  return Buffer.from(surrogate ? "\ufffd" : String.fromCodePoint(rune));
}

/** The index after the `}` that closes the `${` at `start`. */
export function interpolationEnd(text: string, start: number): number | undefined {
  let depth = 1;
  for (let at = start + 2; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    else if (text[at] === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}
