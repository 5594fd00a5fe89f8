import { createHmac, timingSafeEqual } from "node:crypto";
import { type Sha256, sha256 } from "../base/index.ts";
import type { Random } from "./ports.ts";

/** Of sessions, links and whoever is about to sign in. */
const TOKEN_BYTES = 32;

/** 256 random bits, base64url: 43 characters. */
export function newToken(random: Random): string {
  return Buffer.from(random(TOKEN_BYTES)).toString("base64url");
}

export const TOKEN_PATTERN = "^[A-Za-z0-9_-]{43}$";

const TOKEN = new RegExp(TOKEN_PATTERN);

export function isToken(text: string | undefined): text is string {
  return text !== undefined && TOKEN.test(text);
}

/** What a token is kept as. */
export function keyOf(token: string): Sha256 {
  return sha256(token);
}

/** The token that stands in every form of a session: it follows from the session's own and does not lead back to it. */
export function formToken(token: string): string {
  return createHmac("sha256", token).update("form").digest("base64url");
}

/** Compares in a time that tells nothing of where they differ. */
export function sameToken(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
