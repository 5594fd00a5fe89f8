import { entriesOf, itemsOf, textOf, type Node, type Spot } from "../../text/node.ts";
import { nothing, unknown } from "../terraform/values.ts";
import { evaluate, repeated, type Env, type Given, type Names, type Run } from "./evaluate.ts";
import { entryOf, field, open, type ArmValue } from "./values.ts";

export interface ScopeTerms {
  readonly run: Run;
  /** Before symbols, so that those of two templates differ. */
  readonly label: string;
  /** Of a template within another; undefined of what somebody deploys. */
  readonly given: Given | undefined;
  /** What holds unless somebody gives something else: defaults, and values of a file of parameters. Undefined: none of them is relied on. */
  readonly presumed: Node | "defaults" | undefined;
  /** Is told the name of each parameter that has such a value. */
  readonly asked: (name: string) => void;
}

const WAITING = Symbol("is being worked out");

/** Parameters, variables and functions of one template. */
export class Scope implements Names {
  readonly template: Node;
  readonly terms: ScopeTerms;
  readonly env: Env;
  readonly #values = new Map<string, ArmValue | typeof WAITING>();

  constructor(template: Node, terms: ScopeTerms) {
    this.template = template;
    this.terms = terms;
    this.env = { names: this, loops: new Map(), lambdas: new Map() };
  }

  get given(): Given | undefined {
    return this.terms.given;
  }

  get run(): Run {
    return this.terms.run;
  }

  declared(name: string): Node | undefined {
    return entryOf(field(this.template, "parameters"), name)?.value;
  }

  writtenVariable(name: string): Node | undefined {
    return entryOf(field(this.template, "variables"), name)?.value;
  }

  parameter(name: string, spot: Spot): ArmValue {
    return this.#once(`parameter ${name.toLowerCase()}`, name, spot, () => this.#parameter(name, spot));
  }

  variable(name: string, spot: Spot): ArmValue {
    return this.#once(`variable ${name.toLowerCase()}`, name, spot, () => {
      const direct = this.writtenVariable(name);
      if (direct !== undefined) return evaluate(direct, this.env);
      const copies = itemsOf(field(this.template, "variables", "copy"));
      const copy = copies.find((one) => textOf(field(one, "name"))?.toLowerCase() === name.toLowerCase());
      return copy === undefined
        ? unknown(spot, `variable ${name} is not declared`)
        : repeated(copy, name, this.env);
    });
  }

  ownFunction(name: string): Node | undefined {
    const [namespace = "", member = ""] = name.split(".");
    const found = itemsOf(field(this.template, "functions")).find(
      (one) => textOf(field(one, "namespace"))?.toLowerCase() === namespace.toLowerCase(),
    );
    return field(found, "members", member);
  }

  /** Worked out once; what rests on itself is not known. */
  #once(key: string, name: string, spot: Spot, make: () => ArmValue): ArmValue {
    const known = this.#values.get(key);
    if (known === WAITING) return unknown(spot, `${name} rests on itself`);
    if (known !== undefined) return known;
    this.#values.set(key, WAITING);
    const made = make();
    this.#values.set(key, made);
    return made;
  }

  #parameter(name: string, spot: Spot): ArmValue {
    const { given, label, presumed, asked } = this.terms;
    const declared = this.declared(name);
    const symbol = `${label}parameters('${name.toLowerCase()}')`;
    if (declared === undefined) return open(spot, `parameter ${name} is not declared`, symbol);
    const [only, ...others] = itemsOf(field(declared, "allowedValues"));
    if (only !== undefined && others.length === 0) return evaluate(only, this.env);
    const byDefault = entryOf(declared, "defaultValue")?.value;
    if (given !== undefined)
      return this.#given(name, given, symbol, spot) ?? this.#unset(declared, name, symbol, spot);
    const inFile = typeof presumed === "object" ? entryOf(presumed, name)?.value : undefined;
    if (byDefault !== undefined || inFile !== undefined) asked(name);
    if (inFile !== undefined) return valueOf(inFile, name, symbol, undefined);
    if (byDefault === undefined)
      return open(spot, `parameter ${name} is given when the template is deployed`, symbol);
    return presumed === undefined
      ? open(spot, `parameter ${name} may be given otherwise than by its default`, symbol)
      : evaluate(byDefault, this.env);
  }

  #given(name: string, { parameters, env }: Given, symbol: string, spot: Spot): ArmValue | undefined {
    if (parameters?.kind !== "map")
      return open(spot, `what the deployment gives ${name} is not known`, symbol);
    const one = entryOf(parameters, name)?.value;
    return one === undefined ? undefined : valueOf(one, name, symbol, env);
  }

  #unset(declared: Node, name: string, symbol: string, spot: Spot): ArmValue {
    const otherwise = entryOf(declared, "defaultValue")?.value;
    if (otherwise !== undefined) return evaluate(otherwise, this.env);
    const nullable = field(declared, "nullable");
    if (nullable?.kind === "boolean" && nullable.boolean) return nothing(spot);
    return open(spot, `parameter ${name} is not given`, symbol);
  }
}

/** What is given as `value`, or read from a vault as `reference`. Of a file of parameters nothing is worked out. */
function valueOf(given: Node, name: string, symbol: string, env: Env | undefined): ArmValue {
  const value = entryOf(given, "value")?.value;
  if (value !== undefined) return env === undefined ? value : evaluate(value, env);
  const why = entriesOf(given).some(([key]) => key.toLowerCase() === "reference")
    ? `parameter ${name} is read from a vault`
    : `what ${name} is given is not known`;
  return open(given, why, symbol);
}
