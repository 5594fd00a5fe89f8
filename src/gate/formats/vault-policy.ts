import { CountersignError } from "../../base/index.ts";
import type { AclRule } from "../../facts/index.ts";
import { parsePolicy, type PolicyDialect } from "../../hashicorp/index.ts";
import type { Declared } from "../declared.ts";
import { Drafting, Register } from "../drafting.ts";
import { declarePolicyHolder, POLICY_HOLDER_KINDS } from "../resources/vault/policy-holder.ts";
import type { Spot } from "../text/node.ts";
import type { SourceText } from "../text/source-text.ts";
import type { Head, InputFormat, Surroundings, Unread } from "./format.ts";

/** What stands before the first block of a file: blanks and comments of HCL 1. */
const LEADING = /^(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/;

/** A block of ACL rules: no other HCL that is known has one that is not within another block. */
const RULE = /(?<![\w.-])["']?path["']?\s*["'][^"'\n]*["']\s*\{/g;

/** What braces stand in without being any. */
const NO_BRACES = /"(?:[^"\\\n]|\\.)*"|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function hasRule(text: string): boolean {
  let depth = 0;
  let from = 0;
  for (const { index } of text.matchAll(RULE)) {
    const between = text.slice(from, index).replace(NO_BRACES, "");
    for (const sign of between) depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    if (depth <= 0) return true;
    from = index;
  }
  return false;
}

/** In JSON an object of paths, beside which nothing but a name may stand. */
const JSON_RULES = /^\s*\{\s*(?:"name"\s*:\s*"[^"]*"\s*,\s*)?"path"\s*:\s*[{[]/;

/** ACL policies of Vault and OpenBao, in HCL 1 or JSON, each judged alone. */
export const vaultPolicy: InputFormat = {
  id: "vault_policy",
  recognises: ({ name, text }: Head): boolean => {
    if (/\.json$/i.test(name)) return JSON_RULES.test(text);
    if (!/\.(?:hcl|policy)$/i.test(name)) return false;
    return hasRule(text) || JSON_RULES.test(text) || /^"?path"?\s*["{=]/.test(text.replace(LEADING, ""));
  },
  *read(files, surroundings): Generator<Declared | Unread> {
    for (const file of files) {
      const found = declared(file, surroundings);
      if (found !== undefined) yield found;
    }
  },
};

function declared(file: SourceText, { source }: Surroundings): Declared | Unread | undefined {
  const read = rulesOf(file);
  if (!("rules" in read)) return read;
  const { rules, dialect } = read;
  // Comments alone are a policy that gives nothing.
  if (rules.length === 0) return undefined;
  const name = file.path.slice(file.path.lastIndexOf("/") + 1).replace(/\.(?:hcl|json|policy)$/i, "");
  const drafting = new Drafting(source.hashicorp, file.text);
  const register = new Register();
  drafting.add("store", { id: source.hashicorp, product: dialect });
  const [first = rules[0]] = rules;
  declarePolicyHolder(drafting, register, {
    name,
    text: file.text,
    rules,
    address: `policy ${name}`,
    spot: first === undefined ? { source: file, start: 0, end: 0 } : spotOf(file, first),
    spotOf: (rule) => spotOf(file, rule),
  });
  return register.declared({
    format: "vault_policy",
    provider: "hashicorp",
    path: file.path,
    source: source.hashicorp,
    after: drafting.side(),
    told: POLICY_HOLDER_KINDS,
  });
}

interface Rules {
  readonly rules: readonly AclRule[];
  readonly dialect: PolicyDialect;
}

/** As one of the two products takes it: what only OpenBao knows makes it OpenBao's. */
function rulesOf(file: SourceText): Rules | Unread {
  let failure: CountersignError | undefined;
  for (const dialect of ["vault", "openbao"] as const) {
    try {
      return { rules: parsePolicy(file.text, { name: file.path, dialect }).rules, dialect };
    } catch (thrown) {
      if (!(thrown instanceof CountersignError) || thrown.code !== "E_HCL") throw thrown;
      failure ??= thrown;
    }
  }
  const { line = 1, column = 1 } = failure?.location ?? {};
  const at = file.offsetOf(line - 1, column - 1);
  return {
    format: "vault_policy",
    place: file.place(at, at),
    reason: "malformed",
    // Where it stands is told by the place.
    detail: (failure?.message ?? "expected a policy").replace(`${file.path}:${line}:${column}: `, ""),
  };
}

function spotOf(source: SourceText, { line, column, end_line, end_column }: AclRule): Spot {
  const start = source.offsetOf(line - 1, column - 1);
  return { source, start, end: source.offsetOf(end_line - 1, end_column - 1) + 1 };
}
