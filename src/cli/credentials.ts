import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import {
  CountersignError,
  fileError,
  messageOf,
  modeForOthers,
  printable,
  readBounded,
} from "../base/index.ts";
import type { CredentialSource } from "../facts/index.ts";

/** Longest credential that a file may hold. */
const MAX_CREDENTIAL_BYTES = 64 * 1024;

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(hv[sbr]|s|b|r)\.[A-Za-z0-9_-]{20,}/, "a Vault token"],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, "an AWS access key"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./, "a JSON web token"],
  [/\bgh[pousr]_[A-Za-z0-9]{30,}/, "a GitHub token"],
  [/:\/\/[^/\s:@]+:[^/\s:@]+@/, "a password in an address"],
];

/** What a text seems to be, when it seems to be a credential. */
export function looksLikeCredential(text: string): string | undefined {
  return SHAPES.find(([shape]) => shape.test(text))?.[1];
}

/**
 * Reads credentials behind references, at the moment of use: `env:NAME`, `file:/path` (relative to the configuration),
 * `vault:NAME` through `fromVault`. The value is never kept here. E_REFERENCE says which reference, never its value; what
 * the vault throws passes. `say` is told, once, of each file that others than its owner may read: unlike a key of the vault,
 * such a file is used nevertheless, since orchestrators mount credentials so.
 */
export function credentialSource(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  fromVault?: (name: string) => Promise<string>,
  say: (warning: string) => void = () => undefined,
): CredentialSource {
  const told = new Set<string>();
  return {
    async read(reference) {
      const [, scheme, name] = /^([a-z]+):(.+)$/s.exec(reference) ?? [];
      if (scheme === "env" && name !== undefined) {
        if (!VARIABLE.test(name)) throw notAName();
        const value = env[name];
        if (value !== undefined && value !== "") return value;
        throw unresolved(reference, "an unset or empty variable", `Set ${name}.`);
      }
      if (scheme === "file" && name !== undefined) {
        const path = resolvePath(directory, name);
        const value = await readCredentialFile(reference, path);
        const warning = await sharingOf(path);
        if (warning !== undefined && !told.has(path)) say(warning);
        told.add(path);
        return value;
      }
      if (scheme === "vault" && name !== undefined && fromVault !== undefined) return await fromVault(name);
      const got = scheme === "vault" ? "no embedded vault here" : "an unknown kind of reference";
      throw unresolved(reference, got, "Use vault:NAME, file:/path or env:NAME.");
    },
  };
}

function resolvePath(directory: string, path: string): string {
  return isAbsolute(path) ? path : resolve(directory, path);
}

async function readCredentialFile(reference: string, path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(path, { what: "a credential", maxBytes: MAX_CREDENTIAL_BYTES });
  } catch (thrown) {
    const fix =
      thrown instanceof CountersignError && thrown.code === "E_INPUT"
        ? "Name the file that holds only the credential."
        : "Check the path and its permissions.";
    throw unresolved(reference, messageOf(thrown), fix);
  }
  const value = bytes.toString("utf8").replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw unresolved(reference, "an empty file", "Write the credential into the file.");
}

/** A warning about a credential file that others may read. */
async function sharingOf(path: string): Promise<string | undefined> {
  try {
    const mode = modeForOthers((await stat(path)).mode);
    if (mode === undefined) return undefined;
    return `warning: expected the credential in ${printable(path)} to be its owner's alone, got mode ${mode}: chmod 600 it, or keep it in the vault\n`;
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** A credential may have been pasted there: nothing of it is said again. */
function notAName(): CountersignError {
  return new CountersignError(
    "E_REFERENCE",
    "expected the name of a variable behind env:, got something else",
    {
      fix: "Write env:NAME, where NAME is the variable that holds the credential; never the credential itself.",
    },
  );
}

function unresolved(reference: string, got: string, fix: string): CountersignError {
  return new CountersignError("E_REFERENCE", `expected a credential behind ${reference}, got ${got}`, {
    fix,
  });
}
