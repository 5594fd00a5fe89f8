import type { Operation } from "./event.ts";

type Names = Readonly<Partial<Record<Operation, string>>>;

/**
 * What calls are, by service and name; names apart by spaces, in any case. Calls that are not here are `list` or
 * `describe` where their names or the log say so, else `other`.
 * Source: Secrets Manager, Systems Manager, KMS, IAM, STS and CloudTrail API references; "Key Vault logging", Microsoft
 * Learn; Secret Manager, Cloud KMS and IAM audit logging, Google Cloud.
 */
const CALLS: Readonly<Record<string, Names>> = {
  "secretsmanager.amazonaws.com": {
    read: "GetSecretValue BatchGetSecretValue",
    list: "ListSecrets ListSecretVersionIds",
    describe: "DescribeSecret GetResourcePolicy GetRandomPassword ValidateResourcePolicy",
    write:
      "CreateSecret PutSecretValue UpdateSecret UpdateSecretVersionStage TagResource UntagResource RestoreSecret",
    delete: "DeleteSecret SecretVersionDeletion StartSecretVersionDelete EndSecretVersionDelete",
    rotate:
      "RotateSecret CancelRotateSecret RotationStarted RotationSucceeded RotationFailed RotationAbandoned",
    share: "ReplicateSecretToRegions RemoveRegionsFromReplication StopReplicationToReplica",
    administer: "PutResourcePolicy DeleteResourcePolicy",
  },
  "ssm.amazonaws.com": {
    read: "GetParameter GetParameters GetParametersByPath GetParameterHistory",
    list: "DescribeParameters",
    describe: "GetResourcePolicies",
    write: "PutParameter LabelParameterVersion UnlabelParameterVersion",
    delete: "DeleteParameter DeleteParameters",
    administer: "PutResourcePolicy DeleteResourcePolicy",
  },
  "kms.amazonaws.com": {
    decrypt: "Decrypt ReEncrypt GenerateDataKey GenerateDataKeyPair DeriveSharedSecret",
    administer:
      "PutKeyPolicy ScheduleKeyDeletion CancelKeyDeletion DisableKey EnableKey DisableKeyRotation EnableKeyRotation UpdateAlias DeleteAlias CreateAlias DeleteImportedKeyMaterial ImportKeyMaterial UpdatePrimaryRegion CreateKey ReplicateKey UpdateKeyDescription",
    share: "CreateGrant RetireGrant RevokeGrant",
    rotate: "RotateKeyOnDemand RotateKey",
  },
  "iam.amazonaws.com": {
    administer:
      "AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey CreateGroup CreateInstanceProfile CreateLoginProfile CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceLinkedRole CreateUser DeactivateMFADevice DeleteAccessKey DeleteGroup DeleteGroupPolicy DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy DetachUserPolicy EnableMFADevice PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RemoveUserFromGroup SetDefaultPolicyVersion UpdateAccessKey UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateLoginProfile UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateSAMLProvider UpdateUser AddClientIDToOpenIDConnectProvider",
  },
  "sts.amazonaws.com": {
    login:
      "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken",
  },
  "signin.amazonaws.com": { login: "ConsoleLogin SwitchRole CredentialVerification CheckMfa" },
  "organizations.amazonaws.com": {
    administer:
      "AttachPolicy CreatePolicy DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy DeregisterDelegatedAdministrator RegisterDelegatedAdministrator InviteAccountToOrganization CreateAccount",
  },
  "cloudtrail.amazonaws.com": {
    administer:
      "CreateTrail DeleteEventDataStore DeleteTrail PutEventSelectors PutInsightSelectors StopEventDataStoreIngestion StopLogging StartLogging UpdateEventDataStore UpdateTrail",
  },
  "s3.amazonaws.com": {
    administer:
      "DeleteBucket DeleteBucketPolicy PutBucketPolicy PutBucketAcl PutBucketLifecycle PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock",
  },
  keyvault: {
    read: "SecretGet SecretBackup KeyBackup CertificateBackup CertificateGet KeyRelease StorageSasGet",
    list: "VaultList VaultListDeleted SecretList SecretListVersions SecretListDeleted KeyList KeyListVersions KeyListDeleted CertificateList CertificateListVersions CertificateListDeleted",
    describe:
      "VaultGet VaultGetDeleted KeyGet SecretGetDeleted KeyGetDeleted CertificateGetDeleted KeyRotationPolicyGet CertificatePolicyGet",
    write:
      "SecretSet SecretUpdate SecretRestore SecretRecover KeyCreate KeyImport KeyUpdate KeyRestore KeyRecover CertificateCreate CertificateImport CertificateUpdate CertificateRestore CertificateRecover",
    delete:
      "SecretDelete SecretPurge KeyDelete KeyPurge CertificateDelete CertificatePurge VaultDelete VaultPurge",
    rotate: "KeyRotate KeyRotateIfDue CertificateRenew",
    decrypt: "KeyDecrypt KeyUnwrap KeySign",
    administer:
      "VaultPut VaultPatch VaultAccessPolicyChangedEventGridNotification KeyRotationPolicySet CertificatePolicySet CertificateIssuerSet CertificateContactsSet VaultRecover",
    login: "Authentication",
  },
  "secretmanager.googleapis.com": {
    read: "AccessSecretVersion",
    list: "ListSecrets ListSecretVersions",
    describe: "GetSecret GetSecretVersion GetIamPolicy TestIamPermissions",
    write: "CreateSecret UpdateSecret AddSecretVersion EnableSecretVersion",
    delete: "DeleteSecret DestroySecretVersion DisableSecretVersion",
    administer: "SetIamPolicy",
  },
  "cloudkms.googleapis.com": {
    decrypt: "Decrypt AsymmetricDecrypt AsymmetricSign MacSign RawDecrypt Decapsulate",
    administer:
      "SetIamPolicy CreateCryptoKey CreateCryptoKeyVersion DestroyCryptoKeyVersion UpdateCryptoKey UpdateCryptoKeyPrimaryVersion UpdateCryptoKeyVersion RestoreCryptoKeyVersion ImportCryptoKeyVersion",
  },
  "iam.googleapis.com": {
    administer:
      "CreateServiceAccountKey UploadServiceAccountKey DeleteServiceAccountKey CreateServiceAccount DeleteServiceAccount SetIamPolicy CreateRole UpdateRole DeleteRole",
  },
  "iamcredentials.googleapis.com": { login: "GenerateAccessToken GenerateIdToken SignJwt SignBlob" },
  "sts.googleapis.com": { login: "ExchangeToken" },
  "cloudresourcemanager.googleapis.com": { administer: "SetIamPolicy SetOrgPolicy DeleteProject" },
  "logging.googleapis.com": {
    administer:
      "CreateSink UpdateSink DeleteSink DeleteLog CreateExclusion UpdateExclusion UpdateCmekSettings",
  },
};

export interface Call {
  readonly service: string;
  /** In lower case. */
  readonly name: string;
  readonly operation: Operation;
}

/** Every call that is known, once. */
export const KNOWN_CALLS: readonly Call[] = Object.entries(CALLS).flatMap(([service, names]) =>
  Object.entries(names).flatMap(([operation, list]) =>
    list.split(" ").map((name) => ({ service, name: name.toLowerCase(), operation: operation as Operation })),
  ),
);
