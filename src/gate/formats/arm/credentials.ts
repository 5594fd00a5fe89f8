import type { Register } from "../../drafting.ts";
import { DeploymentDraft } from "../../resources/setup.ts";
import { entriesOf, itemsOf, textOf, type Node, type Spot } from "../../text/node.ts";
import { literalCredential, namesCredential } from "../workload/credential-text.ts";
import { isSymbolic } from "../terraform/values.ts";
import { evaluate, type Env, type Names } from "./evaluate.ts";
import { flowsOf, type Flow } from "./flow.ts";
import type { ArmResource, ArmTemplate, Made } from "./resources.ts";
import { isSecure } from "./secure.ts";
import { shownBy, sinksOf, type Sink } from "./sinks.ts";
import { entryOf, field } from "./values.ts";

/**
 * Tells the credentials that templates write down, the parameters that keep them in the clear, and the outputs that tell them. `given`: the file of
 * parameters that lies beside the template.
 */
export function tellCredentials(
  { templates, resources }: Made,
  given: Node | undefined,
  register: Register,
): void {
  const files = new Files(register, given);
  // A template that a loop makes several times is one.
  const drafts = new Map<Node, DeploymentDraft>();
  for (const template of templates)
    if (!drafts.has(template.root)) drafts.set(template.root, draftOf(template));
  const followed = new Map<Names, Set<Node>>();
  for (const resource of resources)
    for (const sink of sinksOf(resource)) {
      const done = followed.get(sink.env.names) ?? new Set();
      followed.set(sink.env.names, done);
      if (done.has(sink.node)) continue;
      done.add(sink.node);
      intoSink(sink, { drafts, files });
    }
  for (const template of templates) files.secureDefaults(template);
  for (const template of templates) {
    const draft = drafts.get(template.root);
    if (draft !== undefined) tellOutputs(template, draft, files);
  }
  for (const resource of resources) {
    const draft = drafts.get(resource.of.root);
    if (draft !== undefined) tellShown(resource, draft, files);
  }
  for (const draft of drafts.values()) register.changes.push(draft.change());
}

function draftOf({ root, address }: ArmTemplate): DeploymentDraft {
  const called = address === "" ? "template" : address.replace(/\/$/, "");
  const { source, start } = root;
  return new DeploymentDraft({
    format: "arm",
    type: "template",
    address: called,
    name: called,
    spot: { source, start, end: start + 1 },
  });
}

interface Into {
  /** By the template whose parameters they tell of. */
  readonly drafts: ReadonlyMap<Node, DeploymentDraft>;
  readonly files: Files;
}

function intoSink({ node, env, what, isWritten }: Sink, { drafts, files }: Into): void {
  const flows = flowsOf(node, env);
  let isFound = false;
  for (const flow of flows) {
    if (flow.kind === "lost")
      for (const draft of drafts.values())
        draft.hide("deployment_parameter", `where ${what} comes from was not followed to the end`);
    if (flow.kind === "literal" && isWritten(textOf(flow.node) ?? "")) {
      isFound = true;
      files.credential("secret-value", flow.node, what);
    }
    if (flow.kind === "literal" || flow.kind === "list_function") isFound = true;
    if (flow.kind !== "parameter") continue;
    isFound = true;
    const { scope, name, path } = flow;
    const declared = scope.declared(name);
    files.feeding(flow, isWritten);
    if (declared === undefined || isSecure(declared, path, scope.template)) continue;
    drafts.get(scope.template)?.plainParameter(name, what, declared);
  }
  if (isFound) return;
  // What is put together of texts alone stands where it is used.
  const value = evaluate(node, env);
  const text = isSymbolic(value) ? undefined : textOf(value);
  if (text !== undefined && isWritten(text)) files.credential("secret-value", node, what);
}

/** What is written down, each place once. */
class Files {
  readonly #register: Register;
  readonly #given: Node | undefined;
  readonly #places = new Set<string>();
  /** Parameters whose values are credentials. */
  readonly #feeding = new Map<Names, Set<string>>();

  constructor(register: Register, given: Node | undefined) {
    this.#register = register;
    this.#given = given;
  }

