import { resolve } from "node:path";
import type { TObject, TProperties } from "@sinclair/typebox";
import { CountersignError } from "../base/index.ts";
import {
  AwsKmsKey,
  AzureKeyVaultKey,
  GcpKmsKey,
  TransitKey,
  awsKmsProvider,
  azureKeyVaultProvider,
  gcpKmsProvider,
  transitProvider,
} from "../connectors/index.ts";
import { Type, closed, literals, type Static } from "../schema/index.ts";
import {
  AgeKey,
  OutsideReference,
  Pkcs11Key,
  SecretBytes,
  ageProvider,
  passphraseProvider,
  pkcs11Provider,
  rawKeyProvider,
  type Holder,
  type KekProvider,
  type SecretSource,
} from "../vault/index.ts";
import { secretFromFile, secretFromPrompt, secretTypedTwice, type SecretInput } from "./secret-input.ts";

const DEFAULT_NAME = "default";

const Name = Type.String({
  pattern: "^[a-z0-9][a-z0-9-]{0,62}$",
  default: DEFAULT_NAME,
  description: "which key: becomes part of the slot, so the same on every machine",
});

const purpose = Type.Optional(literals(["daily", "recovery"]));

const PassphraseKey = closed({
  type: Type.Literal("passphrase"),
  name: Type.Optional(Name),
  purpose,
  passphrase: Type.Optional(OutsideReference("the passphrase; asked for at the terminal where it is absent")),
  kdf: Type.Optional(
    Type.Union([
      closed({
        kdf: Type.Literal("argon2id"),
        memory_kib: Type.Integer({ minimum: 19_456, maximum: 1_048_576 }),
        passes: Type.Integer({ minimum: 2, maximum: 10 }),
        parallelism: Type.Integer({ minimum: 1, maximum: 8 }),
      }),
      closed({
        kdf: Type.Literal("scrypt"),
        log2_n: Type.Integer({ minimum: 17, maximum: 20 }),
        r: Type.Literal(8),
        p: Type.Literal(1),
      }),
    ]),
  ),
});

const FileKey = closed({
  type: Type.Literal("key-file"),
  name: Type.Optional(Name),
  purpose,
  path: Type.String({
    description:
      "a file of its owner alone with 32 random bytes, or 64 hexadecimal digits or base64 of them; `openssl rand -out countersign.key 32`",
  }),
});

const EnvKey = closed({
  type: Type.Literal("env-key"),
  name: Type.Optional(Name),
  purpose,
  variable: Type.String({
    pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
    description: "holds 32 bytes as hexadecimal or base64; weak",
  }),
});

/** A key that another module describes, with what it is for. */
const withPurpose = <T extends TProperties>({ properties }: TObject<T>) => closed({ ...properties, purpose });

/** One key that opens the embedded vault, as `countersign.yaml` gives it. */
export const VaultKey = Type.Union([
  PassphraseKey,
  FileKey,
  EnvKey,
  withPurpose(AgeKey),
  withPurpose(Pkcs11Key),
  withPurpose(TransitKey),
  withPurpose(AwsKmsKey),
  withPurpose(AzureKeyVaultKey),
  withPurpose(GcpKmsKey),
]);

export type VaultKey = Static<typeof VaultKey>;

/** Where keys come from. */
export interface KeySurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths begin here. */
  readonly directory: string;
  readonly input: SecretInput;
  readonly say: (text: string) => void;
  /** Ends a question. */
  readonly signal: AbortSignal;
  /** True where a slot is made: a typing error there would lock everybody out. */
  readonly confirm: boolean;
}

/** The provider of each configured key, with its purpose; `daily` where none is said. */
export function holdersOf(keys: readonly VaultKey[], surroundings: KeySurroundings): Holder[] {
  return keys.map((key) => ({ provider: providerOf(key, surroundings), purpose: key.purpose ?? "daily" }));
}

