import { UNKNOWN_SOURCE, changesAlone } from "../workload/changes-alone.ts";
import {
  commandCredentials,
  hasPasswordInUrl,
  isSettingCredential,
  literalCredential,
  namesCredential,
  settingCredentials,
} from "../workload/credential-text.ts";
import { WorkloadDraft } from "../workload/workload-draft.ts";
import { Register } from "../../drafting.ts";
import type { Declared } from "../../declared.ts";
import type { Spot } from "../../text/node.ts";
import { placeOf } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { InputFormat, Unread } from "../format.ts";
import { MAX_INSTRUCTION, instructionsOf, spotOf, wordsOf, type Instruction } from "./dockerfile-text.ts";

/** Dockerfiles, by their name; where that may as well be another's, by how they begin. */
export const DOCKERFILE: InputFormat = {
  id: "dockerfile",
  recognises: ({ name, text }) => {
    if (/\.docker$/i.test(name)) return text.trim() === "" || beginsAsDockerfile(text);
    return NAMED.test(name) && (!OTHERS.test(name) || beginsAsDockerfile(text));
  },
  *read(files) {
    for (const file of files) yield* readFile(file);
  },
};

const NAMED = /^(?:.+[._-])?(?:docker|container)file(?:[._-].+)?$(?<!ignore)/i;

/** Ends of names of what is written about Dockerfiles, or reads them; some people call a Dockerfile after the language of what it builds. */
const OTHERS =
  /\.(?:[cm]?[jt]sx?|adoc|bash|c|cc|clj|cpp|cs|css|dart|el|erl|exs?|fs|go|h|hcl|hpp|hs|html?|ini|ipynb|java|json[5c]?|kts?|lua|md|mdx|ml|nix|php|pl|pm|properties|ps1|pyi?|r|rb|rego|rs|rst|scala|sh|sql|svelte|swift|tf|toml|vim|vue|xml|ya?ml|zig)$/i;

/** Whether the first line that is neither blank nor a comment is the beginning of a Dockerfile; Python's `from x import y` is none. */
function beginsAsDockerfile(text: string): boolean {
  const [first = ""] = /^(?![ \t]*(?:#|$)).+$/m.exec(text) ?? [];
  return /^\s*(?:FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+\S+)?|ARG\s+[A-Za-z_]\w*(?:=.*)?)\s*$/i.test(
    first.slice(0, 1024),
  );
}

const KEYWORDS = new Set([
  ...[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
  ],
  ...["RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"],
]);

function* readFile(source: SourceText): Generator<Declared | Unread> {
  const instructions = instructionsOf(source);
  const stranger = instructions.find(({ keyword }) => !KEYWORDS.has(keyword));
  if (stranger !== undefined)
    yield {
      format: "dockerfile",
      place: placeOf(stranger),
      reason: "malformed",
      detail: `expected an instruction of a Dockerfile, got ${wordOf(stranger.keyword)}`,
    };
  for (const one of instructions) {
    if (one.isOpen)
      yield {
        format: "dockerfile",
        place: placeOf(one),
        reason: "malformed",
        detail: "expected a here-document with an end, got none: all that follows is in it",
      };
    if (one.text.length > MAX_INSTRUCTION)
      yield {
        format: "dockerfile",
        place: placeOf(one),
        reason: "limit",
        detail: `expected an instruction of at most ${MAX_INSTRUCTION} characters, got ${one.text.length}`,
      };
  }
  const first = instructions.find(({ keyword }) => keyword === "FROM");
  if (first === undefined) return;
  const draft = new WorkloadDraft({
    format: "dockerfile",
    platform: "dockerfile",
    type: "image",
    name: "image",
    spot: first,
  });
  draft.tells("image");
  const register = new Register();
  new ImageReader(draft, register).read(instructions);
  yield changesAlone({
    format: "dockerfile",
    path: source.path,
    source: UNKNOWN_SOURCE,
    text: source.text,
    changes: [draft.change()],
    register,
  });
}

/** A build stage: what is copied into it is in the image where the last one begins with it. */
interface Stage {
  readonly names: readonly string[];
  readonly from: string;
  readonly files: { name: string; spot: Spot; certain: boolean }[];
  readonly takenFrom: Set<string>;
  /** Variables and arguments, with the values that they have unless somebody gives others. */
  readonly values: Map<string, string>;
}

/** Longest value that is put together: names may stand for names. */
const MAX_VALUE = 4096;

/** A variable within a value, and what holds where it has none. */
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}|([A-Za-z_]\w*))/g;

