import { secretMarks } from "../../../subjects/index.ts";
import type { Register } from "../../drafting.ts";
import { isWrittenSecret } from "../../resources/aws/index.ts";
import { at, booleanOf, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import type { Template } from "./template.ts";

/** Properties that are credentials, by type; a `*` stands for each of a list. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  "AWS::AmazonMQ::Broker": ["Users.*.Password"],
  "AWS::Amplify::App": ["AccessToken", "OauthToken", "BasicAuthConfig.Password"],
  "AWS::CodeBuild::SourceCredential": ["Token"],
  "AWS::DMS::Endpoint": ["Password"],
  "AWS::DirectoryService::MicrosoftAD": ["Password"],
  "AWS::DirectoryService::SimpleAD": ["Password"],
  "AWS::DocDB::DBCluster": ["MasterUserPassword"],
  "AWS::ElastiCache::ReplicationGroup": ["AuthToken"],
  "AWS::ElastiCache::User": ["Passwords.*"],
  "AWS::IAM::User": ["LoginProfile.Password"],
  "AWS::MemoryDB::User": ["AuthenticationMode.Passwords.*"],
  "AWS::OpenSearchService::Domain": ["AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword"],
  "AWS::RDS::DBCluster": ["MasterUserPassword"],
  "AWS::RDS::DBInstance": ["MasterUserPassword"],
  "AWS::Redshift::Cluster": ["MasterUserPassword"],
  "AWS::SecretsManager::Secret": ["SecretString"],
};

/** Places of environment variables, by type: a map of them, or a list of `Name` and `Value`. */
const ENVIRONMENTS: Readonly<Record<string, readonly string[]>> = {
  "AWS::Batch::JobDefinition": ["ContainerProperties.Environment"],
  "AWS::CodeBuild::Project": ["Environment.EnvironmentVariables"],
  "AWS::ECS::TaskDefinition": ["ContainerDefinitions.*.Environment"],
  "AWS::Lambda::Function": ["Environment.Variables"],
  "AWS::Serverless::Function": ["Environment.Variables"],
};

/** Where a resource takes a credential: properties that are one, and environment variables whose names say so, with what each is called. */
export function* credentialPlaces(template: Template): Generator<readonly [string, Node]> {
  for (const resource of template.resources.values()) {
    const { type, properties } = resource;
    for (const path of PROPERTIES[type] ?? [])
      for (const [where, node] of found(properties, path.split(".")))
        yield [`${resource.address}.${where}`, node];
    for (const path of ENVIRONMENTS[type] ?? [])
      for (const [, node] of found(properties, path.split("."))) yield* environment(node, resource.address);
  }
  yield* environment(
    at(template.root, "Globals", "Function", "Environment", "Variables"),
    "Globals.Function",
  );
}

function* environment(node: Node | undefined, address: string): Generator<readonly [string, Node]> {
  const pairs =
    node?.kind === "list"
      ? itemsOf(node)
          .filter((item) => /^(?:PLAINTEXT)?$/.test(textOf(at(item, "Type")) ?? ""))
          .map((item) => [textOf(at(item, "Name")) ?? "", at(item, "Value")] as const)
      : entriesOf(node).map(([name, entry]) => [name, entry.value] as const);
  for (const [name, one] of pairs)
    if (one !== undefined && isSecretName(name)) yield [`${address}.Environment.${name}`, one];
}

/**
 * Tells the credentials that a template writes down: literal values of properties that are passwords, of environment variables whose names
 * say so, and defaults of parameters for either. `value` works out functions.
 */
export function writtenCredentials(
  template: Template,
  register: Register,
  value: (node: Node) => Node,
): void {
  for (const [address, node] of credentialPlaces(template)) written(node, address);
  for (const [name, { value: parameter }] of entriesOf(at(template.root, "Parameters")))
    if (isNotEchoed(parameter) || isSecretName(name)) fromDefault(name);

  function written(node: Node, address: string): void {
    const parameter = textOf(at(node, "Ref"));
    if (parameter !== undefined && at(template.root, "Parameters", parameter) !== undefined) {
      fromDefault(parameter);
      return;
    }
    const known = value(node);
    // A value that is put together stands where it is used.
    if (isWrittenSecret(known) && !isReference(known))
      register.credential("cloudformation-property", node, address);
  }

  function fromDefault(name: string): void {
    const node = at(template.root, "Parameters", name, "Default");
    const isSsm = textOf(at(template.root, "Parameters", name, "Type"))?.startsWith("AWS::SSM::") === true;
    if (isSsm || !isWrittenSecret(node) || isReference(node)) return;
    register.credential("cloudformation-parameter-default", node, `Parameters.${name}.Default`);
  }
}

function found(node: Node | undefined, path: readonly string[], at_ = ""): (readonly [string, Node])[] {
  const [first, ...rest] = path;
  if (node === undefined) return [];
  if (first === undefined) return [[at_, node]];
  if (first === "*") return itemsOf(node).flatMap((item, nth) => found(item, rest, `${at_}.${nth}`));
  return found(at(node, first), rest, at_ === "" ? first : `${at_}.${first}`);
}

/** Whether CloudFormation shows a parameter's value to nobody. */
export function isNotEchoed(parameter: Node | undefined): boolean {
  const said = at(parameter, "NoEcho");
  return booleanOf(said) === true || textOf(said)?.toLowerCase() === "true";
}

export function isSecretName(name: string): boolean {
  return secretMarks(name, {}, undefined).length > 0;
}

/** What names a secret, or stands for one, and is none: an ARN, a path, a placeholder. */
function isReference(node: Node): boolean {
  const text = textOf(node) ?? "";
  return /^(?:arn:|\/|ssm:|https?:\/\/)/.test(text) || /^(?:true|false|\d{1,5})$/.test(text);
}
