import { describe, expect, it } from "vitest";
import { parseDocument } from "../../src/access/aws/document.ts";
import { simulateText } from "../../src/access/index.ts";

type Json = Readonly<Record<string, unknown>>;

const statement = (more: Json): Json => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*", ...more }],
});
const named = (Principal: unknown): Json => statement({ Principal });
const on = (operator: string, value: unknown): Json =>
  statement({ Condition: { [operator]: { "aws:k": value } } });

describe("a document that AWS would not take is refused with its place", () => {
  it.each<[string, unknown, string]>([
    ["no object", [], "expected an object as the policy document"],
    ["no statements", { Version: "2012-10-17" }, "as Statement, got none"],
    ["another version", { Version: "2020-01-01", Statement: [] }, "as Version"],
    ["an unknown element", { ...statement({}), Statements: [] }, "as Statements"],
    ["an unknown element of a statement", statement({ Effects: "Allow" }), "as Statement.0.Effects"],
    ["another effect", statement({ Effect: "allow" }), `expected "Allow" or "Deny" as Statement.0.Effect`],
    ["a principal in an identity policy", named("*"), "as Statement.0.Principal"],
    ["two action elements", statement({ NotAction: "*" }), "expected Action or NotAction as Statement.0"],
    [
      "two resource elements",
      statement({ NotResource: "*" }),
      "expected Resource or NotResource as Statement.0",
    ],
    ["an action without a service", statement({ Action: "GetSecretValue" }), "as Statement.0.Action"],
    ["an action that is no text", statement({ Action: [{}] }), "as Statement.0.Action"],
    [
      "a resource that is no ARN",
      statement({ Resource: "db-*" }),
      `expected "*" or an ARN as Statement.0.Resource`,
    ],
    [
      "a variable that does not end",
      statement({ Resource: "arn:aws:s3:::${aws:username" }),
      "as Statement.0.Resource",
    ],
    ["a variable without a key", statement({ Resource: "arn:aws:s3:::${}" }), "as Statement.0.Resource"],
    [
      "an unknown operator",
      on("StringMatches", "x"),
      "expected a condition operator as Statement.0.Condition",
    ],
    ["Null with IfExists", on("NullIfExists", "true"), "expected a condition operator"],
    ["Null with a set operator", on("ForAllValues:Null", "true"), "expected a condition operator"],
    ["Null with another value", on("Null", "yes"), "as Statement.0.Condition.Null.aws:k"],
    ["a number that is none", on("NumericEquals", "ten"), "expected a number"],
    ["a variable with a number", on("NumericEquals", "${aws:x}"), "expected a number"],
    ["a date that is none", on("DateLessThan", "tomorrow"), "expected an ISO 8601 date"],
    ["a thirteenth month", on("DateLessThan", "2026-13-01"), "expected an ISO 8601 date"],
    ["an address that is none", on("IpAddress", "203.0.113.256"), "expected an IPv4 or IPv6 address or CIDR"],
    [
      "a prefix that is too long",
      on("IpAddress", "203.0.113.0/33"),
      "expected an IPv4 or IPv6 address or CIDR",
    ],
    [
      "an IPv6 address with two gaps",
      on("IpAddress", "2001::1::2"),
      "expected an IPv4 or IPv6 address or CIDR",
    ],
    ["Bool with another value", on("Bool", "1"), "expected true or false"],
    ["bytes that are not base64", on("BinaryEquals", "###"), "expected base64"],
  ])("%s", (_, document, message) => {
    expect(() => parseDocument(document, "identity")).toThrow(
      expect.objectContaining({
        code: "E_IAM",
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  it.each<[string, unknown, string]>([
    ["no principal", statement({}), "expected Principal or NotPrincipal as Statement.0, got"],
    [
      "two principals",
      { ...named("*"), Statement: [{ Effect: "Allow", Action: "*", Principal: "*", NotPrincipal: "*" }] },
      "both",
    ],
    ["a text that is not a star", named("111122223333"), "as Statement.0.Principal"],
    ["an unknown kind", named({ Group: "x" }), "as Statement.0.Principal.Group"],
    [
      "a wildcard in an ARN",
      named({ AWS: "arn:aws:iam::111122223333:role/*" }),
      "as Statement.0.Principal.AWS",
    ],
    ["a group", named({ AWS: "arn:aws:iam::111122223333:group/admins" }), "as Statement.0.Principal.AWS"],
    ["a short account", named({ AWS: "1111" }), "as Statement.0.Principal.AWS"],
    ["a service without a domain", named({ Service: "lambda" }), "as Statement.0.Principal.Service"],
  ])("of a resource: %s", (_, document, message) => {
    expect(() => parseDocument(document, "resource")).toThrow(
      expect.objectContaining({
        code: "E_IAM",
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe("a malformed world is refused with its place", () => {
  const ROLE = "arn:aws:iam::111122223333:role/app";
  const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
  const question = { principal: ROLE, action: "secretsmanager:GetSecretValue", resource: SECRET };
  const WORLD = {
    format: "countersign-world/1",
    provider: "aws",
    principals: { [ROLE]: { identity_policies: [] as unknown[] } },
    resources: { [SECRET]: {} },
    questions: [question],
  };
  const refuse = (world: unknown) => () => [
    ...simulateText(JSON.stringify(world), { parsePolicy: () => ({ rules: [] }), file: "w.json" }),
  ];

  it.each<[string, unknown, string, string]>([
    ["an unknown key", { ...WORLD, principal: {} }, "E_WORLD", 'got "principal"'],
    [
      "an unknown key of a principal",
      { ...WORLD, principals: { [ROLE]: { policies: [] } } },
      "E_WORLD",
      'got "policies"',
    ],
    [
      "an unknown key of a question",
      { ...WORLD, questions: [{ ...question, operation: "read" }] },
      "E_WORLD",
      'got "operation"',
    ],
    ["a principal that is not there", { ...WORLD, principals: {} }, "E_WORLD", `got "${ROLE}"`],
    [
      "a session of a role that is not there",
      { ...WORLD, questions: [{ ...question, principal: "arn:aws:sts::111122223333:assumed-role/web/x" }] },
      "E_WORLD",
      "expected a principal that the world defines",
    ],
    [
      "an action without a service",
      { ...WORLD, questions: [{ ...question, action: "GetSecretValue" }] },
      "E_WORLD",
      "questions.0.action",
    ],
    [
      "a resource without an account",
      { ...WORLD, questions: [{ ...question, resource: "arn:aws:s3:::b" }] },
      "E_WORLD",
      "expected an account",
    ],
    [
      "a document that does not parse",
      { ...WORLD, principals: { [ROLE]: { identity_policies: [{}, statement({ Effect: "Maybe" })] } } },
      "E_IAM",
      `identity_policies of ${ROLE}:0: expected one statement or a list of them as Statement`,
    ],
    [
      "a provider that there is not",
      { ...WORLD, provider: "acme" },
      "E_WORLD",
      `expected provider "hashicorp" or "aws", got "acme"`,
    ],
    ["no provider", { ...WORLD, provider: undefined }, "E_WORLD", "got none"],
  ])("%s", (_, world, code, message) => {
    expect(refuse(world)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it("an account may be stated where the ARN has none", () => {
    const bucket = "arn:aws:s3:::b";
    const stated = {
      ...WORLD,
      resources: { [bucket]: { account: "111122223333" } },
      questions: [{ ...question, resource: bucket }],
    };
    expect(refuse(stated)()).toMatchObject([{ decision: "deny", certainty: "certain" }]);
  });
});
