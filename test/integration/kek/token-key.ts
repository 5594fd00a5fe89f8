import { createRequire } from "node:module";

/** What this uses of `pkcs11js`, which may be missing where this is compiled. */
interface Pkcs11 {
  load(path: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(present: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): { label: string };
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_Login(session: Buffer, user: number, pin: string): void;
  C_GenerateKey(session: Buffer, mechanism: { mechanism: number }, template: unknown[]): Buffer;
}

type Module = Readonly<Record<string, number>> & { readonly PKCS11: new () => Pkcs11 };

/** Makes an AES-256 key on a token. */
export function makeTokenKey(
  library: string,
  token: string,
  pin: string,
  label: string,
  { extractable = false, encrypts = true }: { extractable?: boolean; encrypts?: boolean } = {},
): void {
  const p = createRequire(import.meta.url)("pkcs11js") as Module;
  const constant = (name: string): number => p[name]!;
  const module = new p.PKCS11();
  module.load(library);
  module.C_Initialize();
  const slot = module.C_GetSlotList(true).find((one) => module.C_GetTokenInfo(one).label.trimEnd() === token);
  const session = module.C_OpenSession(slot!, constant("CKF_SERIAL_SESSION") | constant("CKF_RW_SESSION"));
  module.C_Login(session, constant("CKU_USER"), pin);
  module.C_GenerateKey(session, { mechanism: constant("CKM_AES_KEY_GEN") }, [
    { type: constant("CKA_CLASS"), value: constant("CKO_SECRET_KEY") },
    { type: constant("CKA_LABEL"), value: label },
    { type: constant("CKA_TOKEN"), value: true },
    { type: constant("CKA_SENSITIVE"), value: !extractable },
    { type: constant("CKA_EXTRACTABLE"), value: extractable },
    { type: constant("CKA_VALUE_LEN"), value: 32 },
    { type: constant("CKA_ENCRYPT"), value: encrypts },
    { type: constant("CKA_DECRYPT"), value: encrypts },
  ]);
  module.C_Finalize();
  module.close();
}
