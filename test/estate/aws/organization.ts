import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  type PolicyType,
} from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Stage } from "./company.ts";
import { HOME, SECOND, deny, policyText, type Statement, type Terms } from "./terms.ts";

/** An account beside the own one, and how it is filled. */
export interface Member {
  readonly stage: Stage;
  readonly account: string;
  readonly terms: Terms;
}

const MEMBERS: readonly Stage[] = ["production", "staging"];

/** A root, a unit of workloads with two accounts, and what none of them may do. */
export async function foundOrganization(terms: Terms): Promise<Member[]> {
  const organizations = new OrganizationsClient(terms);
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const [root] = (await organizations.send(new ListRootsCommand({}))).Roots!;
  const RootId = root!.Id!;
  for (const PolicyType of ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const)
    await organizations.send(new EnablePolicyTypeCommand({ RootId, PolicyType }));
  const unit = await organizations.send(
    new CreateOrganizationalUnitCommand({ ParentId: RootId, Name: "workloads" }),
  );
  const unitId = unit.OrganizationalUnit!.Id!;
  await attach(organizations, RootId, "SERVICE_CONTROL_POLICY", "stay", [
    deny({ Action: ["organizations:LeaveOrganization", "cloudtrail:StopLogging"], Resource: "*" }),
  ]);
  await attach(organizations, unitId, "SERVICE_CONTROL_POLICY", "own-regions", [
    deny({
      NotAction: ["iam:*", "organizations:*", "sts:*"],
      Resource: "*",
      Condition: { StringNotEquals: { "aws:RequestedRegion": [HOME, SECOND] } },
    }),
  ]);
  const members: Member[] = [];
  for (const stage of MEMBERS) {
    const made = await organizations.send(
      new CreateAccountCommand({
        AccountName: `harbourpine-${stage}`,
        Email: `aws-${stage}@harbourpine.example`,
      }),
    );
    const account = made.CreateAccountStatus!.AccountId!;
    await organizations.send(
      new MoveAccountCommand({ AccountId: account, SourceParentId: RootId, DestinationParentId: unitId }),
    );
    members.push({ stage, account, terms: await termsIn(account, terms) });
  }
  return members;
}

async function attach(
  organizations: OrganizationsClient,
  TargetId: string,
  Type: PolicyType,
  Name: string,
  statements: readonly Statement[],
): Promise<void> {
  const made = await organizations.send(
    new CreatePolicyCommand({ Name, Description: Name, Type, Content: policyText(...statements) }),
  );
  await organizations.send(new AttachPolicyCommand({ PolicyId: made.Policy!.PolicySummary!.Id, TargetId }));
}

async function termsIn(account: string, terms: Terms): Promise<Terms> {
  const { Credentials } = await new STSClient(terms).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
      RoleSessionName: "estate",
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return {
    ...terms,
    credentials: {
      accessKeyId: AccessKeyId!,
      secretAccessKey: SecretAccessKey!,
      sessionToken: SessionToken!,
    },
  };
}
