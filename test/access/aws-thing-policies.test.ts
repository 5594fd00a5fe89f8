import { describe, expect, it } from "vitest";
import { AwsFacts, READ, SECRET, allow, arn, document, idOf, letIn, modelOf } from "./aws-facts.ts";

describe("several policies of one parameter", () => {
  const SHARED = arn.parameter("shared/fees");
  const GET = "ssm:GetParameter";
  const shared = (first: ReturnType<typeof document>, second: ReturnType<typeof document>) =>
    new AwsFacts()
      .secret(SHARED, { policy: first, encrypted: false })
      .resourcePolicy(SHARED, second, "/b2")
      .user("ana")
      .user("ben");
  const canRead = (facts: AwsFacts, who: string) =>
    modelOf(facts)
      .path(idOf(arn.user(who)), idOf(SHARED))
      .map(({ actions, certainty }) => `${actions.join("+")} ${certainty}`);

  it("allow what any of them allows", () => {
    const facts = shared(
      document(letIn({ AWS: arn.user("ana") }, GET)),
      document(letIn({ AWS: arn.user("ben") }, GET)),
    );
    expect(canRead(facts, "ana")).toEqual(["read certain"]);
    expect(canRead(facts, "ben")).toEqual(["read certain"]);
    const [grant] = modelOf(facts).path(idOf(arn.user("ben")), idOf(SHARED));
    expect(grant?.records.length).toBe(3);
  });

  it("deny what any of them denies, whichever comes first", () => {
    const given = document(letIn({ AWS: arn.user("ana") }, GET));
    const denied = document({ Effect: "Deny", Principal: "*", Action: GET, Resource: "*" });
    expect(canRead(shared(given, denied), "ana")).toEqual([]);
    expect(canRead(shared(denied, given), "ana")).toEqual([]);
  });

  it("each keeps the version of the language that it is written in", () => {
    const own = { StringEquals: { "aws:username": "${aws:username}" } };
    const written = letIn({ AWS: arn.user("ben") }, GET, { Condition: own });
    const first = document(letIn({ AWS: arn.user("ana") }, GET));
    expect(canRead(shared(first, { ...document(written), Version: "2008-10-17" }), "ben")).toEqual([]);
    expect(canRead(shared(first, document(written)), "ben")).toEqual(["read certain"]);
  });

  it("leave all possible where one of them is hidden or does not parse", () => {
    const first = document(letIn({ AWS: arn.user("ana") }, GET));
    const hidden = shared(first, first).gap(["resource_policy"], idOf(SHARED));
    expect(canRead(hidden, "ana").join()).toMatch(/^read\S* possible$/);
    const broken = shared(first, { Statement: { Effect: "Perhaps" } });
    expect(canRead(broken, "ben").join()).toMatch(/^read\S* possible$/);
  });
});

it("a hidden policy of one secret leaves what is certain of the others, and what was granted there possible", () => {
  const facts = new AwsFacts()
    .secret(SECRET, { unreadPolicy: true })
    .secret(arn.secret("pay/other-A1b2C3"))
    .user("app", { inline: { x: document(allow(READ)) } })
    .gap(["resource_policy"], idOf(SECRET));
  const grants = modelOf(facts).whatCan(idOf(arn.user("app")));
  expect(grants.map((grant) => [grant.certainty, [...grant.targets()]])).toEqual([
    ["possible", [idOf(SECRET)]],
    ["certain", [idOf(arn.secret("pay/other-A1b2C3"))]],
    ["possible", [idOf(SECRET)]],
  ]);
  // What it was given stands apart from what the hidden policy alone could give.
  expect(grants.map((grant) => [grant.but_for_denial, grant.actions.includes("read")])).toEqual([
    [true, true],
    [undefined, true],
    [false, false],
  ]);
  // It is told by which statement the identity has it, and what stands in question.
  expect(grants[0]?.path).toContainEqual(expect.objectContaining({ policy: "x", actions: ["read"] }));
  expect(grants[0]?.conditions.join()).toContain("AccessDenied on resource_policy");
  expect(modelOf(facts).readers(idOf(arn.secret("pay/other-A1b2C3")))).toMatchObject({ possible_count: 0 });
  expect(modelOf(facts).readers(idOf(SECRET)).possible_count).toBeGreaterThan(0);
});
