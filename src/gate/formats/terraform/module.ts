import type { HclAttribute, HclBlock } from "../../text/hcl-tree.ts";
import type { Spot } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { normalPath, pathFrom, referenceOf, type Directory } from "./configuration.ts";
import { evaluate } from "./evaluate.ts";
import type { Scope, Steps } from "./scope.ts";
import { decidingKey, expanded, namespace, type Expansion } from "./instances.ts";
import { Instance } from "./instance.ts";
import type { Providers } from "./providers.ts";
import { conformed } from "./variable-type.ts";
import { failure, number, text, unknown, wordOf, type Reached, type Thing, type Value } from "./values.ts";

/** What all modules of one root module share. */
export interface Context {
  readonly directories: ReadonlyMap<string, Directory>;
  /** Whether defaults of the root module's variables hold; else each may be set otherwise. */
  readonly defaultsHold: boolean;
  /** A file of the tree, by its path in it. */
  readonly file: (path: string) => string | undefined;
  readonly template: Scope["template"];
  readonly steps: Steps;
  readonly providers: Providers;
  readonly unread: Unread[];
  /** Names of variables of the root module whose defaults were asked for. */
  readonly defaulted: Set<string>;
  /** Where it is asked which resources a value rests on: they are put there. */
  trace: Set<Instance> | undefined;
  /** Directories of the modules that there are. */
  readonly entered: Set<string>;
  /** How many more modules are worked out. */
  modulesLeft: number;
}

/** How a module is called; the root module is not. */
export interface Call {
  readonly of: Module;
  readonly block: HclBlock;
  readonly scope: Scope;
}

/** Modules of one root module: each instance of a call is one. */
export const MAX_ALL_MODULES = 5_000;

/** Modules within each other; what people write has five. */
const MAX_MODULES = 20;

/** Stands before paths that are in the tree, and not from where Terraform is run. */
export const IN_TREE = "/.tree./";

function inTree(path: string): string {
  return `${IN_TREE}${path === "" ? "." : path}`;
}

const WAITING = Symbol("is being worked out");

/** A module as it is called once. */
export class Module {
  readonly directory: Directory;
  /** Before addresses: `module.db["eu"].`, nothing of the root module. */
  readonly prefix: string;
  readonly context: Context;
  readonly scope: Scope;
  readonly depth: number;
  /** What decides whether there is such a module: nothing of one that there is. */
  readonly open: ReadonlySet<string>;
  readonly #call: Call | undefined;
  readonly #blocks = new Map<string, HclBlock>();
  readonly #locals = new Map<string, HclAttribute>();
  readonly #values = new Map<string, Value | typeof WAITING>();
  readonly #groups = new Map<string, { readonly expansion: Expansion; readonly all: readonly Instance[] }>();
  readonly #modules = new Map<
    string,
    { readonly expansion: Expansion; readonly all: readonly Module[] } | undefined
  >();

  constructor(
    directory: Directory,
    {
      prefix,
      context,
      call,
      open,
      depth,
    }: Pick<Module, "context" | "depth" | "open" | "prefix"> & { call?: Call },
  ) {
    this.directory = directory;
    this.prefix = prefix;
    this.context = context;
    this.depth = depth;
    this.open = open;
    this.#call = call;
    context.entered.add(directory.path);
    for (const block of directory.blocks) {
      if (block.type === "locals")
        for (const [name, one] of block.body.attributes) this.#locals.set(name, one);
      const key = [block.type, ...block.labels].join(" ");
      if (!this.#blocks.has(key)) this.#blocks.set(key, block);
    }
    this.scope = {
      names: new Map(),
      root: (name, spot) => this.#root(name, spot),
      file: (path) => this.#file(path),
      template: context.template,
      steps: context.steps,
    };
  }

  /** The directory of the module that is run. */
  get #home(): string {
    return this.#call === undefined ? this.directory.path : this.#call.of.#home;
  }

