import type { Declared } from "../../declared.ts";
import { Drafting, Register } from "../../drafting.ts";
import { AWS_TOLD, placeIn, tellAws } from "../../resources/aws/index.ts";
import { at, entriesOf, itemsOf, placeOf, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Head, InputFormat, Surroundings, Unread } from "../format.ts";
import { writtenCredentials } from "./credentials.ts";
import { DeploymentDraft } from "../../resources/setup.ts";
import { tellOutputs } from "./outputs.ts";
import { tellPlainParameters } from "./parameters.ts";
import { StackThings } from "./stack-things.ts";
import { readTemplates, type Template } from "./template.ts";
import { TYPES } from "./types.ts";

/** What a template has that says nothing by its outermost keys: its version, SAM's transform, or a type of resource of AWS. */
const SIGNS = /AWSTemplateFormatVersion|AWS::Serverless-|["']?Type["']?\s*:\s*["']?AWS::\w+::\w+/;

/** What the type of a resource of AWS is written with; an escape may stand for any of it. */
const PERHAPS_AWS = /AWS|\\/;

/** Sections of a template. Source: "Template sections", AWS CloudFormation User Guide. */
const SECTION =
  /(?:\{\s*)?["']?(?:AWSTemplateFormatVersion|Conditions|Description|Globals|Mappings|Metadata|Outputs|Parameters|Resources|Rules|Transform)["']?\s*:/y;

/** Whether a file begins with a section: it may be deployed, whatever it is called. A loop, since an expression over megabytes overflows. */
function beginsWithSection(text: string): boolean {
  const next = /\S/g;
  for (let step = next.exec(text); step !== null; step = next.exec(text)) {
    const at = step.index;
    if (step[0] === "#") {
      const end = text.indexOf("\n", at);
      if (end === -1) return false;
      next.lastIndex = end;
    } else if (text.startsWith("---", at)) next.lastIndex = at + 3;
    else {
      SECTION.lastIndex = at;
      return SECTION.test(text);
    }
  }
  return false;
}

function recognises({ name, text, keys }: Head): boolean {
  if (!/AWS|Transform|\\/.test(text)) return false;
  if (!/\.(?:json|ya?ml|template)$/i.test(name))
    return SIGNS.test(text) && beginsWithSection(text) && keys.has("Resources");
  if (keys.has("AWSTemplateFormatVersion")) return true;
  if (keys.has("Resources")) return PERHAPS_AWS.test(text) || keys.has("Transform");
  return keys.size === 0 && SIGNS.test(text);
}

/** CloudFormation and SAM templates in JSON and YAML, also those that the CDK makes. */
export const cloudformation: InputFormat = {
  id: "cloudformation",
  recognises,
  *read(files, surroundings): Iterable<Declared | Unread> {
    for (const source of files) yield* readFile(source, surroundings);
  },
};

function* readFile(source: SourceText, surroundings: Surroundings): Iterable<Declared | Unread> {
  for (const read of readTemplates(source)) {
    if ("template" in read) {
      yield* unreadParts(read.template);
      yield declaredBy(read.template, surroundings);
      continue;
    }
    const { offset, reason, message } = read.slip;
    yield { format: "cloudformation", place: source.place(offset), reason, detail: message };
  }
}

/** What a template says of itself: without parameters and outputs, only what is wrong. */
function tellItself(template: Template, register: Register): void {
  const { root, source } = template;
  const own = at(root, "Outputs") ?? at(root, "Parameters");
  const draft = new DeploymentDraft({
    format: "cloudformation",
    type: "template",
    address: source.path,
    name: source.path,
    spot: own ?? root,
  });
  tellOutputs(template, draft);
  tellPlainParameters(template, draft);
  const change = draft.change();
  if (own !== undefined || change.things?.size !== 0) register.changes.push(change);
}

function declaredBy(template: Template, surroundings: Surroundings): Declared {
  const { source } = template;
  const drafting = new Drafting(surroundings.source.aws, source.text);
  const register = new Register();
  const place = placeIn(surroundings);
  const stack = new StackThings(template, place);
  tellAws(stack.things(), { drafting, register, place, format: "cloudformation" });
  writtenCredentials(template, register, (node) => stack.value(node));
  tellItself(template, register);
  return register.declared({
    format: "cloudformation",
    provider: "aws",
    path: source.path,
    source: surroundings.source.aws,
    after: drafting.side(),
    told: AWS_TOLD,
  });
}

/** Transforms that change nothing of what is told of a template here, or that are worked out here. */
const KNOWN_TRANSFORM =
  /^AWS::(?:Serverless-2016-10-31|LanguageExtensions|CodeDeployBlueGreen|SecretsManager-\d{4}-\d{2}-\d{2})$/;

/** Types of resources whose own resources stand elsewhere. */
const NESTED = new Set([
  "AWS::CloudFormation::Stack",
  "AWS::CloudFormation::StackSet",
  "AWS::Serverless::Application",
]);

/** Types that say how secrets and keys are kept, or who may use them, but for those that give nobody anything and keep nothing. */
const ABOUT_SECRETS =
  /^AWS::(?:SSO::(?:Assignment|PermissionSet)$|IAM::(?!InstanceProfile|ServerCertificate|ServiceLinkedRole|VirtualMFADevice)|KMS::|SecretsManager::(?!SecretTargetAttachment))/;

function* unreadParts({ root, transforms, resources }: Template): Iterable<Unread> {
  const unread = (spot: Spot, detail: string): Unread => ({
    format: "cloudformation",
    place: placeOf(spot),
    reason: "unsupported",
    detail,
  });
  for (const transform of transforms)
    if (!KNOWN_TRANSFORM.test(transform.name))
      yield unread(transform, `macro ${transform.name} may change anything of the template`);
  for (const [name, { key }] of entriesOf(root))
    if (name.startsWith("Fn::"))
      yield unread(key, `${name} may change anything of the template, and is not worked out`);
  for (const { type, spot, logicalId, node } of resources.values()) {
    for (const { key, name } of madeWithin(node))
      yield unread(key, `${name} may change anything of ${logicalId}, and is not worked out`);
    if (NESTED.has(type) || type.endsWith("::MODULE"))
      yield unread(spot, `what ${logicalId} is made of stands elsewhere`);
    if (ABOUT_SECRETS.test(type) && !Object.hasOwn(TYPES, type))
      yield unread(spot, `${type} is not read: ${logicalId} is not judged`);
    if (logicalId.startsWith("Fn::")) yield unread(spot, `resources that ${logicalId} makes are not read`);
  }
}

/**
 * Keys within a resource that a macro or a loop replaces by as many others as it likes. Where one is all of a value, the value is not
 * known by itself; `isWhole` is said of what is no value, the resource and its properties.
 */
function* madeWithin(node: Node, isWhole = true): Generator<{ readonly key: Spot; readonly name: string }> {
  for (const item of itemsOf(node)) yield* madeWithin(item, false);
  const entries = entriesOf(node);
  for (const [name, { key, value }] of entries) {
    if (/^Fn::(?:Transform$|ForEach::)/.test(name) && (isWhole || entries.length > 1)) yield { key, name };
    yield* madeWithin(value, isWhole && name === "Properties");
  }
}
