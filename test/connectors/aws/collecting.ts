import { afterEach } from "vitest";
import type { CollectRequest, Collected } from "../../../src/collect/index.ts";
import { aws, type AwsSettings } from "../../../src/connectors/index.ts";
import { OPERATIONS } from "../../../src/connectors/aws/operations/index.ts";
import type { Gap } from "../../../src/facts/index.ts";
import { fakeAws, type AwsAnswer, type AwsQuestion, type FakeAws } from "../../fakes/aws.ts";
import { collected, stillPorts } from "../../collect/run.ts";
import { ACCOUNT, GOOD } from "./answers.ts";

export const SOURCE = "payments-aws";

/** The answer of the table's good ones. The credential report goes over the wire in base64. */
export function good(question: AwsQuestion): AwsAnswer {
  const found = [...OPERATIONS.values()].find(
    ({ service, action }) => service === question.service && action === question.action,
  );
  if (found === undefined) return { error: "InvalidAction" };
  const output = { ...GOOD[found.id]!.body };
  if (found.id === "iam.report")
    output["Content"] = Buffer.from(String(output["Content"])).toString("base64");
  return { output };
}

/** An account with one thing of each kind, no tree of units below its root, and no resource control policies. */
export function estate(question: AwsQuestion): AwsAnswer {
  const { action, input } = question;
  if (action === "ListOrganizationalUnitsForParent") return { output: { OrganizationalUnits: [] } };
  if (input["Filter"] === "RESOURCE_CONTROL_POLICY") {
    return { error: "PolicyTypeNotAvailableForOrganizationException" };
  }
  return good(question);
}

export const REFERENCES: Readonly<Record<string, string>> = {
  "env:KEY_ID": `AKIA${ACCOUNT}ABCD`,
  "env:SECRET": "not-checked-by-anyone",
  "env:EXTERNAL": "shared-by-two",
  "file:/run/oidc/token": "a.signed.token",
};

export const CREDENTIALS = { access_key_id: "env:KEY_ID", secret_access_key: "env:SECRET" };

export function collecting() {
  let server: FakeAws | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  return {
    seen: () => server?.seen ?? [],
    asked: (action: string) => (server?.seen ?? []).filter((question) => question.action === action),
    collect: async (
      answer: (question: AwsQuestion) => AwsAnswer,
      more: Partial<AwsSettings> = {},
      { server: given, ...change }: Partial<CollectRequest> & { readonly server?: FakeAws } = {},
    ): Promise<Collected> => {
      await server?.close();
      server = given === undefined ? await fakeAws(answer) : undefined;
      const settings = {
        address: "aws",
        endpoint: (given ?? server)?.endpoint,
        credentials: CREDENTIALS,
        ...more,
      };
      return await collected({
        sources: [{ name: SOURCE, connector: "aws", address: "aws", settings }],
        connectors: [aws],
        credentials: {
          read: (reference) => Promise.resolve(REFERENCES[reference] ?? `nothing behind ${reference}`),
        },
        ports: stillPorts(),
        ...change,
      });
    },
  };
}

export function gapsOf({ facts }: Pick<Collected, "facts">, operation: string): Gap[] {
  return facts.gaps.filter((gap) => gap.operation === operation);
}
