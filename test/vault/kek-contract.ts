import { expect, it } from "vitest";
import { SecretBytes } from "../../src/vault/index.ts";
import {
  CONTEXT,
  OTHER_CONTEXT,
  expectQuiet,
  noLimit,
  outcome,
  reasonOf,
  unwrapped,
  wrapped,
  type KekSubject,
} from "./kek-subject.ts";

/** Long enough for a silent server to be silent. */
const SILENCE_MS = 300;

/** Each bit of an RSA ciphertext, or each with a passphrase's derivation, takes minutes with SLOW=1. */
const FLIP_LIMIT_MS = 600_000;

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => 7 * index + 3));

/** What every provider of key encryption keys does. `subject` is asked for in each test, after the set-up. */
export function kekContract(subject: () => KekSubject): void {
  holds(subject);
  fails(subject);
}

function holds(subject: () => KekSubject): void {
  it("says which key it is, and that alone", async () => {
    const { provider, type, identity } = subject();
    expect(provider().type).toBe(type);
    expect(await provider().identity()).toBe(identity);
    expect(identity.length).toBeLessThanOrEqual(1024);
  });

  it("unwraps what it wrapped, also in the next process", async () => {
    const { provider } = subject();
    const bytes = await wrapped(provider(), KEY);
    expect(Buffer.from(bytes).includes(KEY)).toBe(false);
    expect(await unwrapped(provider(), bytes)).toEqual(KEY);
    // A slot keeps it as base64 of at most this length.
    expect(Buffer.from(bytes).toString("base64").length).toBeLessThanOrEqual(16_384);
  });

  it("is bound to the context as far as it says so", async () => {
    const { provider } = subject();
    const result = await unwrapped(provider(), await wrapped(provider(), KEY), OTHER_CONTEXT);
    if (provider().capabilities.aad) expect(["corrupt", "wrong_key"]).toContain(reasonOf(result));
    else expect(result).toEqual(KEY);
  });

  it("leaves the key that it wraps alone", async () => {
    using key = SecretBytes.copyOf(KEY);
    await subject().provider().wrap(key, CONTEXT, noLimit());
    expect(key.expose()).toEqual(KEY);
  });
}

function fails(subject: () => KekSubject): void {
  it("tells another key", async () => {
    const { provider, other, otherReads = "wrong_key", hidden } = subject();
    const result = await unwrapped(other(), await wrapped(provider(), KEY));
    expect(reasonOf(result)).toBe(otherReads);
    expectQuiet(result, KEY, hidden);
  });

  it(
    "never takes a flipped bit for another key or for an outage",
    async () => {
      const { provider, flipEvery = 1, hidden } = subject();
      const bytes = Buffer.from(await wrapped(provider(), KEY));
      const step = process.env["SLOW"] === "1" ? 1 : flipEvery;
      for (let at = 0; at < bytes.length * 8; at += step) {
        const flipped = Buffer.from(bytes);
        flipped[at >> 3]! ^= 1 << (at & 7);
        const result = await unwrapped(provider(), flipped);
        expect([at, reasonOf(result)]).not.toEqual([at, "unavailable"]);
        if (reasonOf(result) === "none") expect([at, result]).toEqual([at, KEY]);
        expectQuiet(result, KEY, hidden);
      }
    },
    FLIP_LIMIT_MS,
  );

  it("never takes missing or added bytes for another key or for an outage", async () => {
    const { provider } = subject();
    const bytes = Buffer.from(await wrapped(provider(), KEY));
    const damaged = [0, 1, bytes.length >> 1, bytes.length - 1].map((length) => bytes.subarray(0, length));
    for (const one of [...damaged, Buffer.concat([bytes, Buffer.from([0])])]) {
      expect(["corrupt", "denied", "wrong_key"]).toContain(reasonOf(await unwrapped(provider(), one)));
    }
  });

  it("refuses a key of another length than 32 bytes", async () => {
    const { provider, wrapsAnyLength = true } = subject();
    if (!wrapsAnyLength) return;
    for (const length of [31, 33]) {
      const bytes = await wrapped(provider(), Buffer.alloc(length, 5));
      expect([length, reasonOf(await unwrapped(provider(), bytes))]).toEqual([length, "corrupt"]);
    }
  });

  it("reads a refusal as denied", async () => {
    const { provider, refused = {}, hidden, wrapsWithoutSecret = false } = subject();
    const bytes = await wrapped(provider(), KEY);
    for (const [why, make] of Object.entries(refused)) {
      const results = [await unwrapped(make(), bytes)];
      if (!wrapsWithoutSecret) results.push((await outcome(() => wrapped(make(), KEY))) as never);
      for (const result of results) {
        expect([why, reasonOf(result)]).toEqual([why, "denied"]);
        expectQuiet(result, KEY, hidden);
      }
    }
  });

  it("reads an outage as unavailable", async () => {
    const { provider, unreachable = {}, hidden, wrapsWithoutSecret = false } = subject();
    const bytes = await wrapped(provider(), KEY);
    for (const [why, make] of Object.entries(unreachable)) {
      const results = [await unwrapped(make(), bytes)];
      if (!wrapsWithoutSecret) results.push((await outcome(() => wrapped(make(), KEY))) as never);
      for (const result of results) {
        expect([why, reasonOf(result)]).toEqual([why, "unavailable"]);
        expectQuiet(result, KEY, hidden);
      }
    }
  });

  it("ends when it is told to, also while nobody answers", async () => {
    const { provider, silent } = subject();
    const bytes = await wrapped(provider(), KEY);
    if (silent === undefined) return;
    const result = await unwrapped(silent(), bytes, CONTEXT, AbortSignal.timeout(SILENCE_MS));
    expect(reasonOf(result)).toBe("unavailable");
  });
}
