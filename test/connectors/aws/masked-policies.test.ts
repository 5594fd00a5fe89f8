import { describe, expect, it } from "vitest";
import { isMasked, recordBytes, type Fact } from "../../../src/facts/index.ts";
import { GOOD } from "./answers.ts";
import { SOURCE, keptRecord, recordOf, toldBy } from "./records.ts";

const PASTED = "password=Tr0ub4dor-and-3";

/** A policy whose condition asks for a text. */
const asking = (value: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: "*",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "aws:UserAgent": value } },
    },
  });

const body = (operation: string) => GOOD[operation]!.body as Record<string, Record<string, unknown>[]>;

/** By operation: the answer whose policy is this text. */
const CHANGES: Readonly<Record<string, (policy: string) => Record<string, unknown>>> = {
  "secretsmanager.policy": (policy) => ({ ResourcePolicy: policy }),
  "kms.policy": (policy) => ({ Policy: policy }),
  "s3.policy": (policy) => ({ Policy: policy }),
  "acm-pca.policy": (policy) => ({ Policy: policy }),
  "organizations.policy": (policy) => ({
    Policy: { ...(GOOD["organizations.policy"]!.body["Policy"] as object), Content: policy },
  }),
  "ssm.policies": (policy) => ({
    Policies: body("ssm.policies")["Policies"]!.map((one) => ({ ...one, Policy: policy })),
  }),
  "ec2.endpoints": (policy) => ({
    VpcEndpoints: body("ec2.endpoints")["VpcEndpoints"]!.map((one) => ({ ...one, PolicyDocument: policy })),
  }),
};

const textOf = (fact: Fact): string | undefined => {
  if (fact.kind === "policy_document" || fact.kind === "resource_policy") return fact.text;
  return fact.kind === "network_endpoint" ? fact.policy_text : undefined;
};

const OPERATIONS = Object.keys(CHANGES);

describe("a policy out of which a pasted credential was taken", () => {
  it.each(OPERATIONS)("is a gap and no text that anything could judge: %s", async (operation) => {
    const record = await keptRecord(operation, CHANGES[operation]!(asking(PASTED)));
    expect(isMasked(recordBytes(record).toString())).toBe(true);
    const { facts, gaps } = toldBy(record);
    expect(facts.flatMap((fact) => textOf(fact) ?? [])).toEqual([]);
    expect(facts.filter(({ kind }) => kind === "resource_policy" || kind === "policy_document")).toEqual([]);
    const [before] = toldBy(recordOf(operation)).facts;
    const [thing] = before!.id.split("#");
    expect(gaps).toMatchObject([{ reason: "redacted", resource: thing }]);
    expect(gaps[0]!.hides).toContain(before!.kind);
  });

  it("leaves what else is told of an endpoint", async () => {
    const { facts } = toldBy(await keptRecord("ec2.endpoints", CHANGES["ec2.endpoints"]!(asking(PASTED))));
    expect(facts.find(({ kind }) => kind === "network_endpoint")).toMatchObject({ state: "available" });
  });

  it("leaves a parameter's other policies under their own names", async () => {
    const policies = ["p-1", "p-2"].map((PolicyId, at) => ({
      PolicyId,
      PolicyHash: "h",
      Policy: asking(at === 0 ? PASTED : "curl"),
    }));
    const { facts } = toldBy(await keptRecord("ssm.policies", { Policies: policies }));
    const told = facts.filter(({ kind }) => kind === "resource_policy");
    expect(told.map(({ id }) => id)).toEqual([expect.stringMatching(/#policy\/p-2$/)]);
  });

  it.each(OPERATIONS)("is not one that has the mask's words by itself: %s", async (operation) => {
    const written = asking("[redacted]");
    const { facts, gaps } = toldBy(await keptRecord(operation, CHANGES[operation]!(written)));
    expect(facts.flatMap((fact) => textOf(fact) ?? [])).toEqual([written]);
    expect(gaps).toEqual([]);
  });

  it("is none of IAM's either that has them", async () => {
    const listed = body("iam.authorization");
    const own = [{ PolicyName: "own", PolicyDocument: encodeURIComponent(asking("[redacted]")) }];
    const change = {
      UserDetailList: listed["UserDetailList"]!.map((one) => ({ ...one, UserPolicyList: own })),
    };
    const { facts } = toldBy(await keptRecord("iam.authorization", change));
    expect(facts.map(({ id }) => id)).toContainEqual(expect.stringMatching(/#inline\/own$/));
  });
});

describe("what a parameter's value must look like", () => {
  it("is not kept: it may be the value", async () => {
    const AllowedPattern = "^(sommer|winter)$";
    const parameters = body("ssm.parameters")["Parameters"]!.map((one) => ({ ...one, AllowedPattern }));
    const record = await keptRecord("ssm.parameters", { Parameters: parameters });
    expect(recordBytes(record).toString()).not.toContain("sommer");
    expect(record.redactions).toEqual(
      parameters.map((_, at) => ({ pointer: `/Parameters/${at}/AllowedPattern`, rule: "connector" })),
    );
    const bare = toldBy(recordOf("ssm.parameters")).facts.map(({ id, kind }) => ({ id, kind }));
    const { facts, gaps } = toldBy(record);
    expect(facts.map(({ id, kind }) => ({ id, kind }))).toEqual(bare);
    expect(gaps).toEqual([]);
    expect(facts[0]!.id.startsWith(`${SOURCE}:arn:aws:ssm:`)).toBe(true);
  });
});
