import { at, entriesOf, itemsOf, textOf, type Entry, type Node, type Spot } from "../../text/node.ts";
import {
  awsManagedPolicy,
  widestStatement,
  type AwsPlace,
  type AwsThing,
} from "../../resources/aws/index.ts";
import type { Resource } from "./template.ts";

type Statement = (argument: (name: string) => Node, place: AwsPlace) => readonly object[];

/** Marks where an argument stands in a statement. */
interface Filled {
  readonly before: string;
  readonly argument: Node;
}

const filled = (before: string, argument: Node): Filled => ({ before, argument });

const arnBase = ({ partition, region, account }: AwsPlace, service: string): string =>
  `arn:${partition}:${service}:${region}:${account}`;

/** Statements of policy templates that are about secrets and keys. Source: "AWS SAM policy template list". */
const TEMPLATES: Readonly<Record<string, Statement>> = {
  AWSSecretsManagerGetSecretValuePolicy: (of) => [
    { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: filled("", of("SecretArn")) },
  ],
  AWSSecretsManagerRotationPolicy: (of, place) => [
    {
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: `${arnBase(place, "secretsmanager")}:secret:*`,
      Condition: {
        StringEquals: {
          "secretsmanager:resource/AllowRotationLambdaArn": filled(
            `${arnBase(place, "lambda")}:function:`,
            of("FunctionName"),
          ),
        },
      },
    },
    { Effect: "Allow", Action: ["secretsmanager:GetRandomPassword"], Resource: "*" },
  ],
  KMSDecryptPolicy: (of, place) => [
    {
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: filled(`${arnBase(place, "kms")}:key/`, of("KeyId")),
    },
  ],
  KMSEncryptPolicy: (of, place) => [
    {
      Effect: "Allow",
      Action: "kms:Encrypt",
      Resource: filled(`${arnBase(place, "kms")}:key/`, of("KeyId")),
    },
  ],
  SSMParameterReadPolicy: (of, place) =>
    parameters(filled(`${arnBase(place, "ssm")}:parameter/`, of("ParameterName"))),
  SSMParameterWithSlashPrefixReadPolicy: (of, place) =>
    parameters(filled(`${arnBase(place, "ssm")}:parameter`, of("ParameterName"))),
};

function parameters(Resource: Filled): object[] {
  return [
    { Effect: "Allow", Action: ["ssm:DescribeParameters"], Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
      Resource,
    },
  ];
}

/** Beginnings of templates that give nothing about secrets, keys and identities. */
const ABOUT_OTHERS =
  /^(?:AMIDescribe|Athena|CloudWatch|CodeCommit|Comprehend|CostExplorer|DynamoDB|EC2Describe|EFS|EKS|Elasticsearch|EventBridge|Filter|Firehose|Kinesis|LambdaInvoke|Mobile|OrganizationsList|Pinpoint|Polly|Rekognition|Route53|S3|SES|SNS|SQS|StepFunctions|Textract|VPCAccess)/;

/**
 * The role that SAM makes of a function that names none, with the policies that the function states. Source: "AWS::Serverless::Function",
 * `Policies`; "Generated CloudFormation resources for AWS SAM". `value` works out functions.
 */
