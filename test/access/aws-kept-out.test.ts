import { expect, it } from "vitest";
import {
  AWAY,
  AwsFacts,
  FOREIGN,
  KEY,
  READ,
  SECRET,
  arn,
  deny,
  document,
  idOf,
  letIn,
  modelOf,
} from "./aws-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const PARTNER = arn.root(FOREIGN);
const summaryOf = (facts: AwsFacts) => modelOf(facts).readers(idOf(SECRET));
const under = (policy: Json, key?: string) =>
  new AwsFacts()
    .organization()
    .key(KEY)
    .secret(SECRET, { policy, ...(key === undefined ? {} : { key: idOf(key) }) });

it("tells whom the key that AWS manages alone keeps out of what the secret's policy grants", () => {
  const summary = summaryOf(under(document(letIn({ AWS: FOREIGN }, READ))));
  expect(summary).toMatchObject({ external: 0, public: 0, possible_count: 0 });
  expect(summary.kept_out).toEqual({
    external: 1,
    public: 0,
    names: [PARTNER],
    name_count: 1,
    key: "aws/secretsmanager",
  });
});

it("tells so of a customer's key that does not let them, and of everyone", () => {
  const customer = summaryOf(under(document(letIn({ AWS: FOREIGN }, READ)), KEY));
  expect(customer).toMatchObject({ external: 0, kept_out: { external: 1, key: KEY } });
  const everyone = summaryOf(under(document(letIn("*", READ))));
  expect(everyone).toMatchObject({ public: 0, kept_out: { public: 1, names: ["everyone"] } });
});

it("says nothing of whom something else keeps out, who reads, or who is inside", () => {
  const denied = document(letIn({ AWS: FOREIGN }, READ), { ...deny(READ), Principal: "*" });
  expect(summaryOf(under(denied)).kept_out).toBeUndefined();
  expect(
    summaryOf(under(document(letIn({ AWS: FOREIGN }, "secretsmanager:DescribeSecret")))).kept_out,
  ).toBeUndefined();
  expect(summaryOf(under(document(letIn({ AWS: AWAY }, READ)))).kept_out).toBeUndefined();
  const open = document(letIn({ AWS: arn.root() }, "kms:*"), letIn({ AWS: FOREIGN }, "kms:Decrypt"));
  const read = new AwsFacts()
    .organization()
    .key(KEY, open)
    .secret(SECRET, { policy: document(letIn({ AWS: FOREIGN }, READ)), key: idOf(KEY) });
  expect(summaryOf(read)).toMatchObject({ external: 1 });
  expect(summaryOf(read).kept_out).toBeUndefined();
});

it("says nothing where what would keep them out could not be read", () => {
  const facts = new AwsFacts().secret(SECRET, { policy: document(letIn({ AWS: FOREIGN }, READ)), key: KEY });
  expect(summaryOf(facts).kept_out).toBeUndefined();
  expect(summaryOf(facts).possible_count).toBeGreaterThan(0);
});

const ORGANIZATION = "accounts of organisation o-abc123defg";
const asked = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abc123defg" } } };
/** A thing beside the secret whose policy names an account. */
const beside = (facts: AwsFacts) =>
  facts.secret(arn.secret("other-A1b2C3"), { policy: document(letIn({ AWS: FOREIGN }, READ)) });

it("names the organisation that is asked for alone, not an account that other policies name", () => {
  const facts = beside(under(document(letIn("*", READ, asked))));
  expect(summaryOf(facts).kept_out).toMatchObject({ external: 1, names: [ORGANIZATION], name_count: 1 });
  const named = beside(under(document(letIn({ AWS: FOREIGN }, READ, asked))));
  expect(summaryOf(named).kept_out).toMatchObject({ external: 1, names: [PARTNER] });
});

it("counts no such account among the readers", () => {
  const open = document(letIn({ AWS: arn.root() }, "kms:*"), letIn("*", "kms:Decrypt"));
  const facts = beside(
    new AwsFacts()
      .organization()
      .key(KEY, open)
      .secret(SECRET, { policy: document(letIn("*", READ, asked)), key: idOf(KEY) }),
  );
  expect(summaryOf(facts)).toMatchObject({
    external: 1,
    ways_in: { external: { strangers: [ORGANIZATION] } },
  });
});

it("names no organisation where an account is asked for", () => {
  const account = { Condition: { StringEquals: { "aws:PrincipalAccount": FOREIGN } } };
  const facts = under(document(letIn("*", READ, account))).secret(arn.secret("other-A1b2C3"), {
    policy: document(letIn("*", READ, asked)),
  });
  expect(summaryOf(facts).kept_out).toMatchObject({ external: 1, names: [PARTNER] });
});