  credential(rule: string, spot: Spot, address: string): void {
    const key = `${spot.source.path} ${spot.start} ${spot.end}`;
    if (this.#places.has(key)) return;
    this.#places.add(key);
    this.#register.credential(rule, spot, address);
  }

  isCredential(spot: Spot): boolean {
    return this.#places.has(`${spot.source.path} ${spot.start} ${spot.end}`);
  }

  /** A parameter whose value becomes a credential: what is written for it is one. */
  feeding({ scope, name, path }: Flow & { kind: "parameter" }, isWritten: (text: string) => boolean): void {
    const names = this.#feeding.get(scope) ?? new Set<string>();
    this.#feeding.set(scope, names.add(name.toLowerCase()));
    const otherwise = field(scope.declared(name), "defaultValue");
    this.#leaves(otherwise, path, scope.env, (leaf) => {
      if (isWritten(textOf(leaf) ?? ""))
        this.credential("arm-parameter-default", leaf, `parameters.${name}.defaultValue`);
    });
    this.#fromFile(scope, name, path);
  }

  isFed(scope: Names, name: string): boolean {
    return this.#feeding.get(scope)?.has(name.toLowerCase()) ?? false;
  }

  /** Defaults of secure parameters, and what the file of parameters writes for them. */
  secureDefaults({ root, scope }: ArmTemplate): void {
    if (scope.template !== root) return;
    for (const [name, { value }] of entriesOf(field(root, "parameters"))) {
      if (!isSecure(value, [], root)) continue;
      const otherwise = entryOf(value, "defaultValue")?.value;
      for (const leaf of namedLeaves(otherwise, scope.env))
        this.credential("arm-parameter-default", leaf, `parameters.${name}.defaultValue`);
      this.#fromFile(scope, name, []);
    }
  }

  #fromFile({ given, env }: Names, name: string, path: readonly string[]): void {
    if (given !== undefined) return;
    const value = field(entryOf(this.#given, name)?.value, "value");
    this.#leaves(value, path, env, (leaf) => {
      if (literalCredential(textOf(leaf) ?? "") !== undefined)
        this.credential("arm-parameter-value", leaf, `parameters.${name}.value`);
    });
  }

  #leaves(node: Node | undefined, path: readonly string[], env: Env, each: (leaf: Node) => void): void {
    if (node === undefined) return;
    const [key, ...rest] = path;
    if (node.kind === "text") {
      if (path.length === 0 && node.text.trim() !== "" && knownText(node, env)) each(node);
      return;
    }
    const named = key === undefined ? undefined : entryOf(node, key)?.value;
    if (named !== undefined) {
      this.#leaves(named, rest, env, each);
      return;
    }
    if (node.kind === "map" && key !== undefined && key !== "*") return;
    const children = node.kind === "map" ? entriesOf(node).map(([, { value }]) => value) : itemsOf(node);
    for (const child of children) this.#leaves(child, rest, env, each);
  }
}

/** Whether a text says its value by itself, or by an expression that is known, such as none that makes up a value. */
function knownText(node: Node, env: Env): boolean {
  const value = evaluate(node, env);
  return value.kind === "text" && value.text.trim() !== "" && !isSymbolic(value);
}

/** Texts that are credentials of a value that is kept secure: itself, or what is called so in it. */
function namedLeaves(node: Node | undefined, env: Env, isNamed = true): Node[] {
  if (node === undefined) return [];
  if (node.kind === "text") return isNamed && knownText(node, env) ? [node] : [];
  if (node.kind === "list") return node.items.flatMap((item) => namedLeaves(item, env, isNamed));
  return entriesOf(node).flatMap(([name, { value }]) => namedLeaves(value, env, namesCredential(name)));
}

type How = Parameters<DeploymentDraft["output"]>[1];

function tellOutputs({ root, env }: ArmTemplate, draft: DeploymentDraft, files: Files): void {
  const outputs = field(root, "outputs");
  if (outputs !== undefined && outputs.kind !== "map") draft.hide("deployment_output", "outputs are no map");
  for (const [name, { value: output }] of entriesOf(outputs)) {
    const condition = field(output, "condition");
    const isThere = condition === undefined ? undefined : evaluate(condition, env);
    if (isThere?.kind === "boolean" && !isThere.boolean) continue;
    if (isSecure(output, [], root)) continue;
    const node = entryOf(output, "value")?.value ?? field(output, "copy", "input");
    if (node === undefined) continue;
    const how = flowsOf(node, env).map((flow) => howOf(flow, files));
    if (how.includes("lost")) {
      draft.part("deployment_output", node);
      draft.hide("deployment_output", `what output ${name} tells was not followed to the end`);
    }
    const told = HOW.find((one) => how.includes(one));
    if (told !== undefined) draft.output(name, told, node);
  }
}

/** Secure values that a script or container is given in the clear: these stay readable with the resource. */
function tellShown(resource: ArmResource, draft: DeploymentDraft, files: Files): void {
  for (const { node, env, what } of shownBy(resource)) {
    const how = flowsOf(node, env).map((flow) => howOf(flow, files));
    const told = (["list_function", "secure_parameter"] as const).find((one) => how.includes(one));
    if (told !== undefined) draft.output(what, told, node, resource.address);
  }
}

const HOW: readonly How[] = ["list_function", "secure_parameter", "secret_value"];

function howOf(flow: Flow, files: Files): How | "lost" | undefined {
  if (flow.kind === "list_function" || flow.kind === "lost") return flow.kind;
  if (flow.kind === "literal") return files.isCredential(flow.node) ? "secret_value" : undefined;
  const { scope, name, path } = flow;
  const declared = scope.declared(name);
  if (declared !== undefined && isSecure(declared, path, scope.template)) return "secure_parameter";
  return files.isFed(scope, name) ? "secret_value" : undefined;
}
