import { describe, expect, it } from "vitest";
import { reperform } from "../../../src/collect/index.ts";
import { MAX_PAGES, Walk } from "../../../src/connectors/aws/collect.ts";
import { aws } from "../../../src/connectors/index.ts";
import { fakeAws, type AwsAnswer, type AwsQuestion } from "../../fakes/aws.ts";
import { stillPorts, temporaryDirectory } from "../../collect/run.ts";
import { GOOD } from "./answers.ts";
import { collecting, estate, gapsOf } from "./collecting.ts";
import { recordOf } from "./records.ts";

const { collect, asked } = collecting();
const LISTING = "secretsmanager.secrets";

/** As `estate`, but for the first so many answers to one action. */
function first(count: number, action: string, answer: AwsAnswer): (question: AwsQuestion) => AwsAnswer {
  let left = count;
  return (question) => (question.action === action && (left -= 1) >= 0 ? answer : estate(question));
}

const always = (action: string, answer: AwsAnswer) => first(Number.POSITIVE_INFINITY, action, answer);

const HTML = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";

describe("an answer that is none", () => {
  it.each<[string, AwsAnswer, string]>([
    ["throttling, without end", { error: "ThrottlingException" }, "throttled"],
    ["a refusal to answer so many", { error: "TooManyRequestsException", status: 429 }, "throttled"],
    ["a failure of the service", { error: "InternalServiceError", status: 500 }, "unavailable"],
    [
      "an HTML page with 500",
      { text: HTML, status: 500, headers: { "content-type": "text/html" } },
      "malformed",
    ],
    ["an HTML page with 503", { text: HTML, status: 503 }, "unavailable"],
    ["an HTML page with 200", { text: HTML }, "malformed"],
    ["an HTML page with 403", { text: HTML, status: 403 }, "malformed"],
    ["JSON that is cut", { text: '{"SecretList": [' }, "malformed"],
    ["nothing", { text: "" }, "malformed"],
    ["another service's JSON", { text: '{"items": []}' }, "malformed"],
    ["an action that is not known", { error: "UnknownOperationException" }, "unsupported"],
    ["a Region that is off", { error: "UnrecognizedClientException", status: 400 }, "denied"],
    ["a service that was not opted into", { error: "OptInRequired", status: 403 }, "denied"],
    ["a refusal of an unknown name", { error: "SomethingNew", status: 403 }, "denied"],
  ])("%s, is a gap over what it would have told", async (_name, answer, reason) => {
    const { facts, errors } = await collect(always("ListSecrets", answer));
    expect(errors).toEqual([]);
    expect(gapsOf({ facts }, LISTING)).toMatchObject([
      {
        reason,
        hides: ["resource_policy", "secret", "secret_metadata", "secret_rotation", "secret_version"],
      },
    ]);
    expect(facts.of("secret").filter(({ secret_type }) => secret_type === "aws_secret")).toEqual([]);
    expect(facts.of("key").length).toBeGreaterThan(0);
  });

  it.each<[string, AwsAnswer]>([
    ["an HTML page", { text: HTML }],
    ["no words", { text: "" }],
    ["another document", { text: "<a><b/></a>", headers: { "content-type": "text/xml" } }],
    ["a document that is cut", { text: "<DescribeRegionsResponse><regionInfo><item>" }],
  ])("in XML, %s, is a gap, not an empty list", async (_name, answer) => {
    const { facts, errors } = await collect(always("GetAccountAuthorizationDetails", answer));
    expect(errors).toEqual([]);
    expect(gapsOf({ facts }, "iam.authorization")).toMatchObject([{ reason: "malformed" }]);
  });

  it("longer than the limit, is a gap, and is not kept", async () => {
    const many = Array.from({ length: 300 }, (_, n) => ({
      ARN: `arn:${n}`,
      Name: `n-${n}`.padEnd(100, "x"),
    }));
    const answer = { output: { SecretList: many } };
    const done = await collect(always("ListSecrets", answer), {}, { limits: { answerBytes: 20_000 } });
    expect(gapsOf(done, LISTING)).toMatchObject([{ reason: "limit" }]);
  });

  it("where nobody listens, is one gap over everything", async () => {
    const { facts } = await collect(estate, { endpoint: "http://127.0.0.1:9" });
    expect(facts.gaps).toMatchObject([{ reason: "unavailable", operation: "sts.caller" }]);
  });
});

