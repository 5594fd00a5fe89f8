import type { OwnKey } from "./world.ts";

/** Ways to permissions that somebody does not have yet, by what they are done to. */

/** On a user: whoever may do it can log in as that user. */
export const AS_USER: readonly string[] = [
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:UpdateLoginProfile",
];

/** On itself: it gives itself what it wants. */
export const OWN_PERMISSIONS: Readonly<Record<"user" | "role", readonly string[]>> = {
  user: ["iam:PutUserPolicy", "iam:AttachUserPolicy"],
  role: ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
};

/** On itself: it takes its permission boundary off, or takes another. */
export const OWN_BOUNDARY: Readonly<
  Record<"user" | "role", { readonly off: string; readonly other: string }>
> = {
  user: { off: "iam:DeleteUserPermissionsBoundary", other: "iam:PutUserPermissionsBoundary" },
  role: { off: "iam:DeleteRolePermissionsBoundary", other: "iam:PutRolePermissionsBoundary" },
};

/** On a group that it is in. */
export const GROUP_PERMISSIONS: readonly string[] = ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"];

/** On a managed policy that it has. What an older version says is not known. */
export const POLICY_VERSIONS: readonly { readonly action: string; readonly unknown?: string }[] = [
  { action: "iam:CreatePolicyVersion" },
  {
    action: "iam:SetDefaultPolicyVersion",
    unknown: "what another version of the policy allows is not known",
  },
];

/** A role or user that is made, given permissions and become. Of a role the trust policy is its maker's. */
export interface Making {
  readonly kind: "role" | "user";
  readonly make: string;
  /** One of these. */
  readonly give: readonly string[];
  /** One of these, where there are some. */
  readonly become: readonly string[];
}

export const MAKING: readonly Making[] = [
  { kind: "role", make: "iam:CreateRole", give: OWN_PERMISSIONS.role, become: [] },
  {
    kind: "user",
    make: "iam:CreateUser",
    give: OWN_PERMISSIONS.user,
    become: ["iam:CreateAccessKey", "iam:CreateLoginProfile"],
  },
];

export const JOIN_GROUP = "iam:AddUserToGroup";

/** On what others' permissions come from, by its kind: they are given what its doer wants. */
export const OTHERS_PERMISSIONS: readonly {
  readonly kind: "group" | "policy" | "role" | "user";
  readonly action: string;
  readonly unknown?: string;
  /** They are given what a group has. */
  readonly joins?: true;
}[] = [
  ...OWN_PERMISSIONS.role.map((action) => ({ kind: "role" as const, action })),
  ...OWN_PERMISSIONS.user.map((action) => ({ kind: "user" as const, action })),
  ...GROUP_PERMISSIONS.map((action) => ({ kind: "group" as const, action })),
  ...POLICY_VERSIONS.map((way) => ({ kind: "policy" as const, ...way })),
  { kind: "group", action: JOIN_GROUP, joins: true },
];

/** A service that does work with a role that it is passed. All of `start`, and one of `run` where there are some. */
export interface WorkingService {
  readonly service: string;
  readonly start: readonly string[];
  readonly run: readonly string[];
}

/** Services by which whoever passes a role can run what they like with it (IAM User Guide, "Pass a role"). */
export const WORKING_SERVICES: readonly WorkingService[] = [
  {
    service: "lambda.amazonaws.com",
    start: ["lambda:CreateFunction"],
    run: ["lambda:InvokeFunction", "lambda:CreateEventSourceMapping"],
  },
  { service: "ec2.amazonaws.com", start: ["ec2:RunInstances"], run: [] },
  {
    service: "ecs-tasks.amazonaws.com",
    start: ["ecs:RegisterTaskDefinition"],
    run: ["ecs:RunTask", "ecs:CreateService"],
  },
  { service: "cloudformation.amazonaws.com", start: ["cloudformation:CreateStack"], run: [] },
  { service: "codebuild.amazonaws.com", start: ["codebuild:CreateProject"], run: ["codebuild:StartBuild"] },
  {
    service: "glue.amazonaws.com",
    start: ["glue:CreateJob"],
    run: ["glue:StartJobRun", "glue:CreateTrigger"],
  },
  {
    service: "sagemaker.amazonaws.com",
    start: ["sagemaker:CreateNotebookInstance"],
    run: ["sagemaker:CreatePresignedNotebookInstanceUrl"],
  },
  { service: "states.amazonaws.com", start: ["states:CreateStateMachine"], run: ["states:StartExecution"] },
  { service: "ssm.amazonaws.com", start: ["ssm:StartAutomationExecution"], run: [] },
];

/** By service, what owning one's permissions is for. */
export const READ: Readonly<Record<string, string>> = {
  secretsmanager: "secretsmanager:GetSecretValue",
  ssm: "ssm:GetParameter",
  kms: "kms:Decrypt",
};

/** On a key: whoever may do it can use the key. What it encrypts takes the right to read that besides. */
export const OWN_KEY: readonly OwnKey[] = ["kms:PutKeyPolicy", "kms:CreateGrant"];

/** At most this many times someone becomes someone else. */
export const MAX_HOPS = 4;

/** At most this many names of things that are still to be made are tried for a principal. */
export const MAX_NAMES = 200;

/** A policy that allows everything. */
export const EVERYTHING = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};
