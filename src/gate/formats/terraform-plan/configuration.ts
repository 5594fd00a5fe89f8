import { at, entriesOf, itemsOf, textOf, type Node, type Reference } from "../../text/node.ts";
import type { Expression } from "./values.ts";
import { isReferenceAlone, type Written } from "./written.ts";

/** One instance of a resource, as the plan calls it. */
export interface Instance {
  readonly address: string;
  /** Without keys of instances, e.g. `module.db.aws_db_instance.main`. */
  readonly configured: string;
  /** The modules that it is in, outermost first, e.g. `module.db["eu"].`. */
  readonly modules: readonly string[];
  /** Its own key, e.g. `["eu"]`, `[0]`; empty of one that has none. */
  readonly key: string;
}

/** A module of the configuration: its resources, and how it is called. */
interface Module {
  readonly path: string;
  readonly node: Node;
  readonly call?: { readonly of: Module; readonly expressions: Node | undefined };
  readonly children: Map<string, Module>;
}

/** Modules within modules; what people write has five. */
const MAX_MODULES = 50;

/** Steps from one name to the next until a resource: through variables and outputs of modules. */
const MAX_STEPS = 30;

/** References of one expression that are gone through: with more it is no name of one thing. */
const MAX_REFERENCES = 100;

/** A key of an instance behind a name. */
const KEY = /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g;

/** An address without the keys of instances. */
export function configuredAddress(address: string): string {
  return address.replace(KEY, "");
}

/** A step of an address into a module. A key may hold anything, so that steps are taken from the beginning. */
const MODULE = /module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\./y;

export function instanceOf(address: string): Instance {
  const modules: string[] = [];
  MODULE.lastIndex = 0;
  for (let step = MODULE.exec(address); step !== null; step = MODULE.exec(address)) modules.push(step[0]);
  const own = address.slice(modules.join("").length);
  return { address, configured: configuredAddress(address), modules, key: own.match(KEY)?.[0] ?? "" };
}

/**
 * How resources are set, of a plan's `configuration`. A plan tells what an expression refers to, not the expression: an attribute that names
 * one attribute of one resource, and nothing else, is taken for just that. Whoever asks does so where a value can hardly be more than a name.
 */
export class Configuration {
  readonly #modules = new Map<string, Module>();
  readonly #resources = new Map<string, { readonly node: Node; readonly module: Module }>();
  readonly #instances = new Map<string, Instance[]>();
  readonly root: Node | undefined;
  readonly #written: Written | undefined;

  /** `written`: its source, where that is there. */
  constructor(configuration: Node | undefined, instances: readonly Instance[], written?: Written) {
    this.#written = written;
    this.root = at(configuration, "root_module");
    if (this.root !== undefined) this.#add({ path: "", node: this.root, children: new Map() }, 0);
    for (const instance of instances) {
      const list = this.#instances.get(instance.configured);
      if (list === undefined) this.#instances.set(instance.configured, [instance]);
      else list.push(instance);
    }
  }

