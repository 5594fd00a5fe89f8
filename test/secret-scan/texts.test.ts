import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { searchTexts } from "../../src/secret-scan/texts.ts";
import { ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, URL_SAFE, made } from "./made.ts";

/** Keeps what is written from being one with what stands beside it. */
const apart = (text: string): string => text;

const rulesIn = async (text: string, path = "src/app.ts"): Promise<string[]> =>
  (await searchTexts([{ path, text }], "key")).map(({ rule }) => rule);

const BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const KEY_ID = `AK${apart("IA")}${made(UPPER + "234567", 16)}`;
const AWS_SECRET = made(BASE64, 40);
const PEM = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
const jwt = (claims: object): string =>
  [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".") + `.${made(URL_SAFE, 43)}`;
const SAS = `https://acme.blob.core.windows.net/c?sv=2024-11-04&ss=b&srt=o&sp=r&se=2027-01-01&sig=${made(ALNUM, 43)}%3D`;
const PASSWORD = `Blue${made(DIGITS, 4)}Horse!`;
const TOKEN = made(ALNUM, 32);

describe("formats of vendors", () => {
  it.each([
    ["aws-access-key-id", `id = "${KEY_ID}"`],
    ["aws-secret-access-key", `aws secret: ${AWS_SECRET}`],
    [
      "azure-storage-key",
      `AccountName=acme;AccountKey=${made(BASE64, 86)}==;EndpointSuffix=core.windows.net`,
    ],
    [
      "azure-shared-access-key",
      `Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=${made(BASE64, 43)}=`,
    ],
    ["azure-sas", `url: ${SAS}`],
    ["azure-client-secret", `x = ${made(ALNUM, 3)}8Q~${made(ALNUM, 34)}`],
    ["twilio", `twilio_auth_token: ${made(HEX, 32)}`],
    ["datadog", `DD_API_KEY=${made(HEX, 32)}`],
    ["datadog", `datadog_app_key = "${made(HEX, 40)}"`],
    ["pypi-token", `x pypi-Ag${apart("EIcHlwaS5vcmc")}${made(URL_SAFE, 120)}`],
    ["atlassian-token", `ATATT${apart("3xFf")}${made(URL_SAFE, 180)}=${made(UPPER, 8)}`],
    ["bitbucket-app-password", `ATBB${made(ALNUM, 32)}`],
    ["telegram-bot-token", `${made("123456789", 10)}:AA${made(URL_SAFE, 33)}`],
    ["age-secret-key", `AGE-SECRET-${apart("KEY-1")}${made(BECH32, 58)}`],
    ["terraform-cloud-token", `${made(ALNUM, 14)}.atlasv1.${made(ALNUM, 64)}`],
    ["digitalocean-token", `dop_v1_${made(HEX, 64)}`],
    ["rubygems-key", `rubygems_${made(HEX, 48)}`],
    ["new-relic-key", `NRAK-${made(UPPER + DIGITS, 27)}`],
    ["pulumi-token", `pul-${made(HEX, 40)}`],
    ["postman-key", `PMAK-${made(HEX, 24)}-${made(HEX, 34)}`],
    ["planetscale-credential", `pscale_tkn_${made(ALNUM, 43)}`],
    ["doppler-token", `dp.pt.${made(ALNUM, 43)}`],
    ["sentry-token", `sntryu_${made(HEX, 64)}`],
    ["google-oauth-secret", `GOCSPX-${made(URL_SAFE, 28)}`],
    ["mailgun-key", `key-${made(HEX, 32)}`],
    ["mailchimp-key", `${made(HEX, 32)}-us14`],
    ["nuget-key", `oy2${made(LOWER + DIGITS, 43)}`],
    ["crates-io-token", `cio${made(ALNUM, 32)}`],
    ["discord-webhook", `https://discord.com/api/webhooks/${made(DIGITS, 18)}/${made(URL_SAFE, 68)}`],
    ["google-api-key", `AIza${made(URL_SAFE, 35)}`],
    ["vault-token", `hvs.${made(ALNUM, 24)}`],
    ["jwt", jwt({ sub: "kim", exp: 1 })],
    ["jwt-signing-secret", `JWT_SECRET=${made(ALNUM, 40)}`],
    ["private-key", PEM.toString()],
    ["kubeconfig-client-key", `client-key-data: ${Buffer.from(PEM).toString("base64")}`],
    ["docker-auth", `{"auths": {"r": {"auth": "${Buffer.from(`kim:${PASSWORD}`).toString("base64")}"}}}`],
    ["netrc-password", `machine git.acme.org\n  login kim\n  password ${PASSWORD}\n`],
    ["url-credential", `postgres://app:${PASSWORD}@db.acme.org/app`],
    ["github", `gh${apart("p_")}${made(ALNUM, 36)}`],
  ])("%s is one", async (rule, text) => {
    expect(await rulesIn(text)).toEqual([rule]);
  });

  it.each([
    ["AWS's documented id", `AKIA${apart("IOSFODNN7EXAMPLE")}`],
    [
      "AWS's documented secret",
      `aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/${apart("bPxRfiCYEXAMPLEKEY")}`,
    ],
    [
      "Azurite's key",
      `AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/${apart("K1SZFPTOtr/KBHBeksoGMGw==")}`,
    ],
    ["a key's header alone", "-----BEGIN PRIVATE KEY-----"],
    ["a public key", PEM.toString().replaceAll("PRIVATE", "PUBLIC")],
    ["a mask", `dop_v1_${"x".repeat(64)} hvs.${"x".repeat(24)} DD_API_KEY=${"0".repeat(32)}`],
    ["a digest", `integrity: sha512-${made(BASE64, 86)}==, ${made(HEX, 40)}, ${made(HEX, 64)}`],
    ["an inline picture", `url(data:image/png;base64,${made(BASE64, 4000)})`],
    ["a SID of Twilio", `twilio_account_sid: AC${made(HEX, 32)}`],
    [
      "jwt.io's token",
      `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${apart("eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0")}.${made(URL_SAFE, 43)}`,
    ],
    ["an id of a token", `jti: ${made(HEX, 32)}`],
    [
      "a variable in an address",
      "postgres://app:${DB_PASSWORD}@db/app redis://:$PASS@cache postgres://{user}:{pw}@h",
    ],
    ["a host of nobody", `https://kim:${PASSWORD}@vault.example.com/ and amqp://a:${PASSWORD}@mq.test:5672`],
    ["a port with a path", "http://localhost:3000/@scope/name"],
    ["a development database", "postgres://shop:shop@localhost:5432/shop"],
  ])("%s is none", async (_what, text) => {
    expect(await rulesIn(text)).toEqual([]);
  });
});

