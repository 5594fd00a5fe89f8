import { Unreadable } from "../text/bounds.ts";

/** One instruction as conftest gives it to rules. */
export interface DockerCommand {
  readonly Cmd: string;
  readonly SubCmd: string;
  readonly JSON: boolean;
  readonly Flags: readonly string[] | null;
  readonly Value: readonly string[] | null;
  readonly Stage: number;
}

interface Parsed {
  /** As it is written. */
  readonly word: string;
  readonly cmd: string;
  readonly flags: readonly string[];
  readonly json: boolean;
  readonly value: readonly string[];
}

const WORDS = new Set(["from", "expose"]);
const MAYBE_LIST = new Set(["add", "copy", "volume"]);
const MAYBE_JSON = new Set(["cmd", "entrypoint", "run", "shell"]);
const TEXT = new Set(["maintainer", "stopsignal", "user", "workdir"]);
const PAIRS = new Set(["env", "label"]);
const KNOWN = new Set([
  ...WORDS,
  ...MAYBE_LIST,
  ...MAYBE_JSON,
  ...TEXT,
  ...PAIRS,
  "arg",
  "healthcheck",
  "onbuild",
]);

/** Instructions of a Dockerfile in the form in which conftest's users know them (BuildKit's parser). Throws `Unreadable`. */
export function parseDockerfile(text: string): DockerCommand[] {
  const found: DockerCommand[] = [];
  let stages = 0;
  for (const { line, offset, comments } of joinedLines(text)) {
    const parsed = parseLine(line, offset);
    if (parsed.cmd === "from") stages += 1;
    const stage = Math.max(0, stages - 1);
    for (const comment of comments)
      found.push({ Cmd: "comment", SubCmd: "", JSON: false, Flags: null, Value: [comment], Stage: stage });
    const inner = parsed.cmd === "onbuild" ? parseLine(parsed.value[0] ?? "", offset) : undefined;
    const told = inner ?? parsed;
    found.push({
      Cmd: parsed.cmd,
      SubCmd: inner?.word ?? "",
      JSON: told.json,
      Flags: parsed.flags,
      Value: told.value.length === 0 ? null : told.value,
      Stage: stage,
    });
  }
  return found;
}

function parseLine(line: string, offset: number): Parsed {
  const [, word = "", rest = ""] = /^\s*(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  const cmd = word.toLowerCase();
  if (!KNOWN.has(cmd))
    // It may be a line of a value that lost what it stood in: it is not told.
    throw new Unreadable("expected an instruction of Dockerfiles, got another word", offset);
  const { flags, args } = flagged(rest);
  return { word, cmd, flags, ...valueOf(cmd, args) };
}

/** Words that begin with `--`, before everything else. */
function flagged(rest: string): { flags: string[]; args: string } {
  const flags: string[] = [];
  let args = rest.trim();
  for (let next = /^--(\S*)\s*/.exec(args); next !== null; next = /^--(\S*)\s*/.exec(args)) {
    args = args.slice(next[0].length);
    if (next[1] === "") break;
    flags.push(`--${next[1] ?? ""}`);
  }
  return { flags, args };
}

function valueOf(cmd: string, args: string): Pick<Parsed, "json" | "value"> {
  if (MAYBE_JSON.has(cmd) || MAYBE_LIST.has(cmd)) {
    const list = jsonList(args);
    if (list !== undefined) return { json: true, value: list };
    const value = MAYBE_LIST.has(cmd) ? split(args) : [args];
    return { json: false, value: args === "" ? [] : value };
  }
  if (WORDS.has(cmd)) return { json: false, value: split(args) };
  if (PAIRS.has(cmd)) return { json: false, value: pairs(args) };
  if (cmd === "arg") return { json: false, value: quotedWords(args) };
  if (cmd === "healthcheck") return healthcheck(args);
  return { json: false, value: args === "" ? [] : [args] };
}

function healthcheck(args: string): Pick<Parsed, "json" | "value"> {
  const [, type = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(args) ?? [];
  const list = jsonList(rest);
  return { json: list !== undefined, value: [type, ...(list ?? (rest === "" ? [] : [rest]))] };
}

function jsonList(args: string): string[] | undefined {
  if (!args.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(args);
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

const split = (args: string): string[] => args.split(/\s+/).filter((word) => word !== "");

/** Words with their quotes; a backslash keeps what comes next in the word. */
function quotedWords(args: string): string[] {
  return args.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s"'\\]|["'])+/g) ?? [];
}

/** `ENV a=b c=d` gives each name, value and sign; the old form `ENV a b` one name with all that follows. */
function pairs(args: string): string[] {
  const words = quotedWords(args);
  if (words.length === 0) return [];
  if (!(words[0] ?? "").includes("=")) {
    const [, name = "", value = ""] = /^(\S+)\s*([\s\S]*)$/.exec(args) ?? [];
    return [name, value, ""];
  }
  return words.flatMap((word) => {
    const at = word.indexOf("=");
    return [at < 0 ? word : word.slice(0, at), at < 0 ? "" : word.slice(at + 1), "="];
  });
}

interface Joined {
  readonly line: string;
  readonly offset: number;
  /** Comments since the last instruction. */
  readonly comments: readonly string[];
}

const HEREDOC = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g;

function joinedLines(text: string): Joined[] {
  const found: Joined[] = [];
  let comments: string[] = [];
  let escape = "\\";
  let directives = true;
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  let offset = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const first = lines[at] ?? "";
    const start = offset;
    offset += first.length + 1;
    const [, directive, value = ""] = /^#\s*(escape|syntax|check)\s*=\s*(.+?)\s*$/i.exec(first) ?? [];
    if (directives && directive !== undefined) {
      if (directive.toLowerCase() === "escape") escape = value;
      continue;
    }
    directives = false;
    const comment = /^\s*#(.*)$/.exec(first)?.[1];
    if (comment !== undefined) comments.push(comment.trim());
    if (comment !== undefined || first.trim() === "") continue;
    let line = first.trimStart();
    const goesOn = new RegExp(`${escape === "`" ? "`" : "\\\\"}[ \\t]*$`);
    while (goesOn.test(line) && at + 1 < lines.length) {
      line = line.replace(goesOn, "");
      at += 1;
      let next = lines[at] ?? "";
      offset += next.length + 1;
      while (/^\s*(?:#.*)?$/.test(next) && at + 1 < lines.length) {
        at += 1;
        next = lines[at] ?? "";
        offset += next.length + 1;
      }
      line += /^\s*(?:#.*)?$/.test(next) ? "" : next;
    }
    line = line.replace(goesOn, "").trimEnd();
    if (/^(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\b/i.test(line)) {
      for (const [, , word] of line.matchAll(HEREDOC)) {
        let ended = false;
        while (!ended && at + 1 < lines.length) {
          at += 1;
          const next = lines[at] ?? "";
          offset += next.length + 1;
          ended = next.trim() === word;
        }
        if (!ended)
          throw new Unreadable(`expected a here-document that ends with ${word ?? ""}, got the end`, start);
      }
    }
    found.push({ line, offset: start, comments });
    comments = [];
  }
  return found;
}
