import { malformed, under, type Item, type Literal, type Node, type Position, type Text } from "./tree.ts";

export interface Scalar {
  readonly type: Literal["type"];
  readonly text: string;
}

/**
 * Turns the items of a block into typed fields as hashicorp/hcl v1 `decoder.go` does for Vault's structs. A field set
 * several times is decoded several times: lists and maps grow, the last scalar stands.
 */
export class Fields {
  readonly #name: string;
  readonly #items: readonly Item[];

  constructor(name: string, items: readonly Item[]) {
    this.#name = name;
    this.#items = items;
  }

  /** The fields of an inner block. */
  inside(items: readonly Item[]): Fields {
    return new Fields(this.#name, items);
  }

  /** Refuses a key outside `known`; the server compares these with case. */
  only(known: ReadonlySet<string>): void {
    for (const { keys, at } of this.#items) {
      const key = this.#valid(keys[0] ?? "", at);
      if (!known.has(key))
        this.fail(at, `expected one of ${[...known].join(", ")}, got ${JSON.stringify(key)}`);
    }
  }

  has(key: string): boolean {
    return under(this.#items, key).length > 0;
  }

  text(key: string): string | undefined {
    return this.#plain(key)
      .map((node) => this.#text(key, node))
      .at(-1);
  }

  integer(key: string): number | undefined {
    return this.#plain(key)
      .map((node) => this.#integer(key, node))
      .at(-1);
  }

  texts(key: string): string[] | undefined {
    const lists = this.#plain(key).map((node) => {
      if (node.kind === "list") return node.items.map((item) => this.#text(key, item));
      // An empty block is as good as an empty list.
      if (node.kind === "block" && node.items.length === 0) return [];
      return this.fail(node.at, `expected ${key} to be a list of strings, got ${described(node)}`);
    });
    return lists.length === 0 ? undefined : lists.flat();
  }

  /** A field that the server decodes only when it needs it; whatever is no scalar it will then refuse. */
  scalar(key: string): Scalar | "not a scalar" | undefined {
    const found = under(this.#items, key).at(-1);
    if (found === undefined) return undefined;
    this.#any(found.value);
    const { keys, value } = found;
    if (keys.length > 0 || value.kind !== "literal") return "not a scalar";
    return { type: value.type, text: this.#valid(value.text, value.at) };
  }

  /** The members of a block field, by name, in order. */
  members(key: string): Item[] | undefined {
    const found = under(this.#items, key);
    if (found.length === 0) return undefined;
    return found.flatMap((item) => {
      if (item.keys.length > 0) return [item];
      if (item.value.kind === "block") return item.value.items;
      return this.fail(item.at, `expected ${key} to be a block, got ${described(item.value)}`);
    });
  }

  /** Name to list of values, e.g. `allowed_parameters`. Names in lower case. */
  lists(key: string): Record<string, unknown[]> | undefined {
    const members = this.members(key);
    if (members === undefined) return undefined;
    const result = new Map<string, unknown[]>();
    for (const { keys, value, at } of members) {
      const name = this.#valid(keys[0] ?? "", at);
      if (keys.length > 1) this.fail(at, `expected one name in ${key}, got ${keys.length}`);
      if (value.kind === "literal") this.fail(value.at, `expected ${key}.${name} to be a list, got a value`);
      const values = value.kind === "list" ? value.items.map((one) => this.#any(one)) : [this.#any(value)];
      result.set(name, [...(result.get(name) ?? []), ...values]);
    }
    return Object.fromEntries([...result].map(([name, values]) => [name.toLowerCase(), values]));
  }

  fail(at: Position, message: string, fix?: string): never {
    throw malformed(this.#name, at, message, fix);
  }

  /** The name of a labelled item. */
  label({ keys, at }: Item): string {
    return this.#valid(keys[0] ?? "", at);
  }

  #valid(text: Text, at: Position): string {
    return typeof text === "string"
      ? text
      : this.fail(at, "expected escapes that have a value, got one out of range");
  }

  /** Values of `key`, which must carry no labels. */
  #plain(key: string): Node[] {
    return under(this.#items, key).map((item) => {
      if (item.keys.length > 0) this.fail(item.at, `expected ${key} without a label, got one`);
      return item.value;
    });
  }

  #text(key: string, node: Node): string {
    if (node.kind === "literal" && (node.type === "string" || node.type === "number")) {
      return this.#valid(node.text, node.at);
    }
    return this.fail(node.at, `expected ${key} to be a string, got ${described(node)}`);
  }

  #integer(key: string, node: Node): number {
    const plain = node.kind === "literal" && (node.type === "string" || node.type === "number");
    const value = plain ? integerOf(this.#valid(node.text, node.at)) : undefined;
    return value ?? this.fail(node.at, `expected ${key} to be an integer, got ${described(node)}`);
  }

  #any(node: Node): unknown {
    switch (node.kind) {
      case "list":
        return node.items.map((item) => this.#any(item));
      case "block":
        return Object.fromEntries(node.items.map((item) => [this.label(item), this.#nested(item)]));
      case "literal":
        return this.#scalarValue(node);
    }
  }

  /** Inside a block the server keeps inner blocks as lists of blocks. */
  #nested({ keys, value, at }: Item): unknown {
    const inner = value.kind === "block" ? [this.#any(value)] : this.#any(value);
    return keys.slice(1).reduceRight<unknown>((result, key) => [{ [this.#valid(key, at)]: result }], inner);
  }

  #scalarValue({ type, text: given, at }: Literal): unknown {
    const text = this.#valid(given, at);
    if (type === "string") return text;
    if (type === "bool") return text === "true";
    const value = type === "number" ? integerOf(text) : Number(text);
    return value ?? this.fail(at, `expected a 64-bit integer, got ${text}`);
  }
}

const DECIMAL = /^[+-]?(?:0|[1-9][0-9]*)$/;
const HEXADECIMAL = /^([+-]?)(0[xX][0-9a-fA-F]+)$/;
const OCTAL = /^([+-]?)0[oO]?([0-7]+)$/;
const MAX_INTEGER = 2n ** 63n;

/** Go's `ParseInt(text, 0, 64)`; beyond 2^53 the nearest double. */
export function integerOf(text: string): number | undefined {
  const value = bigIntOf(text);
  if (value === undefined || value >= MAX_INTEGER || value < -MAX_INTEGER) return undefined;
  return Number(value);
}

function bigIntOf(text: string): bigint | undefined {
  if (DECIMAL.test(text)) return BigInt(text.replace("+", ""));
  const [, sign, digits] = HEXADECIMAL.exec(text) ?? OCTAL.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(/^0x/i.test(digits) ? digits : `0o${digits}`);
  return sign === "-" ? -value : value;
}

function described(node: Node): string {
  return node.kind === "literal" ? `a ${node.type}` : `a ${node.kind}`;
}
