import { rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { KekFailure, SecretBytes, Vault, type Holder, type KekProvider } from "../../src/vault/index.ts";
import type { KekSubject } from "./kek-subject.ts";
import { secretOf, temporaryDirectory, testKey, testTerms } from "./place.ts";

/** How a call fails: before the provider is asked, after it did its work, or with an answer of the wrong length. */
export type Fault = "before" | "after" | "short";

/** More calls than a whole life makes. */
const MAX_CALLS = 64;

/** The key that the vault begins with. */
const MAIN = "main";

const LIFE_LIMIT_MS = 300_000;

const ALL_FAULTS: readonly Fault[] = ["before", "after", "short"];

/** A vault's life through one provider, whole and with the provider failing at each of its calls. */
export function kekLifecycle(subject: () => KekSubject, faults: readonly Fault[] = ALL_FAULTS): void {
  it(
    "opens a vault through all its changes",
    async () => {
      const life = newLife(subject().provider());
      for (const step of STEPS) await step.run(life);
      await expectKept(life, [life.provider]);
      await life.end();
    },
    LIFE_LIMIT_MS,
  );

  it(
    "makes a vault alone",
    async () => {
      const root = temporaryDirectory();
      const provider = subject().provider();
      const terms = testTerms(root, { providers: [provider] });
      const vault = await Vault.create(terms, [{ provider, purpose: "daily" }]);
      await vault.put("a", secretOf("one"));
      await vault.close();
      const again = await Vault.open(terms);
      expect(again.summary().slots).toMatchObject([{ type: subject().type, identity: subject().identity }]);
      using secret = await again.read("a", "test");
      expect(secret.expose().toString("utf8")).toBe("one");
      await again.close();
      await rm(root, { recursive: true });
    },
    LIFE_LIMIT_MS,
  );

  for (const fault of faults) {
    it(
      `loses nothing when it fails at any call (${fault})`,
      async () => {
        let failures = 0;
        for (let call = 1; call <= MAX_CALLS; call += 1) {
          const failed = await interruptedLife(subject(), call, fault);
          if (!failed) break;
          failures += 1;
        }
        // Adding a slot, rotating and removing one each wrap, and open what they wrapped twice.
        expect(failures).toBeGreaterThanOrEqual(9);
        expect(failures).toBeLessThan(MAX_CALLS);
      },
      LIFE_LIMIT_MS,
    );
  }
}

interface Life {
  readonly root: string;
  readonly provider: KekProvider;
  readonly main: KekProvider;
  /** What was put and acknowledged. */
  readonly kept: Map<string, string>;
  vault: Vault | undefined;
  end(): Promise<void>;
}

interface Step {
  readonly run: (life: Life) => Promise<void>;
  /** The slot that this shuts. */
  readonly shuts?: typeof MAIN;
}

function newLife(provider: KekProvider): Life {
  const root = temporaryDirectory();
  const life: Life = {
    root,
    provider,
    main: testKey(MAIN),
    kept: new Map(),
    vault: undefined,
    async end() {
      await life.vault?.close();
      await rm(root, { recursive: true });
    },
  };
  return life;
}

const daily = (provider: KekProvider): Holder => ({ provider, purpose: "daily" });

function opened({ vault }: Life): Vault {
  if (vault === undefined) throw new Error("expected an open vault");
  return vault;
}

async function put(life: Life, name: string, text: string): Promise<void> {
  await opened(life).put(name, secretOf(text));
  life.kept.set(name, text);
}

const STEPS: readonly Step[] = [
  {
    run: async (life) => {
      const terms = testTerms(life.root, { providers: [life.provider, life.main] });
      life.vault = await Vault.create(terms, [daily(life.main)]);
    },
  },
  { run: (life) => put(life, "vault/payments/approle", "s.first") },
  { run: (life) => opened(life).addSlot(daily(life.provider)) },
  { run: (life) => opened(life).rotateRoot([daily(life.main), daily(life.provider)]) },
  { run: (life) => opened(life).rekey("vault/payments/approle") },
  { run: (life) => put(life, "aws/audit", "second") },
  {
    shuts: MAIN,
    run: async (life) => {
      const slot = opened(life)
        .summary()
        .slots.find(({ identity }) => identity === MAIN);
      await opened(life).removeSlot(slot!.id, [daily(life.provider)]);
    },
  },
  {
    run: async (life) => {
      await opened(life).close();
      life.vault = undefined;
      life.vault = await Vault.open(testTerms(life.root, { providers: [life.provider] }));
    },
  },
  { run: (life) => put(life, "last", "third") },
];

/** Whether the fault came at all; the vault was then still whole, and opened by whatever opened it before. */
async function interruptedLife(subject: KekSubject, call: number, fault: Fault): Promise<boolean> {
  const healthy = subject.provider();
  const life = newLife(failingAt(healthy, call, fault));
  let openers: string[] = [];
  for (const { run, shuts } of STEPS) {
    try {
      await run(life);
      openers = opened(life)
        .summary()
        .slots.map(({ identity }) => identity);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(CountersignError);
      expect((thrown as CountersignError).code).toBe(fault === "short" ? "E_INTEGRITY" : "E_UNREACHABLE");
      await life.vault?.close();
      life.vault = undefined;
      for (const identity of openers.filter((one) => one !== shuts)) {
        await expectKept(life, [identity === MAIN ? life.main : healthy]);
      }
      await expectKept(life, [healthy, life.main]);
      await life.end();
      return true;
    }
  }
  await life.end();
  return false;
}

/** Every acknowledged credential is there, by `providers` alone. */
async function expectKept(life: Life, providers: readonly KekProvider[]): Promise<void> {
  const vault = await Vault.open(testTerms(life.root, { providers }));
  for (const [name, text] of life.kept) {
    using secret = await vault.read(name, "test");
    expect(secret.expose().toString("utf8")).toBe(text);
  }
  await vault.verify();
  await vault.close();
}

/** `provider`, but its `call`-th use fails. */
function failingAt(provider: KekProvider, call: number, fault: Fault): KekProvider {
  let count = 0;
  const down = () => new KekFailure("unavailable", "the line is down");
  return {
    type: provider.type,
    capabilities: provider.capabilities,
    identity: () => provider.identity(),
    async wrap(key, context, signal) {
      count += 1;
      if (count !== call) return await provider.wrap(key, context, signal);
      if (fault === "short") throw new KekFailure("corrupt", "the answer is cut");
      if (fault === "after") await provider.wrap(key, context, signal);
      throw down();
    },
    async unwrap(bytes, context, signal) {
      count += 1;
      if (count !== call) return await provider.unwrap(bytes, context, signal);
      if (fault === "before") throw down();
      using key = await provider.unwrap(bytes, context, signal);
      if (fault === "short") return SecretBytes.copyOf(key.expose().subarray(0, 31));
      throw down();
    },
  };
}
