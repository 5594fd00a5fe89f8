import { isUtf8 } from "node:buffer";

/** Bytes within which a file that is no text has a zero, as Git looks for it. */
const BINARY_BYTES = 8000;

/** The text of a file in UTF-8, or in UTF-16 where its first bytes say so; undefined of what is no text. */
export function textIn(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.subarray(0, BINARY_BYTES).includes(0)) return undefined;
  const text = buffer.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Why what `textIn` makes of a file is not what is written in it, in a sentence; undefined where it is. */
export function textFlaw(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (marked) {
    const name = first === 0xff ? "utf-16le" : "utf-16be";
    try {
      new TextDecoder(name, { fatal: true }).decode(bytes);
    } catch {
      return "expected UTF-16 as its first bytes say, got other bytes";
    }
    return undefined;
  }
  if (bytes.subarray(0, BINARY_BYTES).includes(0)) return "expected text, got bytes that are zero";
  return isUtf8(bytes) ? undefined : "expected UTF-8, got other bytes";
}

/** A file as far as ASCII goes, without zeros: enough to tell what it would be. */
export function roughText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .replaceAll("\0", "");
}
