import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import { at, itemsOf, textOf, type Node } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Declared } from "../../declared.ts";
import type { Beside, Besides, Head, InputFormat, LoadedFormat, Surroundings, Unread } from "../format.ts";
import { declareResources } from "../terraform/declare.ts";
import { unreadTypes } from "../terraform/unread-types.ts";
import { Configuration } from "./configuration.ts";
import { withoutEchoes } from "./echoes.ts";
import { incompleteSign, leftOutOf } from "./left-out.ts";
import { literals } from "./literals.ts";
import { WrittenPlaces } from "./located.ts";
import { places } from "./places.ts";
import { instancesOf, resourcesOf } from "./resources.ts";
import { isTrue } from "./values.ts";
import { writtenOf, type Written } from "./written.ts";

/** Keys of a plan's document, one of which it begins with, in Terraform's order or sorted. */
const FIRST =
  /^\s*\{\s*"(?:action_invocations|applyable|checks|complete|configuration|deferred_\w+|errored|format_version|output_changes|planned_values|prior_state|relevant_attributes|resource_changes|resource_drift|terraform_version|timestamp|variables)"\s*:/;

/** Of these a plan has one, and no other document that begins so. */
const OWN = /"(?:planned_values|provider_config|resource_changes)"\s*:/;

/** What else begins with the version of its format is looked at, to tell what it is. */
const VERSIONED = /^\s*\{\s*"format_version"[^]*"(?:root_module|terraform_version)"\s*:/;

/** Plans as `terraform show -json` and `tofu show -json` print them. Source: Terraform, "JSON Output Format", format version 1. */
export const terraformPlan: InputFormat & LoadedFormat = {
  id: "terraform_plan",
  recognises: ({ text }: Head): boolean => FIRST.test(text) && (OWN.test(text) || VERSIONED.test(text)),
  *read(files, surroundings): Generator<Declared | Unread> {
    for (const file of files) yield* planOf(read(file), surroundings);
  },
  async *load(files, surroundings, _: Besides, beside?: Beside): AsyncGenerator<Declared | Unread> {
    for (const file of files) {
      const plan = read(file);
      const written =
        beside === undefined || plan.root === undefined ? undefined : await writtenBeside(plan.root, beside);
      yield* planOf(plan, surroundings, written);
    }
  },
};

/** What else Terraform prints as JSON with a version: of these nothing is declared. */
const OTHERS = ["provider_schemas", "diagnostics", "function_signatures", "modules"];

/** A file as JSON, or why it is none. */
interface ReadPlan {
  readonly file: SourceText;
  readonly root?: Node;
  readonly unread?: Unread;
}

function read(file: SourceText): ReadPlan {
  try {
    return { file, root: readJson(file) };
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    const detail = `${thrown.message}: the plan is cut off, or is no JSON`;
    return { file, unread: unread(file, thrown.offset, detail, thrown.reason) };
  }
}

/** The source that lies beside a plan. What parses it is loaded when there is any. */
async function writtenBeside(root: Node, beside: Beside): Promise<Written | undefined> {
  const home = beside.directory ?? root.source.path.slice(0, Math.max(0, root.source.path.lastIndexOf("/")));
  const blocksOf = async () => {
    const [{ HclReader }, { directoriesOf }] = await Promise.all([
      import("../../text/hcl.ts"),
      import("../terraform/configuration.ts"),
    ]);
    const reader = await HclReader.load();
    return (found: readonly SourceText[]) =>
      [...directoriesOf(found, reader).values()].flatMap(({ blocks }) => blocks);
  };
  return writtenOf(at(root, "configuration"), home, {
    files: (directory) => beside.files(directory),
    blocksOf,
  });
}

function* planOf(
  { file, root, unread: slipped }: ReadPlan,
  surroundings: Surroundings,
  written?: Written,
): Generator<Declared | Unread> {
  if (slipped !== undefined) yield slipped;
  if (root === undefined) return;
  if (OTHERS.some((name) => at(root, name) !== undefined) && at(root, "configuration") === undefined) return;
  const slip = slipOf(root);
  if (slip !== undefined) {
    yield unread(file, slip.at.start, slip.detail, slip.reason);
    return;
  }
  const instances = instancesOf(root);
  const configuration = new Configuration(at(root, "configuration"), instances, written);
  const { sensitive, ...planned } = resourcesOf(root, configuration);
  const { after, before } = withoutEchoes(planned, configuration);
  const incomplete = incompleteOf(root, file);
  const standing = written === undefined ? undefined : new WrittenPlaces(root, written);
  for (const one of [...unreadTypes(after, "terraform_plan"), ...leftOutOf(root)])
    yield standing?.unread(one) ?? one;
  const declaring = declareResources(after, before, {
    format: "terraform_plan",
    path: file.path,
    surroundings,
    place: places(root, [...after, ...before], surroundings),
    ...(incomplete === undefined ? {} : { incomplete }),
    credentials: [...literals(configuration, sensitive)],
  });
  for (const one of declaring) yield standing?.declared(one) ?? one;
}

interface Slip {
  readonly at: Node;
  readonly detail: string;
  readonly reason: "malformed" | "unsupported";
}

/** Why a document is no plan that tells all that it should. */
function slipOf(root: Node): Slip | undefined {
  const version = at(root, "format_version");
  const text = textOf(version);
  if (text === undefined)
    return { at: root, detail: "expected a plan with its format_version, got none", reason: "malformed" };
  if (!/^1\.\d+$/.test(text))
    return {
      at: version ?? root,
      detail: `expected format_version 1, got ${text.slice(0, 32)}`,
      reason: "unsupported",
    };
  const errored = at(root, "errored");
  if (isTrue(errored))
    return {
      at: errored ?? root,
      detail: "expected a plan that was made to the end, got one that failed",
      reason: "malformed",
    };
  if (at(root, "values") !== undefined)
    return {
      at: root,
      detail: "expected a plan, got a state: show a saved plan file",
      reason: "unsupported",
    };
  if (at(root, "configuration") === undefined)
    return { at: root, detail: "expected a plan with its configuration, got none", reason: "malformed" };
  const malformed = itemsOf(at(root, "resource_changes")).find(
    (one) => textOf(at(one, "address")) === undefined || itemsOf(at(one, "change", "actions")).length === 0,
  );
  if (malformed !== undefined)
    return {
      at: malformed,
      detail: "expected a change with its address and actions, got another",
      reason: "malformed",
    };
  return undefined;
}

/** Source: Terraform, "JSON Output Format": `complete` is false where something was put off, or left out by `-target`. */
function incompleteOf(root: Node, { path }: SourceText): string | undefined {
  const sign = incompleteSign(root);
  if (sign === undefined) return undefined;
  return sign.kind === "boolean"
    ? `${path} is not complete: another plan tells what it leaves out`
    : `${path} puts changes off: another plan tells them`;
}

function unread(file: SourceText, at: number, detail: string, reason: Unread["reason"]): Unread {
  return { format: "terraform_plan", place: file.place(at, at), reason, detail };
}
