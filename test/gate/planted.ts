import { createHash } from "node:crypto";

type Files = Readonly<Record<string, string>>;

const q = (value: string): string => JSON.stringify(value);
const base64 = (value: string): string => Buffer.from(value).toString("base64");
/** Within a string of HCL. */
const hcl = (value: string): string => q(value).replaceAll(/[$%](?=\{)/g, (mark) => mark + mark);
const yaml = (value: string): string => q(value);

const MALFORMED: readonly ((value: string) => Files)[] = [
  (v) => ({
    "secret.yaml": `apiVersion: v1\nkind: Secret\nstringData:\n  password: ${yaml(v)}: [${v}\n  b: }`,
  }),
  (v) => ({ "secret.yaml": `apiVersion: v1\nkind: Secret\nstringData:\n  password: "${v}\n` }),
  (v) => ({ "secret.yaml": `apiVersion: v1\nkind: Secret\nstringData:\n  password: &${v} a\n  b: *${v}x\n` }),
  (v) => ({ "secret.yaml": `apiVersion: v1\nkind: Secret\nstringData:\n  password: !${v} a\n` }),
  (v) => ({ "secret.yaml": `apiVersion: v1\nkind: Secret\ndata:\n  password: ${yaml(v)}\n` }),
  (v) => ({ "secret.yaml": `apiVersion: v1\nkind: Secret\nstringData: ${yaml(v)}\ndata: ${yaml(v)}\n` }),
  (v) => ({
    "plan.json": `{"format_version":"1.2","resource_changes":[{"change":{"after":{"password":${q(v)}`,
  }),
  (v) => ({
    "plan.json": `{"format_version":"1.2","resource_changes":[{"change":{"after":{"password":${q(v)} ${v}}}]}`,
  }),
  (v) => ({
    "t.template.json": `{"AWSTemplateFormatVersion":"2010-09-09","Resources":{"A":{"Type":"AWS::SecretsManager::Secret","Properties":{"SecretString":"${v}`,
  }),
  (v) => ({
    "main.tf": `resource "aws_secretsmanager_secret_version" "a" {\n  secret_id = "a"\n  secret_string = ${v}\n}\n`,
  }),
  (v) => ({ "main.tf": `resource "aws_secretsmanager_secret_version" "a" {\n  secret_string = "${v}\n}\n` }),
  (v) => ({
    "main.tf": `resource "aws_secretsmanager_secret_version" "a" {\n  secret_string = <<${v}\n${v}\n`,
  }),
  (v) => ({ "main.tf": `variable "password" { ${v} }\nvariable "p2" { default = "${v}" ${v} }\n` }),
  (v) => ({
    "main.tf": `resource "aws_secretsmanager_secret_version" "a" {\n  secret_string = fn_${v}("${v}")\n}\n`,
  }),
  (v) => ({
    "a.hcl": `path "kv/a" {\n  capabilities = ["nothing", "read"]\n  allowed_parameters = { "password" = ["${v}"] }\n}\n`,
  }),
  (v) => ({ "a.hcl": `path "kv/a" {\n  capabilities = ["read"]\n  token = "${v}" ${v}\n}\n` }),
  (v) => ({
    "azuredeploy.json": `{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[{"type":"Microsoft.KeyVault/vaults/secrets","apiVersion":"2023-07-01","name":"v/a","properties":{"value":"[concat('${v}', ${v})]"}}]}`,
  }),
  (v) => ({ Dockerfile: `FROM alpine\nENV PASSWORD=${v}\nPASSWORD ${v}\nRUN --mount=type=${v} a\n` }),
  (v) => ({
    "compose.yaml": `services:\n  a:\n    image: b\n    environment: ${yaml(v)}\n    secrets: ${yaml(v)}\n`,
  }),
  (v) => ({
    ".github/workflows/a.yml": `on: push\njobs:\n  a:\n    steps: ${yaml(v)}\n    env: ${yaml(v)}\n`,
  }),
  (v) => ({
    ".gitlab-ci.yml": `a:\n  script: {${yaml(v)}: 1}\n  variables: ${yaml(v)}\n  id_tokens: ${yaml(v)}\n`,
  }),
  (v) => ({ "terraform.tfvars": `password = "${v}" ${v}\n`, "main.tf": 'variable "password" {}\n' }),
  (v) => ({
    "policy.json": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/password":${q(v)}}}}]`,
  }),
];

const k8s = (kind: string, rest: string): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: a\n${rest}`;

const WELL_FORMED: readonly ((value: string) => Files)[] = [
  (v) => ({ "secret.yaml": k8s("Secret", `stringData:\n  password: ${yaml(v)}\n  a: ${yaml(v)}\n`) }),
  (v) => ({ "secret.yaml": k8s("Secret", `data:\n  password: ${base64(v)}\n  a: ${base64(v)}\n`) }),
  (v) => ({
    "secret.json": `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"a":${q(v)}}}`,
  }),
  (v) => ({
    "secret.json": `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":${q(base64(v))}}}]}`,
  }),
  (v) => ({
    "map.yaml": k8s(
      "ConfigMap",
      `data:\n  config: ${yaml(`password: ${v}\nurl: https://user:${encodeURIComponent(v)}@db.example.org/`)}\n  a: ${yaml(v)}\n`,
    ),
  }),
  (v) => ({
    "pod.yaml": k8s(
      "Pod",
      `spec:\n  containers:\n    - name: a\n      image: b\n      args: ["--password=${v}", "--token", ${yaml(v)}]\n      command: [sh, -c, ${yaml(`curl -u admin:${v} https://a.example.org`)}]\n      env:\n        - { name: DB_PASSWORD, value: ${yaml(v)} }\n        - { name: PW, value: ${yaml(v)} }\n        - name: DATABASE_URL\n          value: ${yaml(`postgres://u:${encodeURIComponent(v)}@db/a`)}\n`,
    ),
  }),
  (v) => ({
    "pod.json": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"b","env":[{"name":"PW","value":${q(v)}}]}]}}`,
  }),
  (v) => ({
    "main.tf": `provider "vault" {\n  token = ${hcl(v)}\n}\nvariable "db_password" {\n  default   = ${hcl(v)}\n  sensitive = true\n}\nvariable "plain" {\n  default = ${hcl(v)}\n}\nlocals {\n  a = ${hcl(v)}\n}\nresource "aws_secretsmanager_secret" "a" {\n  name = "a"\n}\nresource "aws_secretsmanager_secret_version" "a" {\n  secret_id     = aws_secretsmanager_secret.a.id\n  secret_string = ${hcl(v)}\n}\nresource "aws_secretsmanager_secret_version" "b" {\n  secret_id     = aws_secretsmanager_secret.a.id\n  secret_string = jsonencode({ password = local.a, other = var.plain })\n}\nresource "aws_db_instance" "a" {\n  password = ${hcl(v)}\n}\nresource "vault_kv_secret_v2" "a" { data_json = jsonencode({ a = ${hcl(v)} }) }\nresource "kubernetes_secret" "a" { data = { a = ${hcl(v)} } }\noutput "a" { value = ${hcl(v)} }\n`,
  }),
  (v) => ({
    "main.tf": `resource "aws_ssm_parameter" "a" { value = ${hcl(v)}, type = "SecureString", name = "a" }\nresource "aws_ssm_parameter" "b" {\n  type  = "String"\n  name  = "b"\n  value = ${hcl(v)}\n}\nmodule "m" {\n  source   = "./m"\n  password = ${hcl(v)}\n  a        = ${hcl(v)}\n}\n`,
    "m/main.tf":
      'variable "password" {}\nvariable "a" {}\nresource "aws_ssm_parameter" "a" {\n  name  = "c"\n  type  = "String"\n  value = var.a\n}\nresource "aws_secretsmanager_secret" "a" { name = "a" }\n',
  }),
  (v) => ({
    "terraform.tfvars": `password = ${hcl(v)}\na = ${hcl(v)}\n`,
    "main.tf":
      'variable "password" {}\nvariable "a" {}\nresource "aws_secretsmanager_secret_version" "a" {\n  secret_id     = "x"\n  secret_string = var.a\n}\n',
  }),
  (v) => ({
    "main.tf.json": JSON.stringify({
      resource: { aws_secretsmanager_secret_version: { a: { secret_id: "a", secret_string: v } } },
      variable: { a: { default: v } },
    }),
  }),
  (v) => ({ "plan.json": planOf(v, true) }),
  (v) => ({ "plan.json": planOf(v, false) }),
  (v) => ({
    "t.template.yaml": `AWSTemplateFormatVersion: "2010-09-09"\nParameters:\n  DbPassword:\n    Type: String\n    NoEcho: true\n    Default: ${yaml(v)}\n  Plain:\n    Type: String\n    Default: ${yaml(v)}\nResources:\n  Secret:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      Name: a\n      SecretString: ${yaml(v)}\n  Other:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      SecretString: !Sub '{"password": "\${Plain}"}'\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref Plain\n  Db2:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: ${yaml(v)}\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Environment:\n        Variables: { PW: ${yaml(v)}, API_TOKEN: ${yaml(v)} }\nOutputs:\n  A:\n    Value: !Ref Plain\n  B:\n    Value: ${yaml(v)}\n`,
  }),
  (v) => ({
    "azuredeploy.json": JSON.stringify(
      {
        $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        contentVersion: "1.0.0.0",
        parameters: {
          password: { type: "securestring", defaultValue: v },
          plain: { type: "string", defaultValue: v },
        },
        variables: { a: v },
        resources: [
          {
            type: "Microsoft.KeyVault/vaults",
            apiVersion: "2023-07-01",
            name: "v",
            location: "a",
            properties: {},
          },
          {
            type: "Microsoft.KeyVault/vaults/secrets",
            apiVersion: "2023-07-01",
            name: "v/a",
            properties: { value: v },
          },
          {
            type: "Microsoft.KeyVault/vaults/secrets",
            apiVersion: "2023-07-01",
            name: "v/b",
            properties: { value: "[parameters('plain')]" },
          },
          {
            type: "Microsoft.KeyVault/vaults/secrets",
            apiVersion: "2023-07-01",
            name: "v/c",
            properties: { value: "[concat(variables('a'), 'x')]" },
          },
          {
            type: "Microsoft.Sql/servers",
            apiVersion: "2023-05-01-preview",
            name: "s",
            properties: { administratorLoginPassword: v },
          },
        ],
        outputs: {
          a: { type: "string", value: "[parameters('password')]" },
          b: { type: "string", value: v },
        },
      },
      null,
      2,
    ),
    "azuredeploy.parameters.json": JSON.stringify({
      $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
      contentVersion: "1.0.0.0",
      parameters: { password: { value: v }, plain: { value: v } },
    }),
  }),
  (v) => ({
    Dockerfile: `FROM alpine AS a\nARG TOKEN=${q(v)}\nENV PASSWORD=${q(v)} PW=${q(v)}\nRUN curl -H "Authorization: Bearer ${v}" https://a.example.org && mysql -p${v}\nLABEL a=${q(v)}\nCMD ["a", "--token=${v}"]\n`,
  }),
  (v) => ({
    "compose.yaml": `services:\n  a:\n    image: b\n    environment:\n      DB_PASSWORD: ${yaml(v)}\n      PW: ${yaml(v)}\n    command: ["--token", ${yaml(v)}]\n    build:\n      context: .\n      args: { NPM_TOKEN: ${yaml(v)} }\n`,
    ".env": `PASSWORD=${v}\nPW=${v}\n`,
  }),
  (v) => ({
    ".github/workflows/a.yml": `on: push\nenv:\n  API_TOKEN: ${yaml(v)}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    container:\n      image: b\n      credentials: { username: a, password: ${yaml(v)} }\n    env: { PW: ${yaml(v)} }\n    steps:\n      - run: |\n          export PASSWORD=${v}\n          curl -u "admin:${v}" https://a.example.org\n          echo ${v}\n      - uses: a/b@main\n        with: { token: ${yaml(v)}, pw: ${yaml(v)} }\n`,
  }),
  (v) => ({
    ".gitlab-ci.yml": `variables:\n  API_TOKEN: ${yaml(v)}\n  PW: ${yaml(v)}\na:\n  variables: { AWS_SECRET_ACCESS_KEY: ${yaml(v)} }\n  script:\n    - export PASSWORD=${v}\n    - "curl -H 'PRIVATE-TOKEN: ${v}' https://a.example.org"\n    - echo ${v}\n`,
  }),
  (v) => ({
    "a.ts": `const password = ${q(v)};\nconst url = "https://user:${encodeURIComponent(v)}@a.example.org";\nfetch(x, { headers: { authorization: "Bearer ${v}" } });\nconst a = ${q(v)};\n`,
    "a.env": `PASSWORD=${v}\n`,
    "a.ini": `[a]\npassword = ${v}\nsecret=${v}\n`,
    "a.md": `The password is ${v}\n`,
  }),
  (v) => ({
    "a.hcl": `# token: ${v}\npath "kv/a" {\n  capabilities = ["read", "sudo"]\n  allowed_parameters = {\n    "password" = [${hcl(v)}]\n    "a" = [${hcl(v)}]\n  }\n}\n`,
  }),
  (v) => ({
    "policy.json": `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/password":${q(v)},"sts:ExternalId":${q(v)}}}}]}`,
  }),
];

