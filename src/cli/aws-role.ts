import type { AwsCollectorScope } from "../connectors/index.ts";

/** The collector's role where it reads one account; where it reads an organisation, members have roles of their own beside it. */
const OWN_ROLE = "countersign";
const HUB_ROLE = "countersign-collector";

/**
 * The commands that install the printed policy and make a role that holds it, a line each. `<ACCOUNT>` and `<WHO>` are for a person to
 * fill in; nothing is run.
 */
export function awsInstall({ roleName, member = false, partition = "aws" }: AwsCollectorScope): string[] {
  const hub = roleName !== undefined && !member;
  const { path, name } =
    roleName !== undefined && member ? parted(roleName) : { path: "/", name: hub ? HUB_ROLE : OWN_ROLE };
  const at = path === "/" ? "" : ` --path ${path}`;
  const arn = (what: string): string => `arn:${partition}:iam::<ACCOUNT>:${what}`;
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "<WHO>" }, Action: "sts:AssumeRole" }],
  });
  return [
    `aws iam create-policy --policy-name ${name} --policy-document file://<file>`,
    `aws iam create-role --role-name ${name}${at} --assume-role-policy-document '${trust}'`,
    `aws iam attach-role-policy --role-name ${name} --policy-arn ${arn(`policy/${name}`)}`,
    "",
    "<ACCOUNT>: the account's id, as aws sts get-caller-identity tells it. <WHO>: the ARN of " +
      (member
        ? "the collector's role, in the account that reads the organisation."
        : "the user or role that runs the collection."),
    ...(member
      ? ["In every account of the organisation but the collector's own, e.g. by a CloudFormation StackSet."]
      : [`In countersign.yaml, below the source: assume_role: { role_arn: "${arn(`role/${name}`)}" }`]),
    ...(hub
      ? [
          `The role of the accounts that it reads: countersign init --connector aws --organization-role ${roleName} --member`,
        ]
      : []),
    "By OIDC instead of <WHO> and without any key, for pipelines and schedules: docs/schedule.md",
  ];
}

/** `audit/countersign` is a name with a path. */
function parted(roleName: string): { readonly path: string; readonly name: string } {
  const parts = roleName.split("/").filter((part) => part !== "");
  const name = parts.at(-1) ?? roleName;
  return { name, path: parts.length < 2 ? "/" : `/${parts.slice(0, -1).join("/")}/` };
}
