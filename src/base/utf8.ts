import { CountersignError, type ErrorCode } from "./errors.ts";

const LINE_FEED = 0x0a;

/** The text of a file that a person wrote. Bytes that are no UTF-8, which would become U+FFFD unseen, are `code` with their place. */
export function utf8Text(bytes: Buffer, { file, code }: { file: string; code: ErrorCode }): string {
  const text = bytes.toString("utf8");
  const written = Buffer.from(text, "utf8");
  if (written.equals(bytes)) return text;
  const wrong = bytes.findIndex((byte, at) => byte !== written[at]);
  const before = bytes.subarray(0, wrong === -1 ? bytes.length : wrong);
  const start = before.lastIndexOf(LINE_FEED) + 1;
  const line = before.reduce((count, byte) => (byte === LINE_FEED ? count + 1 : count), 1);
  const column = before.toString("utf8", start).length + 1;
  const got =
    wrong === -1
      ? "half a character at the end"
      : `the byte 0x${(bytes[wrong] ?? 0).toString(16).padStart(2, "0")}`;
  throw new CountersignError(code, `expected UTF-8, got ${got}`, {
    location: { file, line, column },
    fix: "Save the file as UTF-8.",
  });
}