describe("a failure that passes", () => {
  it("is asked again, after as long as the service says, by the runner alone", async () => {
    const ports = stillPorts();
    const slow: AwsAnswer = {
      text: '{"__type":"ThrottlingException"}',
      status: 400,
      headers: { "retry-after": "7", "content-type": "application/x-amz-json-1.1" },
    };
    const { facts } = await collect(first(2, "ListSecrets", slow), {}, { ports });
    expect(facts.gaps).toEqual([]);
    expect(asked("ListSecrets")).toHaveLength(3);
    expect(ports.waitsMs.filter((ms) => ms >= 7000).length).toBeGreaterThanOrEqual(2);
  });

  it("of a report and a look-up that are still being made is waited for", async () => {
    const making = first(2, "GenerateCredentialReport", { output: { State: "STARTED" } });
    const looking = first(1, "GetServiceLastAccessedDetails", {
      output: { ...GOOD["iam.use"]!.body, JobStatus: "IN_PROGRESS" },
    });
    const { facts } = await collect((question) =>
      question.action === "GenerateCredentialReport" ? making(question) : looking(question),
    );
    expect(facts.gaps).toEqual([]);
    expect(facts.of("login_credential").length).toBe(2);
  });

  it("of a clock that is off is corrected by AWS's own", async () => {
    const skewed: AwsAnswer = {
      text: '{"__type":"RequestTimeTooSkewed","message":"Signature expired"}',
      status: 403,
      headers: { date: "Fri, 01 Jan 2027 00:00:00 GMT", "content-type": "application/x-amz-json-1.1" },
    };
    expect((await collect(first(1, "ListSecrets", skewed))).facts.gaps).toEqual([]);
    const signature = { ...skewed, text: '{"__type":"SignatureDoesNotMatch"}', headers: {} };
    const wrong = await collect(always("ListSecrets", signature));
    expect(gapsOf(wrong, LISTING)).toMatchObject([{ reason: "denied" }]);
    expect(gapsOf(wrong, LISTING)[0]?.fix).toContain("clock");
  });
});

describe("credentials that expire in the middle", () => {
  const expired: AwsAnswer = { error: "ExpiredTokenException", status: 400 };
  const handedOut = (n: number): AwsAnswer => ({
    output: {
      Credentials: {
        AccessKeyId: `ASIA${String(n).padStart(16, "A")}`,
        SecretAccessKey: "s",
        SessionToken: "t",
      },
    },
  });
  const role = { assume_role: { role_arn: "arn:aws:iam::111122223333:role/countersign" } };

  /** Roles are handed out by number; those below `valid` have expired for everything but who we are. */
  const roles = (valid: number) => {
    let number = 0;
    return (question: AwsQuestion): AwsAnswer => {
      if (question.action === "AssumeRole" || question.action === "AssumeRoleWithWebIdentity") {
        return handedOut((number += 1));
      }
      const used = Number(question.accessKeyId.replace(/^ASIAA*/, ""));
      return used < valid && question.service !== "sts" ? expired : estate(question);
    };
  };

  it("are made anew, once for all questions that meet them", async () => {
    const { facts } = await collect(roles(2), role);
    expect(facts.gaps).toEqual([]);
    expect(asked("AssumeRole")).toHaveLength(2);
  });

  it("are made anew from a token that is read again", async () => {
    const role_arn = "arn:aws:iam::111122223333:role/ci";
    const { facts } = await collect(roles(2), {
      credentials: { web_identity: { role_arn, token_file: "/run/oidc/token" } },
    });
    expect(facts.gaps).toEqual([]);
    expect(asked("AssumeRoleWithWebIdentity").map(({ input }) => input["WebIdentityToken"])).toEqual([
      "a.signed.token",
      "a.signed.token",
    ]);
  });

  it("and cannot be made anew are gaps, each after one further attempt", async () => {
    const done = await collect(always("ListSecrets", expired));
    expect(asked("ListSecrets")).toHaveLength(2);
    expect(gapsOf(done, LISTING)).toMatchObject([{ reason: "denied" }]);
    expect(gapsOf(done, LISTING)[0]?.detail).toContain("expired");
  });

  it("stand in no record", async () => {
    const { records } = await reperform((await collect(roles(2), role)).directory, [aws]);
    expect(JSON.stringify(records)).not.toMatch(/ASIA|not-checked-by-anyone/);
  });
});