function planOf(value: string, sensitive: boolean): string {
  const provider_name = "registry.terraform.io/hashicorp/aws";
  const mark = (names: readonly string[]) =>
    sensitive ? Object.fromEntries(names.map((name) => [name, true])) : {};
  const resource = (type: string, name: string, after: Readonly<Record<string, unknown>>) => ({
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    provider_name,
    change: {
      actions: ["update"],
      before: { ...after },
      after,
      after_unknown: {},
      before_sensitive: mark(Object.keys(after)),
      after_sensitive: mark(Object.keys(after)),
    },
  });
  const changes = [
    resource("aws_secretsmanager_secret", "a", { name: "a", description: value, tags: { password: value } }),
    resource("aws_secretsmanager_secret_version", "a", { secret_id: "a", secret_string: value }),
    resource("aws_db_instance", "a", { password: value, identifier: "a" }),
    resource("random_password", "a", { result: value, length: 20 }),
    resource("aws_ssm_parameter", "a", { name: "a", type: "String", value }),
    resource("aws_iam_access_key", "a", { user: "a", secret: value, id: "a" }),
  ];
  const constant = { constant_value: value };
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.9.0",
    variables: { password: { value } },
    planned_values: {
      outputs: { a: { value, sensitive } },
      root_module: {
        resources: changes.map(({ address, type, name, change }) => ({
          address,
          mode: "managed",
          type,
          name,
          provider_name,
          values: change.after,
        })),
      },
    },
    resource_changes: changes,
    output_changes: {
      a: {
        actions: ["create"],
        before: null,
        after: value,
        after_unknown: false,
        after_sensitive: sensitive,
      },
    },
    prior_state: {
      format_version: "1.0",
      values: { root_module: { resources: [] }, outputs: { a: { value, sensitive } } },
    },
    configuration: {
      provider_config: { aws: { name: "aws", expressions: { secret_key: constant } } },
      root_module: {
        variables: { password: { default: value, sensitive } },
        resources: changes.map(({ address, type, name, change }) => ({
          address,
          mode: "managed",
          type,
          name,
          provider_config_key: "aws",
          expressions: Object.fromEntries(
            Object.entries(change.after).map(([key, one]) => [key, { constant_value: one }]),
          ),
        })),
      },
    },
  });
}

