/**
 * The embedded vault with many credentials: unlock, put, read, list, and a new root key for all of them, against
 * age-encryption doing the nearest that it can: one file for each credential, encrypted anew for the new key.
 *
 * `npm run bench -- vault [credentials]`, 10,000 unless told.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { Vault } from "../../src/vault/index.ts";
import { secretOf, testKey, testTerms } from "../vault/place.ts";
import { measured, type Cost } from "./run-cost.ts";

/** age is slow enough to be measured on a part. */
const MAX_AGE_FILES = 500;
const READS = 200;
const SINGLE_PUTS = 20;

const count = Number(process.argv[2] ?? 10_000);
const root = mkdtempSync(join(tmpdir(), "countersign-bench-vault-"));
const holder = { provider: testKey("main"), purpose: "daily" } as const;
const names = Array.from({ length: count }, (_, n) => `store-${n % 100}/credential-${n}`);
const value = (name: string): string => `value of ${name}, long enough to be one`;

try {
  const terms = testTerms(root);
  let vault = await Vault.create(terms, [holder]);
  const putAll = await measured(
    async () => await vault.putAll(new Map(names.map((name) => [name, secretOf(value(name))]))),
  );
  await vault.close();
  const unlock = await measured(async () => {
    vault = await Vault.open(terms);
  });
  const list = await measured(async () => {
    if (vault.summary().entries.length !== count) throw new Error("expected every credential to be listed");
    await Promise.resolve();
  });
  const read = await measured(async () => {
    for (const name of names.slice(0, READS)) (await vault.read(name, "bench"))[Symbol.dispose]();
  });
  const put = await measured(async () => {
    for (const name of names.slice(0, SINGLE_PUTS)) await vault.put(name, secretOf(value(name)));
  });
  const rotateRoot = await measured(async () => await vault.rotateRoot([holder]));
  await vault.close();
  const age = await rewrappedByAge();
  console.log(
    JSON.stringify({
      credentials: count,
      unlock,
      list,
      put_all: putAll,
      put_one: each(put, SINGLE_PUTS),
      read_one: each(read, READS),
      rotate_root: rotateRoot,
      age_rewrap_one: age,
      ratios: { age_over_rotate_root_cpu: (age.cpu_s * count) / rotateRoot.cpu_s },
    }),
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}

function each({ wall_s, cpu_s }: Cost, times: number): Cost {
  return { wall_s: wall_s / times, cpu_s: cpu_s / times };
}

/** Cost of one file that is decrypted with the old key and encrypted for the new one. */
async function rewrappedByAge(): Promise<Cost> {
  const [old, fresh] = [await generateX25519Identity(), await generateX25519Identity()];
  const files = Math.min(count, MAX_AGE_FILES);
  const sealed = await Promise.all(
    names.slice(0, files).map(async (name) => await sealedFor(old, value(name))),
  );
  const cost = await measured(async () => {
    for (const file of sealed) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(old);
      await sealedFor(fresh, await decrypter.decrypt(file, "text"));
    }
  });
  return each(cost, files);
}

async function sealedFor(identity: string, text: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  return await encrypter.encrypt(text);
}
