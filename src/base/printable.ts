/**
 * The text with control, direction and zero-width characters shown as escapes (`\u{1b}`): they could rewrite a terminal,
 * reorder a line or hide in it. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    char === "\n" || char === "\t" ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A text as one line that nothing foreign in it ends, reorders or hides in. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "));
}

/**
 * What in a text no database keeps and nobody can type, in words; undefined where nothing is. `lines`: a text of several lines, in which
 * line ends and tabs may be.
 */
export function textFault(text: string, { lines = false } = {}): string | undefined {
  if (!text.isWellFormed()) return "half a character";
  const control = lines ? /[^\P{Cc}\n\r\t]/u : /\p{Cc}/u;
  return control.test(text) ? "control characters" : undefined;
}
