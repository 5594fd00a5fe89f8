import { Register } from "../../drafting.ts";
import type { Declared } from "../../declared.ts";
import { at, entriesOf, itemsOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import { SourceText } from "../../text/source-text.ts";
import { readYaml } from "../../text/yaml.ts";
import type { Head, InputFormat, Unread } from "../format.ts";
import { mayBeYaml } from "../yaml-name.ts";
import { UNKNOWN_SOURCE, changesAlone } from "../workload/changes-alone.ts";
import {
  commandCredentials,
  hasPasswordInUrl,
  literalCredential,
  namesCredential,
} from "../workload/credential-text.ts";
import { WorkloadDraft } from "../workload/workload-draft.ts";

/** Compose files, by their name or by what they say. */
export const COMPOSE: InputFormat = {
  id: "compose",
  recognises: (head) => /^(?:.+[._-])?compose(?:[._-].+)?\.ya?ml$/i.test(head.name) || saysSo(head),
  *read(files) {
    const roots = new Map<string, Node>();
    for (const file of files) {
      for (const { root, slip } of readYaml(file, { merges: true })) {
        if (root !== undefined && !roots.has(file.path)) roots.set(file.path, root);
        if (slip !== undefined)
          yield {
            format: "compose",
            place: file.place(slip.offset),
            reason: slip.reason,
            detail: slip.message,
          };
      }
    }
    for (const file of files) {
      const root = roots.get(file.path);
      if (root !== undefined) yield* readRoot(file, root, roots);
    }
  },
};

/** Outermost keys of a Compose file. Source: Compose file reference, "Version and name top-level elements" and those beside it. */
const OUTERMOST = /^(?:version|name|services|networks|volumes|configs|secrets|include|models|x-.+)$/;

/** What a service is made of; what else is called a service, such as Symfony's, has none of it. */
const OF_SERVICE = ["image", "build", "extends", "provider"];

/** Whether a file that is not called so is one: whatever runs in a swarm or is named on the command line is called as people like. */
function saysSo(head: Head): boolean {
  const { name, text } = head;
  if (!/\bservices\b/.test(text) || !/\b(?:image|build|extends|provider)\b/.test(text) || !mayBeYaml(head))
    return false;
  if (!head.keys.has("services") || ![...head.keys].every((key) => OUTERMOST.test(key))) return false;
  return readYaml(new SourceText(name, text), { merges: true }).some(
    ({ root, slip }) =>
      slip !== undefined ||
      entriesOf(at(root, "services")).some(([, { value }]) =>
        OF_SERVICE.some(
          (key) => at(value, key) !== undefined && (key !== "image" || textOf(at(value, key)) !== undefined),
        ),
      ),
  );
}

function* readRoot(
  source: SourceText,
  root: Node,
  roots: ReadonlyMap<string, Node>,
): Generator<Declared | Unread> {
  yield* includes(source, root, roots);
  const register = new Register();
  const changes = entriesOf(at(root, "services")).flatMap(([name, { key, value }]) => {
    const draft = new WorkloadDraft({
      format: "compose",
      platform: "compose",
      type: "service",
      name: `service ${name}`,
      spot: key,
    });
    new ServiceReader({ draft, register, roots, name }).read(value, source.path);
    return [draft.change()];
  });
  for (const [name, { value }] of entriesOf(at(root, "configs"))) {
    const content = at(value, "content");
    for (const { name: which } of commandCredentials(textOf(content) ?? ""))
      if (content !== undefined)
        register.credential("compose-config-literal", content, `config ${name}: ${which}`);
  }
  if (changes.length > 0)
    yield changesAlone({
      format: "compose",
      path: source.path,
      source: UNKNOWN_SOURCE,
      text: source.text,
      changes,
      register,
    });
}

/** What a file includes is judged where it is among those that are read, under whatever name; else it is told. */
function* includes(source: SourceText, root: Node, roots: ReadonlyMap<string, Node>): Generator<Unread> {
  for (const one of itemsOf(at(root, "include"))) {
    const path = one.kind === "map" ? at(one, "path") : one;
    for (const each of path?.kind === "list" ? path.items : [path]) {
      const named = textOf(each);
      if (named !== undefined && roots.has(resolved(source.path, named))) continue;
      yield {
        format: "compose",
        place: placeOf(each ?? one),
        reason: "unsupported",
        detail: `expected an included file that is read as a Compose file too, got ${JSON.stringify((named ?? "").slice(0, 256))}: name the files, or give the gate what \`docker compose config\` prints`,
      };
    }
  }
}

/** A path beside a file. */
export function resolved(file: string, path: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

interface ServiceTerms {
  readonly draft: WorkloadDraft;
  readonly register: Register;
  readonly roots: ReadonlyMap<string, Node>;
  readonly name: string;
}

class ServiceReader {
  readonly #terms: ServiceTerms;
  readonly #seen = new Set<Node>();

  constructor(terms: ServiceTerms) {
    this.#terms = terms;
  }

  /** `path`: of the file that the service stands in; credentials of another file's service are told there. */
  read(service: Node, path: string, own = true): void {
    if (this.#seen.has(service)) return;
    this.#seen.add(service);
    const { draft } = this.#terms;
    draft.tells("environment");
    if (service.kind !== "map") {
      draft.hide("workload_environment", "the service is no map of settings", service);
      return;
    }
    this.#environment(at(service, "environment"), own);
    const file = at(service, "env_file");
    if (file !== undefined)
      draft.hide("workload_environment", `which variables ${filesOf(file)} sets is not read`, file);
    if (own) {
      for (const key of ["command", "entrypoint"]) this.#command(key, at(service, key));
      this.#build(at(service, "build"));
    }
    this.#extends(at(service, "extends"), path);
  }

  #environment(environment: Node | undefined, own: boolean): void {
    const { draft, register, name } = this.#terms;
    const variables = pairsOf(environment);
    draft.variables(variables.length);
    for (const { key, value, spot } of variables) {
      const literal = value !== undefined && isWritten(key, value);
      if (literal && own) register.credential("compose-environment-literal", spot, `service ${name} ${key}`);
      else if (!literal && namesCredential(key) && comesFromOutside(value)) draft.secretVariable(key, spot);
    }
  }

  #command(field: string, command: Node | undefined): void {
    const { register, name } = this.#terms;
    const text =
      command?.kind === "list" ? command.items.map((one) => textOf(one) ?? "").join(" ") : textOf(command);
    for (const found of commandCredentials(text ?? ""))
      if (command !== undefined)
        register.credential("compose-command-literal", command, `service ${name} ${field} ${found.name}`);
  }

  #build(build: Node | undefined): void {
    if (build === undefined) return;
    const { draft } = this.#terms;
    draft.tells("image");
    const inline = at(build, "dockerfile_inline");
    if (inline !== undefined)
      for (const kind of ["workload_build", "workload_image"] as const)
        draft.hide(kind, "dockerfile_inline is not read: put it into a file of its own", inline);
    for (const { key, value, spot } of pairsOf(at(build, "args"))) {
      if (value !== undefined && isWritten(key, value)) draft.imageCredential("argument_default", key, spot);
      else if (namesCredential(key)) draft.buildArgument(key, spot);
    }
  }

  #extends(node: Node | undefined, path: string): void {
    if (node === undefined) return;
    const { draft, roots } = this.#terms;
    const file = at(node, "file");
    const service = textOf(node.kind === "map" ? at(node, "service") : node);
    const from = file === undefined ? path : resolved(path, textOf(file) ?? "");
    const found = service === undefined ? undefined : at(roots.get(from), "services", service);
    if (found === undefined)
      draft.hide(
        "workload_environment",
        `service ${service ?? "?"} of ${from}, which it extends, is not read`,
        node,
      );
    else this.read(found, from, false);
  }
}

