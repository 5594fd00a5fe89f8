import type { Credential, Declaration, Declared } from "../../declared.ts";
import type { HclBlock, HclBody } from "../../text/hcl-tree.ts";
import { at, entriesOf, itemsOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { Place, SourceText } from "../../text/source-text.ts";
import type { Unread } from "../format.ts";
import { configuredAddress } from "./configuration.ts";
import { blocksCalled, type Written } from "./written.ts";

/** A range of the plan, and where what it tells is written. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly spot: Spot;
  readonly outer: Range | undefined;
}

/** Whether a block may be what an item was made of: the texts that it states are the item's. */
function isOf(item: Node, block: HclBlock | undefined): boolean {
  return [...(block?.body.attributes ?? [])].every(([name, { value }]) => {
    const text = textOf(at(item, name));
    return (
      text === undefined ||
      value.kind !== "literal" ||
      typeof value.value !== "string" ||
      value.value === text
    );
  });
}

/** Where what a plan tells is written; what is not found there stands in the plan. */
export class WrittenPlaces {
  readonly #plan: SourceText;
  readonly #written: Written;
  readonly #ranges: Range[] = [];

  constructor(root: Node, written: Written) {
    this.#plan = root.source;
    this.#written = written;
    const deferred = itemsOf(at(root, "deferred_changes")).flatMap((one) => at(one, "resource_change") ?? []);
    for (const node of [...itemsOf(at(root, "resource_changes")), ...deferred]) {
      const inner = ["before", "after", "after_unknown"].map((name) => at(node, "change", name));
      this.#resource(node, inner);
    }
    this.#state(at(root, "prior_state", "values", "root_module"));
    this.#module(at(root, "configuration", "root_module"), "");
    this.#ranges.sort((a, b) => a.start - b.start || b.end - a.end);
  }

  #state(module: Node | undefined): void {
    for (const node of itemsOf(at(module, "resources"))) this.#resource(node, [at(node, "values")]);
    for (const child of itemsOf(at(module, "child_modules"))) this.#state(child);
  }

  #resource(node: Node, values: readonly (Node | undefined)[]): void {
    const block = this.#written.block(configuredAddress(textOf(at(node, "address")) ?? ""));
    if (block === undefined) return;
    const range = this.#add(node, block, undefined);
    for (const one of values) this.#values(one, block.body, range);
  }

  #values(values: Node | undefined, body: HclBody, outer: Range): void {
    for (const [name, { key, value }] of entriesOf(values)) {
      const code = body.attributes.get(name)?.value;
      if (code !== undefined) {
        this.#add({ ...key, end: value.end }, code, outer);
        continue;
      }
      const items = itemsOf(value);
      const blocks = blocksCalled(name, body);
      // Blocks of a set are not in the order in which they are written.
      if (blocks?.length !== items.length || !items.every((item, nth) => isOf(item, blocks[nth]))) continue;
      items.forEach((item, nth) => {
        const block = blocks[nth];
        if (block !== undefined) this.#values(item, block.body, this.#add(item, block, outer));
      });
    }
  }

  /** Expressions of the configuration that state something: credentials stand there. */
  #module(module: Node | undefined, path: string): void {
    for (const node of itemsOf(at(module, "resources"))) {
      const block = this.#written.block(path + (textOf(at(node, "address")) ?? ""));
      if (block !== undefined) this.#codes(node, this.#add(node, block, undefined));
    }
    for (const [, { value }] of entriesOf(at(module, "variables"))) this.#codes(value, undefined);
    for (const [name, { value }] of entriesOf(at(module, "module_calls")))
      this.#module(at(value, "module"), `${path}module.${name}.`);
  }

  #codes(node: Node, outer: Range | undefined): void {
    const code = this.#written.code(node);
    const range = code === undefined ? outer : this.#add(node, code, outer);
    const inner = node.kind === "map" ? [...node.entries.values()].map(({ value }) => value) : itemsOf(node);
    for (const one of inner) this.#codes(one, range);
  }

  #add({ start, end }: Pick<Spot, "end" | "start">, spot: Spot, outer: Range | undefined): Range {
    const range = { start, end, spot, outer };
    this.#ranges.push(range);
    return range;
  }

  /** Where what stands in the plan is written: what is innermost about it. */
  #find({ file, line, column, end_line, end_column }: Place): Place | undefined {
    if (file !== this.#plan.path) return undefined;
    const start = this.#plan.offsetOf(line - 1, column - 1);
    const end = this.#plan.offsetOf(end_line - 1, end_column - 1);
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    let range = this.#ranges[low - 1];
    while (range !== undefined && range.end < end) range = range.outer;
    return range === undefined ? undefined : placeOf(range.spot);
  }

  declared(one: Declared): Declared {
    const declarations = [...one.declarations].map(([id, own]) => [id, this.#declaration(own)] as const);
    const writtenAt = (place: Place): Place | undefined => this.#find(place);
    return {
      ...one,
      declarations: new Map(declarations),
      ...(one.before === undefined ? {} : { before: { ...one.before, writtenAt } }),
      writtenAt,
      credentials: one.credentials.map((own) => this.#credential(own)),
      changes: one.changes.map((own) => ({ ...own, declaration: this.#declaration(own.declaration) })),
    };
  }

  unread(one: Unread): Unread {
    return { ...one, place: this.#find(one.place) ?? one.place };
  }

  #declaration(one: Declaration): Declaration {
    const related = new Map<Place, Place>(one.related);
    const moved = (place: Place): Place => {
      const found = this.#find(place);
      if (found === undefined) return place;
      related.set(found, place);
      return found;
    };
    const { parts, rules } = one;
    return {
      ...one,
      place: moved(one.place),
      ...(parts === undefined
        ? {}
        : { parts: Object.fromEntries(Object.entries(parts).map(([kind, place]) => [kind, moved(place)])) }),
      ...(rules === undefined
        ? {}
        : { rules: new Map([...rules].map(([name, place]) => [name, moved(place)])) }),
      related,
    };
  }

  #credential(one: Credential): Credential {
    const found = this.#find(one.place);
    return found === undefined ? one : { ...one, place: found, related: one.place };
  }
}
