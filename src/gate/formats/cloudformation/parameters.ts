import type { DeploymentDraft } from "../../resources/setup.ts";
import { at, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import { credentialPlaces, isNotEchoed, isSecretName } from "./credentials.ts";
import type { Template } from "./template.ts";

/**
 * Tells parameters that take a credential and that a stack shows to whoever may describe it: those without `NoEcho`, and those of Parameter
 * Store that are no SecureString, of which `{{resolve:ssm:…}}` and the types `AWS::SSM::…` are. Of a text that is put together, parameters
 * whose names are of secrets count. Source: AWS CloudFormation User Guide, parameters, and dynamic references.
 */
export function tellPlainParameters(template: Template, draft: DeploymentDraft): void {
  const parameters = at(template.root, "Parameters");
  const declared = new Map(entriesOf(parameters));
  for (const [address, node] of credentialPlaces(template)) {
    const whole = textOf(at(node, "Ref"));
    const named = whole === undefined ? [...referencesIn(node)].filter(isSecretName) : [whole];
    for (const name of named) {
      const parameter = declared.get(name);
      if (parameter !== undefined && !isNotEchoed(parameter.value))
        draft.plainParameter(name, address, parameter.key);
    }
    const [, path] = /\{\{resolve:ssm:([^:}]+)/.exec(textOf(node) ?? textOf(at(node, "Fn::Sub")) ?? "") ?? [];
    if (path !== undefined) draft.plainParameter(path, address, node);
  }
}

/** Names that a value refers to, however deep. */
function* referencesIn(node: Node): Generator<string> {
  const name = textOf(at(node, "Ref"));
  if (name !== undefined) yield name;
  const sub = at(node, "Fn::Sub");
  if (sub !== undefined)
    for (const [, one = ""] of (textOf(sub) ?? textOf(itemsOf(sub)[0]) ?? "").matchAll(
      /\$\{([^!.}][^.}]*)\}/g,
    ))
      yield one;
  const parts = node.kind === "list" ? itemsOf(node) : entriesOf(node).map(([, { value }]) => value);
  for (const part of parts) yield* referencesIn(part);
}