describe("pages", () => {
  const page = (token: string): AwsAnswer => ({ output: { ...GOOD[LISTING]!.body, NextToken: token } });

  it("are followed to the last, and a refused one hides what comes after it", async () => {
    const refused = (question: AwsQuestion): AwsAnswer => {
      if (question.action !== "ListSecrets") return estate(question);
      const { NextToken } = question.input;
      if (NextToken === undefined) return page("2");
      return NextToken === "2" ? page("3") : { error: "AccessDeniedException" };
    };
    const done = await collect(refused);
    expect(asked("ListSecrets").map(({ input }) => input["NextToken"])).toEqual([undefined, "2", "3"]);
    expect(gapsOf(done, LISTING)).toMatchObject([{ reason: "denied" }]);
    await reperform(done.directory, [aws]);
  });

  it("that come again are a gap, and the end", async () => {
    const circle = (question: AwsQuestion): AwsAnswer =>
      question.action === "ListSecrets"
        ? page(question.input["NextToken"] === "a" ? "b" : "a")
        : estate(question);
    const done = await collect(circle);
    expect(asked("ListSecrets")).toHaveLength(3);
    expect(gapsOf(done, LISTING)).toMatchObject([{ reason: "limit" }]);
  });

  it("without end are a gap at the bound", () => {
    const walk = new Walk("payments-aws", {});
    let ask = {
      operation: LISTING,
      params: { partition: "aws" } as Record<string, string>,
      account: "1",
      region: "r",
    };
    let pages = 1;
    for (;;) {
      const body = { SecretList: [], NextToken: `t-${pages}` };
      const gaps = [...walk.follow(ask, recordOf(LISTING, { body }))];
      const next = walk.next();
      if (next.length === 0) {
        expect(gaps).toMatchObject([{ reason: "limit", operation: LISTING }]);
        break;
      }
      expect(gaps).toEqual([]);
      ask = next[0] as typeof ask;
      pages += 1;
    }
    expect(pages).toBe(MAX_PAGES);
  });

  it("that say there is more, and not how to get it, are a gap", async () => {
    const output = { ...GOOD["kms.keys"]!.body, Truncated: true };
    const done = await collect(always("ListKeys", { output }));
    expect(gapsOf(done, "kms.keys")).toMatchObject([{ reason: "malformed" }]);
  });
});

describe("an interrupted collection", () => {
  it("is continued where it stood, and asks again only who we are and what was not answered", async () => {
    const stateDirectory = await temporaryDirectory();
    const stop = new AbortController();
    const interrupted = stillPorts({
      intercept: async (call, _attempt, send) => {
        if (call.operation === "secretsmanager.policy") stop.abort();
        return await send();
      },
    });
    const server = await fakeAws(estate);
    try {
      const terms = { stateDirectory, server };
      await expect(
        collect(estate, {}, { ...terms, ports: interrupted, signal: stop.signal }),
      ).rejects.toMatchObject({
        code: "E_INTERRUPTED",
      });
      const before = server.seen.length;
      const done = await collect(estate, {}, terms);
      expect(done.resumed?.answerCount).toBeGreaterThan(3);
      const again = server.seen.slice(before).map(({ action }) => action);
      expect(again).toContain("GetCallerIdentity");
      expect(again).not.toContain("DescribeRegions");
      expect(done.facts.gaps).toEqual([]);
      await reperform(done.directory, [aws]);
    } finally {
      await server.close();
    }
  });
});
