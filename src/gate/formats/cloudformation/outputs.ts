import type { DeploymentDraft } from "../../resources/setup.ts";
import { at, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import { isNotEchoed } from "./credentials.ts";
import type { Template } from "./template.ts";

/** What an output tells that is a credential. */
type Told = Parameters<DeploymentDraft["output"]>[1];

/** Attributes that are credentials, by type. */
const CREDENTIALS: Readonly<Record<string, readonly string[]>> = {
  "AWS::IAM::AccessKey": ["SecretAccessKey"],
};

/**
 * Tells the outputs of a template that are credentials: those made of a parameter that is not echoed, or of a key. A stack keeps its outputs
 * in the clear.
 */
export function tellOutputs(template: Template, draft: DeploymentDraft): void {
  const outputs = at(template.root, "Outputs");
  if (outputs === undefined) return;
  for (const [name, { key, value }] of entriesOf(outputs)) {
    const how = toldBy(at(value, "Value"), template);
    if (how !== undefined) draft.output(name, how, key);
    if (name.startsWith("Fn::")) draft.hide("deployment_output", `outputs that ${name} makes are not read`);
  }
  if (outputs.kind !== "map") draft.hide("deployment_output", "outputs are no map");
}

function toldBy(node: Node | undefined, template: Template): Told | undefined {
  if (node === undefined) return undefined;
  // A dynamic reference is no value here: CloudFormation resolves it in properties alone, and prints it as it is written.
  if (textOf(node) !== undefined) return undefined;
  const reference = textOf(at(node, "Ref"));
  if (reference !== undefined)
    return isNotEchoed(at(template.root, "Parameters", reference)) ? "secure_parameter" : undefined;
  const attribute = at(node, "Fn::GetAtt");
  if (attribute !== undefined) return ofAttribute(attribute, template);
  const sub = at(node, "Fn::Sub");
  if (sub !== undefined) {
    const written = textOf(sub) ?? textOf(itemsOf(sub)[0]) ?? "";
    const given = itemsOf(sub)[1];
    const own = new Set(entriesOf(given).map(([name]) => name));
    for (const [, name = ""] of written.matchAll(/\$\{([^!}][^}]*)\}/g)) {
      if (own.has(name)) continue;
      const [logicalId = "", of] = name.split(/\.(.*)/s);
      if (
        of === undefined
          ? isNotEchoed(at(template.root, "Parameters", name))
          : isCredential(logicalId, of, template)
      )
        return of === undefined ? "secure_parameter" : "secret_value";
    }
  }
  const parts = node.kind === "list" ? itemsOf(node) : entriesOf(node).map(([, { value }]) => value);
  for (const part of parts) {
    const how = toldBy(part, template);
    if (how !== undefined) return how;
  }
  return undefined;
}

function ofAttribute(node: Node, template: Template): Told | undefined {
  const [id, of] = node.kind === "list" ? itemsOf(node).map(textOf) : (textOf(node) ?? "").split(/\.(.*)/s);
  return isCredential(id ?? "", of ?? "", template) ? "secret_value" : undefined;
}

function isCredential(logicalId: string, attribute: string, { resources }: Template): boolean {
  return CREDENTIALS[resources.get(logicalId)?.type ?? ""]?.includes(attribute) === true;
}
