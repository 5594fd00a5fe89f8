import { durationSeconds } from "../../../hashicorp/index.ts";
import type { FactKind } from "../../../facts/index.ts";
import type { Drafting } from "../../drafting.ts";
import type { Resource } from "../../formats/terraform/resource.ts";
import { at, entriesOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import { wordOf } from "../values.ts";

/** Reads a resource's attributes, and hides what it was asked for and does not know. */
export class Attributes {
  readonly resource: Resource;
  readonly #unknown: { readonly name: string; readonly why: string }[] = [];

  constructor(resource: Resource) {
    this.resource = resource;
  }

  node(...path: readonly [string, ...string[]]): Node | undefined {
    const node = first(
      path.reduce<Node | undefined>((from, name) => at(first(from), name), this.resource.attributes),
    );
    const open = unknownIn(node);
    if (open !== undefined) this.#unknown.push({ name: path.join("."), why: open.why });
    return node;
  }

  text(...path: readonly [string, ...string[]]): string | undefined {
    const text = textOf(this.node(...path));
    return text === "" ? undefined : text;
  }

  flag(...path: readonly [string, ...string[]]): boolean | undefined {
    const node = this.node(...path);
    if (node?.kind === "boolean") return node.boolean;
    const text = textOf(node);
    return text === "true" ? true : text === "false" ? false : undefined;
  }

  count(...path: readonly [string, ...string[]]): number | undefined {
    const node = this.node(...path);
    if (node?.kind === "number" && node.number >= 0) return Math.floor(node.number);
    return /^\d{1,15}$/.test(textOf(node) ?? "") ? Number(textOf(node)) : undefined;
  }

  /** A time in seconds, from a number or a duration; 0 is "not set". */
  seconds(...path: readonly [string, ...string[]]): number | undefined {
    const node = this.node(...path);
    const seconds = node?.kind === "number" ? node.number : durationSeconds(textOf(node) ?? "");
    return seconds === undefined || seconds <= 0 ? undefined : Math.floor(seconds);
  }

  /** The texts of a list or set that are known. */
  texts(...path: readonly [string, ...string[]]): string[] {
    const node = path.reduce<Node | undefined>(
      (from, name) => at(first(from), name),
      this.resource.attributes,
    );
    const open = unknownIn(node);
    if (open !== undefined) this.#unknown.push({ name: path.join("."), why: open.why });
    return node?.kind === "list" ? node.items.flatMap((item) => textOf(item) ?? []) : [];
  }

  /** Texts by name that are known; of a map of texts Terraform takes numbers and booleans for theirs. */
  labels(...path: readonly [string, ...string[]]): Record<string, string> {
    const found = entriesOf(this.node(...path)).flatMap(([name, { value }]): [string, string][] => {
      const text = wordOf(value);
      return text === undefined ? [] : [[name, text]];
    });
    return Object.fromEntries(found);
  }

  /** Whether something is set, known or not. */
  has(name: string): boolean {
    return at(this.resource.attributes, name) !== undefined;
  }

  /** Whether something that was asked for is not known. */
  get isOpen(): boolean {
    return this.#unknown.length > 0;
  }

  /** Hides kinds of a thing where something that was asked for so far is not known. Once for each name. */
  hideUnknown(
    drafting: Drafting,
    of: { readonly scope: string; readonly resource?: string; readonly kinds: readonly FactKind[] },
  ): void {
    const { address } = this.resource;
    for (const { name, why } of new Map(this.#unknown.map((one) => [one.name, one])).values())
      drafting.hide({ ...of, detail: `${name} of ${address} is not known, since ${why}` });
  }
}

/** A block that stands once comes as a list of one. */
function first(node: Node | undefined): Node | undefined {
  return node?.kind === "list" && node.items.length === 1 && node.items[0]?.kind === "map"
    ? node.items[0]
    : node;
}

/** Without the keys whose value is undefined. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