describe("what is assigned to a name", () => {
  it.each([
    ["src/app.py", `password = "${PASSWORD}"`],
    ["src/app.ts", `const dbPassword: string = '${PASSWORD}';`],
    ["main.tf", `  master_password = "${PASSWORD}"`],
    ["config.json", `{"client_secret": "${PASSWORD}"}`],
    ["app.php", `'password' => '${PASSWORD}',`],
    ["pom.xml", `<password>${PASSWORD}</password>`],
    ["src/app.js", `apiKey: "${TOKEN}"`],
    ["src/app.go", `authToken := "${TOKEN}"`],
    [".env", `DB_PASSWORD=${PASSWORD}`],
    [".env", "DB_PASSWORD=harbour"],
    ["deploy.yaml", `  password: ${PASSWORD} # for now`],
    ["app.properties", `spring.datasource.password=${PASSWORD}`],
    ["Dockerfile", `ENV ADMIN_PASSWORD=${PASSWORD}`],
    ["run.sh", `export API_TOKEN=${TOKEN}`],
  ])("%s: %s", async (path, text) => {
    const hits = await searchTexts([{ path, text }], "key");
    expect(hits.map(({ rule }) => rule)).toEqual(["assigned-credential"]);
  });

  it.each([
    ["src/app.ts", 'password: "changeme"'],
    ["src/app.ts", 'password = "<your password here>"'],
    ["src/app.ts", 'password: "example-Pass1!"'],
    ["src/app.ts", 'password: "${DB_PASSWORD}1"'],
    ["src/app.ts", 'token = "vault:kv/prod/db2#password"'],
    ["src/app.ts", 'secret: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"'],
    ["src/app.ts", 'secret = "op://prod/db2/password"'],
    ["src/app.ts", 'secret: "payments/stripe-2/live"'],
    ["src/app.ts", 'autocomplete="new-password" type="password"'],
    ["src/app.ts", 'label_password: "Password?", password: "Forgot your password?"'],
    ["src/app.ts", 'nextToken = "AAAAbbbbCCCC1111ddddEEEE2222"'],
    ["src/app.ts", 'password === "h0rse-staple"'],
    ["src/app.ts", "password = readPassword(file2)"],
    ["src/app.ts", 'apiKey: "X-Api-Key-2"'],
    ["src/app.ts", 'password: "$2b$12$abcdefghijklmnopqrstuv1234"'],
    ["app.yaml", "password: {{ .Values.db.password1 }}"],
    ["app.yaml", "password: ENC[AES256_GCM,data:1a2b]"],
    ["app.yaml", "passwordSecretRef: db-1"],
    ["app.yaml", "password: !Ref DbPassword1"],
    ["app.yaml", "POSTGRES_PASSWORD: postgres"],
    [".env.example", "DB_PASSWORD=harbour"],
    [".env", "DB_PASSWORD=\nDB_PASSWORD=$OTHER\nDB_PASSWORD=changeme"],
    ["src/app.ts", "// the password=horse1 of nobody"],
  ])("%s: %s is none", async (path, text) => {
    expect(await rulesIn(text, path)).toEqual([]);
  });

  it("is told by its name, and its place is exact", async () => {
    const text = `a\r\nb\nconst x = { "db.password": "${PASSWORD}" };\n`;
    const [hit] = await searchTexts(
      [
        { path: "a.ts", text: "nothing" },
        { path: "b.ts", text },
      ],
      "key",
    );
    expect(hit).toMatchObject({
      text: 1,
      rule: "assigned-credential",
      name: "db.password",
      line: 3,
      column: 29,
      end_line: 3,
      end_column: 29 + PASSWORD.length,
    });
    expect(JSON.stringify(hit)).not.toContain(PASSWORD);
  });

  it("is compared within a run alone", async () => {
    const same = async (key: string): Promise<string | undefined> =>
      (await searchTexts([{ path: "a", text: `password="${PASSWORD}"` }], key))[0]?.same;
    expect(await same("a")).toBe(await same("a"));
    expect(await same("a")).not.toBe(await same("b"));
  });
});

describe("several files as one text", () => {
  it("lets no rule reach from one file into the next", async () => {
    const texts = [
      { path: "a", text: `secret ${KEY_ID}` },
      { path: "b", text: `${AWS_SECRET} ` },
      { path: "c", text: "-----BEGIN PRIVATE KEY-----" },
      { path: "d", text: made(BASE64, 64) },
    ];
    expect((await searchTexts(texts, "key")).map(({ text, rule }) => `${text} ${rule}`)).toEqual([
      "0 aws-access-key-id",
    ]);
  });

  it("is not switched off by what stands in a file", async () => {
    const text = `// secretlint-disable\n// secretlint-disable-next-line\nid = "${KEY_ID}" // secretlint-disable-line\n`;
    expect(await rulesIn(text)).toEqual(["aws-access-key-id"]);
  });

  it("is not slow by what somebody writes", async () => {
    const lines = [
      "password=",
      "eyJ",
      "?sv=2024-01-01&",
      "machine a login ",
      "-----BEGIN PRIVATE KEY-----\n",
      "token: string = ",
      "Basic ",
      "a:".repeat(8),
    ];
    const begun = performance.now();
    for (const line of lines)
      await searchTexts([{ path: ".env", text: line.repeat(400_000 / line.length) }], "key");
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
