import { describe, expect, it } from "vitest";
import { UNKNOWN_SURROUNDINGS, accessReport, type AccessReport, type Tree } from "../../src/gate/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const HOME = "111122223333";
const AWAY = "999988887777";

const tree = (text: string): Tree => ({
  async *files() {
    await Promise.resolve();
    yield { path: "main.tf", size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
  },
});

const json = (...Statement: readonly object[]): string => JSON.stringify(JSON.stringify({ Statement }));
const secretOf = (account: string): string =>
  `arn:aws:secretsmanager:eu-west-1:${account}:secret:theirs-AbCdEf`;

const THERE = `provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["${HOME}"]
}
resource "aws_secretsmanager_secret" "s" {
  name = "pay"
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = ${json({ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" })}
}
`;
const OPENED = `resource "aws_secretsmanager_secret_policy" "p" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = ${json({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${AWAY}:root` }, Action: "secretsmanager:DeleteSecret", Resource: "*" })}
}
`;
const reads = (account: string): string => `resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.app.name
  policy = ${json({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretOf(account) })}
}
`;
const policyOfTheirs = `resource "aws_secretsmanager_secret_policy" "theirs" {
  secret_arn = "${secretOf(AWAY)}"
  policy     = ${json({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${HOME}:root` }, Action: "secretsmanager:GetSecretValue", Resource: "*" })}
}
`;

const compared = async (before: string, after: string): Promise<AccessReport> =>
  accessReport({
    tree: tree(after),
    base: { ref: "main", tree: tree(before) },
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    surroundings: UNKNOWN_SURROUNDINGS,
    at: "2026-11-27T00:00:00.000Z",
    signal: new AbortController().signal,
  });

describe("another account", () => {
  it.each([
    ["nothing else of it is named", ""],
    ["a policy names a secret of it", reads(AWAY)],
    ["a secret of it is given a policy", policyOfTheirs],
  ])("is outside where %s", async (_, more) => {
    const { differences } = await compared(THERE, THERE + OPENED + more);
    const outside = differences.filter(({ principal }) => principal.external !== false);
    expect(outside.map(({ principal, target }) => `${principal.name} ${target.name}`)).toEqual([
      `arn:aws:iam::${AWAY}:root pay`,
    ]);
  });

  it("perhaps reads a secret that is declared elsewhere and lets it in, since the key of that is not known", async () => {
    const letIn = `resource "aws_secretsmanager_secret_policy" "elsewhere" {
  secret_arn = "${secretOf(HOME)}"
  policy     = ${json({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${AWAY}:root` }, Action: "secretsmanager:GetSecretValue", Resource: "*" })}
}
`;
    const { differences, exit } = await compared(THERE, THERE + letIn);
    expect(
      differences.map(({ principal, actions, certainty }) => [principal.name, actions, certainty]),
    ).toEqual([[`arn:aws:iam::${AWAY}:root`, ["read"], "possible"]]);
    expect(exit).toBe(3);
  });

  it("says whom its secrets let in, which is not known where a policy comes to name one", async () => {
    const abroad = `whether secrets or keys of account ${AWAY}, which policies name, let anyone in from here`;
    const { unseen, exit } = await compared(THERE, THERE + reads(AWAY));
    expect(unseen).toContain(abroad);
    expect(exit).toBe(3);
    expect((await compared(THERE + reads(AWAY), THERE + reads(AWAY))).exit).toBe(0);
    const own = await compared(THERE, THERE + reads(HOME));
    expect(own.differences.map(({ principal, certainty }) => `${principal.name} ${certainty}`)).toEqual([
      "app certain",
    ]);
  });
});

describe("a managed policy that says otherwise than before", () => {
  const managed = (action: string): string => `resource "aws_iam_policy" "p" {
  name   = "p"
  policy = ${json({ Effect: "Allow", Action: action, Resource: "*" })}
}
`;
  const attached = `resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.p.arn
}
`;

  it("leaves open who gains by it where nobody here holds it", async () => {
    const there = THERE + managed("s3:GetObject");
    const wider = THERE + managed("secretsmanager:GetSecretValue");
    const alone = await compared(there, wider);
    expect(alone.unseen).toEqual([
      "who holds policy p, which is otherwise than before, and gains or loses by it",
    ]);
    expect(alone.exit).toBe(3);
    const held = await compared(there + attached, wider + attached);
    expect([held.unseen, held.differences.length, held.exit]).toEqual([[], 1, 0]);
    expect((await compared(THERE, wider)).exit).toBe(0);
  });
});

it("is not known where a policy of the organisation goes, comes or says otherwise", async () => {
  const denying = (action: string): string =>
    `resource "aws_organizations_policy" "o" {\n  name = "o"\n  content = ${json({ Effect: "Deny", Action: action, Resource: "*" })}\n}\n`;
  const [one, other] = [THERE + denying("secretsmanager:*"), THERE + denying("kms:*")];
  for (const [before, after] of [
    [one, THERE],
    [THERE, one],
    [one, other],
  ] as const) {
    const { unseen, exit } = await compared(before, after);
    expect(unseen[0]).toMatch(/^what aws_organizations_policy\.o \(sha256 \w{8}\) denies others$/);
    expect(exit).toBe(3);
  }
  expect((await compared(one, one)).exit).toBe(0);
});

describe("what a change allows of things that nobody declares", () => {
  const allows = (action: unknown, resource: unknown, effect = "Allow"): string =>
    `resource "aws_iam_role_policy" "${effect.toLowerCase()}" {
  role   = aws_iam_role.app.name
  policy = ${json({ Effect: effect, Action: action, Resource: resource })}
}
`;
  const key = (account: string): string => `arn:aws:kms:eu-west-1:${account}:key/${"0".repeat(8)}`;
  const told = ({ differences, exit }: AccessReport): unknown[] => [
    ...differences.map(({ direction, certainty, principal, target, actions, statements }) =>
      [direction, certainty, principal.name, target.name, ...actions, "by", statements[0]?.name].join(" "),
    ),
    exit,
  ];
  const by = "by aws_iam_role_policy.allow statement 1";

  it.each([
    ["a key by its ARN", allows("kms:Decrypt", key(HOME)), "00000000"],
    ["keys by a pattern", allows("kms:Decrypt", `arn:aws:kms:*:${HOME}:key/*`), "*"],
    ["any key", allows("kms:Decrypt", "*"), "some-key"],
    ["what actions by a pattern use", allows("kms:Decryp*", "*"), "some-key"],
    ["any parameter", allows("ssm:GetParameter", "*"), "/some-parameter"],
  ])("is possible of %s, by the statement", async (_, policy, name) => {
    expect(told(await compared(THERE, THERE + policy))).toEqual([
      `gained possible app ${name} read ${by}`,
      3,
    ]);
    expect(told(await compared(THERE + policy, THERE + policy))).toEqual([0]);
  });

  it("is told once where the same statement gives something that is declared", async () => {
    const policy = allows(["secretsmanager:GetSecretValue", "kms:Decrypt"], "*");
    expect(told(await compared(THERE, THERE + policy))).toEqual([`gained certain app pay read ${by}`, 0]);
  });

  it("is told where a denial goes", async () => {
    const there = THERE + allows("kms:Decrypt", "*");
    expect(told(await compared(there + allows("kms:*", "*", "Deny"), there))).toEqual([
      `gained possible app some-key read ${by}`,
      3,
    ]);
  });

  it("is not known of keys of another account", async () => {
    const report = await compared(THERE, THERE + allows("kms:Decrypt", key(AWAY)));
    expect(report.exit).toBe(3);
    expect(report.unseen.join()).toContain(`secrets or keys of account ${AWAY}`);
  });

  it("is not known of whoever is in a group that nobody joins here", async () => {
    const group = 'resource "aws_iam_group" "g" {\n  name = "g"\n}\n';
    const more = `resource "aws_iam_group_policy" "p" {
  group  = aws_iam_group.g.name
  policy = ${json({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" })}
}
`;
    const { unseen, exit } = await compared(THERE + group, THERE + group + more);
    expect([unseen, exit]).toEqual([["who is in group g, which has other policies than before"], 3]);
  });
});

describe("a condition that is otherwise than before", () => {
  const under = (operator: string, key: string, value: unknown): string =>
    `resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.app.name
  policy = ${json({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*", Condition: { [operator]: { [key]: value } } })}
}
`;
  it.each([
    ["IpAddress", "aws:SourceIp", "10.1.2.0/24", "0.0.0.0/0"],
    ["IpAddress", "aws:SourceIp", "10.1.2.0/24", ["10.0.0.0/8", "192.0.2.1/32"]],
    ["StringEquals", "aws:SourceVpc", "vpc-1", ["vpc-1", "vpc-2"]],
    ["StringLike", "aws:RequestTag/team", "pay-a*", "pay-*"],
  ])(
    "gives more for sure where %s of %s becomes wider, and less the other way",
    async (operator, key, narrow, wide) => {
      const [few, many] = [narrow, wide].map((value) => THERE + under(operator, key, value)) as [
        string,
        string,
      ];
      const told = ({ differences, exit }: AccessReport) => [
        ...differences.map(({ direction, certainty }) => `${direction} ${certainty}`),
        exit,
      ];
      expect(told(await compared(few, many))).toEqual(["widened conditional", 0]);
      expect(told(await compared(many, few))).toEqual(["narrowed conditional", 0]);
    },
  );

  it("is open where neither is within the other", async () => {
    const at = (value: string): string => THERE + under("IpAddress", "aws:SourceIp", value);
    expect((await compared(at("10.1.2.0/24"), at("10.2.0.0/16"))).exit).toBe(3);
  });
});
