import { describe, expect, it } from "vitest";
import { bucketOutsiders } from "../../src/subjects/bucket-outsiders.ts";
import { ACCOUNT, SOURCE, fact, gap, region, subject } from "./aws-facts.ts";

const FOREIGN = "999988887777";
const ORGANIZATION = "o-4kx9pq2v7h";
const INSIDE = { accounts: new Set([ACCOUNT]), organizations: new Set([ORGANIZATION]) };

type Json = Readonly<Record<string, unknown>>;

const policy = (...statements: readonly Json[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Principal: unknown, own: Json = {}): Json => ({
  Effect: "Allow",
  Principal,
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::logs/*",
  ...own,
});
const when = (operator: string, key: string, value: unknown): Json => ({
  Condition: { [operator]: { [key]: value } },
});
const found = (text: string) => bucketOutsiders(text, INSIDE);

/** S3 User Guide, "Bucket policies"; IAM User Guide, "AWS JSON policy elements: Principal". */
describe("outsiders whom a bucket's policy lets in", () => {
  it.each([
    ["an account", policy(allow({ AWS: FOREIGN })), [FOREIGN]],
    ["its root", policy(allow({ AWS: `arn:aws:iam::${FOREIGN}:root` })), [FOREIGN]],
    [
      "a role beside an own one",
      policy(allow({ AWS: [`arn:aws:iam::${FOREIGN}:role/siem`, ACCOUNT] })),
      [FOREIGN],
    ],
    ["one that deletes", policy(allow({ AWS: FOREIGN }, { Action: "s3:DeleteObject" })), [FOREIGN]],
    [
      "one that changes the policy",
      policy(allow({ AWS: FOREIGN }, { Action: ["s3:ListBucket", "s3:PutBucketPolicy"] })),
      [FOREIGN],
    ],
    [
      "one that does all but something",
      policy(allow({ AWS: FOREIGN }, { Action: undefined, NotAction: "s3:PutObject" })),
      [FOREIGN],
    ],
    [
      "under a condition",
      policy(allow({ AWS: FOREIGN }, when("IpAddress", "aws:SourceIp", "192.0.2.0/24"))),
      [FOREIGN],
    ],
    [
      "an organisation",
      policy(allow("*", when("StringEquals", "aws:PrincipalOrgID", "o-partner1234"))),
      ["o-partner1234"],
    ],
    [
      "one of two organisations",
      policy(allow("*", when("StringEquals", "aws:PrincipalOrgID", [ORGANIZATION, "o-partner1234"]))),
      ["o-partner1234"],
    ],
    [
      "an account by its ARNs",
      policy(allow({ AWS: "*" }, when("ArnLike", "aws:PrincipalArn", `arn:aws:iam::${FOREIGN}:role/*`))),
      [FOREIGN],
    ],
    [
      "though what is sent in clear is denied",
      policy(allow({ AWS: FOREIGN }), {
        Effect: "Deny",
        Principal: "*",
        Action: "*",
        ...when("Bool", "aws:SecureTransport", "false"),
      }),
      [FOREIGN],
    ],
  ])("%s", (_, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it.each([
    ["its own account", policy(allow({ AWS: [ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/audit`] }))],
    ["its own organisation", policy(allow("*", when("StringEquals", "aws:PrincipalOrgID", ORGANIZATION)))],
    [
      "its units",
      policy(allow("*", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", `${ORGANIZATION}/*`))),
    ],
    [
      "an account that must be inside",
      policy(allow({ AWS: FOREIGN }, when("StringEquals", "aws:PrincipalOrgID", ORGANIZATION))),
    ],
    [
      "the service that writes",
      policy(allow({ Service: "cloudtrail.amazonaws.com" }, { Action: "s3:PutObject" })),
    ],
    [
      "whoever may only list it",
      policy(allow({ AWS: FOREIGN }, { Action: ["s3:ListBucket", "s3:GetBucketAcl", "s3:GetBucket*"] })),
    ],
    ["somebody who is gone", policy(allow({ AWS: "AROAEXAMPLEAPP00000001" }))],
    ["nobody", policy({ Effect: "Deny", Principal: { AWS: FOREIGN }, Action: "*" })],
  ])("not %s", (_, text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    ["a text that is no policy", "{"],
    ["an id that tells no account", policy(allow({ CanonicalUser: "79a59df900b949e5" }))],
    ["whoever a provider vouches for", policy(allow({ Federated: "cognito-identity.amazonaws.com" }))],
    ["all but some", policy({ Effect: "Allow", NotPrincipal: { AWS: ACCOUNT }, Action: "*" })],
    [
      "another statement that denies",
      policy(allow({ AWS: FOREIGN }), { Effect: "Deny", Principal: { AWS: FOREIGN }, Action: "*" }),
    ],
  ])("not known: %s", (_, text) => {
    expect(found(text)).toBeUndefined();
  });
});

describe("the bucket of a trail", () => {
  const TRAIL = `arn:aws:cloudtrail:eu-central-1:${ACCOUNT}:trail/all`;
  const BUCKET = "arn:aws:s3:::shop-logs";
  const sink = fact("sink", TRAIL, {
    name: "all",
    sink_type: "cloudtrail",
    destination: "shop-logs",
    options: {},
    validation: true,
    every_region: true,
  } as never);
  const own = (text: string | undefined) =>
    fact("resource_policy", `${BUCKET}#policy`, {
      resource: `${SOURCE}:${BUCKET}`,
      ...(text === undefined ? {} : { text }),
    });
  const account = (id: string) => fact("account", id, { account_id: id, status: "ACTIVE" }, SOURCE);
  const outsiders = (text: string | undefined, more: Parameters<typeof subject>[1] = [], gaps = {}) =>
    subject("sink", [region(), sink, own(text), ...more], gaps).bucket?.outsiders;

  it("is open to accounts that are not of the source", () => {
    const text = policy(allow({ AWS: FOREIGN }));
    expect(outsiders(text)).toEqual([FOREIGN]);
    expect(outsiders(text, [account(FOREIGN)])).toEqual([]);
    expect(outsiders(undefined)).toEqual([]);
  });

  it("is perhaps, where accounts could not be read", () => {
    const gaps = [gap(["account"], { scope: SOURCE })];
    expect(outsiders(policy(allow({ AWS: FOREIGN })), [], { gaps })).toBeUndefined();
    expect(outsiders(policy(allow({ AWS: ACCOUNT })), [], { gaps })).toEqual([]);
  });
});
