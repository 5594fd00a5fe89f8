import { messageOf } from "../base/index.ts";
import { Type } from "../schema/index.ts";
import { KekFailure } from "./kek.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/** Longest reference. */
const MAX_REFERENCE_LENGTH = 4096;

/** Where the credentials of the vault's own keys lie: everywhere but in the vault. */
export interface SecretSource {
  /** The bytes behind `env:NAME` or `file:PATH`, at the moment of use; the caller disposes of them. E_REFERENCE. */
  read(reference: string): Promise<SecretBytes>;
}

/** A reference to a credential that is needed to open the vault, so that it cannot lie in the vault. */
export const OutsideReference = (description: string) =>
  Type.String({
    pattern: "^(env|file):.+$",
    maxLength: MAX_REFERENCE_LENGTH,
    description: `${description}; a reference (env:NAME, file:PATH), never the value`,
  });

/**
 * What lies behind `reference`. A credential that cannot be read says nothing of the vault, and another key may still open
 * it: `unavailable`.
 */
export async function readOutside(source: SecretSource, reference: string): Promise<SecretBytes> {
  try {
    return await source.read(reference);
  } catch (thrown) {
    throw new KekFailure(
      "unavailable",
      `the credential behind ${reference} cannot be read: ${messageOf(thrown)}`,
      { fix: `Make ${reference} readable to this process, or give another key.`, cause: thrown },
    );
  }
}

/** As `readOutside`, as text without white space around it, for libraries that take nothing else. */
export async function readOutsideText(source: SecretSource, reference: string): Promise<string> {
  using secret = await readOutside(source, reference);
  return secret.expose().toString("utf8").trim();
}
