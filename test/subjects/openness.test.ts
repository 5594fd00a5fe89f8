import { describe, expect, it } from "vitest";
import { openness } from "../../src/subjects/openness.ts";

const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const allow = (own: object): object => ({
  Effect: "Allow",
  Principal: "*",
  Action: "secretsmanager:GetSecretValue",
  Resource: "*",
  ...own,
});

describe("a policy lets anyone in", () => {
  it.each([
    ["by a statement for everyone", policy(allow({}))],
    ["whatever the form", policy(allow({ Principal: { AWS: ["arn:aws:iam::111122223333:root", "*"] } }))],
    ["by one statement that is no list", JSON.stringify({ Statement: allow({}) })],
    ["with an empty condition", policy(allow({ Condition: {} }))],
    ...[
      { StringLike: { "aws:PrincipalArn": "*" } },
      { ArnLike: { "aws:PrincipalArn": ["*"] }, StringLike: { "aws:userid": "*" } },
      { StringLike: { "aws:PrincipalOrgID": ["o-4kx9pq2v7h", "*"] } },
      { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "*" } },
      { StringLike: { "aws:SourceVpce": "*" } },
      { StringLikeIfExists: { "aws:SourceArn": "*" } },
      { StringEquals: {} },
    ].map((Condition) => [`whatever asks for ${JSON.stringify(Condition)}`, policy(allow({ Condition }))]),
    [
      "also where the way it is sent is bounded",
      policy(allow({}), {
        Effect: "Deny",
        Principal: "*",
        Action: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ],
  ])("%s", (_how, text) => {
    expect(openness([text])).toBe("open");
  });
});

describe("a policy keeps strangers out", () => {
  it.each([
    ["that names who may", policy(allow({ Principal: { AWS: "arn:aws:iam::111122223333:root" } }))],
    ["that names a service", policy(allow({ Principal: { Service: "cloudtrail.amazonaws.com" } }))],
    ["that only denies", policy({ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" })],
    ["without statements", policy()],
    [
      "by an organisation",
      policy(allow({ Condition: { StringEquals: { "aws:PrincipalOrgID": "o-4kx9pq2v7h" } } })),
    ],
    [
      "by an account",
      policy(allow({ Condition: { StringEquals: { "kms:calleraccount": ["111122223333"] } } })),
    ],
    [
      "by ARNs of an account",
      policy(
        allow({ Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*" } } }),
      ),
    ],
  ])("%s", (_how, text) => {
    expect(openness([text])).toBe("closed");
  });
});

describe("nobody knows by the text alone", () => {
  it.each([
    [
      "a condition on something else",
      policy(allow({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })),
    ],
    [
      "a bound with a wildcard",
      policy(allow({ Condition: { StringLike: { "aws:PrincipalOrgID": "o-*" } } })),
    ],
    [
      "a star for a key that services alone bring",
      policy(allow({ Condition: { StringLike: { "aws:SourceArn": "*" } } })),
    ],
    [
      "a star beside something else",
      policy(
        allow({
          Condition: { StringLike: { "aws:PrincipalArn": "*" }, IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
        }),
      ),
    ],
    ["an empty bound", policy(allow({ Condition: { StringEquals: { "aws:PrincipalOrgID": "" } } }))],
    ["a bound that is none", policy(allow({ Condition: { StringEquals: { "aws:PrincipalOrgID": 7 } } }))],
    ["a condition of another shape", policy(allow({ Condition: "x" }))],
    ["operators of another shape", policy(allow({ Condition: { StringEquals: "x" } }))],
    ["all but some", policy({ Effect: "Allow", NotPrincipal: { AWS: "*" }, Action: "*", Resource: "*" })],
    [
      "a statement for everyone, and one that denies some",
      policy(allow({}), {
        Effect: "Deny",
        Principal: "*",
        Action: "*",
        Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-4kx9pq2v7h" } },
      }),
    ],
    [
      "one that denies by an operator of another shape",
      policy(allow({}), { Effect: "Deny", Principal: "*", Condition: { Bool: "x" } }),
    ],
    ["a statement without an effect", policy({ Principal: "*" })],
    ["no statement", "{}"],
    ["a list", "[]"],
    ["no JSON", "{"],
  ])("%s", (_what, text) => {
    expect(openness([text])).toBe("possible");
  });
});

describe("of all that can be done", () => {
  it.each([
    ["everything", { Action: "*" }, "open"],
    ["all of a service", { Action: ["kms:*"] }, "open"],
    ["all but something", { NotAction: "kms:Decrypt" }, "open"],
    ["one thing", {}, "closed"],
    [
      "everything on one thing",
      { Action: "*", Resource: "arn:aws:kms:eu-central-1:111122223333:key/1" },
      "closed",
    ],
    ["everything where nothing is named", { Action: "*", Resource: undefined }, "open"],
  ])("a statement for %s", (_what, own, expected) => {
    expect(openness([policy(allow(own))], { all: true })).toBe(expected);
  });
});
