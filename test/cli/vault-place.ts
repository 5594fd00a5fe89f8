import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { countersign, type Ended } from "./process.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-vault-cli-"));
afterAll(() => rm(root, { recursive: true, force: true }));

/** Several commands, each a process of its own. */
export const LIMIT_MS = 240_000;

/** The value of a credential: it must show nowhere but in what `reveal` prints. */
export const CANARY = "Canary-Horse-Battery-7731";
export const FORMS = [
  CANARY,
  ...(["base64", "hex"] as const).map((form) => Buffer.from(CANARY).toString(form)),
];
export const PASSPHRASE = "planted passphrase of five words";

let places = 0;

/** A directory with a vault to be, and the command line in it. */
export class Place {
  readonly directory = join(root, `place-${(places += 1)}`);
  env: Record<string, string> = {};

  get state(): string {
    return join(this.directory, this.env["COUNTERSIGN_STATE"] ?? ".countersign");
  }

  async made(): Promise<this> {
    await mkdir(this.directory, { recursive: true });
    return this;
  }

  async configure(...keys: readonly string[]): Promise<void> {
    await this.#configure(keys);
  }

  /** As `configure`, where the configuration names the vault's fingerprint as well. */
  async pin(fingerprint: string, ...keys: readonly string[]): Promise<void> {
    await this.#configure(keys, `  fingerprint: ${fingerprint}\n`);
  }

  /** As `configure` with the key file `main`, and one further anchor. */
  async anchored(directory: string): Promise<void> {
    await this.#configure([keyFile("main")], `  anchors: [${directory}]\n`);
  }

  async #configure(keys: readonly string[], more = ""): Promise<void> {
    const yaml = `version: 1
sources:
  vault-production: { connector: hashicorp, address: "https://127.0.0.1:1" }
embedded_vault:
  keys:
${keys.map((key) => `    - ${key}\n`).join("")}${more}`;
    await writeFile(join(this.directory, "countersign.yaml"), yaml);
  }

  async keep(name: string, text: Buffer | string, mode = 0o600): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  }

  /** Runs `vault …`, and sees that the value and the passphrase came out nowhere. */
  async vault(args: readonly string[], input?: string): Promise<Ended> {
    const ended = await this.open(args, input);
    expect(leaks(ended.out + ended.err), args.join(" ")).toEqual([]);
    expect(await leaksBelow(this.state), args.join(" ")).toEqual([]);
    expect(ended.err).not.toMatch(/\n {4}at /);
    return ended;
  }

  /** As `vault`, where the value may show. */
  async open(args: readonly string[], input?: string): Promise<Ended> {
    const options = { cwd: this.directory, env: this.env, ...(input === undefined ? {} : { input }) };
    return await countersign(["vault", ...args], options);
  }

  /** The JSON that a command which succeeds prints. */
  async json<T>(args: readonly string[], input?: string): Promise<T> {
    const { exit, out, err } = await this.vault([...args, "--json"], input);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    return JSON.parse(out) as T;
  }

  /** Exit code and error code. */
  async refusal(args: readonly string[], input?: string): Promise<[number | null, string]> {
    const { exit, out } = await this.vault([...args, "--json"], input);
    return [exit, (JSON.parse(out) as { error: string }).error];
  }
}

export function leaks(text: string): string[] {
  return [...FORMS, PASSPHRASE].filter((form) => text.includes(form));
}

async function leaksBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(directory)) found.push(...leaks(await readFile(path, "latin1")));
  return found;
}

export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export const keyFile = (name: string): string => `{ type: key-file, name: ${name}, path: ${name}.key }`;

export interface Summary {
  readonly vault_id: string;
  readonly fingerprint: string;
  readonly epoch: number;
  readonly generation: number;
  readonly slots: readonly { id: string; identity: string }[];
  readonly entries: readonly { name: string; versions: readonly { version: number; blob: string }[] }[];
}

/** A vault that the key file `main` opens, with one credential. */
export async function made(...others: readonly string[]): Promise<Place> {
  const place = await new Place().made();
  for (const [index, name] of ["main", ...others].entries())
    await place.keep(`${name}.key`, Buffer.alloc(32, index + 1));
  await place.configure(keyFile("main"));
  await place.json(["init"]);
  await place.json(["put", "store/token"], CANARY);
  return place;
}
