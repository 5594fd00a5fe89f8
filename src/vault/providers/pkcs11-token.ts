import { CountersignError } from "../../base/index.ts";
import { KekFailure } from "../kek.ts";

const TAG_BITS = 128;
const TAG_BYTES = TAG_BITS / 8;

type Handle = Buffer;
type Attribute = Readonly<{ type: number; value?: Buffer | boolean | number | string }>;
type Mechanism = Readonly<{ mechanism: number; parameter: unknown }>;

/** What this uses of `pkcs11js`, which is native and may be missing where this is compiled. Source: PKCS#11 2.40. */
interface Cryptoki {
  load(path: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, max: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): { value: Buffer }[];
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Encrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Decrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
}

type Constants = Readonly<
  Record<
    | "CKA_CLASS"
    | "CKA_EXTRACTABLE"
    | "CKA_LABEL"
    | "CKA_SENSITIVE"
    | "CKF_SERIAL_SESSION"
    | "CKM_AES_GCM"
    | "CKO_SECRET_KEY"
    | "CKU_USER"
    | "CK_PARAMS_AES_GCM",
    number
  >
>;

type CryptokiModule = Constants & { readonly PKCS11: new () => Cryptoki };

export interface TokenPlace {
  readonly module: string;
  readonly token: string;
  readonly key: string;
}

/** A key on a token, in a session that somebody else ends. Methods throw what the token answers (`CKR_…`). */
export interface TokenKey {
  extractable(): boolean;
  /** Ciphertext and tag. */
  encrypt(iv: Buffer, aad: Uint8Array, plaintext: Buffer): Buffer;
  /** Zeroes nothing: the caller takes what it gets. */
  decrypt(iv: Buffer, aad: Uint8Array, sealed: Buffer): Buffer;
}

/**
 * Loads the token's library, logs in, finds the key by its label, lets `use` have it, and undoes all of it. Synchronous from
 * end to end, so that no two uses of one library meet. Throws `KekFailure` and what the token answers.
 */
export function withKey<T>(module: unknown, place: TokenPlace, pin: string, use: (key: TokenKey) => T): T {
  const constants = requireCryptoki(module);
  const cryptoki = new constants.PKCS11();
  cryptoki.load(place.module);
  try {
    const ours = initialise(cryptoki);
    try {
      return inSession(cryptoki, constants, place, pin, use);
    } finally {
      if (ours) cryptoki.C_Finalize();
    }
  } finally {
    cryptoki.close();
  }
}

function requireCryptoki(module: unknown): CryptokiModule {
  if (typeof module === "object" && module !== null && "PKCS11" in module) return module as CryptokiModule;
  throw new CountersignError("E_RUNTIME", "expected the package pkcs11js, got another under its name", {
    fix: "Install it again: npm install pkcs11js",
  });
}

/** False where this process uses the library already: then it is not ours to end. */
function initialise(cryptoki: Cryptoki): boolean {
  try {
    cryptoki.C_Initialize();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes("CKR_CRYPTOKI_ALREADY_INITIALIZED")) return false;
    throw thrown;
  }
}

function inSession<T>(
  cryptoki: Cryptoki,
  constants: CryptokiModule,
  place: TokenPlace,
  pin: string,
  use: (key: TokenKey) => T,
): T {
  const slots = cryptoki.C_GetSlotList(true);
  const slot = slots.find((one) => cryptoki.C_GetTokenInfo(one).label.trimEnd() === place.token);
  if (slot === undefined) {
    throw new KekFailure("unavailable", `expected a token called ${place.token}, got none of that name`, {
      fix: "Connect the token, and check its label.",
    });
  }
  const session = cryptoki.C_OpenSession(slot, constants.CKF_SERIAL_SESSION);
  try {
    login(cryptoki, constants, session, pin);
    return use(tokenKey(cryptoki, constants, session, onlyKey(cryptoki, constants, session, place.key)));
  } finally {
    cryptoki.C_CloseSession(session);
  }
}

function login(cryptoki: Cryptoki, { CKU_USER }: Constants, session: Handle, pin: string): void {
  try {
    cryptoki.C_Login(session, CKU_USER, pin);
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.message.includes("CKR_USER_ALREADY_LOGGED_IN"))) throw thrown;
  }
}

function onlyKey(cryptoki: Cryptoki, constants: Constants, session: Handle, label: string): Handle {
  cryptoki.C_FindObjectsInit(session, [
    { type: constants.CKA_CLASS, value: constants.CKO_SECRET_KEY },
    { type: constants.CKA_LABEL, value: label },
  ]);
  const [key, second] = cryptoki.C_FindObjects(session, 2);
  cryptoki.C_FindObjectsFinal(session);
  if (key !== undefined && second === undefined) return key;
  const got = key === undefined ? "none" : "several";
  throw new KekFailure("denied", `expected one secret key called ${label} on the token, got ${got}`, {
    fix: "Check the key's label, and that this user may see it.",
  });
}

function tokenKey(cryptoki: Cryptoki, constants: Constants, session: Handle, key: Handle): TokenKey {
  const gcm = (iv: Buffer, aad: Uint8Array): Mechanism => ({
    mechanism: constants.CKM_AES_GCM,
    parameter: {
      type: constants.CK_PARAMS_AES_GCM,
      iv,
      aad: Buffer.from(aad),
      ivBits: iv.length * 8,
      tagBits: TAG_BITS,
    },
  });
  return {
    extractable() {
      const [extractable, sensitive] = cryptoki.C_GetAttributeValue(session, key, [
        { type: constants.CKA_EXTRACTABLE },
        { type: constants.CKA_SENSITIVE },
      ]);
      return extractable?.value[0] !== 0 || sensitive?.value[0] !== 1;
    },
    encrypt(iv, aad, plaintext) {
      cryptoki.C_EncryptInit(session, gcm(iv, aad), key);
      return cryptoki.C_Encrypt(session, plaintext, Buffer.alloc(plaintext.length + TAG_BYTES));
    },
    decrypt(iv, aad, sealed) {
      cryptoki.C_DecryptInit(session, gcm(iv, aad), key);
      // Room for the tag too: some tokens ask for as much as the input is long.
      return cryptoki.C_Decrypt(session, sealed, Buffer.alloc(sealed.length));
    },
  };
}
