import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { canonicalJson } from "../../../src/base/index.ts";
import { keepable } from "../../../src/collect/redaction.ts";
import { protectionOf, transportOf } from "../../../src/hashicorp/index.ts";
import { operationOf } from "../../../src/connectors/hashicorp/operations/index.ts";

const PG = "postgresql-database-plugin";
const MYSQL = "mysql-rds-database-plugin";
const MONGO = "mongodb-database-plugin";
const MSSQL = "mssql-database-plugin";

const of = (plugin: string, connection_url: unknown, own: object = {}) =>
  protectionOf(plugin, transportOf({ connection_url, username: "vault", ...own }));

const pg = (query: string, host = "db.example.com:5432"): string =>
  `postgresql://{{username}}:{{password}}@${host}/shop${query}`;
const mysql = (query: string, host = "tcp(db.example.com:3306)"): string =>
  `{{username}}:{{password}}@${host}/${query}`;
const mongo = (query: string, scheme = "mongodb"): string =>
  `${scheme}://{{username}}:{{password}}@a.example.com:27017,b.example.com/admin${query}`;
const mssql = (query: string): string => `sqlserver://{{username}}:{{password}}@db.example.com:1433${query}`;

const CA = { tls_ca: "-----BEGIN CERTIFICATE-----" };

describe("the connection to a database", () => {
  it.each<[string, unknown, string | undefined, object?]>([
    [PG, pg("?sslmode=disable"), "plain"],
    [PG, pg("?sslmode=prefer"), "plain"],
    [PG, pg("?sslmode=require"), "unverified"],
    [PG, pg("?sslmode=require"), undefined, CA],
    [PG, pg("?sslmode=verify-ca"), undefined],
    [PG, pg("?sslmode=verify-full"), "verified"],
    [PG, pg("?application_name=x&sslmode=verify-full&connect_timeout=5"), "verified"],
    // Names are case-sensitive there, so these set nothing, or fail.
    [PG, pg("?SSLMODE=verify-full"), undefined],
    [PG, pg("?sslmode=VERIFY-FULL"), undefined],
    [PG, pg("?sslmode=verify-full&sslrootcert=/etc/ca.pem"), "verified"],
    [PG, pg("?sslmode=require&sslrootcert=/etc/ca.pem"), undefined],
    [PG, pg("?sslmode=verify-full&sslmode=verify-full"), "verified"],
    [PG, pg("?sslmode=verify-full;application_name=x"), undefined],
    [PG, pg("?sslm%6Fde=verify-full"), undefined],
    // Who is asked stands in the parameters.
    ...[
      "host=db.example.com",
      "hostaddr=192.0.2.7",
      "port=5433",
      "service=prod",
      "servicefile=/etc/pg.conf",
    ].map((one): [string, unknown, undefined] => [
      PG,
      pg(`?${one}&sslmode=disable`, "localhost:5432"),
      undefined,
    ]),
    [PG, mysql("?tls=true"), undefined],
    ["postgresql-pinned", pg("?sslmode=verify-full"), undefined],
    ["aws-postgresql-database-plugin", pg("?sslmode=verify-full"), undefined],
    [PG, pg("?sslmode=verify-full&sslmode=disable"), undefined],
    [PG, pg("?sslmode=verify-fully"), undefined],
    [PG, pg(""), undefined],
    [PG, pg("?sslmode=disable", "localhost:5432"), "local"],
    [PG, pg("?sslmode=disable", "[::1]:5432"), "local"],
    [PG, pg("?sslmode=disable", "localhost,db.example.com"), "plain"],
    [PG, "host=db.example.com sslmode=verify-full password=x", undefined],
    [PG, `${pg("")}#?sslmode=verify-full`, undefined],
    [PG, "postgresql://a@localhost@db.example.com/x?sslmode=verify-full", undefined],
    [PG, "postgresql://u:1/x@localhost/?sslmode=verify-full", undefined],
    [PG, 5, undefined],
    [PG, undefined, undefined],
    ["redshift-database-plugin", pg("?sslmode=allow"), "plain"],
    [MYSQL, mysql(""), "plain"],
    [MYSQL, mysql("?tls=preferred"), "plain"],
    [MYSQL, mysql("?tls=skip-verify"), "unverified"],
    [MYSQL, mysql("?tls=true"), "verified"],
    [MYSQL, mysql("?tls=own"), undefined],
    [MYSQL, mysql("?TLS=true"), undefined],
    [MYSQL, mysql("?tl%73=true"), undefined],
    [MYSQL, mysql("?tls=true&parseTime=true&allowFallbackToPlaintext=false"), "verified"],
    [MYSQL, mysql("?tls=true&allowFallbackToPlaintext=true"), "plain"],
    [MYSQL, mysql("?tls=true&allowFallbackToPlaintext=1"), undefined],
    [MYSQL, mysql("?allowFallbackToPlaintext=true"), "plain", CA],
    [MYSQL, mysql("?tls=true&max_execution_time=9"), undefined],
    [MYSQL, mysql("?tls=true&loc=Europe/Paris"), undefined],
    [MYSQL, mysql(""), "verified", CA],
    [MYSQL, mysql(""), "unverified", { ...CA, tls_skip_verify: true }],
    [MYSQL, mysql("?tls=false"), undefined, CA],
    [MYSQL, mysql("", "unix(/run/mysqld.sock)"), "local"],
    [MYSQL, mysql("", "tcp(127.0.0.1:3306)"), "local"],
    [MONGO, mongo(""), "plain"],
    [MONGO, mongo("", "mongodb+srv"), "verified"],
    [MONGO, mongo(""), "verified", CA],
    [MONGO, mongo("?tls=true"), "verified"],
    [MONGO, mongo("?ssl=true&tlsInsecure=true"), "unverified"],
    [MONGO, mongo("?tls=true&tlsInsecure=perhaps"), undefined],
    [MONGO, mongo("?tls=true&sslInsecure=true"), "unverified"],
    [MONGO, mongo("?sslInsecure=true"), "unverified", CA],
    [MONGO, mongo("?tls=true&ssl=false"), undefined],
    [MONGO, mongo("?tls=true&SSL=true&authSource=admin"), "verified"],
    [MONGO, mongo("?tls=true&authSource=admin;tlsInsecure=true"), undefined],
    [MONGO, mongo("?authSource=admin;tls=false", "mongodb+srv"), undefined],
    [MONGO, mongo("?tls=true&proxyHost=192.0.2.7"), undefined],
    [MONGO, "mongodb://u:p@localhost:27017/admin", "local"],
    [MONGO, "mongodb://u:p@localhost:27017/admin?replicaSet=a", undefined],
    [MONGO, "mongodb+srv://u:p@localhost/admin?tls=false", "plain"],
    [MSSQL, mssql("?encrypt=disable"), "plain"],
    [MSSQL, mssql("?encrypt=true&app+name=vault&dial%20timeout=5"), "verified"],
    ...["server=db.example.com", "data+source=db.example.com", "addr=db.example.com"].map(
      (one): [string, unknown, undefined] => [
        MSSQL,
        `sqlserver://u:p@localhost:1433?${one}&encrypt=disable`,
        undefined,
      ],
    ),
    [MSSQL, "sqlserver://u:p@localhost:1433?encrypt=disable", "local"],
    [MSSQL, mssql("?encrypt=strict"), "verified"],
    [MSSQL, mssql("?encrypt=true&TrustServerCertificate=true"), "unverified"],
    [MSSQL, mssql(""), undefined],
    ["custom-plugin", pg("?sslmode=disable"), undefined],
    ["hana-database-plugin", "hdb://u:p@db.example.com:443", undefined],
  ])("by %s to %s is %s", (plugin, url, protection, own = {}) => {
    expect(of(plugin, url, own)).toBe(protection);
  });

  it("is not known where the details were not kept", () => {
    expect(protectionOf(PG, "[redacted]")).toBeUndefined();
    expect(protectionOf(PG, {})).toBeUndefined();
    expect(transportOf("a text")).toBeUndefined();
  });
});

