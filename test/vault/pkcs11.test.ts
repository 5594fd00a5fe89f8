import { describe, expect, it } from "vitest";
import { Pkcs11Key, pkcs11Provider } from "../../src/vault/index.ts";
import { compileSchema } from "../../src/schema/index.ts";
import { expectQuiet, outcome, reasonOf, unwrapped, wrapped } from "./kek-subject.ts";
import { secretsOf } from "./secrets.ts";

const PIN = "4711-4711";
const KEY = Buffer.alloc(32, 3);
const settings: Pkcs11Key = {
  type: "pkcs11",
  module: "/lib/hsm.so",
  token: "compliance",
  key: "vault",
  pin: "env:PIN",
};

/** How a token fails at one function of PKCS#11: always, or from its second call on. */
interface Failing {
  readonly at: string;
  readonly error: string;
}

/** A token that seals by adding zeros, and fails as it is told; what was opened and not closed stands in `open`. */
function tokenThat(failing?: Failing) {
  const open = new Set<string>();
  const fail = (at: string): void => {
    if (failing?.at === at) throw new Error(`${failing.error}:1`);
  };
  class PKCS11 {
    load() {
      fail("load");
      open.add("library");
    }
    close() {
      open.delete("library");
    }
    C_Initialize() {
      fail("C_Initialize");
      open.add("cryptoki");
    }
    C_Finalize() {
      open.delete("cryptoki");
    }
    C_GetSlotList() {
      fail("C_GetSlotList");
      return [Buffer.from("slot")];
    }
    C_GetTokenInfo() {
      return { label: "compliance".padEnd(32) };
    }
    C_OpenSession() {
      fail("C_OpenSession");
      open.add("session");
      return Buffer.from("session");
    }
    C_CloseSession() {
      open.delete("session");
    }
    C_Login() {
      fail("C_Login");
    }
    C_FindObjectsInit() {
      fail("C_FindObjectsInit");
    }
    C_FindObjects() {
      return [Buffer.from("key")];
    }
    C_FindObjectsFinal() {
      // Nothing is held.
    }
    C_GetAttributeValue() {
      return [{ value: Buffer.from([0]) }, { value: Buffer.from([1]) }];
    }
    C_EncryptInit() {
      fail("C_EncryptInit");
    }
    C_Encrypt(_session: Buffer, input: Buffer) {
      fail("C_Encrypt");
      return Buffer.concat([input, Buffer.alloc(16)]);
    }
    C_DecryptInit() {
      fail("C_DecryptInit");
    }
    C_Decrypt(_session: Buffer, input: Buffer) {
      fail("C_Decrypt");
      if (input.subarray(-16).some((byte) => byte !== 0)) throw new Error("CKR_GENERAL_ERROR:5");
      return Buffer.from(input.subarray(0, -16));
    }
  }
  const provider = pkcs11Provider(settings, secretsOf({ "env:PIN": PIN }), () => Promise.resolve({ PKCS11 }));
  return { open, provider };
}

describe("a PKCS#11 token", () => {
  it("whose every decryption fails is out of order, and no proof that the slot is", async () => {
    const bytes = await wrapped(tokenThat().provider, KEY);
    for (const error of [
      "CKR_GENERAL_ERROR",
      "CKR_FUNCTION_FAILED",
      "CKR_DEVICE_ERROR",
      "CKR_DEVICE_REMOVED",
    ]) {
      const { provider } = tokenThat({ at: "C_Decrypt", error });
      expect([error, reasonOf(await unwrapped(provider, bytes))]).toEqual([error, "unavailable"]);
    }
  });

  it("that opens its own probe but not the slot holds another key", async () => {
    const bytes = Buffer.from(await wrapped(tokenThat().provider, KEY));
    bytes[59] = 1;
    expect(reasonOf(await unwrapped(tokenThat().provider, bytes))).toBe("wrong_key");
  });

  it.each([
    ["unavailable", { at: "load", error: "cannot open shared object file" }],
    ["unavailable", { at: "C_Initialize", error: "CKR_HOST_MEMORY" }],
    ["unavailable", { at: "C_GetSlotList", error: "CKR_DEVICE_ERROR" }],
    ["unavailable", { at: "C_OpenSession", error: "CKR_TOKEN_NOT_PRESENT" }],
    ["denied", { at: "C_Login", error: "CKR_PIN_INCORRECT" }],
    ["denied", { at: "C_Login", error: "CKR_PIN_LOCKED" }],
    ["denied", { at: "C_FindObjectsInit", error: "CKR_USER_NOT_LOGGED_IN" }],
    ["denied", { at: "C_DecryptInit", error: "CKR_KEY_FUNCTION_NOT_PERMITTED" }],
    ["denied", { at: "C_DecryptInit", error: "CKR_MECHANISM_INVALID" }],
    ["wrong_key", { at: "C_Decrypt", error: "CKR_ENCRYPTED_DATA_INVALID" }],
    ["wrong_key", { at: "C_Decrypt", error: "CKR_AEAD_DECRYPT_FAILED" }],
  ])("%s: fails at %o, and leaves nothing open", async (reason, failing) => {
    const bytes = await wrapped(tokenThat().provider, KEY);
    const { provider, open } = tokenThat(failing);
    const result = await unwrapped(provider, bytes);
    expect(reasonOf(result)).toBe(reason);
    expectQuiet(result, KEY, [PIN]);
    expect([...open]).toEqual([]);
  });

  it("that another part of this process uses stays in use", async () => {
    const { provider, open } = tokenThat({ at: "C_Initialize", error: "CKR_CRYPTOKI_ALREADY_INITIALIZED" });
    open.add("cryptoki");
    await wrapped(provider, KEY);
    expect([...open]).toEqual(["cryptoki"]);
  });

  it("is asked no more once the call was ended", async () => {
    const { provider, open } = tokenThat();
    const ended = await outcome(
      async () => await provider.unwrap(Buffer.alloc(60), KEY, AbortSignal.abort()),
    );
    expect(reasonOf(ended)).toBe("unavailable");
    expect([...open]).toEqual([]);
  });

  it("is named by labels, with a reference to its PIN", () => {
    const { fits } = compileSchema(Pkcs11Key);
    expect(fits(settings)).toBe(true);
    expect(fits({ ...settings, pin: PIN })).toBe(false);
    expect(fits({ ...settings, pin: "vault:pin" })).toBe(false);
    expect(fits({ ...settings, token: "t".repeat(33) })).toBe(false);
  });
});