  #add(module: Module, depth: number): void {
    if (depth > MAX_MODULES) return;
    this.#modules.set(module.path, module);
    for (const node of itemsOf(at(module.node, "resources"))) {
      const address = textOf(at(node, "address"));
      if (address !== undefined) this.#resources.set(module.path + address, { node, module });
    }
    for (const [name, { value }] of entriesOf(at(module.node, "module_calls"))) {
      const node = at(value, "module");
      if (node === undefined) continue;
      const call = { of: module, expressions: at(value, "expressions") };
      const child: Module = { path: `${module.path}module.${name}.`, node, call, children: new Map() };
      module.children.set(name, child);
      this.#add(child, depth + 1);
    }
  }

  /** Every resource of the configuration, by its address without keys. */
  resources(): IterableIterator<[string, { readonly node: Node }]> {
    return this.#resources.entries();
  }

  /** How the attributes of a resource are set. */
  expressions(configured: string): Node | undefined {
    const found = this.#resources.get(configured);
    return found === undefined ? undefined : (at(found.node, "expressions") ?? withoutSettings(found.node));
  }

  /** The name of the provider's configuration, e.g. `aws.eu`; a module's own stands behind its path. */
  providerKey(configured: string): string | undefined {
    return textOf(at(this.#resources.get(configured)?.node, "provider_config_key"));
  }

  /** What an expression of a resource refers to, where that is one attribute of one resource. */
  reference(of: Instance, expression: Expression): Reference | undefined {
    const from = this.#placeOf(of);
    return from === undefined ? undefined : this.#follow(expression, from, MAX_STEPS);
  }

  /** What as many open items of a list refer to, in whichever order, where each is one reference; none else. */
  references(of: Instance, expression: Expression, count: number): readonly Reference[] {
    const from = this.#placeOf(of);
    const code = expression === undefined ? undefined : this.#written?.code(expression);
    const names = longestOf(expression);
    if (from === undefined || names.length !== count || (code !== undefined && !isReferenceAlone(code)))
      return [];
    const found = names.flatMap((name) => this.#named(name, { from, byKey: false, steps: MAX_STEPS }) ?? []);
    if (found.length !== count) return [];
    return found.map((one) => ({ ...one, isWhole: one.isWhole && code !== undefined }));
  }

  #placeOf(of: Instance): Place | undefined {
    const found = this.#resources.get(of.configured);
    return found === undefined
      ? undefined
      : {
          module: found.module,
          within: of.modules,
          key: of.key,
          each: at(found.node, "for_each_expression"),
        };
  }

  #follow(expression: Expression, from: Place, steps: number): Reference | undefined {
    const code = expression === undefined ? undefined : this.#written?.code(expression);
    if (steps === 0 || (code !== undefined && !isReferenceAlone(code))) return undefined;
    const found = this.#next(expression, from, steps);
    return found === undefined ? undefined : { ...found, isWhole: found.isWhole && code !== undefined };
  }

  #next(expression: Expression, from: Place, steps: number): Reference | undefined {
    const longest = longestOf(expression);
    const names = longest.filter((one) => !/^(?:each\.key|count\.index)$/.test(one));
    const [name] = names;
    if (name === undefined || names.length > 1) return this.#eachOf(longest, from, steps);
    return this.#named(name, { from, byKey: names.length < longest.length, steps });
  }

  #named(
    name: string,
    { from, byKey, steps }: { readonly from: Place; readonly byKey: boolean; readonly steps: number },
  ): Reference | undefined {
    const parts = name.split(".");
    if (name.startsWith("var.")) {
      const { call } = from.module;
      if (call === undefined || byKey) return undefined;
      const within = from.within.slice(0, -1);
      const caller = { ...from, module: call.of, within, key: from.within.at(-1)?.match(KEY)?.[0] ?? "" };
      return this.#follow(at(call.expressions, parts[1] ?? ""), caller, steps - 1);
    }
    if (name.startsWith("module.")) return this.#output(parts, from, steps);
    if (name.startsWith("each.value")) return this.#eachOf([name], from, steps);
    return this.#resource(name, from, byKey);
  }

  /** `each.value.id` where all instances of another resource are gone through. */
  #eachOf(names: readonly string[], from: Place, steps: number): Reference | undefined {
    const [value] = names;
    if (
      names.length !== 1 ||
      value === undefined ||
      !value.startsWith("each.value") ||
      from.each === undefined
    )
      return undefined;
    const found = this.#follow(from.each, { ...from, each: undefined }, steps - 1);
    const attribute = value.slice("each.value.".length);
    return found === undefined ? undefined : { ...found, ...(attribute === "" ? {} : { attribute }) };
  }

  #output(parts: readonly string[], from: Place, steps: number): Reference | undefined {
    const [, called = "", output, ...rest] = parts;
    const child = from.module.children.get(called.replace(KEY, ""));
    if (child === undefined || output === undefined || rest.length > 0) return undefined;
    return this.#follow(
      at(child.node, "outputs", output, "expression"),
      { ...from, module: child, within: [...from.within, `module.${called}.`], key: "" },
      steps - 1,
    );
  }

  /** A resource of the module, with an attribute; without one, its id: what else is asked of one among several is not told. */
  #resource(name: string, { module, within, key: ownKey }: Place, byKey: boolean): Reference | undefined {
    const [, base = "", rest = ""] =
      /^((?:data\.)?[\w-]+\.[\w-]+(?:\[(?:"[^"]*"|\d+)\])?)(?:\.(\w+))?$/.exec(name) ?? [];
    if (base === "") return undefined;
    const all = this.#instances.get(module.path + configuredAddress(base)) ?? [];
    // A module sees its own instances alone, not those of the same module as it is called elsewhere.
    const near = all.filter(({ modules }) => modules.every((one, at) => isSameModule(one, within[at])));
    const key = base.match(KEY)?.[0];
    const fitting =
      key !== undefined
        ? near.filter((one) => one.key === key)
        : near.length === 1
          ? near
          : near.filter((one) => one.key === ownKey && one.key !== "");
    const [found] = fitting;
    if (found === undefined || fitting.length > 1) return undefined;
    // A resource by itself is all of it, unless one of several is chosen.
    if (rest === "" && near.length === 1 && !byKey && ownKey === "") return undefined;
    return { address: found.address, attribute: rest === "" ? "id" : rest, isWhole: true };
  }
}

/** Of an output it is not always known which of several modules it is of: then any may be meant. */
function isSameModule(one: string, within: string | undefined): boolean {
  return (
    one === within || (within !== undefined && !within.includes("[") && configuredAddress(one) === within)
  );
}

/** What an expression refers to, each as far as it says; none of one with more than are gone through. */
function longestOf(expression: Expression): string[] {
  const all = itemsOf(at(expression, "references")).flatMap((item) => textOf(item) ?? []);
  if (all.length > MAX_REFERENCES) return [];
  return all.filter((one) => !all.some((other) => other !== one && isWithin(other, one)));
}

interface Place {
  readonly module: Module;
  /** The instance of it that is meant, as `Instance.modules`. */
  readonly within: readonly string[];
  /** What `each.key` and `count.index` are there, as `Instance.key`. */
  readonly key: string;
  readonly each: Expression;
}

/** A resource whose configuration is there and sets nothing. */
function withoutSettings({ source, start }: Node): Node {
  return { source, start, end: start, kind: "map", entries: new Map() };
}

/** Whether a reference says what another does, and more. */
function isWithin(longer: string, shorter: string): boolean {
  return longer.startsWith(`${shorter}.`) || longer.startsWith(`${shorter}[`);
}