interface Pair {
  readonly key: string;
  /** Absent: taken from wherever Compose runs. */
  readonly value?: string;
  readonly spot: Spot;
}

/** Variables of a map, or of a list of `NAME=value`. */
function pairsOf(node: Node | undefined): Pair[] {
  if (node?.kind === "list")
    return node.items.map((item) => {
      const [, key = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(textOf(item) ?? "") ?? [];
      return { key, spot: item, ...(value === undefined ? {} : { value }) };
    });
  return entriesOf(node).map(([key, { key: spot, value }]) => {
    const text = value.kind === "number" ? String(value.number) : textOf(value);
    return {
      key,
      spot: { ...spot, end: Math.max(spot.end, value.end) },
      ...(text === undefined ? {} : { value: text }),
    };
  });
}

function isWritten(key: string, value: string): boolean {
  // `$$` is a dollar sign.
  const text = value.replaceAll("$$", "");
  return (namesCredential(key) && literalCredential(text) !== undefined) || hasPasswordInUrl(text);
}

/** Whether Compose takes a value from where it runs: it is then in the container's variables all the same. */
function comesFromOutside(value: string | undefined): boolean {
  return value === undefined || value.includes("${") || /^\$[A-Za-z_]/.test(value);
}

function filesOf(node: Node): string {
  const files = (node.kind === "list" ? node.items : [node]).map(
    (one) => textOf(one.kind === "map" ? at(one, "path") : one) ?? "?",
  );
  return files.slice(0, 4).join(", ").slice(0, 256);
}
