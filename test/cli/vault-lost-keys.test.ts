import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countersign } from "./process.ts";
import { CANARY, LIMIT_MS, PASSPHRASE, Place, type Summary } from "./vault-place.ts";

const DAILY = '{ type: passphrase, passphrase: "file:daily.txt" }';
const SAFE = "{ type: key-file, name: safe, path: safe.key, purpose: recovery }";

/** A vault that a passphrase in a file opens every day, and a key file on the day when that is lost. */
async function twoWays(): Promise<Place> {
  const place = await new Place().made();
  await place.keep("daily.txt", PASSPHRASE);
  await place.keep("safe.key", Buffer.alloc(32, 0x5a));
  await place.configure(DAILY, SAFE);
  await place.json(["init"]);
  await place.json(["put", "store/token"], CANARY);
  return place;
}

interface Told {
  readonly exit: number;
  readonly advice: readonly { name: string; status: string; detail: string; fix?: string; exit?: number }[];
}

/** What `vault doctor` says of slots and keys: each as `status name`. */
async function doctor(place: Place): Promise<{ exit: number | null; said: string[]; told: Told }> {
  const { exit, out } = await place.vault(["doctor", "--json"]);
  const told = JSON.parse(out) as Told;
  const said = told.advice
    .filter(({ name }) => /^(daily|recovery|slots)\b/.test(name))
    .map(({ name, status }) => `${status} ${name}`);
  return { exit, said, told };
}

async function doctorOfAll(place: Place): Promise<string[]> {
  const { out } = await countersign(["doctor", "--json"], { cwd: place.directory, env: place.env });
  const { checks } = JSON.parse(out) as { checks: { name: string; status: string; exit: number }[] };
  return checks
    .filter(({ name, status }) => name.startsWith("embedded vault, ") && status === "failed")
    .map(({ name, exit }) => `${exit} ${name}`);
}

/** How the newest report judges the kinds of keys. */
async function judged(place: Place): Promise<string | undefined> {
  const file = join(place.directory, "countersign.yaml");
  const yaml = await readFile(file, "utf8");
  await writeFile(file, yaml.replace(/sources:\n.*\n/, "sources:\n  own-vault: { connector: embedded }\n"));
  await countersign(["run"], { cwd: place.directory, env: place.env });
  const csv = await readFile(join(place.directory, "out/findings.csv"), "utf8");
  const row = csv.split("\n").find((line) => line.includes("key_slots_dependent"));
  return row === undefined ? undefined : /deviation|undetermined/.exec(row)?.[0];
}

