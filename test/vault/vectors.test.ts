import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  argon2Sync,
  scryptSync,
} from "node:crypto";
import { gcm } from "@noble/ciphers/aes.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { SecretBytes, passphraseProvider } from "../../src/vault/index.ts";
import { lengthPrefixed, u32 } from "../../src/vault/bytes.ts";
import { CAE_OVERHEAD, open, seal } from "../../src/vault/cae.ts";
import { found } from "../counterparties/availability.ts";
import { wycheproof, type WycheproofCase } from "../counterparties/wycheproof.ts";
import { multiplied, ghash, inverse, toBlock, toNumber } from "./ghash.ts";

const hex = (value: unknown): Buffer => Buffer.from(String(value), "hex");
const key = (fill: number) => createSecretKey(Buffer.alloc(32, fill));

const vectors = wycheproof();

describe.skipIf("missing" in vectors)("Wycheproof", () => {
  it("AES-GCM, by the calls that a sealing makes", () => {
    let ours = 0;
    for (const { tests, keySize, ivSize } of found(vectors)("aes_gcm_test.json")) {
      // OpenSSL takes nonces of at most 128 bytes; ours have 12.
      for (const test of Number(ivSize) <= 1024 ? tests : []) {
        expect(`${test.tcId} ${gcmOpens(test, Number(keySize))}`).toBe(
          `${test.tcId} ${test.result === "valid"}`,
        );
        if (keySize === 256 && ivSize === 96) ours += 1;
      }
    }
    expect(ours).toBeGreaterThan(50);
  });

  it("HKDF-SHA-512", () => {
    let count = 0;
    for (const { tests } of found(vectors)("hkdf_sha512_test.json")) {
      for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
        const derive = () => hkdfSync("sha512", hex(ikm), hex(salt), hex(info), Number(size));
        if (result === "invalid") expect(derive, `${tcId}`).toThrow();
        else expect(Buffer.from(derive()).toString("hex"), `${tcId}`).toBe(okm);
        count += 1;
      }
    }
    expect(count).toBeGreaterThanOrEqual(83);
  });
});

function gcmOpens({ key: keyHex, iv, aad, ct, tag, msg }: WycheproofCase, keySize: number): boolean {
  const algorithm = `aes-${keySize}-gcm` as "aes-256-gcm";
  try {
    const decipher = createDecipheriv(algorithm, hex(keyHex), hex(iv), { authTagLength: 16 });
    decipher.setAAD(hex(aad));
    decipher.setAuthTag(hex(tag));
    const opened = Buffer.concat([decipher.update(hex(ct)), decipher.final()]);
    const cipher = createCipheriv(algorithm, hex(keyHex), hex(iv), { authTagLength: 16 });
    cipher.setAAD(hex(aad));
    const sealed = Buffer.concat([cipher.update(opened), cipher.final(), cipher.getAuthTag()]).toString(
      "hex",
    );
    return opened.equals(hex(msg)) && sealed === `${String(ct)}${String(tag)}`;
  } catch {
    return false;
  }
}

