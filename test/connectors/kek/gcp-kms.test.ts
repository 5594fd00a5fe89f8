import { afterAll, afterEach, describe, expect, it } from "vitest";
import { crc32c } from "../../../src/connectors/gcp/crc32c.ts";
import { kekContract } from "../../vault/kek-contract.ts";
import { outcome, reasonOf, unwrapped, wrapped } from "../../vault/kek-subject.ts";
import { gcpSubject } from "./gcp-subject.ts";

const KEY = Buffer.alloc(32, 3);
const subject = await gcpSubject();
const { fake } = subject;

afterAll(() => subject.stop());
afterEach(() => {
  fake.alter = {};
});

describe("CRC-32C", () => {
  // RFC 3720, appendix B.4; the last is the check value of the CRC catalogues.
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    [Buffer.from("123456789"), 0xe3069283],
  ])("of %o is the standard's", (bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

describe("a key of Google Cloud KMS", () => {
  kekContract(() => subject);

  it.each([
    ["31 bytes", 31],
    ["33 bytes", 33],
  ])("takes an answer of %s for damage, also with its checksum", async (_what, length) => {
    const bytes = await wrapped(subject.provider(), KEY);
    const plaintext = Buffer.alloc(length, 4);
    fake.alter = {
      decrypted: (answer) => ({ ...answer, plaintext, plaintextCrc32c: { value: crc32c(plaintext) } }),
    };
    expect(reasonOf(await unwrapped(subject.provider(), bytes))).toBe("corrupt");
  });

  it.each([
    ["a plaintext altered on its way", { plaintext: Buffer.alloc(32, 4) }],
    ["no checksum", { plaintextCrc32c: null }],
  ])("refuses to unwrap %s", async (_what, altered) => {
    const bytes = await wrapped(subject.provider(), KEY);
    fake.alter = { decrypted: (answer) => ({ ...answer, ...altered }) };
    expect(reasonOf(await unwrapped(subject.provider(), bytes))).toBe("corrupt");
  });

  it.each([
    ["a ciphertext altered on its way", { ciphertext: Buffer.alloc(60, 4) }, "corrupt"],
    ["no checksum of the ciphertext", { ciphertextCrc32c: null }, "corrupt"],
    ["no word of the plaintext's checksum", { verifiedPlaintextCrc32c: false }, "corrupt"],
    ["no word of the data's checksum", { verifiedAdditionalAuthenticatedDataCrc32c: false }, "corrupt"],
    ["another key's name", { name: `${subject.identity}-2/cryptoKeyVersions/1` }, "wrong_key"],
  ])("refuses to wrap with %s", async (_what, altered, reason) => {
    fake.alter = { encrypted: (answer) => ({ ...answer, ...altered }) };
    expect(reasonOf(await outcome(() => wrapped(subject.provider(), KEY)))).toBe(reason);
  });
});
