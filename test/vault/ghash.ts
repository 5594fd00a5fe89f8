/** Arithmetic of GCM's GF(2^128). Source: NIST SP 800-38D, section 6. Blocks are numbers, their first bit the highest. */

const REDUCTION = 0xe1n << 120n;

export function toNumber(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString("hex")}`);
}

export function toBlock(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, "0"), "hex");
}

export function multiplied(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if (((x >> bit) & 1n) === 1n) product ^= shifted;
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ REDUCTION : shifted >> 1n;
  }
  return product;
}

/** By Fermat: the power 2^128 − 2. */
export function inverse(x: bigint): bigint {
  let result = 1n << 127n;
  let power = x;
  for (let i = 1; i < 128; i += 1) {
    power = multiplied(power, power);
    result = multiplied(result, power);
  }
  return result;
}

export function ghash(h: bigint, aad: Buffer, ciphertext: Buffer): bigint {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(aad.length * 8));
  lengths.writeBigUInt64BE(BigInt(ciphertext.length * 8), 8);
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 15)]);
  const input = Buffer.concat([padded(aad), padded(ciphertext), lengths]);
  let sum = 0n;
  for (let at = 0; at < input.length; at += 16) {
    sum = multiplied(sum ^ toNumber(input.subarray(at, at + 16)), h);
  }
  return sum;
}
