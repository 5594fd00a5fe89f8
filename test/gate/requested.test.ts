import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  accessMarkdown,
  accessReport,
  gate,
  type AccessReport,
  type Tree,
  type Verdict,
} from "../../src/gate/index.ts";
import { UNKNOWN_SURROUNDINGS } from "../../src/gate/index.ts";
import type { FactOf } from "../../src/facts/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { AwsFacts, HOME, READ, SECRET, allow, arn, document, idOf, trusting } from "../access/aws-facts.ts";
import { rolePolicyPlan } from "./role-policy-plan.ts";

const AT = "2026-11-27T00:00:00.000Z";
const CLASSIFICATION = {
  labels: DEFAULT_LABELS,
  tiers: [{ tier: "critical" as const, when: { kind: "secret" as const } }],
  owners: [],
  environments: [],
  break_glass: [],
};

const approval = (by: string) => ({ by, at: "2026-10-02T00:00:00.000Z", approved: true });

/** A request for the role to read all secrets, approved by a manager. */
const REQUEST: Omit<FactOf<"access_request">, "id" | "kind" | "record" | "scope" | "store_id"> = {
  request_id: "R-1",
  principal: "app",
  secrets: ["*secret:pay/*"],
  actions: ["read"],
  justification: "",
  requested_by: "ada@example.com",
  requested_at: "2026-10-01T00:00:00.000Z",
  high_privilege: false,
  manager_approval: approval("ben@example.com"),
  state: "approved",
};

type Request = Partial<typeof REQUEST>;

/** A role without rights, whoever may assume it, and a register of requests. */
function estate(requests: readonly Request[]): AwsFacts {
  const facts = new AwsFacts()
    .secret(SECRET)
    .role(arn.role("app"), { trust: trusting({ AWS: arn.user("ada") }) })
    .user("ada", { inline: { becomes: document(allow("sts:AssumeRole", arn.role("app"))) } });
  requests.forEach((request, nth) =>
    facts.add("access_request", `people:${nth}`, { ...REQUEST, ...request }, "people"),
  );
  return facts;
}

const unreadable = (facts: AwsFacts): AwsFacts => {
  facts.gap(["access_request"], undefined, "people");
  return facts;
};

const collectedOf = (facts: AwsFacts) => ({ name: "s-1", facts: facts.set(), takenAt: AT });

const PLAN = rolePolicyPlan(undefined, allow(READ, SECRET));

