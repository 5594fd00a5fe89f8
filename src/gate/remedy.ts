import { oneLine } from "../base/index.ts";
import {
  REMEDY_LANGUAGES,
  type CatalogueEntry,
  type Outcome,
  type Remedy,
  type RemedyLanguage,
} from "../policy/index.ts";
import type { GateFinding } from "./verdict.ts";

/** What a finding is about. */
export interface Found {
  /** Of the file in which it stands. */
  readonly format: GateFinding["format"];
  readonly outcome: Outcome["outcome"];
  /** What the subject is, most exact first: its type, whose it is. */
  readonly types: readonly (string | undefined)[];
  /** E.g. `module.db.aws_secretsmanager_secret.this["a"]`. */
  readonly address: string;
  /** The file in which it is declared. */
  readonly file: string;
  /** The part of it in which something was found, e.g. `parameter Password`. */
  readonly thing?: string | undefined;
}

/** Most characters of a name that is put into a remedy. */
const MAX_NAME_CHARS = 120;

/** By language, how what is not known there can be: a finding that could not be decided needs this before anything else. */
const TO_DECIDE: Readonly<Record<RemedyLanguage, string>> = {
  arm: "Write the value that is not known into the template, in the place of the parameter or function.",
  cloudformation:
    "Write the value that is not known into the template, in the place of the parameter, and declare in it what it names, such as a policy or a key.",
  compose: "Write into the Compose file, or into a Dockerfile of its own, what is not read.",
  dockerfile: "Copy files by their names from a stage that holds no credential.",
  github_actions:
    "Call a workflow or action of this repository, which is judged with it, or state what the job may do in the job itself.",
  gitlab_ci:
    "Give the gate the configuration with all that it includes (`glab ci config compile`, or `merged_yaml` of GitLab's CI lint) in the place of the file.",
  iam_policy: "Give the gate the policies that are named, too.",
  kubernetes:
    "Give the gate the manifests as they are applied, together with those that they name: what `helm template` or `kustomize build` prints.",
  terraform:
    "Judge the plan, in which values are known (`terraform plan -out=tf.plan`, `terraform show -json tf.plan > plan.json`, `countersign gate plan.json`), or write the value as a literal or into `terraform.tfvars`.",
  vault_policy: "Write the rules into the policy.",
};

/** A plan has all values but those that only applying it gives. */
const TO_DECIDE_IN_PLAN =
  "Write a literal where the value is known only after apply, or apply first what it comes from and plan again.";

/**
 * What a person changes in the file to make a finding go: the policy's remedy in the language of the file, with the names of what is declared.
 * Undefined where the policy has none for it. Of names only characters stay that mean nothing to a terminal, a pipeline or Markdown.
 */
export function remedyOf({ remedies }: CatalogueEntry, found: Found): Remedy | undefined {
  const language = languageOf(found.format);
  if (language === undefined || found.outcome === "error") return undefined;
  const own = remedies?.[language] ?? {};
  const chosen = [...found.types, "any"].flatMap((type) =>
    type !== undefined && Object.hasOwn(own, type) ? [own[type] as Remedy] : [],
  )[0];
  const names = namesOf(found);
  const filled = (text: string): string =>
    text.trim().replaceAll(/\{(label|reference|thing)\}/g, (_, name: keyof Names) => names[name]);
  const wanted = chosen === undefined ? undefined : filled(chosen.text);
  const example = chosen?.example === undefined ? {} : { example: filled(chosen.example) };
  if (found.outcome !== "undetermined")
    return wanted === undefined ? undefined : { text: wanted, ...example };
  const first = found.format === "terraform_plan" ? TO_DECIDE_IN_PLAN : TO_DECIDE[language];
  return { text: wanted === undefined ? first : `${first} What is asked for then: ${wanted}`, ...example };
}

/** What a file of a format is written in; undefined of what no format read. */
export function languageOf(format: GateFinding["format"]): RemedyLanguage | undefined {
  const written = format === "terraform_plan" ? "terraform" : format;
  return REMEDY_LANGUAGES.find((language) => language === written);
}

interface Names {
  /** As another block of the same module names it, e.g. `aws_secretsmanager_secret.this["a"]`; without the file. */
  readonly reference: string;
  /** E.g. `this`. */
  readonly label: string;
  /** The part's own name, e.g. `Password`. */
  readonly thing: string;
}

function namesOf({ address, file, thing }: Found): Names {
  const own = address.startsWith(`${file} `) ? address.slice(file.length + 1) : address;
  const reference = /(?:data\.)?[\w-]+\.[\w-]+(?:\[[^\]]*\])?$/.exec(own)?.[0] ?? own;
  return {
    reference: named(reference),
    label: lastWord(reference),
    thing: thing === undefined ? "<name>" : named(thing.slice(thing.indexOf(" ") + 1)).replaceAll(":", "_"),
  };
}

/** The last word before an index or a function: such a name is worked out and not written. */
function lastWord(reference: string): string {
  const written = reference.replace(/\[[^\]]*\]$/, "").replace(/ ?[^ (]*\(.*$/, "");
  return (written.split(/[^\w-]+/).findLast((part) => part !== "") ?? "this").slice(0, MAX_NAME_CHARS);
}

const named = (text: string): string =>
  oneLine(text)
    .replaceAll(/[^\w.:/" [\]-]/g, "_")
    .slice(0, MAX_NAME_CHARS);
