import { booleanOf, entriesOf, itemsOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { text } from "../terraform/values.ts";
import { MAX_COPIES, countOf, evaluate, type Env } from "./evaluate.ts";
import { written } from "./expression.ts";
import { Scope, type ScopeTerms } from "./scope.ts";
import { field, open, together, type ArmValue } from "./values.ts";

/** A resource that a template makes, once. */
export interface ArmResource {
  /** With its parents' types, as it is written. */
  readonly type: string;
  /** In lower case. */
  readonly key: string;
  /** As the file calls it: by its symbolic name, or by its type and what is written for its name. */
  readonly address: string;
  /** With its parents' names, parted by `/`. */
  readonly name: ArmValue;
  /** What is written of it: a map. */
  readonly node: Node;
  readonly env: Env;
  /** The template that makes it. */
  readonly of: ArmTemplate;
}

/** A template, or one within another. */
export interface ArmTemplate {
  readonly root: Node;
  readonly scope: Scope;
  /** Empty of the file's own. */
  readonly address: string;
  /** In what its outputs are worked out. */
  readonly env: Env;
}

/** All that a file makes. */
export interface Made {
  readonly templates: readonly ArmTemplate[];
  readonly resources: readonly ArmResource[];
}

/** Most resources of one file that are worked out; Azure takes 800 of one template. */
const MAX_RESOURCES = 20_000;

/** Templates within each other; what people write has five. */
const MAX_NESTED = 20;

interface Within {
  readonly template: ArmTemplate;
  readonly env: Env;
  readonly nested: number;
  /** Of a child that is written within its parent. */
  readonly parent?: Pick<ArmResource, "name" | "type"> & { readonly said: string };
}

/** What a template makes, with the templates within it and its loops gone through. `tell` is told what is not read of it. */
export function madeBy(root: Node, terms: ScopeTerms, tell: (unread: Unread) => void): Made {
  return new Walk(tell, terms).all(root);
}

class Walk {
  readonly #tell: (unread: Unread) => void;
  readonly #terms: ScopeTerms;
  readonly #templates: ArmTemplate[] = [];
  readonly #resources: ArmResource[] = [];
  readonly #addresses = new Map<string, number>();
  #left = MAX_RESOURCES;

  constructor(tell: (unread: Unread) => void, terms: ScopeTerms) {
    this.#tell = tell;
    this.#terms = terms;
  }

  all(root: Node): Made {
    const scope = new Scope(root, this.#terms);
    this.#template({ root, scope, address: "", env: scope.env }, 0);
    return { templates: this.#templates, resources: this.#resources };
  }

  #template(template: ArmTemplate, nested: number): void {
    this.#templates.push(template);
    this.#each(field(template.root, "resources"), { template, env: template.env, nested });
  }

  /** Resources come as a list, or with symbolic names as a map. */
  #each(resources: Node | undefined, within: Within): void {
    if (resources !== undefined && resources.kind !== "list" && resources.kind !== "map") {
      this.#unread(resources, "expected resources, got a value that is no list of them", "malformed");
      return;
    }
    for (const item of itemsOf(resources)) this.#resource(item, undefined, within);
    for (const [symbolic, { value }] of entriesOf(resources)) this.#resource(value, symbolic, within);
  }

  #resource(node: Node, symbolic: string | undefined, within: Within): void {
    if (node.kind !== "map") {
      this.#unread(node, "expected a resource, got a value that is none", "malformed");
      return;
    }
    for (const { env, suffix } of this.#copies(node, within.env)) {
      this.#left -= 1;
      if (this.#left < 0) {
        this.#full(node);
        return;
      }
      const made = this.#made(node, { symbolic, suffix }, { ...within, env });
      if (made === undefined) continue;
      const parent = {
        name: made.name,
        type: made.type,
        said: said(field(node, "name"), within.parent?.said),
      };
      this.#each(field(node, "resources"), { ...within, env, parent });
      const condition = field(node, "condition");
      const isThere = condition === undefined ? undefined : evaluate(condition, env);
      if (booleanOf(isThere) === false || booleanOf(field(node, "existing")) === true) continue;
      this.#resources.push(made);
      if (made.key === "microsoft.resources/deployments") this.#deployment(made, within);
    }
  }

  #made(
    node: Node,
    { symbolic, suffix }: { readonly symbolic: string | undefined; readonly suffix: string },
    within: Within,
  ): ArmResource | undefined {
    const { template, env, parent } = within;
    const own = textOf(field(node, "type"));
    if (own === undefined || "expression" in written(own)) {
      this.#unread(node, "expected a resource with its type, got one without", "malformed");
      return undefined;
    }
    const isWhole = parent === undefined || /^\w+\.[\w.]+\//.test(own);
    const type = isWhole ? own : `${parent.type}/${own}`;
    const name = this.#name(node, isWhole ? undefined : parent, env);
    const plain = symbolic ?? `${type} ${said(field(node, "name"), isWhole ? undefined : parent.said)}`;
    const address = this.#unique(`${template.address}${plain}${suffix}`);
    return { type, key: type.toLowerCase(), address, name, node, env, of: template };
  }

  #name(node: Node, parent: Within["parent"], env: Env): ArmValue {
    const spot: Spot = field(node, "name") ?? node;
    const written = field(node, "name");
    const own = written === undefined ? open(spot, "it has no name", "?") : evaluate(written, env);
    if (parent === undefined) return own;
    return together([parent.name, text(spot, "/"), own], spot) ?? open(spot, "its name is no text", "?");
  }

  /** Two of one name, such as for two conditions, are told apart. */
  #unique(address: string): string {
    const nth = (this.#addresses.get(address) ?? 0) + 1;
    this.#addresses.set(address, nth);
    return nth === 1 ? address : `${address} ${nth}`;
  }

  /** Once, or as often as its loop goes round; where that is not known one stands for all. */
  #copies(node: Node, env: Env): readonly { readonly env: Env; readonly suffix: string }[] {
    const copy = field(node, "copy");
    if (copy?.kind !== "map") return [{ env, suffix: "" }];
    const loop = textOf(field(copy, "name"))?.toLowerCase() ?? "";
    const at = (place: number | undefined): Env => ({
      ...env,
      loop,
      loops: new Map(env.loops).set(loop, place),
    });
    const count = countOf(copy, env);
    if (count.kind === "number" && count.number <= MAX_COPIES)
      return Array.from({ length: Math.max(0, count.number) }, (_, nth) => ({
        env: at(nth),
        suffix: `[${nth}]`,
      }));
    if (count.kind === "number")
      this.#unread(copy, `expected at most ${MAX_COPIES} copies, got ${count.number}`, "limit");
    return [{ env: at(undefined), suffix: "[*]" }];
  }

  /** A template within this one: its expressions are its own where it says so, and the outer's else. */
  #deployment(made: ArmResource, { template, nested }: Within): void {
    const { node, env, address } = made;
    const inner = field(node, "properties", "template");
    if (inner?.kind !== "map") {
      this.#unread(node, `what ${address} is made of stands elsewhere`, "unsupported");
      return;
    }
    if (nested >= MAX_NESTED) {
      this.#unread(node, `expected at most ${MAX_NESTED} templates within each other, got more`, "limit");
      return;
    }
    const option = field(node, "properties", "expressionEvaluationOptions", "scope");
    const isInner = textOf(option)?.toLowerCase() === "inner";
    const prefix = `${address}/`;
    if (!isInner) {
      const { scope } = template;
      this.#template({ root: inner, scope, address: prefix, env }, nested + 1);
      return;
    }
    const parameters = field(node, "properties", "parameters");
    const given = { parameters: parameters ?? { ...inner, entries: new Map() }, env };
    const scope = new Scope(inner, { ...template.scope.terms, label: prefix.replaceAll("/", ":"), given });
    this.#template({ root: inner, scope, address: prefix, env: scope.env }, nested + 1);
  }

  #full(spot: Spot): void {
    if (this.#left === -1)
      this.#unread(spot, `expected at most ${MAX_RESOURCES} resources of one file, got more`, "limit");
  }

  #unread(spot: Spot, detail: string, reason: Unread["reason"]): void {
    this.#tell({ format: "arm", place: placeOf(spot), reason, detail });
  }
}

/** Longest name that is shown as it is written. */
const MAX_SAID = 200;

/** What is written for a name, without brackets. */
function said(name: Node | undefined, parent: string | undefined): string {
  const own = textOf(name) ?? "without a name";
  const read = written(own);
  const plain = ("expression" in read ? read.expression : read.literal).slice(0, MAX_SAID);
  return parent === undefined ? plain : `${parent}/${plain}`;
}