async function judge(facts: AwsFacts | undefined, tree: Tree = PLAN): Promise<Verdict> {
  return gate({
    tree,
    ...(facts === undefined ? {} : { collected: collectedOf(facts) }),
    rules: {
      bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
      settings: {},
      classification: CLASSIFICATION,
    },
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: AT,
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
}

const POLICY = "critical_access_unrequested";

const told = ({ findings }: Verdict): string[] =>
  findings
    .filter(({ policy_id }) => policy_id === POLICY)
    .map(({ outcome, message, place }) => `${place.file} ${outcome}: ${message}`);

describe("access that a change gives, held against the register of requests", () => {
  it("is a violation without an approved request in force, of the role and not of whoever assumes it", async () => {
    const verdict = await judge(estate([{ principal: "another" }]));
    expect(told(verdict)).toEqual([
      "plan.json violation: app gains access to pay/db-AbCdEf without an approved request: read",
    ]);
    expect(verdict).toMatchObject({ exit: 1, against: { snapshot: "s-1", taken_at: AT } });
    expect(verdict.out_of_reach).not.toContain(POLICY);
  });

  it.each<[string, Request]>([
    ["by name", {}],
    ["by id", { principal: idOf(arn.role("app")), secrets: [SECRET] }],
    ["of more actions", { actions: ["list", "read", "write"] }],
    ["that ends later", { starts_at: AT, ends_at: "2026-12-01T00:00:00.000Z" }],
  ])("is in order with a request %s", async (_, request) => {
    expect(told(await judge(estate([request])))).toEqual([]);
  });

  it.each<[string, Request]>([
    ["that is only requested", { state: "requested" }],
    ["that was withdrawn", { state: "withdrawn" }],
    ["for other secrets", { secrets: ["*secret:web/*"] }],
    ["for other actions", { actions: ["list", "write"] }],
    ["that has ended", { ends_at: AT }],
    ["that has not begun", { starts_at: "2026-12-01T00:00:00.000Z" }],
    ["that who asked approved", { manager_approval: approval("ada@example.com") }],
    ["of high privilege that security did not approve", { high_privilege: true }],
  ])("is a violation with a request %s", async (_, request) => {
    expect(told(await judge(estate([request])))).toHaveLength(1);
  });

  it("is undetermined where the register could not be read, and in order by a request that was read", async () => {
    for (const facts of [estate([]), estate([{ principal: "another" }])]) {
      const verdict = await judge(unreadable(facts));
      expect(told(verdict)).toEqual([
        "plan.json undetermined: cannot be decided: AccessDenied on access_request",
      ]);
    }
    expect(told(await judge(unreadable(estate([{}]))))).toEqual([]);
  });

  it("is not asked where no register is kept, or no snapshot named, and the policy is out of reach", async () => {
    const anywhere = rolePolicyPlan(undefined, allow(READ, "arn:aws:secretsmanager:*:*:secret:pay/*"));
    for (const verdict of [await judge(estate([])), await judge(undefined, anywhere)]) {
      expect(told(verdict)).toEqual([]);
      expect(verdict.out_of_reach).toContain(POLICY);
      expect(verdict.unasked).toEqual([POLICY]);
    }
    const loss = rolePolicyPlan(allow(READ, SECRET), undefined);
    expect((await judge(undefined, loss)).out_of_reach).not.toContain(POLICY);
  });

  it("is told of somebody who comes to assume a role that has it", async () => {
    const facts = new AwsFacts()
      .secret(SECRET)
      .role(arn.role("app"), {
        trust: trusting({ AWS: arn.root() }),
        inline: { own: document(allow(READ, SECRET)) },
      })
      .role(arn.role("other"), { trust: trusting({ Service: "lambda.amazonaws.com" }) })
      .add("access_request", "people:1", REQUEST, "people");
    const tree = rolePolicyPlan(undefined, allow("sts:AssumeRole", arn.role("app")), "other");
    expect(told(await judge(facts, tree))).toEqual([
      "plan.json violation: other gains access to pay/db-AbCdEf without an approved request: read",
    ]);
  });

  it("does not pass where an input cannot be held against the snapshot", async () => {
    const two = new AwsFacts(HOME, "444455556666").secret(SECRET);
    const verdict = await judge(two, rolePolicyPlan(undefined, allow(READ, SECRET), "app", null));
    expect(verdict.exits).toContain(3);
    expect(verdict.unread).toMatchObject([
      {
        path: "plan.json",
        detail: "not held against snapshot s-1: the account is not stated, and the snapshot has several",
      },
    ]);
  });
});

describe("access diff with a register of requests", () => {
  const compare = async (facts: AwsFacts): Promise<AccessReport> =>
    accessReport({
      tree: PLAN,
      collected: collectedOf(facts),
      classification: CLASSIFICATION,
      surroundings: UNKNOWN_SURROUNDINGS,
      at: AT,
      signal: new AbortController().signal,
    });
  const asked = async (facts: AwsFacts): Promise<string[]> => {
    const { differences, exit } = await compare(facts);
    expect(exit).toBe(0);
    return differences.map(({ principal, requested = "" }) => `${principal.name} ${requested}`);
  };

  it("tells of each gain whether it was requested, and leaves the exit code as it is", async () => {
    expect(await asked(estate([{}]))).toEqual(["app yes", "ada "]);
    expect(await asked(estate([{ principal: "another" }]))).toEqual(["app no", "ada "]);
    expect(await asked(unreadable(estate([])))).toEqual(["app not_known", "ada "]);
    expect(await asked(estate([]))).toEqual(["app ", "ada "]);
  });

  it("has a column for it in Markdown where it was asked", async () => {
    const lines = async (facts: AwsFacts) =>
      accessMarkdown(await compare(facts))
        .split("\n")
        .filter((line) => line.startsWith("|"));
    expect(await lines(unreadable(estate([])))).toEqual([
      "| | principal | secret | actions | requested | by |",
      "| --- | --- | --- | --- | --- | --- |",
      "| gained | `app` | `pay/db-AbCdEf` critical | read | not known | `reads statement 1 (plan.json:1), alias/aws/secretsmanager statement 1` |",
      expect.stringMatching(/^\| gained, indirectly \| `ada` \|/),
    ]);
    expect((await lines(estate([])))[0]).toBe("| | principal | secret | actions | by |");
  });
});
