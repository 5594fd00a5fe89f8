import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/facts/index.ts";
import { keepable } from "../../src/collect/redaction.ts";

const answer = (value: unknown): Answer => ({
  status: 200,
  media_type: "application/json",
  body: Buffer.from(JSON.stringify(value)),
});

const kept = async (value: unknown) => {
  const { body, redactions } = await keepable(answer(value), []);
  return { text: "text" in body ? body.text : "", redactions };
};

/** What is left of one text. */
const left = async (text: string): Promise<string> =>
  (JSON.parse((await kept({ note: text })).text) as { note: string }).note;

// Put together, so that no scanner takes these examples for credentials.
const glued = (...parts: string[]): string => parts.join("");

describe("credentials of the clouds, and such as a sentence states", () => {
  const KEY_ID = glued("AKIA", "Q7ZX3MWN5R2LTB4D");
  const SESSION_ID = glued("ASIA", "Q7ZX3MWN5R2LTB4D");
  const SECRET = glued("kR8vT2qLx/9mWbZ4", "nYc+7JdHs3GfPa6VuEt1QoXi");
  const GOOGLE = glued("AIza", "SyD4k9-Qm2x_7RtVbN3wLpZ8cHf6GjY1sKe");
  test.each([
    ["§", "[redacted:aws-access-key-id]", KEY_ID],
    ["batch job uses § until May", "batch job uses [redacted:aws-access-key-id] until May", SESSION_ID],
    ["aws_secret_access_key=§", "aws_secret_access_key=[redacted:assigned-credential]", SECRET],
    [
      "the secret for it: § (rotate!)",
      "the secret for it: [redacted:aws-secret-access-key] (rotate!)",
      SECRET,
    ],
    ["maps: §.", "maps: [redacted:google-api-key].", GOOGLE],
    ["the password is §", "the password is [redacted:stated-credential]", "Winter2026!"],
    [
      "Password for app_ro is § for now",
      "Password for app_ro is [redacted:stated-credential] for now",
      "h0rse-staple",
    ],
    ["the password is §, ask Kim", "the password is [redacted:stated-credential], ask Kim", "s@ltbox"],
    ['password was "§".', 'password was "[redacted:stated-credential]".', "correct horse"],
  ])("%s", async (text, expected, secret) => {
    expect(await left(text.replace("§", secret))).toBe(expected);
  });

  test.each([
    ["beside its id in one text", { note: `${KEY_ID} / ${SECRET}` }, ["/note", "/note"]],
    ["in another value, behind the id", { key: KEY_ID, value: SECRET }, ["/key", "/value"]],
    ["in another value, before the id", { value: SECRET, key: KEY_ID }, ["/value", "/key"]],
    ["under a key that says so", { aws_secret: SECRET }, ["/aws_secret"]],
  ])("a secret access key %s", async (_name, value, pointers) => {
    const result = await kept(value);
    expect(result.redactions.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(JSON.stringify(result)).not.toContain(SECRET.slice(0, 16));
  });

  describe("in a percent-encoded document", () => {
    const encoded = (...statements: object[]): string =>
      encodeURIComponent(JSON.stringify({ Version: "2012-10-17", Statement: statements }));
    const READ = { Effect: "Allow", Resource: "*", Action: "secretsmanager:GetSecretValue" };
    // Of AWS's own CloudWatchEventsFullAccess; with the "22" of the escape before it, 40 characters.
    const APART = {
      Sid: "SecretsManagerAccessForApiDestinations",
      Effect: "Allow",
      Action: "secretsmanager:Get*",
    };

    test.each([
      ["whole", encoded(APART, READ, APART)],
      ["within a text", `created with ${encoded({ Secret: APART })}`],
    ])("%s, a word behind an escape is none", async (_name, document) => {
      const body = { PolicyDocument: document };
      expect(await kept(body)).toEqual({ text: JSON.stringify(body), redactions: [] });
    });

    test("one with escaped characters is, and what is left decodes", async () => {
      const document = encoded(READ, { ...APART, Condition: { StringEquals: { "aws:é💡secret": SECRET } } });
      const { text, redactions } = await kept({ PolicyDocument: document });
      expect(redactions).toEqual([{ pointer: "/PolicyDocument", rule: "aws-secret-access-key" }]);
      const { PolicyDocument } = JSON.parse(text) as { PolicyDocument: string };
      expect(decodeURIComponent(PolicyDocument)).toBe(
        decodeURIComponent(document).replace(SECRET, "[redacted:aws-secret-access-key]"),
      );
    });

    test("so is one without, within a text", async () => {
      const plain = SECRET.replace(/[/+]/g, "q");
      expect(await left(`secret=%22${plain}%22`)).toBe("secret=%22[redacted:aws-secret-access-key]%22");
    });

    test("one that does not decode is read as it stands", async () => {
      expect(await left(`%7B%FF ${KEY_ID}`)).toBe("%7B%FF [redacted:aws-access-key-id]");
    });
  });

  test.each(["AllowPaymentsApi2ReadSecretsOfProduction", "prod/EU1/payments/orders/database/master"])(
    "no name of 40 characters: %s",
    async (name) => {
      expect(name).toHaveLength(40);
      expect(await left(`secret of ${name}`)).toBe(`secret of ${name}`);
    },
  );

  test("nor the name of a secret in its ARN, in clear or in an encoded document", async () => {
    for (const region of ["eu-central-1", "*", ""]) {
      const Resource = `arn:aws:secretsmanager:${region}:111122223333:secret:payments-database-prod-AbCd1f`;
      const body = {
        ARN: Resource,
        own: JSON.stringify({ Resource }),
        sent: encodeURIComponent(`{"R":"${Resource}"}`),
      };
      expect(await kept(body)).toEqual({ text: JSON.stringify(body), redactions: [] });
    }
    expect(await left("arn:secret:payments-database-AbCd1f")).toBe(
      "arn:secret:[redacted:assigned-credential]",
    );
  });

  test("nor the ARNs that a condition on secretsmanager:SecretId asks for", async () => {
    for (const arn of [
      "arn:aws:secretsmanager:*:*:secret:AmazonMSK_*",
      "arn:aws:secretsmanager:eu-central-1:111122223333:secret:payments/db-AbCd1f",
    ]) {
      const document = JSON.stringify({ Condition: { ArnLike: { "secretsmanager:SecretId": arn } } });
      const body = { text: document, PolicyDocument: encodeURIComponent(document) };
      expect(await kept(body)).toEqual({ text: JSON.stringify(body), redactions: [] });
    }
    expect(await left('"secretsmanager:SecretId": "hunter2-' + 'and-more"')).toContain("[redacted:");
  });

  describe("the value of a pair that is named by its neighbour", () => {
    const PAIRS = [
      ["Key", "Value"],
      ["TagKey", "TagValue"],
      ["key", "value"],
    ] as const;
    test.each(PAIRS)("%s and %s is judged as under that name", async (key, value) => {
      for (const name of [
        "password",
        "Passwd",
        "pwd",
        "pass",
        "secret",
        "token",
        "apikey",
        "db_password",
        "passphrase",
        "credential",
      ]) {
        expect(await kept({ Tags: [{ [key]: name, [value]: "sommer" }] })).toEqual({
          text: JSON.stringify({ Tags: [{ [key]: name, [value]: "[redacted:named-credential]" }] }),
          redactions: [{ pointer: `/Tags/0/${value}`, rule: "named-credential" }],
        });
      }
      expect((await kept({ [value]: SECRET, [key]: "batch_secret" })).redactions).toEqual([
        { pointer: `/${value}`, rule: "aws-secret-access-key" },
      ]);
    });

    test("stays where the name is none of a credential, or the value stands in for one", async () => {
      const tags = [
        ["secret-owner", "team"],
        ["token_ttl", "3600"],
        ["password_rotation", "30d"],
        ["password", "{{password}}"],
        ["token", ""],
      ].map(([Key, Value]) => ({ Key, Value }));
      const body = {
        Tags: tags,
        other: { Key: "password", Values: ["a"], Value: 3 },
        next: { Key: 1, Value: "a" },
      };
      expect(await kept(body)).toEqual({ text: JSON.stringify(body), redactions: [] });
    });

    test("is no place for what its name holds", async () => {
      const token = glued("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
      expect(await kept({ Key: token, Value: "a" })).toEqual({
        text: '{"Key":"[redacted:github]","Value":"a"}',
        redactions: [{ pointer: "/Key", rule: "github" }],
      });
    });
  });

  test("nothing that only looks a little like one", async () => {
    const body = {
      git: "the secret was moved in 5f0c4a7be1d29c36a8840d7e6f1b25c93ad7e018",
      uuid: "6f1b25c9-3ad7-4e01-8a88-40d7e6f1b25c",
      unnamed: SECRET,
      long: `secret ${SECRET}${SECRET}`,
      role: glued("AROA", "Q7ZX3MWN5R2LTB4D"),
      arn: "arn:aws:iam::111122223333:role/PaymentsDeployer2",
      accessor: "hmac-sha256:secret q1b8vB7uJ0s3m5kK0s3m5kKX",
      path: 'path "secret/data/PaymentsApi/prod1/database" {}',
      prose: [
        "the password is rotated every 30 days",
        "the password is base64-encoded",
        "the password is SHA-256 hashed",
        "the password is 24 characters long",
        "a password is 90-day valid",
        "the password is in kv/data/app1",
        "the password is {{password}}",
        'the password is "none"',
        "the password is required.",
      ],
    };
    expect(await kept(body)).toEqual({ text: JSON.stringify(body), redactions: [] });
  });
});

test("one credential is one finding, though several rules know it", async () => {
  const long = glued("hvs.", "CAESI", "aB3dE6gH9jK2mN5pQ8sT1vW4".repeat(4));
  for (const value of [{ note: long }, { token: long }, { note: `token=${long}` }])
    expect((await kept(value)).redactions).toHaveLength(1);
  expect(await kept({ token: long })).toMatchObject({
    redactions: [{ rule: "vault-token" }],
  });
});
