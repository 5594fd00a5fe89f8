import type { Declared } from "../../declared.ts";
import { at, entriesOf, itemsOf, textOf, type Entry, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { readYaml } from "../../text/yaml.ts";
import type { InputFormat, Unread } from "../format.ts";
import { JobDraft, keyVariable, within, writesToLog } from "./job.ts";

const FORMAT = "gitlab_ci";

/** Pipelines of GitLab CI: which kept keys a job takes, and what it does with them. */
export const GITLAB_CI: InputFormat = {
  id: FORMAT,
  recognises: ({ path, name }) =>
    /\.gitlab-ci\.ya?ml$/.test(name) || /(?:^|\/)\.gitlab(?:-ci|\/ci)\/.*\.ya?ml$/.test(path),
  *read(files) {
    const read = files.map((source) => ({ source, ...rootOf(source) }));
    const templates = new Map<string, Entry>();
    for (const { root } of read)
      for (const [name, entry] of entriesOf(root)) templates.set(name, templates.get(name) ?? entry);
    const paths = files.map(({ path }) => path);
    for (const { source, root, unread } of read) {
      if (unread !== undefined) yield unread;
      else if (root !== undefined)
        yield declared(source, new File({ source, root, templates, paths }).drafts());
    }
  },
};

function rootOf(source: SourceText): { root?: Node; unread?: Unread } {
  const documents = readYaml(source, { merges: true });
  const slip = documents.find((one) => one.slip !== undefined)?.slip;
  const unread = (offset: number, reason: Unread["reason"], detail: string): { unread: Unread } => ({
    unread: { format: FORMAT, place: source.place(offset), reason, detail },
  });
  if (slip !== undefined) return unread(slip.offset, slip.reason, slip.message);
  // The first document may be the header of a component (`spec:`).
  const root = documents.findLast((one) => one.root !== undefined)?.root;
  if (root === undefined) return {};
  return root.kind === "map"
    ? { root }
    : unread(root.start, "malformed", "expected a map of jobs, got something else");
}

function declared(source: SourceText, drafts: readonly JobDraft[]): Declared {
  return {
    format: FORMAT,
    provider: "any",
    path: source.path,
    source: "change",
    after: { facts: [], gaps: [] },
    declarations: new Map(),
    told: new Set(),
    credentials: drafts.flatMap((draft) => draft.credentials),
    changes: drafts.map((draft) => draft.change()),
  };
}

/** Keys of a file that are no jobs (GitLab: "CI/CD YAML syntax reference"). */
const NO_JOBS: ReadonlySet<string> = new Set([
  "after_script",
  "before_script",
  "cache",
  "default",
  "image",
  "include",
  "services",
  "spec",
  "stages",
  "variables",
  "workflow",
]);

const SCRIPTS = ["before_script", "script", "after_script"] as const;

/** Deepest chain of `extends` that GitLab takes. */
const MAX_EXTENDS = 11;

interface FileTerms {
  readonly source: SourceText;
  readonly root: Node;
  /** Jobs of all files by name: those that are included are merged. */
  readonly templates: ReadonlyMap<string, Entry>;
  readonly paths: readonly string[];
}

class File {
  readonly #terms: FileTerms;

  constructor(terms: FileTerms) {
    this.#terms = terms;
  }

  drafts(): JobDraft[] {
    const { root } = this.#terms;
    const drafts = [this.#whole(), ...this.#includes()];
    for (const [name, { key, value }] of entriesOf(root))
      if (!NO_JOBS.has(name) && !name.startsWith(".") && value.kind === "map")
        drafts.push(this.#job(name, key, value));
    return drafts;
  }

  #draft(what: string, spot: Spot): JobDraft {
    return new JobDraft({ type: FORMAT, path: this.#terms.source.path, what, spot });
  }

  /** What holds for all jobs. */
  #whole(): JobDraft {
    const { root } = this.#terms;
    const [first] = entriesOf(root);
    const draft = this.#draft("", first?.[1].key ?? root);
    readVariables(draft, at(root, "variables"), "variables");
    for (const part of SCRIPTS) {
      readScript(draft, this.#lines(draft, at(root, part)), undefined);
      readScript(draft, this.#lines(draft, at(root, "default", part)), undefined);
    }
    return draft;
  }

  /** One for each part that is elsewhere: nothing is known of what it does. A file that was read is judged itself. */
  #includes(): JobDraft[] {
    const include = at(this.#terms.root, "include");
    const all = include?.kind === "list" ? include.items : include === undefined ? [] : [include];
    return all.flatMap((one) => {
      const local =
        textOf(at(one, "local")) ??
        (one.kind === "text" && !/^https?:/.test(one.text) ? one.text : undefined);
      if (local !== undefined && this.#isThere(local)) return [];
      const named = entriesOf(one).find(([key]) =>
        ["component", "file", "local", "project", "remote", "template"].includes(key),
      );
      const what = local ?? textOf(one) ?? textOf(named?.[1].value) ?? "another file";
      const draft = this.#draft(`include ${what.slice(0, 200)}`, one);
      draft.hide(`what is included by ${what.slice(0, 200)} is not in these files`);
      return [draft];
    });
  }

  #isThere(local: string): boolean {
    const wanted = local.replace(/^\.?\//, "");
    return this.#terms.paths.some((path) => path === wanted || path.endsWith(`/${wanted}`));
  }

  #job(name: string, key: Spot, job: Node): JobDraft {
    const draft = this.#draft(`job ${name}`, key);
    const chain = this.#chain(draft, job);
    const first = (part: string): Node | undefined =>
      chain.map((one) => at(one, part)).find((one) => one !== undefined);
    const identity = first("id_tokens");
    for (const one of chain) readVariables(draft, at(one, "variables"), `${name}.variables`);
    const lines = [...SCRIPTS.map(first), ...this.#others(chain)].flatMap((one) => this.#lines(draft, one));
    readScript(draft, lines, identity);
    // Of another project's pipeline that project tells; a child's is this one's.
    const child = at(first("trigger"), "include");
    const local = textOf(at(child, "local")) ?? textOf(child);
    if (child !== undefined && (local === undefined || !this.#isThere(local)))
      draft.hide(`what ${name.slice(0, 100)} triggers is not in these files`);
    return draft;
  }

  /** Scripts of a job's hooks, and of its steps. */
  #others(chain: readonly Node[]): (Node | undefined)[] {
    const first = (part: string): Node | undefined =>
      chain.map((one) => at(one, part)).find((one) => one !== undefined);
    const steps = itemsOf(first("run")).map((step) => at(step, "script"));
    return [at(first("hooks"), "pre_get_sources_script"), ...steps];
  }

  /** A job with what it extends, nearest first. */
  #chain(draft: JobDraft, job: Node, depth = 0): Node[] {
    const named = at(job, "extends");
    const names =
      named?.kind === "list" ? named.items.flatMap((one) => textOf(one) ?? []) : [textOf(named) ?? ""];
    const chain = [job];
    for (const name of names.filter((one) => one !== "").reverse()) {
      const base = this.#terms.templates.get(name)?.value;
      if (base === undefined || depth >= MAX_EXTENDS)
        draft.hide(`${name.slice(0, 100)}, which it extends, is not in these files`);
      else chain.push(...this.#chain(draft, base, depth + 1));
    }
    return chain;
  }

  /** Lines of a script, with what they refer to. */
  #lines(draft: JobDraft, script: Node | undefined, depth = 0): Extract<Node, { kind: "text" }>[] {
    if (script === undefined) return [];
    if (script.tag === "!reference") {
      const [name = "", ...path] = itemsOf(script).flatMap((one) => textOf(one) ?? []);
      const found = at(this.#terms.templates.get(name)?.value, ...path);
      if (found !== undefined && depth < MAX_EXTENDS) return this.#lines(draft, found, depth + 1);
      draft.hide(`${[name, ...path].join(".").slice(0, 100)}, which it refers to, is not in these files`);
      return [];
    }
    if (script.kind === "text") return [script];
    return itemsOf(script).flatMap((one) => this.#lines(draft, one, depth));
  }
}

const REMOVED = /\bCI_JOB_JWT(?:_V[12])?\b/g;

function readVariables(draft: JobDraft, variables: Node | undefined, address: string): void {
  draft.literals(variables, address);
  for (const [name, { value }] of entriesOf(variables)) {
    const text = textOf(value) ?? textOf(at(value, "value")) ?? "";
    const system = keyVariable(name);
    const [reference] = /\$\{?\w+\}?/.exec(text) ?? [];
    if (system !== undefined && reference !== undefined)
      draft.add("stored_keys", name, value, { system, name: reference.replace(/[${}]/g, "") });
    for (const [removed] of text.matchAll(REMOVED))
      draft.add("removed_tokens", removed, within(value, removed), { name: removed });
  }
}

/** What is set by a command is fetched, not kept. */
const fetched = (name: string): RegExp =>
  new RegExp(String.raw`\b${name}=["']?(?:\$\(|\x60)|\bread\b[^\n]*\b${name}\b`);

/** Variables whose names say that they hold a credential. */
const SECRET_VARIABLE =
  /(?:SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE_KEY|ACCESS_KEY|API_KEY|CREDENTIALS|JWT(?:_V[12])?|SECRET_ID)$/i;

/** Commands that log in by a kept key. */
const KEPT_LOGINS = [
  { system: "vault", pattern: /\bauth\/approle\/login\b/ },
  { system: "gcp", pattern: /\bgcloud\s+auth\s+activate-service-account\b.*--key-file/ },
  { system: "azure", pattern: /\baz\s+login\b.*--service-principal\b(?!.*--federated-token)/ },
] as const;

function readScript(
  draft: JobDraft,
  lines: readonly Extract<Node, { kind: "text" }>[],
  identity: Node | undefined,
): void {
  const whole = lines.map(({ text }) => text).join("\n");
  const exchanged = identity !== undefined && /assume-role-with-web-identity/.test(whole);
  for (const node of lines) {
    for (const [variable, braced, bare] of node.text.matchAll(/\$\{(\w+)\b[^}]*\}|\$(\w+)/g)) {
      const name = braced ?? bare ?? "";
      const system = keyVariable(name);
      if (system !== undefined && !exchanged && !fetched(name).test(whole))
        draft.add("stored_keys", `script ${name}`, within(node, variable), { system, name });
    }
    for (const { system, pattern } of KEPT_LOGINS) {
      const found = pattern.exec(node.text);
      if (found !== null)
        draft.add("stored_keys", `script ${system} login`, within(node, found[0]), { system });
    }
    for (const [removed] of node.text.matchAll(REMOVED))
      draft.add("removed_tokens", removed, within(node, removed), { name: removed });
    readLog(draft, node);
  }
}

function readLog(draft: JobDraft, node: Extract<Node, { kind: "text" }>): void {
  let from = 0;
  for (const line of node.text.split("\n")) {
    const spot = line.trim() === "" ? node : within(node, line.trim(), from);
    if (spot !== node) from = spot.start - node.start;
    if (!writesToLog(line)) continue;
    for (const [variable, braced, bare] of line.matchAll(/\$\{(\w+)\}|\$(\w+)/g)) {
      const name = braced ?? bare ?? "";
      if (SECRET_VARIABLE.test(name)) draft.add("logged", name, within(spot, variable), { name });
    }
  }
}