describe("what is kept of connection details", () => {
  const KEPT = canonicalJson([
    transportOf({ connection_url: pg("?sslmode=require") }),
    transportOf({ connection_url: mysql("?tls=own") }),
    transportOf({
      connection_url: mongo("?ssl=true&tlsInsecure=true&tlsAllowInvalidHostnames=x", "mongodb+srv"),
    }),
    transportOf({ connection_url: mssql("?encrypt=x&trustservercertificate=false") }),
  ]);

  it("is of a list, whatever they hold", () => {
    const secret = fc.stringMatching(/^S3cr3t[a-z0-9@:/?#&=()[\]%+. -]{0,12}$/);
    const url = fc
      .tuple(fc.constantFrom(pg, mysql, mongo, mssql), fc.nat({ max: 90 }), secret)
      .map(([make, at, text]) => {
        const whole = make("?sslmode=require&tls=true&encrypt=true");
        return whole.slice(0, at) + text + whole.slice(at);
      });
    fc.assert(
      fc.property(url, secret, (connection_url, text) => {
        const kept = canonicalJson(transportOf({ connection_url, tls_ca: text, [text]: text }) ?? "");
        expect(kept.toLowerCase()).not.toContain("s3cr3t");
      }),
      { numRuns: 500 },
    );
    expect(KEPT).not.toContain("example.com");
  });

  it("stands in the record in their place, and the rest is gone", async () => {
    const { redact = [], condense } = operationOf("database.connection");
    const details = {
      connection_url: pg("?sslmode=require", "db.example.com"),
      password: "S3c" + "r3t",
      username: "admin",
    };
    const text = JSON.stringify({ data: { plugin_name: PG, connection_details: details } });
    const answer = { status: 200, media_type: "application/json", body: Buffer.from(text) };
    const { body, redactions } = await keepable(answer, redact, [], condense);
    expect(JSON.parse("text" in body ? body.text : "")).toEqual({
      data: {
        plugin_name: PG,
        connection_details: {
          scheme: "postgresql",
          local: false,
          parameters: { sslmode: "require" },
          tls_ca: false,
          tls_certificate_key: false,
          tls_skip_verify: false,
        },
      },
    });
    expect(redactions).toMatchObject([{ pointer: "/data/connection_details" }]);
  });

  it("is nothing where they are no object", async () => {
    const { redact = [], condense } = operationOf("database.connection");
    const answer = {
      status: 200,
      media_type: "application/json",
      body: Buffer.from('{"data":{"connection_details":"password=S3cr3t"}}'),
    };
    const { body } = await keepable(answer, redact, [], condense);
    expect(body).toEqual({ text: '{"data":{"connection_details":"[redacted]"}}' });
  });
});
