import { describe, expect, it } from "vitest";
import { recognised } from "../../src/gate/formats/recognised.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { readYaml } from "../../src/gate/text/yaml.ts";

const POLICY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*"}]}';
const STACK = '{"Resources":{"S":{"Type":"AWS::SecretsManager::Secret","Properties":{"Name":"db"}}}}';
const MANIFEST = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";

const SERVICES = "version: '3'\nx-all: {}\nservices:\n  web:\n    image: nginx\n";

const formats = (path: string, text: string): string[] => recognised(path, text).map(({ id }) => id);

describe("the formats of a file", () => {
  it.each([
    ["a manifest behind a long comment", "m.yaml", `${"# x\n".repeat(2000)}${MANIFEST}`, "kubernetes"],
    [
      "a template behind a long description",
      "t.json",
      `{"Description":"${"x".repeat(5000)}",${STACK.slice(1)}`,
      "cloudformation",
    ],
    ["a policy behind blanks", "p.json", " ".repeat(5000) + POLICY, "iam_policy"],
    ["a policy with an escape in a key", "p.json", POLICY.replace('"St', String.raw`"\u0053t`), "iam_policy"],
    [
      "a policy with blanks behind a key",
      "p.json",
      POLICY.replace('ment"', `ment"${" ".repeat(200)}`),
      "iam_policy",
    ],
    [
      "a template with an escape in a type",
      "t.json",
      STACK.replace("AWS::", String.raw`AWS\u003a:`),
      "cloudformation",
    ],
    [
      "a template with a type by an alias",
      "t.yaml",
      "x: &t AWS::KMS::Key\nResources:\n  K: {Type: *t}\n",
      "cloudformation",
    ],
    ["a manifest in flow style", "m.yaml", "{apiVersion: v1, kind: Secret}", "kubernetes"],
    [
      "a manifest in flow style with quotes",
      "m.yaml",
      '{"metadata": {}, apiVersion: v1, kind: Secret}',
      "kubernetes",
    ],
    ["a manifest that is indented", "m.yaml", MANIFEST.replaceAll(/^(?=.)/gm, "  "), "kubernetes"],
    ["a manifest on the line of its mark", "m.yaml", "--- {apiVersion: v1, kind: Secret}", "kubernetes"],
    [
      "a manifest with an escape in a key",
      "m.yaml",
      MANIFEST.replace("kind", String.raw`"k\x69nd"`),
      "kubernetes",
    ],
    ["a manifest with keys in full", "m.yaml", "? apiVersion\n: v1\n? kind\n: Secret\n", "kubernetes"],
    ["a manifest with a tag on a key", "m.yaml", MANIFEST.replace("kind", "!!str kind"), "kubernetes"],
    ["a manifest that is merged", "m.yaml", "x: &x {apiVersion: v1, kind: Secret}\n<<: *x\n", "kubernetes"],
    ["a manifest behind one of JSON", "m.yaml", `{"a": 1}\n---\n${MANIFEST}`, "kubernetes"],
    [
      "a manifest of JSON with a schema",
      "m.json",
      '{"$schema":"x","apiVersion":"v1","kind":"Secret"}',
      "kubernetes",
    ],
    [
      "a manifest that tells of CloudFormation",
      "m.yaml",
      `# AWSTemplateFormatVersion\n${MANIFEST}`,
      "kubernetes",
    ],
    [
      "a policy that tells of CloudFormation",
      "p.json",
      `{"Id":"AWSTemplateFormatVersion",${POLICY.slice(1)}`,
      "iam_policy",
    ],
    ...[
      "secret.yaml.txt",
      "secret.yml.j2",
      "secret.tpl",
      "secret",
      "secret.yaml~",
      "secret.yaml.bak",
      "manifest.txt",
    ].map(
      (name) => ["a manifest that is called otherwise", name, `# a\n\n${MANIFEST}`, "kubernetes"] as const,
    ),
    ["a manifest behind a template's line", "a.yaml.j2", `{% if x %}\n---\n${MANIFEST}`, "kubernetes"],
    ["a stack of a swarm", "stack.yml", SERVICES, "compose"],
    ["a Compose file with a profile", "compose.prod.yaml", SERVICES, "compose"],
    ["a Compose file of a template", "docker-compose.yml.j2", SERVICES, "compose"],
    ["services in flow style", "stack.yaml", "{services: {web: {build: .}}}", "compose"],
    ["services of a malformed file", "stack.yaml", `${SERVICES}  a: [\n`, "compose"],
  ] as const)("are those of what it says: %s", (_, path, text, format) => {
    expect(formats(path, text)).toEqual([format]);
  });

  it.each([
    ["compose-rbac.yaml", "compose"],
    ["action.yml", "github_actions"],
    [".gitlab/ci/rbac.yml", "gitlab_ci"],
  ])("are what its name says and what it says: %s", (path, format) => {
    expect(formats(path, MANIFEST)).toEqual([format, "kubernetes"]);
  });

  it("are all of which it has a part", () => {
    const both = `Resources:\n  K: {Type: "AWS::KMS::Key"}\n---\n${MANIFEST}`;
    expect(formats("both.yaml", both)).toEqual(["cloudformation", "kubernetes"]);
    const parameters = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    expect(formats("both.json", `{"$schema":"${parameters}",${STACK.slice(1)}`)).toEqual([
      "arm",
      "cloudformation",
    ]);
  });

  it("is a template whatever it is called, where it begins as one", () => {
    const yaml = `# x\n---\n${"\n".repeat(1_000_000)}AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  K: {Type: "AWS::KMS::Key"}\n`;
    for (const path of ["stack", "stack.txt", "stack.tmpl", "stack.yaml.bak"])
      for (const text of [STACK, yaml]) expect(formats(path, text)).toEqual(["cloudformation"]);
    expect(formats("notes.md", `Some notes.\n${yaml}`)).toEqual([]);
    expect(formats("make.py", `TEMPLATE = """\n${yaml}"""`)).toEqual([]);
  });

  it("is a plan whatever it is called, and whichever of its parts stands first", () => {
    for (const first of ['"format_version":"1.2"', '"action_invocations":[]', '"terraform_version":"1.14.0"'])
      expect(formats("plan.out", `{${first},"planned_values":{},"resource_changes":[]}`)).toEqual([
        "terraform_plan",
      ]);
    expect(formats("plan.JSON", '{"resource_changes":[]}')).toEqual(["terraform_plan"]);
    expect(formats("versions.json", '{"terraform_version":"1.14.0","variables":{}}')).toEqual([]);
  });

  it("is a policy of Vault wherever its first rule stands, and not a rule of Nomad's", () => {
    const rule = 'path "secret/*" {\n  capabilities = ["read"]\n}\n';
    for (const before of ["", "name = <<E\nx\nE\n  ", "# {\n\t", "# x\n".repeat(3000)])
      expect(formats("p.HCL", before + rule)).toEqual(["vault_policy"]);
    expect(formats("n.hcl", `namespace "x" {\n  variables {\n    ${rule}  }\n}\n`)).toEqual([]);
  });

  it("are none of what only holds a text of one", () => {
    expect(formats("values.yaml", "script: |\n  apiVersion: v1\n  kind: Secret\n")).toEqual([]);
    expect(
      formats("schema.json", '{"properties":{"apiVersion":{},"kind":{},"Statement":[],"Effect":1}}'),
    ).toEqual([]);
    for (const [path, text] of [
      ["README.md", MANIFEST],
      ["notes.txt", `Apply this:\n${MANIFEST}`],
      ["apply", `#!/bin/sh\nkubectl apply -f - <<E\n${MANIFEST}E\n`],
      ["apply.sh", MANIFEST],
      ["services.yaml", "parameters: {image: a}\nservices:\n  App\\Image: {class: x}\n"],
      ["services.yaml", "services:\n  _defaults: {autowire: true}\n  App\\Image: {arguments: [image]}\n"],
      ["values.yaml", "services:\n  web:\n    image: {repository: nginx}\n"],
      ["values.yaml", `${SERVICES}ingress: {}\n`],
      ["jobs.yml", "services:\n  - image: postgres\n"],
    ] as const)
      expect(formats(path, text)).toEqual([]);
    expect(formats("package.json", '{"name":"x","version":"1.0.0"}')).toEqual([]);
  });
});

