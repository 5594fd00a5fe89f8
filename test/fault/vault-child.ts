/**
 * A user of a vault as a process of its own, to be killed or to have its system calls fail. Arguments: the directory
 * below which all lies, then what to do: `workload` makes a vault and changes it in each way; `write <name> <from> <to>`
 * puts the numbers as values of one name; `fill <bytes>` puts credentials of that size until the disk is full. Each
 * change that was acknowledged is a line; ends as the command line would.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersignError, nodeFileSystem } from "../../src/base/index.ts";
import { Vault } from "../../src/vault/index.ts";
import { daily, secretOf, testTerms } from "../vault/place.ts";

const [root = "", task = "", ...rest] = process.argv.slice(2);

const terms = testTerms(root, {
  directory: join(root, "vault"),
  clock: { now: () => new Date() },
  random: Math.random,
  sleep: async (ms, signal) => await sleep(ms, undefined, { signal }),
  files: nodeFileSystem,
});

/** At once and unbuffered: what is acknowledged must be known even if the next instant is the last. */
function acknowledge(line: string): void {
  writeSync(1, `${line}\n`);
}

async function workload(): Promise<void> {
  const vault = await Vault.create(terms, [daily("main")]);
  acknowledge("created");
  for (const value of ["1", "2"]) {
    await vault.put("a", secretOf(value));
    acknowledge(`a ${value}`);
  }
  await vault.put("b", secretOf("b"));
  acknowledge("b b");
  await vault.rekey("a");
  await vault.rotateRoot([daily("main")]);
  acknowledge("rotated");
  await vault.remove("b");
  acknowledge("b ");
  await vault.close();
}

async function write(name: string, from: number, to: number): Promise<void> {
  const vault = await Vault.open(terms);
  for (let n = from; n <= to;) {
    try {
      await vault.put(name, secretOf(String(n)));
      acknowledge(String(n));
      n += 1;
    } catch (thrown) {
      // So many others that it was never first: what the command line would be told to run again.
      if (!(thrown instanceof CountersignError) || thrown.code !== "E_STATE_LOCKED") throw thrown;
      acknowledge("locked");
    }
  }
  await vault.close();
}

async function fill(bytes: number): Promise<void> {
  const vault = await Vault.open(terms);
  for (let n = 1; n <= 10_000; n += 1) {
    await vault.put(`filler/${n}`, secretOf("x".repeat(bytes)));
    acknowledge(String(n));
  }
}

try {
  if (task === "workload") await workload();
  else if (task === "write") await write(rest[0] ?? "", Number(rest[1]), Number(rest[2]));
  else await fill(Number(rest[0]));
} catch (thrown) {
  if (!(thrown instanceof CountersignError)) throw thrown;
  process.stderr.write(`${thrown.code} ${thrown.message} ${thrown.fix ?? ""}`);
  process.exitCode = thrown.exit;
}