describe("password hashing", () => {
  it("argon2id gives the tag of RFC 9106, section 5.3", () => {
    const tag = argon2Sync("argon2id", {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    expect(tag.toString("hex")).toBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });

  it("scrypt gives the keys of RFC 7914, section 12", () => {
    expect(scryptSync("password", "NaCl", 64, { N: 1024, r: 8, p: 16 }).toString("hex")).toBe(
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    );
    expect(scryptSync("pleaseletmein", "SodiumChloride", 64, { N: 16384, r: 8, p: 1 }).toString("hex")).toBe(
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    );
  });

  it.each([
    ["argon2id", Buffer.concat([Buffer.from([1]), u32(19 * 1024), u32(2), u32(1)])],
    ["scrypt", Buffer.concat([Buffer.from([2]), u32(17), u32(8), u32(1)])],
  ] as const)(
    "a slot that another implementation made by %s opens",
    { timeout: 120_000 },
    async (kdf, parameters) => {
      const passphrase = Buffer.from("correct horse battery staple");
      const salt = Buffer.alloc(16, 7);
      const kek =
        kdf === "argon2id"
          ? argon2id(passphrase, salt, { t: 2, m: 19 * 1024, p: 1, dkLen: 32 })
          : scrypt(passphrase, salt, { N: 2 ** 17, r: 8, p: 1, dkLen: 32 });
      const head = Buffer.concat([parameters, salt]);
      const context = Buffer.from("context");
      const aad = Buffer.concat([lengthPrefixed(head), lengthPrefixed(context)]);
      const wrapped = Buffer.concat([
        head,
        sealedByNoble(kek, "kek", aad, Buffer.alloc(32, 9), Buffer.alloc(32, 5)),
      ]);
      const provider = passphraseProvider({
        name: "office",
        passphrase: () => Promise.resolve(SecretBytes.copyOf(passphrase)),
      });
      using opened = await provider.unwrap(wrapped, context, new AbortController().signal);
      expect(opened.expose().equals(Buffer.alloc(32, 9))).toBe(true);
    },
  );

  it.each([
    ["argon2id below its memory", 1, 19 * 1024 - 1, 2, 1],
    ["argon2id above its memory", 1, 4 * 1024 * 1024 - 1, 3, 4],
    ["argon2id in one pass", 1, 64 * 1024, 1, 4],
    ["argon2id in eleven passes", 1, 64 * 1024, 11, 4],
    ["argon2id in nine lanes", 1, 64 * 1024, 3, 9],
    ["scrypt below its cost", 2, 16, 8, 1],
    ["scrypt above its cost", 2, 21, 8, 1],
    ["scrypt in larger blocks", 2, 17, 9, 1],
    ["scrypt twice", 2, 17, 8, 2],
    ["no derivation", 0, 64 * 1024, 3, 4],
    ["a derivation of the future", 3, 64 * 1024, 3, 4],
  ])("%s is refused before anything is asked or allocated", async (_, code, a, b, c) => {
    const wrapped = Buffer.concat([
      Buffer.from([code]),
      u32(a),
      u32(b),
      u32(c),
      Buffer.alloc(16 + CAE_OVERHEAD + 32),
    ]);
    const provider = passphraseProvider({
      name: "office",
      passphrase: () => Promise.reject(new Error("expected not to be asked")),
    });
    const before = process.memoryUsage().rss;
    const unwrapped = provider.unwrap(wrapped, Buffer.alloc(0), new AbortController().signal);
    await expect(unwrapped).rejects.toMatchObject({ name: "KekFailure", reason: "corrupt" });
    expect(process.memoryUsage().rss - before).toBeLessThan(16 * 1024 * 1024);
  });
});

/** A sealing by another implementation of every part. */
function sealedByNoble(
  secret: Uint8Array,
  label: string,
  aad: Uint8Array,
  plaintext: Uint8Array,
  salt: Uint8Array,
): Buffer {
  const okm = hkdf(
    sha512,
    secret,
    salt,
    Buffer.concat([Buffer.from(`evlt/v1/${label}`), Buffer.from([0, 1])]),
    76,
  );
  const commitment = okm.subarray(44);
  const bound = Buffer.concat([lengthPrefixed(label), lengthPrefixed(aad), salt, commitment]);
  return Buffer.concat([
    salt,
    commitment,
    gcm(okm.subarray(0, 32), okm.subarray(32, 44), bound).encrypt(plaintext),
  ]);
}

describe("a sealing", () => {
  it("is what another implementation makes of the same parts, for every label and many lengths", () => {
    for (const label of ["blob", "dek", "index", "kek", "slot", "succession"] as const) {
      for (const length of [0, 1, 15, 16, 17, 32, 255, 256, 4096]) {
        const [aad, plaintext, salt] = [
          Buffer.alloc(length % 40, 3),
          Buffer.alloc(length, 4),
          Buffer.alloc(32, length),
        ];
        const sealed = seal(key(1), label, aad, plaintext, salt);
        expect(sealed.equals(sealedByNoble(Buffer.alloc(32, 1), label, aad, plaintext, salt))).toBe(true);
        expect(open(key(1), label, aad, sealed)?.expose().equals(plaintext)).toBe(true);
      }
    }
  });

  it("keeps its bytes: what was sealed yesterday opens tomorrow", () => {
    const sealed = seal(key(1), "blob", "place", Buffer.from("credential"), Buffer.alloc(32, 2));
    expect(sealed.toString("hex")).toBe(
      "0202020202020202020202020202020202020202020202020202020202020202" + // salt
        "eb5a59bcb37b3152f77330fc1259e1c0c8ac9df675f6581d91dd09eed11c8cf3" + // commitment
        "453fc125b383171623b6" + // credential
        "1cbe334e266bcce364dcb9d9e038695f", // tag
    );
  });

  it("opens under no other key, label or place, nor with any byte added, cut or changed", () => {
    const sealed = seal(key(1), "dek", "place", Buffer.alloc(32, 5));
    expect(open(key(2), "dek", "place", sealed)).toBeUndefined();
    expect(open(key(1), "slot", "place", sealed)).toBeUndefined();
    expect(open(key(1), "dek", "places", sealed)).toBeUndefined();
    expect(open(key(1), "dek", "place", Buffer.concat([sealed, Buffer.from([0])]))).toBeUndefined();
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(key(1), "dek", "place", sealed.subarray(0, length))).toBeUndefined();
    }
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const other = Buffer.from(sealed);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(key(1), "dek", "place", other)).toBeUndefined();
    }
  });

  it("takes no tag that is shorter, though Node would", () => {
    const sealed = seal(key(1), "dek", "place", Buffer.alloc(32, 5));
    for (const length of [4, 8, 12, 13, 14, 15]) {
      // What a reader that took the tag's length from the bytes would accept: the same body, the tag's beginning.
      expect(open(key(1), "dek", "place", sealed.subarray(0, sealed.length - 16 + length))).toBeUndefined();
    }
  });

  it("opens under one key alone, where bare AES-GCM opens one ciphertext under two", () => {
    const salt = Buffer.alloc(32, 6);
    const parts = [1, 2].map((fill) => {
      const info = Buffer.concat([Buffer.from("evlt/v1/dek"), Buffer.from([0, 1])]);
      const okm = Buffer.from(hkdfSync("sha512", key(fill), salt, info, 76));
      return { key: okm.subarray(0, 32), nonce: okm.subarray(32, 44), commitment: okm.subarray(44) };
    });
    const [first, second] = [parts[0]!, parts[1]!];
    const aad = Buffer.concat([lengthPrefixed("dek"), lengthPrefixed("place"), salt, first.commitment]);
    const { body, tag } = collision(first, second, aad);
    for (const one of [first, second]) {
      const decipher = createDecipheriv("aes-256-gcm", one.key, one.nonce, { authTagLength: 16 });
      decipher.setAAD(aad);
      decipher.setAuthTag(tag);
      expect(() => Buffer.concat([decipher.update(body), decipher.final()])).not.toThrow();
    }
    const sealed = Buffer.concat([salt, first.commitment, body, tag]);
    expect(open(key(1), "dek", "place", sealed)).toBeDefined();
    expect(open(key(2), "dek", "place", sealed)).toBeUndefined();
  });
});

interface GcmKey {
  readonly key: Buffer;
  readonly nonce: Buffer;
}

/** Two blocks and a tag that AES-GCM accepts under both keys: the second block solves for equal tags. */
function collision(first: GcmKey, second: GcmKey, aad: Buffer): { body: Buffer; tag: Buffer } {
  const zeros = Buffer.alloc(32);
  const parts = [first, second].map(({ key: secret, nonce }) => {
    const h = toNumber(encrypted(secret, Buffer.alloc(16)));
    const mask = toNumber(encrypted(secret, Buffer.concat([nonce, u32(1)])));
    return { h, tagOfZeros: mask ^ ghash(h, aad, zeros), square: multiplied(h, h), mask };
  });
  const [a, b] = [parts[0]!, parts[1]!];
  const block = multiplied(a.tagOfZeros ^ b.tagOfZeros, inverse(a.square ^ b.square));
  const body = Buffer.concat([Buffer.alloc(16), toBlock(block)]);
  return { body, tag: toBlock(a.mask ^ ghash(a.h, aad, body)) };
}

function encrypted(secret: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-ecb", secret, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}
