import type { Resolved, Unknown, Variable } from "./pattern.ts";

/** What a request carries under a context key. */
export type KeyValue = Present | "absent" | { readonly unknown: Unknown };

interface Present {
  readonly values: readonly string[];
  /** Given as a list, so the key may have several values. */
  readonly listed: boolean;
}

/**
 * The context of one request. Keys are found without regard to case (IAM User Guide, "Condition"). What is not known to be
 * there is `unknown`; what is known not to be there is `absent`.
 */
export class RequestContext {
  readonly #keys = new Map<string, KeyValue>();
  readonly #unknownPrefixes = new Map<string, Unknown>();
  #rest: { readonly unknown: Unknown; readonly except: RegExp } | undefined;
  readonly #absentPrefixes: string[] = [];

  /** The last word wins, except that a second value by a key that differs in case leaves the value unknown. */
  set(key: string, value: string | readonly string[]): this {
    const listed = typeof value !== "string";
    this.#keys.set(key.toLowerCase(), { values: listed ? value : [value], listed });
    return this;
  }

  /** A key is what another is; where that is not set, nothing is said. */
  alias(known: string, key: string): this {
    const value = this.#keys.get(known.toLowerCase());
    if (value !== undefined) this.#keys.set(key.toLowerCase(), value);
    return this;
  }

  /** The key is known not to be there. */
  setAbsent(key: string): this {
    this.#keys.set(key.toLowerCase(), "absent");
    return this;
  }

  setUnknown(key: string, unknown: Unknown): this {
    this.#keys.set(key.toLowerCase(), { unknown });
    return this;
  }

  /** Of every key that starts so and is not set by itself the value is not known. */
  setUnknownPrefix(prefix: string, unknown: Unknown): this {
    this.#unknownPrefixes.set(prefix.toLowerCase(), unknown);
    return this;
  }

  /** Of every key that is not set the value is not known, but for those that match, in lower case: they are absent. */
  setRestUnknown(except: RegExp, unknown: Unknown): this {
    this.#rest = { unknown, except };
    return this;
  }

  /** Every key that starts so is set or absent. */
  setAbsentPrefix(prefix: string): this {
    this.#absentPrefixes.push(prefix.toLowerCase());
    return this;
  }

  /** Tags as keys: two whose names differ only in case make one key whose value AWS does not define. */
  setTags(prefix: string, tags: Readonly<Record<string, string>>): this {
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(tags)) {
      const key = `${prefix}${name}`.toLowerCase();
      if (seen.has(key)) {
        this.setUnknown(key, { certainty: "possible", why: `two tags by ${prefix}${name} differ in case` });
      } else this.set(key, value);
      seen.add(key);
    }
    return this;
  }

  /** Keys, and prefixes of unknown keys, of another, which has the last word. */
  include(other: RequestContext): this {
    for (const [key, value] of other.#keys) this.#keys.set(key, value);
    for (const [prefix, unknown] of other.#unknownPrefixes) this.#unknownPrefixes.set(prefix, unknown);
    this.#absentPrefixes.push(...other.#absentPrefixes);
    return this;
  }

  has(key: string): boolean {
    return this.#keys.has(key.toLowerCase());
  }

  get(key: string): KeyValue {
    const wanted = key.toLowerCase();
    const found = this.#keys.get(wanted);
    if (found !== undefined) return found;
    for (const [prefix, unknown] of this.#unknownPrefixes) if (wanted.startsWith(prefix)) return { unknown };
    if (this.#rest === undefined || this.#rest.except.test(wanted)) return "absent";
    if (this.#absentPrefixes.some((prefix) => wanted.startsWith(prefix))) return "absent";
    return { unknown: { ...this.#rest.unknown, why: `${key} is not known` } };
  }

  /** A variable's value. A key with several values cannot be a variable (IAM User Guide, "Single-valued vs. multivalued"). */
  resolve = ({ key, fallback }: Variable): Resolved => {
    const value = this.get(key);
    if (value === "absent") return fallback === undefined ? "missing" : { text: fallback };
    if ("unknown" in value) return value;
    const [only] = value.values;
    return only === undefined || value.listed ? "missing" : { text: only };
  };
}