  #file(path: string): string | undefined {
    if (path.startsWith("/") && !path.startsWith(IN_TREE)) return undefined;
    const within = path.startsWith(IN_TREE) ? path.slice(IN_TREE.length) : undefined;
    const normal = within === undefined ? pathFrom(this.#home, path) : normalPath(within);
    return normal === undefined ? undefined : this.context.file(normal);
  }

  #root(name: string, spot: Spot): Reached {
    switch (name) {
      case "var":
        return this.#names(name, (one, at) => this.variable(one, at));
      case "local":
        return this.#names(name, (one, at) => this.#local(one, at));
      case "module":
        return this.#names(name, (one, at) => this.#module(one, at));
      case "data":
        return this.#names(name, (type) =>
          this.#names(type, (one, at) => this.#resource(`data ${type} ${one}`, at)),
        );
      case "path":
        return namespace(name, {
          cwd: unknown(spot, "where it is run is not known"),
          module: text(spot, inTree(this.directory.path)),
          root: text(spot, inTree(this.#home)),
        });
      case "terraform":
        return namespace(name, { workspace: unknown(spot, "the workspace is chosen when it is run") });
      case "self":
      case "each":
      case "count":
        return failure(spot, `there is no ${name} here`);
      default:
        return this.#names(name, (one, at) => this.#resource(`resource ${name} ${one}`, at));
    }
  }

