import { expect, it } from "vitest";
import { compileSchema } from "../../src/schema/index.ts";
import { Email } from "../../src/review/index.ts";
import { identityOf } from "../../src/web/oidc.ts";

const SETTINGS = { issuer: "https://login.example.com", client_id: "a", client_secret: "env:A" };

it("lets nobody in by letters that lower case makes somebody else's, and says so", () => {
  const claims = { email: "\u212Aim@example.com", email_verified: true };
  expect(() => identityOf(SETTINGS, claims)).toThrow("other letters than those of ASCII");
  expect(identityOf(SETTINGS, { ...claims, email: "Kim@Example.com" }).email).toBe("kim@example.com");
});

it("takes no such address in settings or for a link", () => {
  const email = compileSchema(Email);
  expect(email.fits("Kim@example.com")).toBe(true);
  expect(email.fits("\u212Aim@example.com")).toBe(false);
  expect(email.fits("kim@ex\u0131ample.com")).toBe(false);
});
