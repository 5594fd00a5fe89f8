import { describe, expect, it } from "vitest";
import { factComplaint, type Fact } from "../../../src/facts/index.ts";
import type { Declared } from "../../../src/gate/declared.ts";
import { recordOf, toldBy } from "../../connectors/aws/records.ts";
import { ACCOUNT, REGION, document } from "../../connectors/aws/answers-parts.ts";
import { declared } from "./aws-declaring.ts";

/** What no file can tell, since AWS makes it: instants, and what is of one time. */
const MADE_BY_AWS = new Set([
  "created_at",
  "current_version",
  "next_rotation_at",
  "updated_at",
  "value_set_at",
  "record",
]);

/** A fact without what AWS makes up, and with ids as both sides write them. */
function comparable(fact: Fact): Record<string, unknown> {
  const text = JSON.stringify(fact)
    .replaceAll("payments-aws", "change")
    .replaceAll("payments/db-AbCdEf", "payments/db-??????");
  const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return Object.fromEntries(fields.filter(([name]) => !MADE_BY_AWS.has(name) && name !== "ext"));
}

const of = (side: Declared, kind: string): Record<string, unknown>[] =>
  side.after.facts.filter((fact) => fact.kind === kind).map(comparable);

const fromAws = (operation: string, body?: Record<string, unknown>): Record<string, unknown>[] =>
  toldBy(recordOf(operation, body === undefined ? {} : { body })).facts.map(comparable);

describe("what is declared of AWS", () => {
  it("of a secret is what AWS tells once it is there", () => {
    const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:payments/db-AbCdEf`;
    const told = fromAws("secretsmanager.secret", {
      ARN,
      Name: "payments/db",
      KmsKeyId: "alias/aws/secretsmanager",
      RotationEnabled: true,
      RotationLambdaARN: "arn:aws:lambda:eu-central-1:111122223333:function:rotate",
      RotationRules: { ScheduleExpression: "rate(10 days)", Duration: "3h" },
      Tags: [{ Key: "owner", Value: "payments" }],
    });
    const side = declared({
      db: [
        "secret",
        { name: "payments/db", kms_key_id: "alias/aws/secretsmanager", tags: { owner: "payments" } },
      ],
      turn: [
        "secret_rotation",
        {
          secret_id: "payments/db",
          rotation_lambda_arn: "arn:aws:lambda:eu-central-1:111122223333:function:rotate",
          rotation_rules: [{ schedule_expression: "rate(10 days)", duration: "3h" }],
        },
      ],
    });
    expect([...of(side, "secret_metadata"), ...of(side, "secret_rotation")]).toEqual(told);
    expect(of(side, "resource_policy")).toEqual([
      expect.not.objectContaining({ text: expect.anything() as unknown }),
    ]);
  });

  it("of a parameter in the clear is what AWS tells", () => {
    const told = fromAws("ssm.parameters").filter(({ name, kind }) => name === "plain" || kind === "x");
    const side = declared({ plain: ["parameter", { name: "plain", type: "String" }] });
    expect([...of(side, "secret"), ...of(side, "secret_metadata")]).toEqual(told);
  });

  it("of a key is what AWS tells, its default policy included", () => {
    const side = declared({ K: ["key", { enable_key_rotation: true }] });
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/K`;
    const [key] = fromAws("kms.key");
    expect(of(side, "key")).toEqual([{ ...key, id: `change:${arn}`, name: "K" }]);
    const rotation = fromAws("kms.rotation");
    expect(of(side, "key_rotation")).toEqual(
      rotation.map((fact) => ({ ...fact, id: `change:${arn}`, name: "K" })),
    );
    expect(of(side, "resource_policy")[0]?.["text"]).toContain(`arn:aws:iam::${ACCOUNT}:root`);
  });

  it("of identities is what AWS tells", () => {
    const entry = { Effect: "Allow", Action: "*", Resource: "*" };
    const side = declared({
      anna: [
        "user",
        {
          name: "anna",
          path: "/people/",
          groups: ["operators"],
          permissions_boundary: "arn:aws:iam::111122223333:policy/read-payments",
          tags: { team: "payments" },
        },
      ],
      own: [
        "identity_policy",
        { name: "own", users: ["anna"], policy: { Version: "2012-10-17", Statement: [entry] } },
      ],
      ops: ["group", { name: "operators", path: "/people/" }],
      read: ["managed_policy", { name: "read-payments", policy: document({ Action: "*", Resource: "*" }) }],
      on: [
        "policy_attachment",
        { users: ["anna"], policy_arn: "arn:aws:iam::111122223333:policy/read-payments" },
      ],
    });
    const told = fromAws("iam.authorization");
    const about = (kind: string, part: string): Record<string, unknown>[] =>
      told.filter((fact) => fact["kind"] === kind && String(fact["id"]).includes(part));
    expect(of(side, "principal")).toEqual(about("principal", "user/people/anna"));
    expect(of(side, "group")).toEqual(about("group", "group/operators"));
    expect(of(side, "policy_document").map(({ id, policy_type }) => [id, policy_type])).toEqual([
      ["change:arn:aws:iam::111122223333:policy/read-payments", "iam_managed"],
      ["change:arn:aws:iam::111122223333:user/people/anna#inline/own", "iam_inline"],
    ]);
  });
});