describe("a key that no longer opens its slot", { timeout: LIMIT_MS }, () => {
  it("is told of while another opens the vault, and is no second way in", async () => {
    const place = await twoWays();
    expect(await doctor(place)).toMatchObject({
      exit: 0,
      said: ["ok daily slot passphrase default", "ok recovery slot key-file safe", "ok slots"],
    });
    expect(await judged(place)).toBeUndefined();

    await place.keep("safe.key", Buffer.alloc(32, 0x5b));
    const { exit, said, told } = await doctor(place);
    expect(exit).toBe(2);
    expect(said).toEqual([
      "ok daily slot passphrase default",
      "failed recovery slot key-file safe",
      "warning slots",
    ]);
    expect(told.advice.find(({ status }) => status === "failed")).toMatchObject({
      detail: "its key does not open it: the key-file safe does not open its slot",
      exit: 2,
    });
    expect(await doctorOfAll(place)).toEqual(["2 embedded vault, recovery slot key-file safe"]);
    expect(await judged(place)).toBe("deviation");
  });

  it("for daily use is told of by every command that a recovery key opens the vault for", async () => {
    const place = await twoWays();
    await place.keep("daily.txt", `${PASSPHRASE} mistyped`);
    const list = await place.vault(["list"]);
    expect([list.exit, list.err]).toEqual([
      0,
      "opened by the recovery key safe: the daily key default does not open its slot\n",
    ]);
    expect(await doctor(place)).toMatchObject({
      exit: 2,
      said: [
        "failed daily slot passphrase default",
        "ok recovery slot key-file safe",
        "warning daily use",
        "warning slots",
      ],
    });
    expect(await judged(place)).toBe("deviation");

    await rm(join(place.directory, "daily.txt"));
    expect((await place.vault(["list"])).err).toBe(
      "opened by the recovery key safe: the daily key default could not be read\n",
    );
    expect(await doctor(place)).toMatchObject({ exit: 2 });
    expect(await judged(place)).toBe("undetermined");

    await place.configure(SAFE);
    expect((await place.vault(["list"])).err).toBe(
      "opened by the recovery key safe: no key was tried at the daily slot passphrase default\n",
    );
    expect((await doctor(place)).said).toEqual([
      "warning daily slot passphrase default",
      "ok recovery slot key-file safe",
      "warning daily use",
      "ok slots",
    ]);
    expect(await judged(place)).toBe("undetermined");
  });

  it("is not asked for at a terminal by the doctor, nor called fine", async () => {
    const place = await twoWays();
    await place.configure("{ type: passphrase }", SAFE);
    const { said, told } = await doctor(place);
    expect(said).toContain("warning daily slot passphrase default");
    expect(told.advice[0]?.detail).toContain("not tried");
    // A recovery key that lies elsewhere is no damage.
    await place.configure(DAILY, SAFE);
    await rm(join(place.directory, "safe.key"));
    expect(await doctor(place)).toMatchObject({
      exit: 0,
      said: ["ok daily slot passphrase default", "warning recovery slot key-file safe", "ok slots"],
    });
  });
});

describe("a lost passphrase", { timeout: LIMIT_MS }, () => {
  it("is replaced in the order that the documentation gives, and the log names each step", async () => {
    const place = await twoWays();
    await rm(join(place.directory, "daily.txt"));
    const id = (await listed(place)).slots.find(({ identity }) => identity === "default")?.id ?? "";
    const shut = await place.vault(["slot", "remove", id]);
    expect(shut.exit).toBe(2);
    expect(shut.err).toMatch(/fix: Add a key under another name.*slot add <name>.*slot remove/);
    await place.keep("daily.txt", `${PASSPHRASE} anew`);
    const taken = await place.vault(["slot", "add", "default"]);
    expect(taken.err).toContain(`the name of the daily slot ${id}`);
    expect(taken.err).toContain(`countersign vault slot remove ${id}`);

    await place.configure('{ type: passphrase, name: daily-2, passphrase: "file:daily.txt" }', SAFE);
    expect(await place.vault(["slot", "add", "daily-2"])).toMatchObject({ exit: 0 });
    expect(await place.vault(["slot", "remove", id])).toMatchObject({ exit: 0, err: "" });
    expect((await doctor(place)).said).toEqual([
      "ok recovery slot key-file safe",
      "ok daily slot passphrase daily-2",
      "ok slots",
    ]);
    const { events } = await place.json<{ events: { operation: string }[] }>(["log"]);
    expect(events.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(["slot_add", "slot_remove"]),
    );
  });

  it("leaves a key file that is not there with the command that makes one, and takes any 32 bytes", async () => {
    const place = await new Place().made();
    await place.configure("{ type: key-file, name: main, path: main.key }");
    expect((await place.vault(["init"])).err).toMatch(
      /E_NOT_FOUND[^]*fix: .*openssl rand -out .*main\.key 32/,
    );
    await place.keep("main.key", Buffer.from([...Buffer.alloc(31, 7), 0x0a]));
    expect(await place.vault(["init"])).toMatchObject({ exit: 0 });
  });
});

/** What lies in the vault, whoever opened it. */
async function listed(place: Place): Promise<Summary> {
  return JSON.parse((await place.vault(["list", "--json"])).out) as Summary;
}
