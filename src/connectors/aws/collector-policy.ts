import { FAMILIES } from "./operations/index.ts";

/** Whose policy it is. */
export interface AwsCollectorScope {
  /** The role that the collector assumes in every other account of the organisation; absent: it reads one account. */
  readonly roleName?: string;
  readonly partition?: string;
  /** Of that role itself: it reads its own account, and neither the organisation nor another one. */
  readonly member?: boolean;
}

/**
 * Actions that hand out what a secret holds. The collector has no way to ask for them, and its policy denies them,
 * so that no other policy of the same identity gives them either.
 */
export const FORBIDDEN_ACTIONS = [
  "acm:ExportCertificate",
  "secretsmanager:BatchGetSecretValue",
  "secretsmanager:GetSecretValue",
  "ssm:GetParameter",
  "ssm:GetParameterHistory",
  "ssm:GetParameters",
  "ssm:GetParametersByPath",
] as const;

/**
 * The least policy, as JSON, that the collector runs on, made from the table of operations: one statement a service. Every
 * action is on `*`, since what there is to read is known only when it has been listed.
 */
export function awsCollectorPolicy(scope: AwsCollectorScope = {}): string {
  const { roleName, partition = "aws", member = false } = scope;
  const families = FAMILIES.filter(({ ownAccountOnly }) => !member || ownAccountOnly !== true);
  const byService = Map.groupBy(
    new Set(families.flatMap(({ operations }) => operations.flatMap(({ needs }) => needs))),
    (action) => action.slice(0, action.indexOf(":")),
  );
  const services = [...byService]
    .filter(([service]) => service !== "sts")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const document = {
    Version: "2012-10-17",
    Statement: [
      ...services.map(([service, actions]) => ({
        Sid: `Read${sidOf(service)}`,
        Effect: "Allow",
        Action: [...actions].sort(),
        Resource: "*",
      })),
      ...(roleName === undefined || member
        ? []
        : [
            {
              Sid: "AssumeTheCollectorsRoles",
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Resource: `arn:${partition}:iam::*:role/${roleName}`,
            },
          ]),
      { Sid: "NeverReadValues", Effect: "Deny", Action: FORBIDDEN_ACTIONS, Resource: "*" },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Letters and digits alone may stand in a statement's name. */
function sidOf(service: string): string {
  return service
    .split("-")
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join("");
}