function providerOf(key: VaultKey, surroundings: KeySurroundings): KekProvider {
  const { env, directory } = surroundings;
  const secrets: SecretSource = { read: async (reference) => await outsideSecret(reference, surroundings) };
  switch (key.type) {
    case "passphrase": {
      const { name = DEFAULT_NAME, kdf } = key;
      const passphrase = passphraseOf(key.passphrase, name, surroundings);
      const typed = key.passphrase === undefined;
      return passphraseProvider({ name, passphrase, typed, ...(kdf === undefined ? {} : { kdf }) });
    }
    case "key-file": {
      const read = async () => await keyFromFile(resolve(directory, key.path));
      return rawKeyProvider({ type: "key-file", name: key.name ?? DEFAULT_NAME, read });
    }
    case "env-key": {
      const read = async () => await Promise.resolve(secretFromVariable(env, key.variable));
      return rawKeyProvider({ type: "env-key", name: key.name ?? DEFAULT_NAME, read });
    }
    case "age":
      return ageProvider(key, secrets);
    case "pkcs11":
      return pkcs11Provider(key, secrets);
    case "vault-transit":
      return transitProvider(key, secrets);
    case "aws-kms":
      return awsKmsProvider(key, secrets);
    case "azure-key-vault":
      return azureKeyVaultProvider(key, secrets);
    case "gcp-kms":
      return gcpKmsProvider(key, secrets);
  }
}

/** A key file's content. E_NOT_FOUND with how one is made, E_INPUT, E_DISK. */
async function keyFromFile(path: string): Promise<SecretBytes> {
  try {
    return await secretFromFile(path, { ownerOnly: true, keyBytes: KEY_FILE_BYTES });
  } catch (thrown) {
    if (!(thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND")) throw thrown;
    throw new CountersignError("E_NOT_FOUND", thrown.message, {
      cause: thrown,
      fix: `Bring the file back. For a new key make one: openssl rand -out ${path} 32 && chmod 600 ${path}`,
    });
  }
}

/** Bytes of a key that lies in a file as it is, not as text. */
const KEY_FILE_BYTES = 32;

/** What stands behind `env:NAME` or `file:PATH`. E_REFERENCE, E_INPUT, E_DISK. */
async function outsideSecret(reference: string, { env, directory }: KeySurroundings): Promise<SecretBytes> {
  const [, scheme, rest = ""] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (scheme === "env") return secretFromVariable(env, rest);
  const path = resolve(directory, rest);
  try {
    return await secretFromFile(path, { ownerOnly: true });
  } catch (thrown) {
    if (!(thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND")) throw thrown;
    throw new CountersignError(
      "E_REFERENCE",
      `expected a key of the embedded vault in ${path}, got no file`,
      {
        fix: "Put the file there, or correct what names it: embedded_vault.keys, or COUNTERSIGN_VAULT_PASSPHRASE_FILE.",
        cause: thrown,
      },
    );
  }
}

/** Asked for once in a process, whoever needs it again: a person types it once. */
function passphraseOf(
  reference: string | undefined,
  name: string,
  surroundings: KeySurroundings,
): () => Promise<SecretBytes> {
  if (reference !== undefined) return async () => await outsideSecret(reference, surroundings);
  let typed: Promise<SecretBytes> | undefined;
  return async () => {
    typed ??= typedPassphrase(`Passphrase of the vault (${name})`, surroundings);
    return SecretBytes.copyOf((await typed).expose());
  };
}

async function typedPassphrase(
  label: string,
  { input, say, confirm, signal }: KeySurroundings,
): Promise<SecretBytes> {
  const fix =
    "Name the file that holds it in COUNTERSIGN_VAULT_PASSPHRASE_FILE, or under embedded_vault.keys in countersign.yaml.";
  return confirm
    ? await secretTypedTwice(input, say, { label, fix, signal })
    : await secretFromPrompt(input, say, { label, fix, signal });
}

function secretFromVariable(env: KeySurroundings["env"], variable: string): SecretBytes {
  const value = env[variable];
  if (value !== undefined && value !== "") return SecretBytes.take(Buffer.from(value, "utf8"));
  throw new CountersignError("E_REFERENCE", `expected a key in ${variable}, got an unset or empty variable`, {
    fix: `Set ${variable}.`,
  });
}
