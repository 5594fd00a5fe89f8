import {
  at,
  entriesOf,
  itemsOf,
  plainValue,
  textOf,
  unknownIn,
  type Node,
  type Spot,
} from "../../text/node.ts";
import type { AwsPlace } from "../../resources/aws/index.ts";
import { conditionValue } from "./conditions.ts";
import type { Template } from "./template.ts";

/** What references to a resource come to; undefined of what is known only once it is there. */
export type Resolve = (logicalId: string, attribute: string | undefined) => Node | string | undefined;

export interface EvaluatorTerms {
  readonly template: Template;
  readonly place: AwsPlace;
  readonly resolve: Resolve;
}

type Intrinsic = (argument: Node, spot: Spot) => Node;

/**
 * Works out a template's functions as far as they are known before it is deployed. A parameter is given at deployment, whatever its default:
 * only one that allows one value is known. Source: "Intrinsic function reference", AWS CloudFormation Template Reference Guide.
 */
export class Evaluator {
  readonly #terms: EvaluatorTerms;
  readonly #functions: Readonly<Record<string, Intrinsic>>;

  constructor(terms: EvaluatorTerms) {
    this.#terms = terms;
    this.#functions = {
      Ref: (argument, spot) => this.#ref(textOf(argument), spot),
      "Fn::GetAtt": (argument, spot) => this.#getAtt(argument, spot),
      "Fn::Sub": (argument, spot) => this.#sub(argument, spot),
      "Fn::Join": (argument, spot) => this.#join(argument, spot),
      "Fn::Select": (argument, spot) => this.#select(argument, spot),
      "Fn::Split": (argument, spot) => this.#split(argument, spot),
      "Fn::FindInMap": (argument, spot) => this.#findInMap(argument, spot),
      "Fn::If": (argument, spot) => this.#if(argument, spot),
      "Fn::Base64": (argument) => this.value(argument),
      "Fn::ToJsonString": (argument, spot) => this.#toJson(argument, spot),
    };
  }

  /** A value without functions; what is not known of it is a node of kind `unknown`, and what `AWS::NoValue` takes away is `null`. */
  value(node: Node): Node {
    if (node.kind === "text") return dynamic(node);
    if (node.kind === "list") {
      const items = node.items.map((item) => this.value(item)).filter(({ kind }) => kind !== "null");
      return { ...node, items };
    }
    if (node.kind !== "map") return node;
    const [[name, { value }] = ["", { value: node }], ...others] = entriesOf(node);
    if (others.length === 0 && (name === "Ref" || name.startsWith("Fn::"))) {
      const known = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
      return known?.(value, node) ?? unknown(node, `${name} is worked out when the template is deployed`);
    }
    const entries = [...node.entries].map(
      ([key, entry]) => [key, { ...entry, value: this.value(entry.value) }] as const,
    );
    return { ...node, entries: new Map(entries) };
  }

  /** Whether a condition of the template holds; undefined where that is not known before it is deployed. */
  holds(name: string): boolean | undefined {
    return conditionValue(name, this.#terms.template.root, (node) => this.value(node));
  }

  #ref(name: string | undefined, spot: Spot): Node {
    const { template, place, resolve } = this.#terms;
    if (name === undefined) return unknown(spot, "what Ref names is not known");
    if (name === "AWS::NoValue") return { ...ranged(spot), kind: "null" };
    const pseudo = PSEUDO[name]?.(place);
    if (pseudo !== undefined) return text(spot, pseudo);
    const parameter = at(template.root, "Parameters", name);
    if (parameter !== undefined) {
      const [only, ...others] = itemsOf(at(parameter, "AllowedValues"));
      if (only !== undefined && others.length === 0) return moved(only, spot);
      return unknown(spot, `parameter ${name} is given when the template is deployed`);
    }
    return this.#resolved(resolve(name, undefined), name, spot);
  }

  #getAtt(argument: Node, spot: Spot): Node {
    const written = textOf(argument);
    const parts =
      written === undefined
        ? itemsOf(argument).map((item) => textOf(this.value(item)))
        : [written.slice(0, dot(written)), written.slice(dot(written) + 1)];
    const [name, ...rest] = parts;
    if (name === undefined || rest.includes(undefined))
      return unknown(spot, "what GetAtt names is not known");
    return this.#resolved(this.#terms.resolve(name, rest.join(".")), `${name}.${rest.join(".")}`, spot);
  }

  #resolved(found: Node | string | undefined, name: string, spot: Spot): Node {
    if (typeof found === "string") return text(spot, found);
    if (found !== undefined) return moved(found, spot);
    return unknown(spot, `${name} is known only when the template is deployed`);
  }

  #sub(argument: Node, spot: Spot): Node {
    const own = argument.kind === "list" ? itemsOf(argument)[1] : undefined;
    const format = textOf(argument.kind === "list" ? itemsOf(argument)[0] : argument);
    if (format === undefined) return unknown(spot, "what Sub fills in is not known");
    const pieces: Node[] = [];
    let end = 0;
    for (const found of format.matchAll(/\$\{(!?)([^{}]*)\}/g)) {
      const [whole, literal = "", written = ""] = found;
      pieces.push(text(spot, format.slice(end, found.index)));
      end = found.index + whole.length;
      const name = written.trim();
      const mapped = at(own, name);
      if (literal !== "") pieces.push(text(spot, `\${${written}}`));
      else if (mapped !== undefined) pieces.push(this.value(mapped));
      else if (name.includes(".")) pieces.push(this.#getAtt(text(spot, name), spot));
      else pieces.push(this.#ref(name, spot));
    }
    pieces.push(text(spot, format.slice(end)));
    return joined(pieces, "", spot);
  }

  #join(argument: Node, spot: Spot): Node {
    const [delimiter, list] = itemsOf(argument);
    const values = list === undefined ? undefined : this.value(list);
    const between = textOf(delimiter);
    if (values?.kind === "unknown") return unknown(spot, values.why);
    if (values?.kind !== "list" || between === undefined)
      return unknown(spot, "what Join joins is not known");
    return joined(values.items, between, spot);
  }

  #select(argument: Node, spot: Spot): Node {
    const [index, list] = itemsOf(argument);
    const number = Number(index === undefined ? Number.NaN : plainValue(this.value(index)));
    const values = list === undefined ? undefined : this.value(list);
    const found = values?.kind === "list" ? values.items[number] : undefined;
    if (found !== undefined) return moved(found, spot);
    return unknown(spot, unknownIn(values)?.why ?? "what Select takes is not known");
  }

  #split(argument: Node, spot: Spot): Node {
    const [delimiter, whole] = itemsOf(argument);
    const value = whole === undefined ? undefined : this.value(whole);
    const written = textOf(value);
    const between = textOf(delimiter);
    if (written === undefined || between === undefined || between === "")
      return unknown(spot, unknownIn(value)?.why ?? "what Split takes apart is not known");
    return { ...ranged(spot), kind: "list", items: written.split(between).map((part) => text(spot, part)) };
  }

  #findInMap(argument: Node, spot: Spot): Node {
    const keys = itemsOf(argument)
      .slice(0, 3)
      .map((item) => textOf(this.value(item)));
    const path = keys.filter((key) => key !== undefined);
    const found = path.length === 3 ? at(this.#terms.template.root, "Mappings", ...path) : undefined;
    return found === undefined
      ? unknown(spot, "which value of the mapping it is, is known only when the template is deployed")
      : moved(this.value(found), spot);
  }

  /** Where it is not known which of two values holds, both being the same is enough. */
  #if(argument: Node, spot: Spot): Node {
    const [name, yes, no] = itemsOf(argument);
    const condition = textOf(name);
    if (condition === undefined || yes === undefined || no === undefined)
      return unknown(spot, "which value If takes is not known");
    const holds = this.holds(condition);
    if (holds !== undefined) return this.value(holds ? yes : no);
    const both = [this.value(yes), this.value(no)].map(plainValue);
    const same = both[0] !== undefined && JSON.stringify(both[0]) === JSON.stringify(both[1]);
    return same
      ? this.value(yes)
      : unknown(spot, `condition ${condition} is known only when the template is deployed`);
  }

  #toJson(argument: Node, spot: Spot): Node {
    const value = this.value(argument);
    const missing = unknownIn(value);
    return missing === undefined ? text(spot, JSON.stringify(plainValue(value))) : unknown(spot, missing.why);
  }
}

