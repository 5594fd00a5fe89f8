/** Several byte strings as one: `ends` are the offsets where each ends. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

export function pack(parts: readonly Uint8Array[]): Packed {
  const ends = new Uint32Array(parts.length);
  let length = 0;
  parts.forEach((part, index) => (ends[index] = length += part.length));
  const bytes = new Uint8Array(length);
  parts.forEach((part, index) => {
    bytes.set(part, (ends[index] ?? 0) - part.length);
  });
  return { bytes, ends };
}

export function unpack({ bytes, ends }: Packed): Uint8Array[] {
  return Array.from(ends, (end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}