const url = (value: string, path: string): string =>
  `https://robot:${encodeURIComponent(value)}@git.example.org/${path}`;

/** Addresses with a login in them, where a format has an address that is told as not read, or as a name. */
const ADDRESSES: readonly ((value: string) => Files)[] = [
  (v) => ({
    "main.tf": `module "a" {\n  source = "git::${url(v, "a.git")}?ref=v1"\n}\nmodule "b" {\n  source = "https://a.example.org/m.zip?token=${encodeURIComponent(v)}"\n}\n`,
  }),
  (v) => ({
    "kustomization.yaml": `resources:\n  - ${yaml(url(v, "base"))}\n  - ${yaml(`https://a.example.org/a.yaml?token=${encodeURIComponent(v)}`)}\ncomponents: [${yaml(url(v, "c"))}]\npatches:\n  - path: ${yaml(url(v, "p"))}\n`,
  }),
  (v) => ({
    ".gitlab-ci.yml": `include:\n  - remote: ${yaml(url(v, "ci.yml"))}\n  - remote: ${yaml(`https://a.example.org/ci.yml?private_token=${encodeURIComponent(v)}`)}\na:\n  image: ${yaml(url(v, "image"))}\n  script: [${yaml(`git clone ${url(v, "a.git")}`)}]\n`,
  }),
  (v) => ({
    ".github/workflows/a.yml": `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ${yaml(`docker://robot:${v}@a.example.org/a`)}\n      - run: git clone ${url(v, "a.git")}\n  b:\n    uses: ${yaml(url(v, "w.yml"))}\n`,
  }),
  (v) => ({
    "compose.yaml": `include:\n  - ${yaml(url(v, "compose.git"))}\nservices:\n  a:\n    build: ${yaml(url(v, "a.git"))}\n    image: ${yaml(`robot:${v}@a.example.org/a`)}\n    extends: { file: ${yaml(url(v, "x.yaml"))}, service: b }\n    env_file: ${yaml(url(v, "env"))}\n`,
  }),
  (v) => ({
    Dockerfile: `FROM robot:${encodeURIComponent(v)}@a.example.org/a AS b\nADD ${url(v, "a.tar")} /a\nCOPY --from=${url(v, "c")} /a /b\nRUN pip install --index-url ${url(v, "simple")} a\n`,
  }),
  (v) => ({
    "t.template.yaml": `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  A:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: ${yaml(url(v, "t.yaml"))} }\n  B:\n    Type: AWS::Serverless::Application\n    Properties: { Location: ${yaml(`https://a.example.org/t.yaml?X-Amz-Signature=${encodeURIComponent(v)}`)} }\n`,
  }),
  (v) => ({
    "azuredeploy.json": `{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[{"type":"Microsoft.Resources/deployments","apiVersion":"2021-04-01","name":"a","properties":{"mode":"Incremental","templateLink":{"uri":${q(`https://a.example.org/t.json?sig=${encodeURIComponent(v)}`)}}}}]}`,
  }),
  (v) => ({
    "app.yaml": `apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata:\n  name: a\nspec:\n  provider:\n    vault:\n      server: ${yaml(url(v, ""))}\n      auth: { token: { value: ${yaml(v)} } }\n---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: a\nspec:\n  refreshInterval: ${yaml(url(v, ""))}\n`,
  }),
  (v) => ({ Dockerfile: `FROM alpine\nENV A=b\n${v}\n` }),
  (v) => ({ "a.hcl": `path "kv/a" {\n  capabilities = ["read"]\n  password = ${v}\n}\n` }),
];