class ImageReader {
  readonly #draft: WorkloadDraft;
  readonly #register: Register;
  readonly #stages: Stage[] = [];
  /** Defaults of arguments before the first stage. */
  readonly #before = new Map<string, string>();

  constructor(draft: WorkloadDraft, register: Register) {
    this.#draft = draft;
    this.#register = register;
  }

  read(instructions: readonly Instruction[]): void {
    for (const one of instructions) {
      if (one.keyword === "FROM") this.#stage(one);
      else if (one.keyword === "ARG") this.#argument(one);
      else if (one.keyword === "ENV") this.#environment(one);
      else if (one.keyword === "LABEL") this.#label(one);
      else if (one.keyword === "COPY" || one.keyword === "ADD") this.#copy(one);
      else if (["RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"].includes(one.keyword)) this.#command(one);
    }
    this.#files();
  }

  #stage(one: Instruction): void {
    const words = wordsOf(one).filter(({ text }) => !text.startsWith("--"));
    const named = words[1]?.text.toUpperCase() === "AS" ? words[2]?.text.toLowerCase() : undefined;
    const names = [String(this.#stages.length), ...(named === undefined ? [] : [named])];
    const from = words[0]?.text.toLowerCase() ?? "";
    const before = this.#stages.findLast((stage) => stage.names.includes(from));
    const values = new Map(before?.values);
    this.#stages.push({ names, from, files: [], takenFrom: new Set(), values });
  }

  #argument(one: Instruction): void {
    for (const word of wordsOf(one)) {
      const [, name = "", value] = /^([^=]+)(?:=(.*))?$/s.exec(word.text) ?? [];
      const values = this.#stages.at(-1)?.values ?? this.#before;
      const written = value !== undefined && this.#isCredential(name, value);
      const known = value === undefined ? this.#before.get(name) : this.#filled(value);
      if (known !== undefined) values.set(name, known);
      if (written) this.#draft.imageCredential("argument_default", name, spotOf(one, word));
      else if (namesCredential(name)) this.#draft.buildArgument(name, spotOf(one, word));
    }
  }