describe("what is not known", () => {
  const kinds = (side: Declared): string[] =>
    side.after.gaps.map(({ resource = "", hides }) => `${resource.split(":").at(-1)} ${hides.join(" ")}`);

  it("is a gap on what it belongs to, and no fact", () => {
    const side = declared({
      db: ["secret", { name: "db", kms_key_id: "<unknown>", policy: "<unknown>", tags: "<unknown>" }],
      turn: ["secret_rotation", { secret_id: "<unknown>" }],
      K: ["key", { enable_key_rotation: "<unknown>" }],
      p: ["parameter", { name: "p", type: "<unknown>" }],
    });
    expect(kinds(side).sort()).toEqual(
      [
        "db-?????? key key_alias",
        "db-?????? resource_labels",
        "db-?????? resource_policy",
        "db-?????? secret_rotation",
        "key/K key_rotation",
        "parameter/p secret_metadata",
      ].sort(),
    );
    expect(side.after.gaps.every(({ reason }) => reason === "unknown")).toBe(true);
    const told = side.after.facts.map(({ kind }) => kind);
    expect(told).not.toContain("secret_rotation");
    expect(told).not.toContain("key_rotation");
    expect(of(side, "resource_policy").map(({ id }) => id)).not.toContain(
      "change:arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-??????#policy",
    );
  });

  it("of a policy leaves what allows by itself, and nothing where it may deny", () => {
    const allows = { Effect: "Allow", Action: ["a:B", "<unknown>"], Resource: "*" };
    const text = (...Statement: object[]): unknown => {
      const side = declared({
        r: ["role", { name: "r", inline_policy: [{ name: "x", policy: { Statement } }] }],
      });
      expect(kinds(side)).toContain("role/r#inline/x policy_document");
      const found = of(side, "policy_document").find(({ name }) => name === "x");
      return found === undefined ? undefined : JSON.parse(String(found["text"]));
    };
    expect(text(allows, { ...allows, Condition: { Bool: { "a:b": "<unknown>" } } })).toEqual({
      Statement: [{ Effect: "Allow", Action: ["a:B"], Resource: "*" }],
    });
    expect(text({ ...allows, Action: undefined, NotAction: ["<unknown>"] })).toBeUndefined();
    expect(text(allows, { Effect: "Deny", Action: "a:B", Resource: "<unknown>" })).toBeUndefined();
    expect(text(allows, { Effect: "<unknown>", Action: "a:B", Resource: "*" })).toBeUndefined();
    expect(text("<unknown>" as unknown as object, { ...allows, Action: "a:B" })).toBeUndefined();
  });

  it("of attachments hides what whoever they may hang on can do", () => {
    const side = declared({
      r: ["role", { name: "r", assume_role_policy: "{", managed_policy_arns: ["arn:aws:iam::aws:policy/X"] }],
      on: ["policy_attachment", { roles: ["<unknown>"], policy_arn: "arn:aws:iam::aws:policy/Y" }],
    });
    expect(kinds(side).sort()).toEqual(
      [
        "role/r policy_document",
        "policy/X policy_document",
        "role/r policy_document",
        "role/r#attached/on policy_document",
        "role/r#trust policy_document",
      ].sort(),
    );
  });

  it("fits the schemas of facts", () => {
    const side = declared({
      t: ["trail", { name: "t", s3_bucket_name: "logs", is_multi_region_trail: true }],
      b: ["bucket", { name: "logs" }],
      e: [
        "vpc_endpoint",
        { vpc_id: "vpc-1", service_name: "com.amazonaws.eu-central-1.kms", vpc_endpoint_type: "Interface" },
      ],
      o: [
        "oidc_provider",
        { url: "https://token.actions.githubusercontent.com", client_id_list: ["sts.amazonaws.com"] },
      ],
      s: ["saml_provider", { name: "corp" }],
      u: ["user", { name: "u" }],
      a: ["access_key", { user: "u" }],
      K: ["key", {}],
      g: [
        "key_grant",
        { key_id: "K", grantee_principal: "arn:aws:iam::111122223333:user/u", operations: ["Decrypt"] },
      ],
      n: ["key_alias", { name: "alias/n", target_key_id: "K" }],
      db: ["secret", { name: "db", kms_key_id: "alias/other" }],
    });
    expect(side.after.facts.map(factComplaint).filter(Boolean)).toEqual([]);
    expect(side.after.facts.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        "sink",
        "sink_reach",
        "network_endpoint",
        "identity_provider",
        "access_key",
        "key_grant",
      ]),
    );
  });

  it("is no written value where a value is generated", () => {
    const side = declared({
      a: ["secret", { name: "a", secret_string: "hunter2" }],
      b: ["secret", { name: "b", secret_string: "<unknown>" }],
      c: ["parameter", { name: "c", type: "SecureString", value: "{{resolve:secretsmanager:x}}" }],
    });
    expect(side.credentials.map(({ address }) => address)).toEqual(["a.secret_string"]);
  });
});
