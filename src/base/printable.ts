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
