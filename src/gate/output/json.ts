/** What a terminal would act on or hide, and by what a pipeline's runner finds commands within a line. */
const ACTIVE = /[\p{Cf}\u007f-\u009f\u2028\u2029]|##(?=\[|vso)/giu;

/** Half a character, as it is written into JSON. */
const HALF = /\\ud[89a-f][0-9a-f]{2}/;

/**
 * A value as JSON that means the same wherever it is read, and does nothing where it is printed: what a terminal or a runner would act on is
 * written as escapes, and half a character, which databases and strict readers refuse, as U+FFFD.
 */
export function jsonText(value: unknown, indent: string | number = 2): string {
  const text = JSON.stringify(value, null, indent);
  // What looks so is seldom there, and may be a backslash before other text: then nothing changes.
  const whole = HALF.test(text) ? JSON.stringify(wellFormed(value), null, indent) : text;
  return `${whole.replace(ACTIVE, escaped)}\n`;
}

function escaped(found: string): string {
  return Array.from(
    { length: found.length },
    (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toWellFormed(), wellFormed(one)]));
}
