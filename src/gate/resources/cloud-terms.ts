import type { FactKind } from "../../facts/index.ts";
import type { Drafting, Register } from "../drafting.ts";
import { textOf, type Node, type Spot } from "../text/node.ts";
import { NOT_KNOWN, notKnown, tagsOf, unknownAmong, type Thing } from "./values.ts";

/** What is said of a thing in a cloud, where facts of a source have one scope. */
export class CloudTerms {
  readonly drafting: Drafting;
  readonly register: Register;

  constructor(drafting: Drafting, register: Register) {
    this.drafting = drafting;
    this.register = register;
  }

  /** Tells the source's own store, of whose access nothing is computed. Once, of what was declared in it. */
  store(product: string): void {
    const { drafting } = this;
    drafting.add("store", { id: drafting.source, product, absent_features: [] });
  }

  /**
   * A secret or key that is declared: its place in facts. A name that is not known may be any that rules speak of, so that by it nothing is
   * decided.
   */
  located(thing: Thing, native: string, mount: string, name: Node | undefined) {
    const { drafting, register } = this;
    const id = drafting.id(native);
    register.declare(id, thing.address, thing.spot);
    const known = textOf(name);
    if (known === undefined) drafting.hideName({ resource: id, detail: notKnown(thing, "name", name) });
    return { id, mount, name: known ?? NOT_KNOWN };
  }

  /** Hides kinds of a thing where one of some attributes is not known. Whether it did. */
  hidUnknown(thing: Thing, names: readonly string[], resource: string, kinds: readonly FactKind[]): boolean {
    const name = unknownAmong(thing, names);
    if (name === undefined) return false;
    this.drafting.hide({ resource, kinds, detail: notKnown(thing, name, thing.attributes[name]) });
    return true;
  }

  /** Labels that are known; what is not hides those of the thing. */
  labels(thing: Thing, attribute: string, resource: string): Record<string, string> {
    this.hidUnknown(thing, [attribute], resource, ["resource_labels"]);
    return tagsOf(thing.attributes[attribute]);
  }

  /** A value that is written in the file as it is. */
  written(thing: Thing, attribute: string): void {
    const node = thing.attributes[attribute];
    if (node !== undefined && (textOf(node) ?? "").trim() !== "")
      this.register.credential("secret-value", node, `${thing.address}.${attribute}`);
  }

  part(id: string, kind: FactKind, spot: Spot | undefined): void {
    if (spot !== undefined) this.register.part(id, kind, spot);
  }
}

/** A block that stands once comes as a list of one. */
export function blockOf(node: Node | undefined): Node | undefined {
  return node?.kind === "list" ? node.items[0] : node;
}

/** An instant that is written as RFC 3339 or as a day, in UTC; undefined of anything else. */
export function instantOf(node: Node | undefined): string | undefined {
  const text = textOf(node);
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
