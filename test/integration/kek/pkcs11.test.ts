import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pkcs11Provider, type Pkcs11Key } from "../../../src/vault/index.ts";
import { found } from "../../counterparties/availability.ts";
import { ensureSoftHsm, initToken, useTokenDirectory, type SoftHsm } from "../../counterparties/softhsm.ts";
import { kekContract } from "../../vault/kek-contract.ts";
import { kekLifecycle } from "../../vault/kek-lifecycle.ts";
import { outcome, reasonOf, unwrapped, wrapped, type KekSubject } from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";
import { makeTokenKey } from "./token-key.ts";

const softHsm = await ensureSoftHsm();

const PIN = "4711-4711";
const TOKEN = "countersign test";
const KEY = Buffer.alloc(32, 3);

describe.skipIf("missing" in softHsm)("a key on a PKCS#11 token", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-softhsm-"));
  let hsm: SoftHsm;
  let settings: Pkcs11Key;

  beforeAll(() => {
    hsm = found(softHsm);
    settings = { type: "pkcs11", module: hsm.module, token: TOKEN, key: "vault", pin: "env:PIN" };
    useTokenDirectory(dir);
    initToken(hsm, TOKEN, PIN);
    for (const label of ["vault", "other", "twice", "twice"]) makeTokenKey(hsm.module, TOKEN, PIN, label);
    makeTokenKey(hsm.module, TOKEN, PIN, "extractable", { extractable: true });
    makeTokenKey(hsm.module, TOKEN, PIN, "mac only", { encrypts: false });
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const providerWith = (changes: Partial<Pkcs11Key>, pin = PIN) =>
    pkcs11Provider({ ...settings, ...changes }, secretsOf({ "env:PIN": pin }));

  const subject = (): KekSubject => ({
    type: "pkcs11",
    identity: "pkcs11:token=countersign%20test;object=vault",
    provider: () => providerWith({}),
    other: () => providerWith({ key: "other" }),
    refused: {
      "a wrong PIN": () => providerWith({}, "0000-0000"),
      "no such key": () => providerWith({ key: "none" }),
      "two keys of one label": () => providerWith({ key: "twice" }),
      "a key for other uses": () => providerWith({ key: "mac only" }),
    },
    unreachable: {
      "no such library": () => providerWith({ module: "/nonexistent/libpkcs11.so" }),
      "not a PKCS#11 library": () =>
        providerWith({ module: createRequire(import.meta.url).resolve("vitest/package.json") }),
      "no such token": () => providerWith({ token: "unplugged" }),
      "no PIN to read": () => providerWith({ pin: "env:UNSET" }),
    },
    hidden: [PIN],
    flipEvery: 3,
  });

  kekContract(subject);
  kekLifecycle(subject, ["after"]);

  it("makes no slot for a key that can leave the token", async () => {
    expect(reasonOf(await outcome(() => wrapped(providerWith({ key: "extractable" }), KEY)))).toBe("denied");
  });

  it("takes a new IV each time", async () => {
    const ivs = await Promise.all(
      Array.from({ length: 8 }, async () =>
        Buffer.from(await wrapped(providerWith({}), KEY))
          .subarray(0, 12)
          .toString("hex"),
      ),
    );
    expect(new Set(ivs).size).toBe(8);
  });

  it("serves several at once", async () => {
    const bytes = await wrapped(providerWith({}), KEY);
    const results = await Promise.all(Array.from({ length: 8 }, () => unwrapped(providerWith({}), bytes)));
    for (const result of results) expect(result).toEqual(KEY);
  });
});