describe("Dockerfiles by their name", () => {
  const IMAGE = "# syntax=docker/dockerfile:1\n\nFROM node:24 AS build\n";

  it.each([
    ...["Dockerfile", "Dockerfile_prod", "prod_Dockerfile", "Containerfile.dev", "web.dockerfile"],
    ...["web.docker", "Dockerfile.go", "Dockerfile.py"],
  ])("%s is one where it begins as one", (name) => {
    expect(formats(name, IMAGE)).toEqual(["dockerfile"]);
    expect(formats(name, "ARG TAG=1\nFROM node:$TAG\n")).toEqual(["dockerfile"]);
  });

  it.each([
    ["dockerfile.ts", 'import { parse } from "./parse.ts";\n'],
    ["dockerfile_test.go", "package dockerfile\n"],
    ["dockerfile.py", "from dockerfile import parse\n"],
    ["dockerfile.md", "# Dockerfile\n\nFrom here on, see below.\n"],
    ["settings.docker", "[server]\nport = 1\n"],
    ["Dockerfile.dockerignore", IMAGE],
    ["Dockerfile.ts", "\n".repeat(200_000)],
  ])("%s is none where it says something else", (name, text) => {
    expect(formats(name, text)).toEqual([]);
  });

  it("keeps those that are malformed", () => {
    expect(formats("Dockerfile_prod", "FORM node\n")).toEqual(["dockerfile"]);
  });
});

describe("breaks of lines that only YAML 1.1 has", () => {
  it.each(["\u0085", "\u2028", "\u2029"])("are no comment's text", (mark) => {
    const hidden = `${MANIFEST}# a note${mark}stringData: {}\n`;
    const [document] = readYaml(new SourceText("m.yaml", hidden));
    expect(document?.slip?.message).toContain("expected lines that end alike");
    expect(document?.root).toBeUndefined();
  });
});
