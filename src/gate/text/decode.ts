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