/** Trees of each format in which one value is the secret, wherever the format has room for one; the last of them cannot be read. */
export const PLANTED: readonly ((value: string) => Files)[] = [...WELL_FORMED, ...ADDRESSES, ...MALFORMED];

/** Longest beginning of a secret that may be anywhere. */
const MAX_PREFIX = 6;

/** What would tell a secret, or let somebody guess it: itself, its beginning, and both as others write them. */
export function tellingOf(value: string): readonly (readonly [string, string])[] {
  const begin = value.slice(0, MAX_PREFIX + 1);
  const bytes = Buffer.from(value);
  const shifted = [0, 1, 2].map((before) =>
    // Whatever stands before it, some characters of its encoding are its own.
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .slice(before === 0 ? 0 : 4, 12),
  );
  return [
    ["its beginning", begin],
    ["its end", value.slice(-MAX_PREFIX - 1)],
    ["its beginning in JSON", JSON.stringify(begin).slice(1, -1)],
    ["its beginning in a URL", encodeURIComponent(begin)],
    ...shifted.map((one) => ["base64", one] as const),
    ["base64url", bytes.toString("base64url").slice(0, 10)],
    ["base64 twice", Buffer.from(bytes.toString("base64")).toString("base64").slice(0, 12)],
    ["hex", Buffer.from(begin).toString("hex")],
    ...["md5", "sha1", "sha256", "sha512"].flatMap((kind) =>
      ["hex", "base64"].map(
        (form) =>
          [
            `${kind} as ${form}`,
            createHash(kind)
              .update(value)
              .digest(form as "hex")
              .slice(0, 16),
          ] as const,
      ),
    ),
  ];
}
