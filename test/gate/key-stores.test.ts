import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { holdsPrivateKey } from "../../src/gate/formats/kubernetes/keystore.ts";

const CIPHER = { cipher: "aes-256-cbc", passphrase: "x" };

describe("private keys in bytes that are no text", () => {
  it("knows keys in DER, in clear and under a password", () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const all = [
      ec.export({ type: "pkcs8", format: "der" }),
      ec.export({ type: "sec1", format: "der" }),
      ec.export({ type: "pkcs8", format: "der", ...CIPHER }),
      rsa.export({ type: "pkcs1", format: "der" }),
      rsa.export({ type: "pkcs8", format: "der", ...CIPHER }),
    ];
    expect(all.map((one) => holdsPrivateKey("value", one))).toEqual(all.map(() => true));
  });

  it("takes public keys and other bytes for none", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const all = [publicKey.export({ type: "spki", format: "der" }), Buffer.alloc(0), Buffer.from([0x30])];
    expect(all.map((one) => holdsPrivateKey("value", one))).toEqual(all.map(() => false));
  });

  it("takes a Java key store that is cut off for one that may hold a key", () => {
    const header = Buffer.from("feedfeed0000000200000002", "hex");
    const cutOff = Buffer.concat([header, Buffer.from("00000002000161", "hex")]);
    expect(holdsPrivateKey("trust.jks", cutOff)).toBe(true);
    expect(holdsPrivateKey("trust.jks", Buffer.from("feedfeed0000000200000000", "hex"))).toBe(false);
  });
});
