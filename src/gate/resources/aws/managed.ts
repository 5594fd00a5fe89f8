/** Resources of logs, and no secret. */
const LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

const INTERFACES = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

const IMAGES = [
  "ecr:GetAuthorizationToken",
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:BatchGetImage",
];

const TRACES = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:GetSamplingStatisticSummaries",
];

/**
 * What a few of AWS's own policies allow that many templates name, by what stands behind `policy/` in their ARNs. Source: AWS Managed Policy
 * Reference Guide. AWS adds to its policies: those are here of which all that concerns secrets, keys and identities is settled.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ["*"],
  "service-role/AWSLambdaBasicExecutionRole": LOGS,
  "service-role/AWSLambdaVPCAccessExecutionRole": [...LOGS, ...INTERFACES],
  "service-role/AmazonECSTaskExecutionRolePolicy": [...IMAGES, "logs:CreateLogStream", "logs:PutLogEvents"],
  AWSXRayDaemonWriteAccess: TRACES,
  AWSXrayWriteOnlyAccess: TRACES,
};

/** The text of one of AWS's own policies; undefined of one of which nothing is kept here. */
export function awsManagedPolicy(arn: string): { name: string; text: string } | undefined {
  const [, own = ""] = /^arn:aws[a-z-]*:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  const Action = Object.hasOwn(ALLOWED, own) ? ALLOWED[own] : undefined;
  if (Action === undefined) return undefined;
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });
  return { name: own.slice(own.lastIndexOf("/") + 1), text };
}