  #names(of: string, reach: (name: string, spot: Spot) => Reached): Thing {
    return { ...namespace(of, {}), attribute: reach, index: (key, spot) => reach(wordOf(key) ?? "", spot) };
  }

  /** Worked out once; what rests on itself is not known. */
  #once(key: string, spot: Spot, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known === WAITING) return failure(spot, "it rests on itself");
    if (known !== undefined) return known;
    this.#values.set(key, WAITING);
    const made = make();
    this.#values.set(key, made);
    return made;
  }

  #local(name: string, spot: Spot): Value {
    const written = this.#locals.get(name);
    if (written === undefined) return unknown(spot, `local.${name} is not in the files that are read`);
    return this.#once(`local ${name}`, spot, () => evaluate(written.value, this.scope));
  }

  variable(name: string, spot: Spot): Value {
    const block = this.#blocks.get(`variable ${name}`);
    if (block === undefined) return unknown(spot, `var.${name} is not in the files that are read`);
    return this.#once(`var ${name}`, spot, () => {
      const { attributes } = block.body;
      const value = this.#given(name, block, spot);
      return conformed(value, attributes.get("type")?.value, this.scope);
    });
  }

  #given(name: string, { body: { attributes } }: HclBlock, spot: Spot): Value {
    const otherwise = attributes.get("default")?.value;
    const byDefault = (): Value =>
      otherwise === undefined ? unknown(spot, `var.${name} is not set`) : evaluate(otherwise, this.scope);
    if (this.#call !== undefined) {
      const written = this.#call.block.body.attributes.get(name)?.value;
      if (written === undefined) return byDefault();
      const value = evaluate(written, this.#call.scope);
      const isNull = value.kind === "null" && attributes.get("nullable")?.value;
      const nullable = isNull ? evaluate(isNull, this.scope) : undefined;
      return nullable?.kind === "boolean" && !nullable.boolean ? byDefault() : value;
    }
    const given = this.directory.given.get(name)?.value;
    if (given !== undefined) return evaluate(given, this.scope);
    if (otherwise === undefined) return unknown(spot, `var.${name} is given only when it is applied`);
    this.context.defaulted.add(name);
    if (this.context.defaultsHold) return byDefault();
    return unknown(spot, `var.${name} may be set otherwise than by its default`);
  }

  /** Its instances. */
  group(key: string): { readonly expansion: Expansion; readonly all: readonly Instance[] } | undefined {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const block = this.#blocks.get(key);
    if (block === undefined) return undefined;
    // While it is worked out how many there are, nothing can refer to one.
    this.#groups.set(key, { expansion: { by: undefined, all: [] }, all: [] });
    const expansion = expanded(block, this.scope);
    const deciding = expansion.open === undefined ? [] : [`${this.prefix}${expansion.deciding ?? ""}`];
    const open = new Set([...this.open, ...deciding]);
    const all = expansion.all.map(
      (one) => new Instance(block, { module: this, one, open, why: expansion.open }),
    );
    const made = { expansion, all };
    this.#groups.set(key, made);
    return made;
  }

  #resource(key: string, spot: Spot): Reached {
    const [mode, type = "", name = ""] = key.split(" ");
    const address = mode === "data" ? `data.${type}.${name}` : `${type}.${name}`;
    const group = this.group(key);
    if (group === undefined) return unknown(spot, `${address} is not in the files that are read`);
    return grouped(group, address, spot);
  }

  /** All resources of the module and of those that it calls. */
  *instances(): Generator<Instance> {
    for (const [key, { type, labels }] of this.#blocks) {
      if (labels.length === 2 && (type === "resource" || type === "data")) yield* this.group(key)?.all ?? [];
      if (labels.length === 1 && type === "module")
        for (const child of this.#children(labels[0] ?? "")?.all ?? []) yield* child.instances();
    }
  }

  /** Variables whose values nobody is to see. */
  *sensitiveVariables(): Generator<{ readonly name: string; readonly default: Value }> {
    for (const { type, labels, body } of this.directory.blocks) {
      const [name] = labels;
      const [isSensitive, otherwise] = [
        body.attributes.get("sensitive")?.value,
        body.attributes.get("default")?.value,
      ];
      if (type !== "variable" || name === undefined || isSensitive === undefined || otherwise === undefined)
        continue;
      if (wordOf(evaluate(isSensitive, this.scope)) === "true")
        yield { name, default: evaluate(otherwise, this.scope) };
    }
  }

  #children(name: string): { readonly expansion: Expansion; readonly all: readonly Module[] } | undefined {
    if (this.#modules.has(name)) return this.#modules.get(name);
    this.#modules.set(name, undefined);
    const block = this.#blocks.get(`module ${name}`);
    const directory = block && this.#followed(block);
    if (block === undefined || directory === undefined) return undefined;
    const expansion = expanded(block, this.scope);
    const deciding = expansion.open === undefined ? [] : [`${this.prefix}module ${expansion.deciding ?? ""}`];
    this.context.modulesLeft -= expansion.all.length;
    if (this.context.modulesLeft < 0) {
      const place = block.source.place(block.start, block.end);
      const detail = `expected at most ${MAX_ALL_MODULES} modules, got more`;
      this.context.unread.push({ format: "terraform", place, reason: "limit", detail });
      return undefined;
    }
    const all = expansion.all.map(
      ({ suffix, scope }) =>
        new Module(directory, {
          prefix: `${this.prefix}module.${name}${suffix}.`,
          context: this.context,
          call: { of: this, block, scope },
          open: new Set([...this.open, ...deciding]),
          depth: this.depth + 1,
        }),
    );
    const made = { expansion, all };
    this.#modules.set(name, made);
    return made;
  }

  /** The directory of a module that is called; of one that is elsewhere it is told that it is not read. */
  #followed(block: HclBlock): Directory | undefined {
    const written = block.body.attributes.get("source");
    const source = written && wordOf(evaluate(written.value, this.scope));
    const at: Spot = written?.value ?? block;
    const tell = (detail: string, reason: Unread["reason"] = "unsupported"): void => {
      const place = at.source.place(at.start, at.end);
      this.context.unread.push({ format: "terraform", place, reason, detail });
    };
    const local = source !== undefined && /^\.\.?(?:\/|$)/.test(source);
    const path = local ? pathFrom(this.directory.path, source) : undefined;
    const found = path === undefined ? undefined : this.context.directories.get(path);
    const called = source?.slice(0, 200) ?? "";
    if (source === undefined) tell("expected a module with its source, got none", "malformed");
    else if (!local) tell(`expected a module of the tree, got ${called}: a plan tells what it makes`);
    else if (found === undefined)
      tell(`expected a module at ${called}, got none among the files that are read`);
    else if (this.depth < MAX_MODULES) return found;
    else tell(`expected at most ${MAX_MODULES} modules within each other, got more`, "limit");
    return undefined;
  }

  #module(name: string, spot: Spot): Reached {
    const children = this.#children(name);
    if (children === undefined) return unknown(spot, `what module.${name} makes is not read`);
    return grouped(
      { expansion: children.expansion, all: children.all.map((child) => child.#outputs(name)) },
      `module.${name}`,
      spot,
    );
  }

  #outputs(of: string): Thing {
    return this.#names(of, (name, spot) => {
      const written = this.#blocks.get(`output ${name}`)?.body.attributes.get("value")?.value;
      if (written === undefined) return failure(spot, `module.${of} has no output ${name}`);
      return this.#once(`output ${name}`, spot, () => evaluate(written, this.scope));
    });
  }

  /** The name that the root module has for a provider's configuration. */
  provider(block: HclBlock): string {
    const written =
      referenceOf(block.body.attributes.get("provider")?.value) ?? block.labels[0]?.split("_")[0] ?? "";
    return this.#passed(written);
  }

  #passed(name: string): string {
    if (this.#call === undefined) return name;
    const passed = this.#call.block.body.attributes.get("providers")?.value;
    const entries = passed?.kind === "object" ? passed.entries : [];
    const given = entries.find(({ key }) => referenceOf(key) === name);
    return this.#call.of.#passed(given === undefined ? name : (referenceOf(given.value) ?? name));
  }
}

