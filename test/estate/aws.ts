import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand as CreateControlPolicyCommand,
  ListRootsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

/** The account that moto takes its callers for. */
export const OWN_ACCOUNT = "123456789012";
export const HOME = "eu-central-1";
/** What every value of this estate holds: it must be found nowhere. */
export const VALUE = "Wq7-the-value-of-a-secret";

export const SECRETS = 120;
export const PARAMETERS = 60;

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPL0", secretAccessKey: "not-checked" };

const allow = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** A small company in an account that answers at the endpoint: some of everything that is read. */
export async function fillAws(endpoint: string): Promise<void> {
  const terms = { endpoint, region: HOME, credentials };
  const key = await keys(new KMSClient(terms));
  await secrets(new SecretsManagerClient(terms), key);
  await parameters(new SSMClient(terms));
  await identities(new IAMClient(terms));
  await organization(new OrganizationsClient(terms));
}

async function keys(kms: KMSClient): Promise<string> {
  const made = await kms.send(
    new CreateKeyCommand({ KeyUsage: "ENCRYPT_DECRYPT", Tags: [{ TagKey: "team", TagValue: "payments" }] }),
  );
  const { KeyId, Arn } = made.KeyMetadata!;
  await kms.send(new CreateAliasCommand({ AliasName: "alias/payments", TargetKeyId: KeyId }));
  await kms.send(new EnableKeyRotationCommand({ KeyId }));
  await kms.send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal: `arn:aws:iam::${OWN_ACCOUNT}:role/payments-api`,
      Operations: ["Decrypt"],
      Constraints: { EncryptionContextSubset: { app: "payments" } },
    }),
  );
  const old = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: old.KeyMetadata!.KeyId, PendingWindowInDays: 7 }));
  return Arn!;
}

async function secrets(manager: SecretsManagerClient, key: string): Promise<void> {
  for (let n = 0; n < SECRETS; n += 1) {
    const Name = `payments/db-${String(n).padStart(3, "0")}`;
    const encrypted = n % 2 === 0 ? {} : { KmsKeyId: key };
    await manager.send(
      new CreateSecretCommand({
        Name,
        SecretString: VALUE,
        Tags: [{ Key: "owner", Value: "payments" }],
        ...encrypted,
      }),
    );
  }
  const open = allow({ Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" });
  await manager.send(new PutResourcePolicyCommand({ SecretId: "payments/db-000", ResourcePolicy: open }));
  await manager.send(new DeleteSecretCommand({ SecretId: "payments/db-001", RecoveryWindowInDays: 10 }));
}

async function parameters(store: SSMClient): Promise<void> {
  for (let n = 0; n < PARAMETERS; n += 1) {
    const Type = n % 3 === 0 ? "String" : "SecureString";
    const Tags = [{ Key: "team", Value: "payments" }];
    await store.send(new PutParameterCommand({ Name: `/payments/setting-${n}`, Value: VALUE, Type, Tags }));
  }
}

async function identities(iam: IAMClient): Promise<void> {
  await iam.send(new CreateUserCommand({ UserName: "deploy", Tags: [{ Key: "team", Value: "platform" }] }));
  await iam.send(new CreateAccessKeyCommand({ UserName: "deploy" }));
  await iam.send(new CreateUserCommand({ UserName: "anna", Path: "/people/" }));
  await iam.send(new CreateGroupCommand({ GroupName: "operators" }));
  await iam.send(new AddUserToGroupCommand({ GroupName: "operators", UserName: "anna" }));
  const read = allow({ Action: "secretsmanager:GetSecretValue", Resource: "*" });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: "read-payments", PolicyDocument: read }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "deploy", PolicyArn: made.Policy!.Arn }));
  const everything = allow({ Action: "*", Resource: "*" });
  await iam.send(
    new PutUserPolicyCommand({ UserName: "anna", PolicyName: "everything", PolicyDocument: everything }),
  );
  const trust = allow({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName: "payments-api", AssumeRolePolicyDocument: trust }));
  const decrypt = allow({ Action: "kms:Decrypt", Resource: "*" });
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "payments-api", PolicyName: "decrypt", PolicyDocument: decrypt }),
  );
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: "https://token.example.com",
      ClientIDList: ["sts.amazonaws.com"],
      ThumbprintList: ["0123456789012345678901234567890123456789"],
    }),
  );
  await iam.send(new CreateSAMLProviderCommand({ Name: "idp", SAMLMetadataDocument: "a".repeat(1024) }));
}

/** A root with a unit, a member account, and a policy on the unit. */
async function organization(organizations: OrganizationsClient): Promise<void> {
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const [root] = (await organizations.send(new ListRootsCommand({}))).Roots!;
  const unit = await organizations.send(
    new CreateOrganizationalUnitCommand({ ParentId: root!.Id, Name: "workloads" }),
  );
  await organizations.send(
    new CreateAccountCommand({ AccountName: "payments", Email: "payments@example.com" }),
  );
  const made = await organizations.send(
    new CreateControlPolicyCommand({
      Name: "stay",
      Description: "no account leaves",
      Type: "SERVICE_CONTROL_POLICY",
      Content: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Action: "organizations:LeaveOrganization", Resource: "*" }],
      }),
    }),
  );
  await organizations.send(
    new AttachPolicyCommand({
      PolicyId: made.Policy!.PolicySummary!.Id,
      TargetId: unit.OrganizationalUnit!.Id,
    }),
  );
}
