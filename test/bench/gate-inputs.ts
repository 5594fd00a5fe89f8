import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a tool is run on. The same at each run: nothing here is random. */
export interface GateInput {
  /** A file or a directory. */
  readonly path: string;
  /** Resources, documents or files in it. */
  readonly count: number;
  readonly checkov: readonly string[];
  /** Rules for conftest, two that many times; absent where it has nothing to say. */
  readonly rego?: (times: number) => string;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** A plan of secrets and of their rotations, every tenth without a key of its own. */
export function planOf(directory: string, count: number): GateInput {
  const resources = numbers(count / 2).flatMap((n) => {
    const secret = `aws_secretsmanager_secret.s${n}`;
    return [
      resource(secret, n, {
        name: `prod/app-${n}`,
        recovery_window_in_days: n % 7 === 0 ? 0 : 30,
        ...(n % 10 === 0 ? {} : { kms_key_id: "arn:aws:kms:eu-central-1:111122223333:key/main" }),
        tags: { owner: `team-${n % 40}`, tier: "high" },
      }),
      resource(`aws_secretsmanager_secret_rotation.s${n}`, n, {
        rotation_lambda_arn: "arn:aws:lambda:eu-central-1:111122223333:function:rotate",
        rotation_rules: [{ automatically_after_days: 30, duration: null, schedule_expression: null }],
      }),
    ];
  });
  const plan = {
    format_version: "1.2",
    terraform_version: "1.13.4",
    planned_values: { root_module: { resources: resources.map(({ planned }) => planned) } },
    resource_changes: resources.map(({ change }) => change),
    configuration: { root_module: { resources: resources.map(({ configured }) => configured) } },
    complete: true,
    errored: false,
  };
  return {
    path: written(directory, `plan-${count}.json`, JSON.stringify(plan)),
    count,
    checkov: ["--framework", "terraform_plan"],
    rego: rules(
      `some change in input.resource_changes
  change.type == "aws_secretsmanager_secret"
  not change.change.after.kms_key_id
  msg := sprintf("%s has no key of its own", [change.address])`,
      `some change in input.resource_changes
  change.type == "aws_secretsmanager_secret"
  change.change.after.recovery_window_in_days < 7
  msg := sprintf("%s can be deleted at once", [change.address])`,
    ),
  };
}

function resource(address: string, n: number, after: Readonly<Record<string, unknown>>) {
  const [type = "", name = ""] = address.split(".");
  const one = { address, mode: "managed", type, name };
  const provider = { provider_name: "registry.terraform.io/hashicorp/aws" };
  const isRotation = type.endsWith("_rotation");
  const expressions = Object.fromEntries(
    Object.entries(after).map(([key, value]) => [key, { constant_value: value }]),
  );
  return {
    planned: { ...one, ...provider, schema_version: 0, values: after, sensitive_values: {} },
    change: {
      ...one,
      ...provider,
      change: {
        actions: ["create"],
        before: null,
        after,
        after_unknown: { id: true, arn: true, ...(isRotation ? { secret_id: true } : {}) },
        before_sensitive: false,
        after_sensitive: {},
      },
    },
    configured: {
      ...one,
      provider_config_key: "aws",
      schema_version: 0,
      expressions: {
        ...expressions,
        ...(isRotation
          ? {
              secret_id: {
                references: [`aws_secretsmanager_secret.s${n}.id`, `aws_secretsmanager_secret.s${n}`],
              },
            }
          : {}),
      },
    },
  };
}

/** Deployments and, every tenth, a Secret of an operator, ten documents a file. */
export function manifestsOf(directory: string, count: number): GateInput {
  const path = join(directory, "manifests");
  mkdirSync(path);
  for (const file of numbers(count / 10)) {
    const documents = numbers(10).map((n) => manifest(file * 10 + n));
    writeFileSync(join(path, `app-${file}.yaml`), documents.join("---\n"));
  }
  return {
    path,
    count,
    checkov: ["--framework", "kubernetes"],
    rego: rules(
      `input.kind == "Deployment"
  some container in input.spec.template.spec.containers
  some variable in container.env
  contains(variable.name, "PASSWORD")
  variable.value
  msg := sprintf("%s writes a password", [input.metadata.name])`,
      `input.kind == "Deployment"
  not input.spec.template.spec.serviceAccountName
  msg := sprintf("%s runs as whatever is there", [input.metadata.name])`,
    ),
  };
}

function manifest(n: number): string {
  const head = (version: string, kind: string): string =>
    `apiVersion: ${version}\nkind: ${kind}\nmetadata:\n  name: app-${n}\n  namespace: team-${n % 40}\n  labels:\n    app: app-${n}\n`;
  if (n % 10 === 0) {
    return `${head("external-secrets.io/v1", "ExternalSecret")}spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: SecretStore
    name: store
  target:
    name: app-${n}
  data:
    - secretKey: password
      remoteRef:
        key: prod/app-${n}
`;
  }
  const variables = numbers(10).map(
    (v) => `            - name: SETTING_${v}\n              value: value-${n}-${v}\n`,
  );
  return `${head("apps/v1", "Deployment")}spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-${n}
  template:
    metadata:
      labels:
        app: app-${n}
    spec:
      serviceAccountName: app-${n}
      automountServiceAccountToken: false
      containers:
        - name: app
          image: registry.example.com/app-${n}:1.${n}
          env:
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: app-${n}
                  key: password
${variables.join("")}`;
}

/** Files of a program, 2 KB each, 100 a directory; one in a thousand holds a key. */
export function repositoryOf(directory: string, count: number): GateInput {
  const path = join(directory, "repository");
  for (const folder of numbers(count / 100)) {
    mkdirSync(join(path, `module-${folder}`), { recursive: true });
    for (const n of numbers(100)) {
      const file = folder * 100 + n;
      const lines = numbers(30).map(
        (line) =>
          `export function compute${file}_${line}(left: number, right: number): number {\n  return left * ${line} + right;\n}\n`,
      );
      // In two parts, so that no search finds it here.
      const key =
        file % 1000 === 500
          ? `const key = "AKIAQ${String(file)
              .padStart(15, "B2C3D4E5F6G7H4J")
              .replaceAll(/[01 89]/g, "Z")}";\n`
          : "";
      writeFileSync(join(path, `module-${folder}`, `file-${n}.ts`), lines.join("") + key);
    }
  }
  return { path, count, checkov: ["--framework", "secrets", "--enable-secret-scan-all-files"] };
}

/** A template of secrets, every tenth without a key. */
export function templateOf(directory: string, count: number): GateInput {
  const Resources = Object.fromEntries(
    numbers(count).map((n) => [
      `Secret${n}`,
      {
        Type: "AWS::SecretsManager::Secret",
        Properties: {
          Name: `prod/app-${n}`,
          GenerateSecretString: { PasswordLength: 32 },
          ...(n % 10 === 0 ? {} : { KmsKeyId: "alias/main" }),
          Tags: [{ Key: "owner", Value: `team-${n % 40}` }],
        },
      },
    ]),
  );
  const template = { AWSTemplateFormatVersion: "2010-09-09", Resources };
  return {
    path: written(directory, "template.json", JSON.stringify(template, null, 2)),
    count,
    checkov: ["--framework", "cloudformation"],
    rego: rules(
      `some name, resource in input.Resources
  resource.Type == "AWS::SecretsManager::Secret"
  not resource.Properties.KmsKeyId
  msg := sprintf("%s has no key of its own", [name])`,
      `some name, resource in input.Resources
  resource.Type == "AWS::SecretsManager::Secret"
  not resource.Properties.GenerateSecretString
  msg := sprintf("%s is not generated", [name])`,
    ),
  };
}

/** Rules that say something else each time, so that none is evaluated for another. */
function rules(...bodies: readonly string[]): (times: number) => string {
  return (times) => {
    const all = numbers(times).flatMap((time) =>
      bodies.map(
        (body) => `deny contains msg if {\n  ${body.replace('sprintf("', `sprintf("${time}: `)}\n}\n`,
      ),
    );
    return `package main\n\n${all.join("\n")}`;
  };
}

function written(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
