/** A JSON document whose every delimiter is a percent escape (RFC 3986), as IAM sends policies. */
const ENCODED_DOCUMENT = /^(?:%(?:09|0a|0d|20)){0,16}%[57]b/i;

/** One character as it stands in such a text: itself, or the escapes of its bytes in UTF-8. */
const CHARACTER = /%[0-7][0-9a-f]|%[c-f][0-9a-f](?:%[89ab][0-9a-f]){1,3}|[^%]/gi;

/** What a percent-encoded JSON document says; undefined where the text is none. */
export function percentDecoded(text: string): string | undefined {
  if (!ENCODED_DOCUMENT.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // Read as it stands: whoever should make sense of it says that it cannot.
    return undefined;
  }
}

/** Where in the encoded text the character stands that has this index in the decoded one. */
export function percentOffset(encoded: string, index: number): number {
  let at = 0;
  for (const { 0: character, index: offset } of encoded.matchAll(CHARACTER)) {
    if (at >= index) return offset;
    at += decodeURIComponent(character).length;
  }
  return encoded.length;
}
