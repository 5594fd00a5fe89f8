import { resolve } from "node:path";
import { CountersignError } from "../base/index.ts";
import { Type, closed, literals, type Static } from "../schema/index.ts";
import {
  SecretBytes,
  passphraseProvider,
  rawKeyProvider,
  type Holder,
  type KekProvider,
  type PassphraseKdf,
} from "../vault/index.ts";
import { secretFromFile, secretFromPrompt, secretTypedTwice, type SecretInput } from "./secret-input.ts";

const Name = Type.String({
  pattern: "^[a-z0-9][a-z0-9-]{0,62}$",
  default: "default",
  description: "which key: becomes part of the slot, so the same on every machine",
});

const purpose = Type.Optional(literals(["daily", "recovery"]));

const Reference = (what: string) =>
  Type.String({ pattern: "^(env|file):.+$", description: `${what}: env:NAME or file:/path` });

const PassphraseKey = closed({
  type: Type.Literal("passphrase"),
  name: Type.Optional(Name),
  purpose,
  passphrase: Type.Optional(Reference("the passphrase; asked for at the terminal where it is absent")),
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
  path: Type.String({ description: "a file with 32 random bytes, readable by its owner alone" }),
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

/** One key that opens the embedded vault, as `countersign.yaml` gives it. */
export const VaultKey = Type.Union([PassphraseKey, FileKey, EnvKey]);

export type VaultKey = Static<typeof VaultKey>;

/** Where keys come from. */
export interface KeySurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths begin here. */
  readonly directory: string;
  readonly input: SecretInput;
  readonly say: (text: string) => void;
  /** True where a slot is made: a typing error there would lock everybody out. */
  readonly confirm: boolean;
}

/** The provider of each configured key, with its purpose; `daily` where none is said. */
export function holdersOf(keys: readonly VaultKey[], surroundings: KeySurroundings): Holder[] {
  return keys.map((key) => ({ provider: providerOf(key, surroundings), purpose: key.purpose ?? "daily" }));
}

function providerOf(key: VaultKey, surroundings: KeySurroundings): KekProvider {
  const { env, directory } = surroundings;
  const name = key.name ?? "default";
  switch (key.type) {
    case "passphrase":
      return passphraseProvider({
        name,
        passphrase: passphraseOf(key.passphrase, name, surroundings),
        ...(key.kdf === undefined ? {} : { kdf: key.kdf satisfies PassphraseKdf }),
      });
    case "key-file":
      return rawKeyProvider({
        type: "key-file",
        name,
        read: async () => await secretFromFile(resolve(directory, key.path), { ownerOnly: true }),
      });
    case "env-key":
      return rawKeyProvider({
        type: "env-key",
        name,
        read: () => Promise.resolve(secretFromVariable(env, key.variable)),
      });
  }
}

/** Asked for once in a process, whoever needs it again: a person types it once. */
function passphraseOf(
  reference: string | undefined,
  name: string,
  surroundings: KeySurroundings,
): () => Promise<SecretBytes> {
  const { env, directory } = surroundings;
  const [, scheme, rest = ""] = /^(env|file):(.+)$/s.exec(reference ?? "") ?? [];
  if (scheme === "env") return () => Promise.resolve(secretFromVariable(env, rest));
  if (scheme === "file")
    return async () => await secretFromFile(resolve(directory, rest), { ownerOnly: true });
  let typed: Promise<SecretBytes> | undefined;
  return async () => {
    typed ??= typedPassphrase(`Passphrase of the vault (${name})`, surroundings);
    return SecretBytes.copyOf((await typed).expose());
  };
}

async function typedPassphrase(
  label: string,
  { input, say, confirm }: KeySurroundings,
): Promise<SecretBytes> {
  return confirm ? await secretTypedTwice(input, say, label) : await secretFromPrompt(input, say, label);
}

function secretFromVariable(env: KeySurroundings["env"], variable: string): SecretBytes {
  const value = env[variable];
  if (value !== undefined && value !== "") return SecretBytes.take(Buffer.from(value, "utf8"));
  throw new CountersignError("E_REFERENCE", `expected a key in ${variable}, got an unset or empty variable`, {
    fix: `Set ${variable}.`,
  });
}