interface Group {
  readonly expansion: Expansion;
  readonly all: readonly Thing[];
}

/** What a reference to a block reaches: the one that it stands for, or one of several by its key. */
function grouped({ expansion, all }: Group, address: string, at: Spot): Reached {
  const [first] = all;
  const { by, open, deciding = "" } = expansion;
  if (by === undefined) return first ?? unknown(at, `${address} rests on itself`);
  const why = `it is not known which ${address} there are, since ${open ?? ""}`;
  const entries = expansion.all.flatMap(({ key }, place): [Value, Reached][] => {
    const one = all[place];
    if (one === undefined || key === undefined) return [];
    return [[typeof key === "number" ? number(at, key) : text(at, key), one]];
  });
  return {
    isThing: true,
    attribute: (name, spot) =>
      open === undefined
        ? failure(spot, `${address} is several, of which none is asked for its ${name}`)
        : unknown(spot, why),
    index: (key, spot) => {
      if (open === undefined) {
        if (key.kind === "unknown") return unknown(spot, key.why);
        const word = wordOf(key) ?? "";
        return (
          entries.find(([own]) => wordOf(own) === word)?.[1] ??
          failure(spot, `there is no ${address}[${word}]`)
        );
      }
      // The one that stands for all is the one that is meant, where each goes with each, or there is at most one.
      const isMeant = decidingKey(key) === deciding || (isSwitch(deciding) && wordOf(key) === "0");
      return isMeant && first !== undefined ? first : unknown(spot, why);
    },
    entries: () => (open === undefined ? entries : unknown(at, why)),
    ...(open === undefined || first === undefined ? {} : { representing: { item: first, deciding } }),
    value: (spot) => unknown(spot, `${address} is no value by itself`),
  };
}

/** `count = x ? 1 : 0`: at most one. */
function isSwitch(deciding: string): boolean {
  return /^count .*\? ?(?:1 ?: ?0|0 ?: ?1)\)*$/.test(deciding);
}