export function functionRole(
  { logicalId, properties, spot, address }: Resource,
  { place, value, globals }: { place: AwsPlace; value: (node: Node) => Node; globals: Node | undefined },
): AwsThing | undefined {
  if ((at(properties, "Role") ?? at(globals, "Role")) !== undefined) return undefined;
  const stated = at(properties, "Policies");
  const inline: Node[] = [];
  const attached: Node[] = [
    textNode(spot, `arn:${place.partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`),
  ];
  for (const [nth, item] of (stated?.kind === "list" ? itemsOf(stated) : [stated]).entries()) {
    if (item === undefined) continue;
    const known = value(item);
    const name = textOf(known);
    if (name !== undefined)
      attached.push(textNode(item, name.startsWith("arn:") ? name : managedArn(name, place)));
    else if (known.kind === "map" && at(known, "Statement") !== undefined)
      inline.push(named(item, `${logicalId}RolePolicy${nth}`, known));
    else if (known.kind === "map") inline.push(...templated(known, `${logicalId}RolePolicy${nth}`, place));
    else inline.push(named(item, `${logicalId}RolePolicy${nth}`, known));
  }
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["sts:AssumeRole"], Principal: { Service: ["lambda.amazonaws.com"] } },
    ],
  };
  const boundary = at(properties, "PermissionsBoundary") ?? at(globals, "PermissionsBoundary");
  return {
    kind: "role",
    address: `${address}Role`,
    spot: widestStatement(inline.flatMap((one) => itemsOf(at(one, "policy", "Statement")))) ?? stated ?? spot,
    generated: `stack-${logicalId}Role-made-by-cloudformation`,
    called: {
      managed_policy_arns: "Policies",
      inline_policy: "Policies",
      permissions_boundary: "PermissionsBoundary",
    },
    attributes: {
      assume_role_policy: nodeOf(trust, spot),
      managed_policy_arns: listNode(spot, attached),
      inline_policy: listNode(stated ?? spot, inline),
      permissions_boundary: boundary === undefined ? undefined : value(boundary),
    },
  };
}

/** The ARN of one of AWS's own policies by its name alone, as SAM finds it: several stand below `service-role/`. */
function managedArn(name: string, { partition }: AwsPlace): string {
  const base = `arn:${partition}:iam::aws:policy/`;
  const below = `${base}service-role/${name}`;
  return awsManagedPolicy(below) === undefined ? `${base}${name}` : below;
}

function templated(node: Node, name: string, place: AwsPlace): Node[] {
  return entriesOf(node).flatMap(([template, entry]): Node[] => {
    const made = Object.hasOwn(TEMPLATES, template) ? TEMPLATES[template] : undefined;
    if (made === undefined && ABOUT_OTHERS.test(template)) return [];
    const why = `what policy template ${template} allows is not kept here`;
    if (made === undefined) return [named(entry.key, name, { ...spotOf(entry.key), kind: "unknown", why })];
    const argument = (own: string): Node =>
      at(entry.value, own) ?? {
        ...spotOf(entry.key),
        kind: "unknown",
        why: `${own} of ${template} is not set`,
      };
    return [
      named(entry.key, name, nodeOf({ Version: "2012-10-17", Statement: made(argument, place) }, entry.key)),
    ];
  });
}

function named(spot: Spot, name: string, policy: Node): Node {
  return mapNode(spot, { name: textNode(spot, name), policy });
}

/** A value made here as a tree that stands at a spot. */
function nodeOf(value: unknown, spot: Spot): Node {
  if (Array.isArray(value))
    return listNode(
      spot,
      value.map((item) => nodeOf(item, spot)),
    );
  if (typeof value !== "object" || value === null) return textNode(spot, String(value));
  if ("argument" in value && "before" in value) {
    const { before, argument } = value as Filled;
    const text = textOf(argument);
    return text === undefined || before === "" ? argument : textNode(spot, `${before}${text}`);
  }
  return mapNode(
    spot,
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, nodeOf(one, spot)])),
  );
}

function spotOf({ source, start, end }: Spot): Spot {
  return { source, start, end };
}

function textNode(spot: Spot, text: string): Node {
  return { ...spotOf(spot), kind: "text", text };
}

function listNode(spot: Spot, items: readonly Node[]): Node {
  return { ...spotOf(spot), kind: "list", items };
}

function mapNode(spot: Spot, members: Readonly<Record<string, Node>>): Node {
  const entries = Object.entries(members).map(([key, value]): [string, Entry] => [
    key,
    { key: spotOf(spot), value },
  ]);
  return { ...spotOf(spot), kind: "map", entries: new Map(entries) };
}