  #environment(one: Instruction): void {
    const set = this.#pairs(one).map(({ name, value, spot }) => {
      if (this.#isCredential(name, value)) this.#draft.imageCredential("environment", name, spot);
      return [name, this.#filled(value)] as const;
    });
    // Within one instruction all see the values of before.
    for (const [name, value] of set) this.#stages.at(-1)?.values.set(name, value);
  }

  #pairs(one: Instruction): { readonly name: string; readonly value: string; readonly spot: Spot }[] {
    const words = wordsOf(one);
    const [first] = words;
    if (first === undefined) return [];
    // The older form: one variable, and all that follows is its value.
    if (!first.text.includes("=")) {
      const value = one.text
        .slice(first.end)
        .trim()
        .replace(/^["']|["']$/g, "");
      return [{ name: first.text, value, spot: one }];
    }
    return words.map((word) => {
      const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(word.text) ?? [];
      return { name, value, spot: spotOf(one, word) };
    });
  }

  /** Labels are read by everybody who has the image. */
  #label(one: Instruction): void {
    for (const { name, value, spot } of this.#pairs(one))
      if (isSettingCredential(name, this.#filled(value)))
        this.#register.credential("dockerfile-label-literal", spot, `label ${name}`);
  }

  #isCredential(name: string, value: string): boolean {
    return isCredential(name, value) || (value.includes("$") && isCredential(name, this.#filled(value)));
  }

  /** A value with those of the variables that are known; of others their names stay. */
  #filled(value: string): string {
    const values = this.#stages.at(-1)?.values ?? this.#before;
    return value
      .replace(VARIABLE, (whole, name?: string, otherwise?: string, plain?: string) => {
        return values.get(name ?? plain ?? "") ?? otherwise ?? whole;
      })
      .slice(0, MAX_VALUE);
  }

  #command(one: Instruction): void {
    const found = commandCredentials(one.text);
    for (const { name, start, end } of found)
      this.#draft.imageCredential("command", name, spotOf(one, { start, end }));
    this.#document(one, found);
  }

  /** What here-documents set, whatever reads them; `known`: what was found in them already. */
  #document(one: Instruction, known: readonly { readonly start: number; readonly end: number }[] = []): void {
    for (const document of one.documents)
      for (const { name, start, end } of settingCredentials(one.text.slice(document.start, document.end))) {
        const word = { start: document.start + start, end: document.start + end };
        if (!known.some((other) => other.start < word.end && word.start < other.end))
          this.#draft.imageCredential("command", name, spotOf(one, word));
      }
  }

  #copy(one: Instruction): void {
    this.#document(one);
    const words = wordsOf(one);
    const stage = this.#stages.at(-1);
    const from = words.find(({ text }) => /^--from=/.test(text))?.text.slice("--from=".length);
    if (from !== undefined) {
      stage?.takenFrom.add(from.toLowerCase());
      return;
    }
    const sources = words.filter(({ text }) => !text.startsWith("--")).slice(0, -1);
    for (const word of sources) {
      if (hasPasswordInUrl(word.text))
        this.#draft.imageCredential("command", "address with a password", spotOf(one, word));
      const kind = fileKind(word.text);
      if (kind !== undefined)
        stage?.files.push({ name: word.text, spot: spotOf(one, word), certain: kind === "credential" });
    }
  }

  /** What was copied is in the image if the last stage is, or begins with, the one that it was copied into. */
  #files(): void {
    const kept = new Set<Stage>();
    let last = this.#stages.at(-1);
    while (last !== undefined && !kept.has(last)) {
      kept.add(last);
      const { from } = last;
      const before = this.#stages.slice(0, this.#stages.indexOf(last));
      last = before.findLast(({ names }) => names.includes(from));
    }
    const taken = new Set([...kept].flatMap(({ takenFrom }) => [...takenFrom]));
    for (const stage of this.#stages) {
      for (const { name, spot, certain } of stage.files) {
        if (kept.has(stage) && certain) this.#draft.imageCredential("file", name, spot);
        else if (kept.has(stage))
          this.#draft.hide("workload_image", `whether ${name} holds a credential is not known here`, spot);
        else if (stage.names.some((one) => taken.has(one)))
          this.#draft.hide(
            "workload_image",
            `whether ${name} comes with what is copied from its stage is not known`,
            spot,
          );
      }
    }
  }
}

function isCredential(name: string, value: string): boolean {
  return (namesCredential(name) && literalCredential(value) !== undefined) || hasPasswordInUrl(value);
}

const CREDENTIAL_FILES = [
  /^\.env(?:\.(?!example$|sample$|template$|dist$|defaults?$|schema$)[\w.-]+)?$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)$/,
  /\.(?:key|p12|pfx|jks|keystore|kdbx)$/,
  /(?:^|[._-])(?:key|privkey|private)\.pem$/,
  /^(?:\.netrc|\.git-credentials|\.vault-token|\.htpasswd|\.pgpass|kubeconfig|\.dockerconfigjson)$/,
  /^(?:service[-_]?account[\w-]*|[\w-]*credentials)\.json$/,
  /\.tfstate(?:\.backup)?$/,
];

/** Files that may hold one. */
const PERHAPS =
  /^(?:\.npmrc|\.pypirc|\.yarnrc\.yml|pip\.conf|nuget\.config|settings\.xml|auth\.json|secrets?\.(?:ya?ml|json|env|properties))$/i;

function fileKind(path: string): "credential" | "perhaps" | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/\.(?:pub|crt|cer)$/.test(name)) return undefined;
  if (/(?:^|\/)\.aws\/credentials$|(?:^|\/)\.kube\/config$|(?:^|\/)\.ssh\/?$/.test(path)) return "credential";
  if (CREDENTIAL_FILES.some((pattern) => pattern.test(name))) return "credential";
  return PERHAPS.test(name) || /(?:^|\/)\.(?:aws|docker\/config\.json)\/?$/.test(path)
    ? "perhaps"
    : undefined;
}

/** A word where an instruction belongs, if it may be one that is written wrong; else a line of a value, such as a key, that lost what it stood in. */
function wordOf(keyword: string): string {
  return /^[a-z]{1,11}$/i.test(keyword) ? JSON.stringify(keyword) : "another word";
}