/** Services whose resources policies are about here: of an ARN of any other, what is not known within it changes nothing. */
const OUR_SERVICES = /^arn:[^:]*:(?:iam|kms|secretsmanager|ssm|sts|\*)/;

const FOREIGN_ARN = /^arn:[a-z-]+:[a-z][a-z0-9-]*:/;

/** Stands in an ARN of another service for what is not known of it. */
const SOME = "known-when-deployed";

function joined(pieces: readonly Node[], between: string, spot: Spot): Node {
  const words = pieces.map(word);
  const first = words.findIndex((one) => one === undefined);
  if (first === -1) return dynamic({ ...text(spot, words.join(between)) });
  const missing = pieces.flatMap((piece) => unknownIn(piece) ?? [])[0];
  const begin = words.slice(0, first).join(between);
  if (FOREIGN_ARN.test(begin) && !OUR_SERVICES.test(begin))
    return text(spot, words.map((one) => one ?? SOME).join(between));
  return unknown(spot, missing?.why ?? "a part of it is not known");
}

function word(node: Node): string | undefined {
  if (node.kind === "number") return String(node.number);
  if (node.kind === "boolean") return String(node.boolean);
  return textOf(node);
}

/** A dynamic reference is filled in when the template is deployed. */
function dynamic(node: Node): Node {
  const [, service] = /\{\{resolve:([a-z-]+):/.exec(textOf(node) ?? "") ?? [];
  return service === undefined
    ? node
    : unknown(node, `it is read from ${service} when the template is deployed`);
}

const PSEUDO: Readonly<Record<string, (place: AwsPlace) => string>> = {
  "AWS::AccountId": ({ account }) => account,
  "AWS::Partition": ({ partition }) => partition,
  "AWS::Region": ({ region }) => region,
  "AWS::URLSuffix": ({ partition }) => (partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"),
};

const dot = (written: string): number => (written.includes(".") ? written.indexOf(".") : written.length);

function ranged({ source, start, end }: Spot): Spot {
  return { source, start, end };
}

function text(spot: Spot, written: string): Node {
  return { ...ranged(spot), kind: "text", text: written };
}

function unknown(spot: Spot, why: string): Node {
  return { ...ranged(spot), kind: "unknown", why };
}

/** A value where it is used rather than where it is written. */
function moved(node: Node, spot: Spot): Node {
  return { ...node, ...ranged(spot) };
}
