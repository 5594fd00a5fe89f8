import { describe, expect, it } from "vitest";
import { secretMarks } from "../../src/subjects/secret-marks.ts";

describe("a name", () => {
  it.each([
    "/prod/db/password",
    "/prod/db_password",
    "/shop/apiKey",
    "/shop/API-KEY",
    "/shop/stripe/clientSecret",
    "/shop/JWT_SIGNING_KEY",
    "github-token",
    "db-pwd-2024",
    "/a/connection-string",
    "private_key_pem",
  ])("says that it is a secret: %s", (name) => {
    expect(secretMarks(name, {}, undefined)).toEqual([`name: ${name.split("/").at(-1)}`]);
  });

  it.each([
    "/prod/db/host",
    "/prod/token-ttl",
    "/prod/password_length",
    "/prod/secretArn",
    "/prod/api-key-id",
    "/prod/keyboard",
    "/prod/tokenizer",
    "/password/host",
    "",
  ])("does not: %s", (name) => {
    expect(secretMarks(name, {}, undefined)).toEqual([]);
  });
});

describe("beside the name", () => {
  it("labels of a class and the tier say so", () => {
    const labels = { Classification: "Strictly Confidential", team: "secret santa", "Data-Class": "public" };
    expect(secretMarks("/prod/db/host", labels, "high")).toEqual([
      "label: Classification=Strictly Confidential",
      "tier: high",
    ]);
    expect(secretMarks("/prod/db/host", {}, "standard")).toEqual([]);
  });
});
