import type { Credential, Declared, PlacedChange } from "../../declared.ts";
import { Unreadable } from "../../text/bounds.ts";
import { at, entriesOf, itemsOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { readYaml } from "../../text/yaml.ts";
import type { InputFormat, Unread } from "../format.ts";
import { JobDraft, keyVariable, within, writesToLog, type System } from "./job.ts";

const FORMAT = "github_actions";

/** Workflows and composite actions of GitHub Actions: which secrets a job is given, and what it does with them. */
export const GITHUB_ACTIONS: InputFormat = {
  id: FORMAT,
  recognises: ({ path, name }) =>
    /(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/.test(path) || /^action\.ya?ml$/.test(name),
  *read(files) {
    for (const source of files) yield* readFile(source);
  },
};

function* readFile(source: SourceText): Generator<Declared | Unread> {
  const [document] = readYaml(source);
  const unread = (offset: number, reason: Unread["reason"], detail: string): Unread => ({
    format: FORMAT,
    place: source.place(offset),
    reason,
    detail,
  });
  if (document?.slip instanceof Unreadable) {
    yield unread(document.slip.offset, document.slip.reason, document.slip.message);
    return;
  }
  const root = document?.root;
  const workflow = /\/workflows\//.test(source.path);
  const drafts = workflow ? workflowDrafts(source, root) : actionDrafts(source, root);
  if (drafts !== undefined) yield declared(source, drafts);
  else if (workflow) yield unread(0, "malformed", "expected a workflow with jobs, got something else");
}

function declared(source: SourceText, drafts: readonly JobDraft[]): Declared {
  const changes: PlacedChange[] = drafts.map((draft) => draft.change());
  const credentials: Credential[] = drafts.flatMap((draft) => draft.credentials);
  return {
    format: FORMAT,
    provider: "any",
    path: source.path,
    source: "change",
    after: { facts: [], gaps: [] },
    declarations: new Map(),
    told: new Set(),
    credentials,
    changes,
  };
}

function actionDrafts(source: SourceText, root: Node | undefined): JobDraft[] | undefined {
  const steps = at(root, "runs", "steps");
  if (steps === undefined) return undefined;
  const draft = new JobDraft({ type: FORMAT, path: source.path, what: "", spot: at(root, "runs") ?? steps });
  for (const step of itemsOf(steps)) readStep(draft, step, { secretEnv: new Set(), callers: true });
  return [draft];
}

/** What a step is within. */
interface Around {
  /** Variables that hold secrets. */
  readonly secretEnv: ReadonlySet<string>;
  /** Whether whoever calls it says what it may do. */
  readonly callers: boolean;
}

/** Events by which others start a workflow that has its secrets all the same (GitHub: "Events that trigger workflows"). */
const UNTRUSTED_EVENTS: readonly string[] = ["issue_comment", "pull_request_target", "workflow_run"];

function workflowDrafts(source: SourceText, root: Node | undefined): JobDraft[] | undefined {
  const jobs = at(root, "jobs");
  if (jobs?.kind !== "map") return undefined;
  const events = eventsOf(at(root, "on"));
  const whole = new JobDraft({
    type: FORMAT,
    path: source.path,
    what: "",
    spot: keyOf(root, "jobs") ?? jobs,
  });
  const env = at(root, "env");
  readEnv(whole, env, "env");
  const drafts = [whole];
  for (const [name, { key, value: job }] of entriesOf(jobs)) {
    const draft = new JobDraft({ type: FORMAT, path: source.path, what: `job ${name}`, spot: key });
    draft.untrustedEvents = events.filter((event) => UNTRUSTED_EVENTS.includes(event)).sort();
    draft.mayAskIdentity = mayAskIdentity(at(job, "permissions") ?? at(root, "permissions"), events);
    draft.names(env === undefined ? [] : secretsIn(env).names);
    readEnv(draft, at(job, "env"), "env");
    readContainer(draft, at(job, "container"), "container");
    for (const [name, { value }] of entriesOf(at(job, "services")))
      readContainer(draft, value, `services.${name}`);
    if (at(job, "uses") !== undefined) readCall(draft, job);
    const secretEnv = new Set([...secretVariables(env), ...secretVariables(at(job, "env"))]);
    for (const step of itemsOf(at(job, "steps"))) readStep(draft, step, { secretEnv, callers: false });
    drafts.push(draft);
  }
  return drafts;
}

function keyOf(node: Node | undefined, name: string): Spot | undefined {
  return entriesOf(node).find(([key]) => key === name)?.[1].key;
}

function eventsOf(on: Node | undefined): string[] {
  if (on?.kind === "text") return [on.text];
  if (on?.kind === "list") return on.items.flatMap((one) => textOf(one) ?? []);
  return entriesOf(on).map(([name]) => name);
}

/** Without a word about permissions a job has none to ask for its identity; what is called may have what its caller has. */
function mayAskIdentity(permissions: Node | undefined, events: readonly string[]): boolean | undefined {
  if (permissions === undefined) return events.includes("workflow_call") ? undefined : false;
  if (permissions.kind === "text") return permissions.text === "write-all";
  return textOf(at(permissions, "id-token")) === "write";
}

/** Secrets in the expressions of a text or tree. */
interface Secrets {
  readonly names: readonly string[];
  /** How all of them are taken, and by which text. */
  readonly all: readonly {
    readonly how: "dynamic" | "to_json";
    readonly text: string;
    readonly node: Node;
  }[];
  readonly uses: readonly { readonly name: string; readonly text: string; readonly node: Node }[];
}

const EXPRESSION = /\$\{\{[^]*?\}\}/g;

function secretsIn(node: Node | undefined): Secrets {
  const uses: { name: string; text: string; node: Node }[] = [];
  const all: { how: "dynamic" | "to_json"; text: string; node: Node }[] = [];
  for (const one of textsIn(node)) {
    for (const [text] of one.text.matchAll(EXPRESSION)) {
      if (/tojson\(\s*secrets\s*\)/i.test(text)) all.push({ how: "to_json", text, node: one });
      else if (/\bsecrets\s*\[\s*(?!['"])/i.test(text)) all.push({ how: "dynamic", text, node: one });
      for (const found of text.matchAll(
        /\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*['"]([\w-]+)['"]\s*\])/gi,
      )) {
        const name = (found[1] ?? found[2] ?? "").toUpperCase();
        if (name !== "GITHUB_TOKEN") uses.push({ name, text, node: one });
      }
    }
  }
  return { names: [...new Set(uses.map(({ name }) => name))].sort(), all, uses };
}

function textsIn(node: Node | undefined): Extract<Node, { kind: "text" }>[] {
  if (node === undefined) return [];
  if (node.kind === "text") return [node];
  if (node.kind === "list") return node.items.flatMap(textsIn);
  return entriesOf(node).flatMap(([, { value }]) => textsIn(value));
}

function secretVariables(env: Node | undefined): string[] {
  return entriesOf(env).flatMap(([name, { value }]) => (secretsIn(value).names.length > 0 ? [name] : []));
}

/** Values that a step before has fetched are not kept. */
const FETCHED = /\$\{\{[^}]*\b(?:steps|needs)\./;

function readEnv(draft: JobDraft, env: Node | undefined, address: string): void {
  readPart(draft, env);
  draft.literals(env, address);
  for (const [name, { value }] of entriesOf(env)) {
    const system = keyVariable(name);
    if (system !== undefined) storedKey(draft, { system, thing: name, value });
  }
}

/** What a job runs in or beside: variables, and what its registry is logged in to with. */
function readContainer(draft: JobDraft, container: Node | undefined, address: string): void {
  readPart(draft, container);
  for (const part of ["env", "credentials"]) draft.literals(at(container, part), `${address}.${part}`);
}

function storedKey(
  draft: JobDraft,
  { system, thing, value }: { system: System; thing: string; value: Node },
): void {
  const text = textOf(value);
  if (text === undefined || FETCHED.test(text) || !text.includes("${{")) return;
  const [name] = secretsIn(value).names;
  draft.add("stored_keys", thing, value, { system, ...(name === undefined ? {} : { name }) });
}

/** Which secrets a part names, and whether it takes all. */
function readPart(draft: JobDraft, part: Node | undefined): Secrets {
  const secrets = secretsIn(part);
  draft.names(secrets.names);
  for (const { how, text, node } of secrets.all) draft.add("handed_over", how, within(node, text), { how });
  return secrets;
}

/** A job that is a workflow of its own elsewhere. */
function readCall(draft: JobDraft, job: Node): void {
  const uses = at(job, "uses");
  const called = textOf(uses) ?? "";
  const secrets = at(job, "secrets");
  const named = readPart(draft, secrets);
  readPart(draft, at(job, "with"));
  if (textOf(secrets) === "inherit" && secrets !== undefined)
    draft.add("handed_over", "inherit", secrets, { how: "inherit" });
  if (called.startsWith("./") || uses === undefined) return;
  if (secrets !== undefined)
    given(draft, called, uses, textOf(secrets) === "inherit" ? ["all"] : named.names);
  // As an action's, what it does is its owner's to say; but code of others may run in it.
  if (draft.untrustedEvents.length > 0 && draft.hasSecrets)
    draft.hide(`what ${called.slice(0, 200)} does is not in these files`, ["pipeline_code"]);
}

function given(draft: JobDraft, action: string, spot: Spot, secrets: readonly string[]): void {
  if (secrets.length === 0) return;
  const pinned = /@[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(action) || /@sha256:[0-9a-f]{64}$/.test(action);
  const name = action.replace(/@.*$/, "");
  draft.add("actions", name, spot, {
    action,
    owner: name.split("/")[0] ?? name,
    pinned,
    secrets: [...secrets],
  });
}

function readStep(draft: JobDraft, step: Node, around: Around): void {
  const uses = at(step, "uses");
  const action = textOf(uses);
  const inputs = readPart(draft, at(step, "with"));
  const env = at(step, "env");
  readEnv(draft, env, `${textOf(at(step, "id")) ?? textOf(at(step, "name")) ?? "step"}.env`);
  if (action !== undefined && uses !== undefined) {
    const secrets = [...new Set([...inputs.names, ...secretsIn(env).names])].sort();
    if (!action.startsWith("./")) given(draft, action, uses, secrets);
    readAction(draft, { step, name: action.replace(/@.*$/, "").toLowerCase(), callers: around.callers });
  }
  const run = at(step, "run") ?? at(step, "with", "script");
  if (run?.kind === "text") readRun(draft, run, new Set([...around.secretEnv, ...secretVariables(env)]));
}

interface ActionTerms {
  readonly step: Node;
  /** Without its version, in small letters. */
  readonly name: string;
  readonly callers: boolean;
}

/** Inputs by which actions take a kept key. */
const KEY_INPUTS: Readonly<Record<string, { readonly system: System; readonly inputs: readonly string[] }>> =
  {
    "aws-actions/configure-aws-credentials": {
      system: "aws",
      inputs: ["aws-secret-access-key", "aws-access-key-id"],
    },
    "azure/login": { system: "azure", inputs: ["creds"] },
    "google-github-actions/auth": { system: "gcp", inputs: ["credentials_json"] },
    "google-github-actions/setup-gcloud": { system: "gcp", inputs: ["service_account_key"] },
    "pypa/gh-action-pypi-publish": { system: "pypi", inputs: ["password"] },
  };

/** Inputs that say that an action asks for the job's identity. */
const IDENTITY_INPUTS: Readonly<Record<string, readonly string[]>> = {
  "aws-actions/configure-aws-credentials": ["role-to-assume"],
  "azure/login": ["client-id"],
  "google-github-actions/auth": ["workload_identity_provider"],
};

/** Methods of `hashicorp/vault-action` that take no kept credential. */
const VAULT_IDENTITIES: readonly string[] = ["jwt", "kubernetes"];

function readAction(draft: JobDraft, { step, name, callers }: ActionTerms): void {
  const inputs = at(step, "with");
  const known = KEY_INPUTS[name];
  const kept = (known?.inputs ?? []).find((input) => at(inputs, input) !== undefined);
  const value = kept === undefined ? undefined : at(inputs, kept);
  if (known !== undefined && value !== undefined)
    storedKey(draft, { system: known.system, thing: `${name} ${kept}`, value });
  if (name === "hashicorp/vault-action") readVault(draft, step, callers);
  if (name === "actions/checkout") readCheckout(draft, inputs);
  const asked = IDENTITY_INPUTS[name]?.find((input) => at(inputs, input) !== undefined);
  const other = ["web-identity-token-file", "role-chaining", "auth-type"].some(
    (input) => at(inputs, input) !== undefined,
  );
  const input = asked === undefined ? undefined : at(inputs, asked);
  if (!callers && input !== undefined && kept === undefined && !other)
    draft.add("identity_asks", name, input, { system: known?.system ?? "aws" });
}

function readVault(draft: JobDraft, step: Node, callers: boolean): void {
  const method = at(step, "with", "method");
  const text = textOf(method) ?? "token";
  const spot = method ?? at(step, "uses") ?? step;
  if (text.includes("${{"))
    draft.hide("the method of hashicorp/vault-action is an expression", ["pipeline_key"]);
  else if (!VAULT_IDENTITIES.includes(text.toLowerCase())) {
    const [name] = secretsIn(at(step, "with")).names;
    draft.add("stored_keys", `hashicorp/vault-action ${text}`, spot, {
      system: "vault",
      ...(name === undefined ? {} : { name }),
    });
  } else if (text.toLowerCase() === "jwt" && !callers && at(step, "with", "jwtPrivateKey") === undefined)
    draft.add("identity_asks", "hashicorp/vault-action", spot, { system: "vault" });
}

/** What whoever sent a change wrote: its code. */
const THEIR_CODE =
  /github\.event\.pull_request\.(?:head\.|merge_commit_sha)|github\.head_ref|github\.event\.workflow_run\.(?:head_|pull_requests)|github\.event\.number|refs\/pull\/|\bgh\s+pr\s+checkout\b|github\.event\.issue\.number/;

/** What whoever sent a change wrote, put into a command (GitHub: "Script injections"). */
const THEIR_TEXT =
  /\$\{\{[^}]*(?:github\.head_ref|github\.event\.(?:issue|pull_request|discussion|comment|review|review_comment|workflow_run|head_commit|commits|pages)[\w.[\]*]*\.(?:title|body|message|ref|label|head_branch|display_title|email|name|page_name|default_branch))[^}]*\}\}/;

function readCheckout(draft: JobDraft, inputs: Node | undefined): void {
  for (const name of ["ref", "repository"]) {
    const value = at(inputs, name);
    if (value !== undefined && THEIR_CODE.test(textOf(value) ?? ""))
      draft.add("untrusted_code", `actions/checkout ${name}`, value, { how: "checkout" });
  }
}

function readRun(
  draft: JobDraft,
  run: Extract<Node, { kind: "text" }>,
  secretEnv: ReadonlySet<string>,
): void {
  const secrets = readPart(draft, run);
  for (const { name, text } of secrets.uses) {
    const system = keyVariable(name);
    if (system !== undefined) draft.add("stored_keys", `run ${name}`, within(run, text), { system, name });
  }
  let from = 0;
  for (const line of run.text.split("\n")) {
    const spot = line.trim() === "" ? run : within(run, line.trim(), from);
    if (spot !== run) from = spot.start - run.start;
    readLine(draft, { line, spot, secretEnv });
  }
}

interface LineTerms {
  readonly line: string;
  readonly spot: Spot;
  readonly secretEnv: ReadonlySet<string>;
}

function readLine(draft: JobDraft, { line, spot, secretEnv }: LineTerms): void {
  const code =
    /\bgh\s+pr\s+checkout\b/.exec(line) ??
    (/\bgit\b.*\b(?:fetch|checkout|pull|merge)\b/.test(line) ? THEIR_CODE.exec(line) : null);
  if (code !== null) draft.add("untrusted_code", "run checkout", within(spot, code[0]), { how: "checkout" });
  const text = THEIR_TEXT.exec(line);
  if (text !== null)
    draft.add("untrusted_code", "run expression", within(spot, text[0]), { how: "expression" });
  if (!writesToLog(line)) return;
  for (const [expression, dot, quoted] of line.matchAll(
    /\$\{\{\s*secrets(?:\.([\w-]+)|\[['"]([\w-]+)['"]\])[^}]*\}\}/g,
  ))
    draft.add("logged", dot ?? quoted ?? "", within(spot, expression), { name: dot ?? quoted ?? "" });
  for (const [variable, braced, bare, power] of line.matchAll(/\$\{(\w+)\}|\$(?:env:)?(\w+)|%(\w+)%/g)) {
    const name = braced ?? bare ?? power ?? "";
    if (secretEnv.has(name)) draft.add("logged", name, within(spot, variable), { name });
  }
}
