import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import {
  PLAN,
  parameterSpecs,
  secretSpecs,
  type ParameterSpec,
  type SecretSpec,
  type Stage,
} from "./company.ts";
import {
  HOME,
  SECOND,
  VALUE,
  allow,
  policyText,
  tagList,
  type Statement,
  type Step,
  type Terms,
} from "./terms.ts";

/** Days ago that the account's keys were made, before anything that they encrypt. */
const KEYS_DAYS_AGO = 920;
/** After the role that it runs as. */
const ROTATOR_DAYS_AGO = 870;

/** An account of nobody's, which a partner is said to have. */
export const PARTNER_ACCOUNT = "210987654321";

/** Keys, secrets and parameters of one account, as calls; the keys' ids are known once those calls are made. */
export function storeSteps(stage: Stage, account: string, terms: Terms): Step[] {
  const keys: string[] = [];
  const clients = new Clients(terms);
  return [
    ...keySteps(stage, account, new KMSClient(terms), keys),
    { daysAgo: ROTATOR_DAYS_AGO, run: () => rotator(new LambdaClient(terms), account) },
    ...secretSpecs(stage).flatMap((spec) => secretSteps(spec, account, clients.secrets(spec.region), keys)),
    ...parameterSpecs(stage).map((spec) => parameterStep(spec, new SSMClient(terms), keys)),
  ];
}

class Clients {
  readonly #clients = new Map<string, SecretsManagerClient>();
  readonly #terms: Terms;

  constructor(terms: Terms) {
    this.#terms = terms;
  }

  secrets(region: string): SecretsManagerClient {
    const client = this.#clients.get(region) ?? new SecretsManagerClient({ ...this.#terms, region });
    this.#clients.set(region, client);
    return client;
  }
}

function keySteps(stage: Stage, account: string, kms: KMSClient, keys: string[]): Step[] {
  const made = Array.from({ length: PLAN[stage].keys }, (_, index): Step => ({
    daysAgo: KEYS_DAYS_AGO,
    run: async () => {
      const { KeyMetadata } = await kms.send(
        new CreateKeyCommand({
          KeyUsage: "ENCRYPT_DECRYPT",
          Policy: policyText(...keyPolicy(account, stage === "staging" && index === 3)),
          Tags: [{ TagKey: "team", TagValue: `key-${index}` }],
        }),
      );
      const { KeyId, Arn } = KeyMetadata!;
      await kms.send(new CreateAliasCommand({ AliasName: `alias/${stage}-${index}`, TargetKeyId: KeyId }));
      // A fault: the third key of an account is never rotated.
      if (index !== 2) await kms.send(new EnableKeyRotationCommand({ KeyId }));
      keys[index] = Arn!;
    },
  }));
  const granted = Array.from({ length: stage === "production" ? 12 : 2 }, (_, index): Step => ({
    daysAgo: 300 - index,
    run: () =>
      kms.send(
        new CreateGrantCommand({
          KeyId: keys[index % PLAN[stage].keys],
          GranteePrincipal: `arn:aws:iam::${account}:role/payments-${index % 2 === 0 ? "api" : "worker"}`,
          Operations: ["Decrypt", "DescribeKey"],
          ...(index % 3 === 0 ? {} : { Constraints: { EncryptionContextSubset: { team: "payments" } } }),
        }),
      ),
  }));
  // A key that signs nothing any more, and waits for its end.
  const old: Step = {
    daysAgo: 6,
    run: async () => {
      const { KeyMetadata } = await kms.send(
        new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }),
      );
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata!.KeyId, PendingWindowInDays: 30 }));
    },
  };
  return [...made, ...granted, old];
}

/** A fault, where `open`: everybody may decrypt under the key. */
function keyPolicy(account: string, open: boolean): Statement[] {
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const own = allow({ Sid: "Own", Principal: root, Action: "kms:*", Resource: "*" });
  return open
    ? [own, allow({ Sid: "Shared", Principal: { AWS: "*" }, Action: "kms:Decrypt", Resource: "*" })]
    : [own];
}

const ROTATOR = "rotate-passwords";

/** The function that rotates secrets; the server that answers for AWS takes its runs for done without running it. */
function rotator(lambda: LambdaClient, account: string): Promise<unknown> {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName: ROTATOR,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: `arn:aws:iam::${account}:role/rotation`,
      Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
    }),
  );
}

function secretSteps(
  spec: SecretSpec,
  account: string,
  manager: SecretsManagerClient,
  keys: readonly string[],
): Step[] {
  const { name, key, createdDaysAgo, changedDaysAgo, rotation, policy, deleted } = spec;
  const SecretId = name;
  const step = (daysAgo: number, run: () => Promise<unknown>): Step => ({ daysAgo, run });
  return [
    step(createdDaysAgo, () =>
      manager.send(
        new CreateSecretCommand({
          Name: name,
          SecretString: VALUE,
          Tags: tagList(spec.tags),
          ...(key === undefined || spec.region === SECOND ? {} : { KmsKeyId: keys[key] }),
        }),
      ),
    ),
    ...(changedDaysAgo === undefined
      ? []
      : [
          step(changedDaysAgo, () =>
            manager.send(new PutSecretValueCommand({ SecretId, SecretString: `${VALUE}-2` })),
          ),
        ]),
    ...(rotation === undefined || spec.region !== HOME
      ? []
      : [
          step(Math.min(rotation.setUpDaysAgo, createdDaysAgo), () =>
            manager.send(
              new RotateSecretCommand({
                SecretId,
                RotationLambdaARN: `arn:aws:lambda:${HOME}:${account}:function:${ROTATOR}`,
                RotationRules: { AutomaticallyAfterDays: rotation.days },
              }),
            ),
          ),
        ]),
    ...(policy === undefined
      ? []
      : [
          step(20, () =>
            manager.send(
              new PutResourcePolicyCommand({
                SecretId,
                ResourcePolicy: policyText(secretPolicy(policy, account)),
              }),
            ),
          ),
        ]),
    ...(deleted === true
      ? [step(3, () => manager.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 30 })))]
      : []),
  ];
}

function secretPolicy(which: NonNullable<SecretSpec["policy"]>, account: string): Statement {
  const Principal = {
    everyone: "*",
    partner: { AWS: `arn:aws:iam::${PARTNER_ACCOUNT}:root` },
    team: { AWS: `arn:aws:iam::${account}:role/payments-api` },
  }[which];
  return allow({ Principal, Action: "secretsmanager:GetSecretValue", Resource: "*" });
}

function parameterStep(spec: ParameterSpec, store: SSMClient, keys: readonly string[]): Step {
  const { name, type, key, tags, createdDaysAgo } = spec;
  return {
    daysAgo: createdDaysAgo,
    run: () =>
      store.send(
        new PutParameterCommand({
          Name: name,
          Value: VALUE,
          Type: type,
          Tags: tagList(tags),
          ...(key === undefined ? {} : { KeyId: keys[key] }),
        }),
      ),
  };
}
