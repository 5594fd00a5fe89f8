import { describe, expect, it } from "vitest";
import {
  APP,
  AWAY,
  AwsFacts,
  HOME,
  READ,
  SECRET,
  allow,
  arn,
  can,
  conditionsOf,
  deny,
  document,
  letIn,
  trusting,
} from "./aws-facts.ts";

describe("things that are alike but for one thing are told apart", () => {
  it("by variables, which tell things apart that are otherwise alike", () => {
    const other = arn.secret("db-AbCdEf");
    const ways = (text: string) => {
      const pattern = arn.secret(`${text}/*`);
      const role = (...statements: readonly Readonly<Record<string, unknown>>[]) =>
        new AwsFacts()
          .secret(SECRET, { tags: { team: "pay" } })
          .secret(other, { tags: { team: "pay" } })
          .role("app", { inline: { x: document(...statements) } });
      return [
        role(allow(READ, pattern)),
        role(allow(READ), deny(READ, pattern)),
        role(allow(READ), { Effect: "Deny", Action: READ, NotResource: pattern }),
      ].map((facts) => [can(facts, APP), can(facts, APP, other)].flat().join(", "));
    };
    for (const text of ["${aws:ResourceTag/team}", "${aws:PrincipalTag/team, 'pay'}"])
      expect(ways(text), text).toEqual(["read certain", "read certain", "read certain"]);
    // Where a request comes from is chosen by whoever asks.
    expect(ways("${aws:SourceVpc}")).toEqual([
      "read conditional",
      "read conditional, read certain",
      "read conditional",
    ]);
  });

  it("by variables of an organisation's policy, which are worth another thing for each who asks", () => {
    const other = arn.secret("db-AbCdEf");
    const facts = new AwsFacts(HOME, AWAY)
      .organization(
        [],
        [
          {
            Version: "2012-10-17",
            Statement: {
              Effect: "Deny",
              Principal: "*",
              Action: "*",
              NotResource: arn.secret("${aws:PrincipalTag/team, 'db'}*"),
            },
          },
        ],
        "777788889999",
      )
      .secret(SECRET)
      .secret(other)
      .role("app", { inline: { x: document(allow(READ)) } })
      .role("pay", { inline: { x: document(allow(READ)) }, tags: { team: "pay" } });
    expect([can(facts, APP), can(facts, APP, other)]).toEqual([[], ["read certain"]]);
    const pay = arn.role("pay");
    expect([can(facts, pay), can(facts, pay, other)]).toEqual([["read certain"], []]);
  });

  it("by what an organisation's policy, or the same policy of several things, says of some resources", () => {
    const other = arn.secret("db-AbCdEf");
    const some = arn.secret("db-*");
    const limited = new AwsFacts(HOME, AWAY)
      .organization(
        [],
        [document({ Effect: "Deny", Principal: "*", Action: "secretsmanager:*", Resource: some })],
        "777788889999",
      )
      .secret(SECRET)
      .secret(other)
      .role("app", { inline: { x: document(allow(READ)) } });
    expect([can(limited, APP), can(limited, APP, other)]).toEqual([["read certain"], []]);
    const policy = document(letIn({ AWS: APP }, READ, { Resource: some }));
    const own = new AwsFacts().secret(SECRET, { policy }).secret(other, { policy }).role("app");
    expect([can(own, APP), can(own, APP, other)]).toEqual([[], ["read certain"]]);
  });

  it("by the same policy in two accounts, which is another decision in each", () => {
    const away = arn.secret("pay/db-AbCdEf", AWAY);
    const policy = document(letIn({ AWS: APP }, READ));
    for (const order of [
      [SECRET, away],
      [away, SECRET],
    ]) {
      const facts = new AwsFacts(HOME, AWAY).role("app");
      for (const secret of order) facts.secret(secret, { policy });
      expect([can(facts, APP), can(facts, APP, away)]).toEqual([["read certain"], []]);
    }
  });

  it("by whom a role trusts, though each name begins with the role's own", () => {
    const other = arn.secret("web/db-AbCdEf");
    const facts = (trusted: (name: string) => string) => {
      const role = (name: string, secret: string) => ({
        inline: { r: document(allow("secretsmanager:*", secret)) },
        trust: trusting({ AWS: arn.role(trusted(name)) }),
      });
      return new AwsFacts()
        .secret(SECRET)
        .secret(other)
        .role("app", role("app", SECRET))
        .role("web", role("web", other))
        .role("app-deployer")
        .role("web-deployer");
    };
    const reaches = (made: AwsFacts) =>
      ["app", "web", "app-deployer", "web-deployer"].map((name) =>
        [SECRET, other].map((secret) => can(made, arn.role(name), secret).length > 0),
      );
    const own = [
      [true, false],
      [false, true],
    ];
    expect(reaches(facts((name) => `${name}-deployer`))).toEqual([...own, ...own]);
    expect(reaches(facts((name) => name))).toEqual([...own, [false, false], [false, false]]);
  });

  it("by conditions that name the thing itself", () => {
    const other = arn.secret("db-AbCdEf");
    const policy = (secret: string) =>
      document(
        letIn({ AWS: APP }, READ, { Condition: { StringEquals: { "secretsmanager:SecretId": secret } } }),
      );
    const facts = new AwsFacts()
      .secret(SECRET, { policy: policy(SECRET) })
      .secret(other, { policy: policy(other) })
      .role("app");
    for (const secret of [SECRET, other])
      expect(conditionsOf(facts, APP, secret).join(), secret).toContain(secret);
  });
});
