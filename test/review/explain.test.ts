import { describe, expect, it } from "vitest";
import type { GrantStatement } from "../../src/access/index.ts";
import { MAX_PATH_LINES, explainPath, pathGraph } from "../../src/review/index.ts";

const CERTAIN = { actions: ["read"], certainty: "certain", conditions: [] } as const;

describe("a path in plain words", () => {
  it("leads over nested groups, with what a login has by itself first", () => {
    const group = (name: string) => ({ kind: "group", id: `g-${name}`, name }) as const;
    const path: GrantStatement[] = [
      {
        actions: ["read"],
        through: [group("staff"), group("operators")],
        policy: "ops",
        policy_id: "p",
        rule: "apps/*",
        line: 9,
      },
      {
        actions: ["read"],
        through: [{ kind: "auth_role", id: "me", name: "auth/ldap/ada" }],
        policy: "own",
        policy_id: "o",
        rule: "kv/*",
        line: 1,
      },
    ];
    const who = {
      id: "me",
      name: "auth/ldap/ada",
      principal_type: "auth_user",
      method: "ldap",
      person: { name: "Ada Lindqvist" },
    };
    expect(explainPath(who, path, CERTAIN)).toEqual([
      'Ada Lindqvist logs in as "ada", by the directory (LDAP)',
      'It may read kv/* (policy "own", line 1)',
      'It is in the group "staff", which is in the group "operators"',
      'It may read apps/* (policy "ops", line 9)',
    ]);
  });

  it("tells statements of AWS, roles that are taken on, and conditions", () => {
    const role = { kind: "credential", id: "aws:role", name: "vendor" } as const;
    const path: GrantStatement[] = [
      {
        actions: ["read"],
        through: [],
        policy: "use",
        policy_id: "aws:arn:p",
        rule: "statement 1",
        capabilities: ["sts:AssumeRole"],
        note: "sts:AssumeRole on role/team/vendor",
      },
      {
        actions: ["read"],
        through: [],
        policy: "vendor",
        policy_id: "aws:arn:r#trust",
        rule: "statement 2",
        capabilities: ["sts:AssumeRole"],
        note: "sts:AssumeRole on role/team/vendor",
      },
      {
        actions: ["read"],
        through: [role],
        policy: "reads",
        policy_id: "aws:arn:q",
        rule: "Values",
        capabilities: ["secretsmanager:GetSecretValue"],
      },
      {
        actions: ["read"],
        through: [role],
        policy: "reads",
        policy_id: "aws:arn:q",
        rule: "Keys",
        capabilities: ["kms:Decrypt"],
        note: "use of the key",
      },
    ];
    const conditions = [
      'StringEquals aws:RequestedRegion ["eu-central-1","eu-west-1"]',
      "not Bool aws:MultiFactorAuthPresent false",
      "from 10.0.0.0/8",
    ];
    expect(
      explainPath({ id: "aws:user", name: "ana", principal_type: "iam_user" }, path, {
        actions: ["read"],
        certainty: "conditional",
        conditions,
      }),
    ).toEqual([
      'Whoever has the password or keys is the AWS user "ana"',
      'It may take on the role "vendor" (policy "use", statement 1)',
      'The role "vendor" lets it in (the trust policy of "vendor", statement 2)',
      'It becomes "vendor", with its rights',
      'It may read them, by secretsmanager:GetSecretValue (policy "reads", Values)',
      'It may use the key that the value is encrypted under (policy "reads", Keys)',
      "Only if the Region that is asked (aws:RequestedRegion) is eu-central-1 or eu-west-1",
      "Only if the sign-in with a second factor (aws:MultiFactorAuthPresent) is not false",
      "Only if this holds: from 10.0.0.0/8",
    ]);
  });

  it("tells the key of a vault, and what is not known", () => {
    const path: GrantStatement[] = [
      {
        actions: ["read"],
        through: [{ kind: "key_slot", id: "k", name: "age x" }],
        policy: "root key",
        note: "whoever holds this key opens all of it",
      },
    ];
    expect(explainPath({ id: "k", name: "age x", principal_type: "key_slot" }, path, CERTAIN)).toEqual([
      'Whoever holds the key "age x" of the vault',
      'Whoever holds this key opens all of it (policy "root key")',
    ]);
    const unknown: GrantStatement[] = [
      { actions: ["read"], through: [], policy: "unknown", note: "the policy x could not be read" },
    ];
    expect(
      explainPath({ id: "e", name: "e", principal_type: "entity" }, unknown, {
        ...CERTAIN,
        certainty: "possible",
        conditions: ["the policy x could not be read"],
      }),
    ).toEqual([
      'Somebody or something is known to the store as the identity "e"',
      "What decides here is not known: the policy x could not be read",
      "It is not known whether this holds: the policy x could not be read",
    ]);
  });

  it("is bounded, and says how much is left out", () => {
    const path = Array.from({ length: 100 }, (_, place): GrantStatement => ({
      actions: ["read"],
      through: [],
      policy: "p",
      policy_id: "p",
      rule: `a/${place}`,
      line: place,
    }));
    const lines = explainPath({ id: "e", name: "e", principal_type: "entity" }, path, CERTAIN);
    expect(lines).toHaveLength(MAX_PATH_LINES);
    expect(lines.at(-1)).toBe("and 78 further steps");
  });
});

describe("a drawing of a path", () => {
  it("has each node and edge once, from the principal to the secrets", () => {
    const through = [{ kind: "group", id: "g", name: "staff" }] as const;
    const statements: GrantStatement[] = [
      { actions: ["read"], through, policy: "p", policy_id: "p1", rule: "a/*", line: 1 },
      { actions: ["list"], through, policy: "p", policy_id: "p1", rule: "b/*", line: 2 },
    ];
    const graph = pathGraph({
      principal: { id: "e", name: "ada" },
      secrets: { count: 2, sample: ["x", "y"] },
      statements,
    });
    expect(graph.nodes.map(({ id, kind, label }) => [id, kind, label])).toEqual([
      ["e", "principal", "ada"],
      ["g", "group", "staff"],
      ["p1", "policy", "p"],
      ["secrets", "secrets", "2 secrets"],
    ]);
    expect(graph.edges).toEqual([
      { from: "e", to: "g" },
      { from: "g", to: "p1", label: "line 1; line 2" },
      { from: "p1", to: "secrets", label: "read; list" },
    ]);
  });
});
