import { CountersignError } from "../../src/base/index.ts";
import { SecretBytes, type SecretSource } from "../../src/vault/index.ts";

/** References and what lies behind them; any other does not resolve. */
export function secretsOf(texts: Readonly<Record<string, string>>): SecretSource {
  return {
    read(reference) {
      const text = texts[reference];
      if (text !== undefined) return Promise.resolve(SecretBytes.take(Buffer.from(text, "utf8")));
      return Promise.reject(
        new CountersignError("E_REFERENCE", `expected a credential behind ${reference}, got none`),
      );
    },
  };
}
