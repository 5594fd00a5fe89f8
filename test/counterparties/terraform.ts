import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { request } from "undici";
import { found, findExecutable, missing, type Availability } from "./availability.ts";
import { ensureMoto, startMoto } from "./moto.ts";

const run = promisify(execFile);

/** The provider's version by which the committed plans were made: another has other attributes. */
const PROVIDER_VERSION = "5.100.0";

const PROVIDER = join("registry.terraform.io", "hashicorp", "aws", PROVIDER_VERSION);

/** Terraform's own version is not in what is compared; write-only arguments and ephemeral variables came with 1.11. */
const LEAST = [1, 11] as const;

export interface Terraform {
  readonly binary: string;
  /** A directory of providers, unpacked, as `provider_installation` calls a filesystem mirror. */
  readonly mirror: string;
}

/**
 * A `terraform`, and a mirror with AWS's provider. `COUNTERSIGN_TEST_TERRAFORM` names the program, else it is looked for on the PATH. The
 * mirror is the first with the provider of: `TF_PLUGIN_MIRROR`; those of the file that `TF_CLI_CONFIG_FILE` names; the directories that Terraform
 * itself looks into; and directories right below `/opt` and `/usr/share/terraform`, where images keep them. Nothing is downloaded.
 */
export async function ensureTerraform(): Promise<Availability<Terraform>> {
  const binary = process.env["COUNTERSIGN_TEST_TERRAFORM"] ?? findExecutable("terraform");
  if (binary === undefined) return missing("no terraform on the PATH, nor by COUNTERSIGN_TEST_TERRAFORM");
  const { stdout } = await run(binary, ["version", "-json"], { env: quiet() });
  const version = (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== LEAST[0] || minor < LEAST[1])
    return missing(`expected terraform ${LEAST.join(".")} or later of 1, got ${version}`);
  const mirror = mirrors().find((directory) => existsSync(join(directory, PROVIDER)));
  if (mirror === undefined)
    return missing(
      `no mirror with ${PROVIDER}: name one by TF_PLUGIN_MIRROR (tried ${mirrors().join(", ")})`,
    );
  return { found: { binary, mirror } };
}

function mirrors(): string[] {
  const { TF_PLUGIN_MIRROR: named, TF_CLI_CONFIG_FILE: settings, XDG_DATA_HOME: data } = process.env;
  const text = settings !== undefined && existsSync(settings) ? readFileSync(settings, "utf8") : "";
  const configured = [...text.matchAll(/filesystem_mirror\s*\{[^}]*?path\s*=\s*"([^"]+)"/g)];
  return [
    ...(named ?? "").split(delimiter).filter((one) => one !== ""),
    ...configured.map(([, path = ""]) => path),
    join(homedir(), ".terraform.d", "plugins"),
    join(data ?? join(homedir(), ".local", "share"), "terraform", "plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    ...["/usr/share/terraform", "/opt"].flatMap((home) =>
      existsSync(home) ? readdirSync(home).map((name) => join(home, name)) : [],
    ),
  ];
}

/** Nothing of the caller's own settings reaches Terraform, and it asks nobody whether there is a newer one. */
function quiet(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
}

/**
 * Makes the plan of a case, against an AWS that is empty: `world/` is applied and forgotten, `before/` is applied and kept as the state, `drift/` is
 * applied behind that state's back; then `input/` is planned, with the arguments of the file `arguments`. The plan is as `terraform show -json`
 * prints it, but for what differs from run to run.
 */
export async function planOf(
  { binary, mirror }: Terraform,
  { endpoint, directory }: { readonly endpoint: string; readonly directory: string },
): Promise<string> {
  const { body, statusCode } = await request(`${endpoint}/moto-api/reset`, { method: "POST" });
  await body.dump();
  if (statusCode !== 200) throw new Error(`expected moto to forget all, got ${statusCode}`);
  const home = mkdtempSync(join(tmpdir(), "countersign-plan-"));
  try {
    const settings = join(home, "settings.tfrc");
    writeFileSync(
      settings,
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
    );
    const work = join(home, "work");
    const [state, kept] = [join(work, "terraform.tfstate"), join(home, "kept.tfstate")];
    const terraform = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(binary, args, {
        cwd: work,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...quiet(),
          HOME: home,
          TF_CLI_CONFIG_FILE: settings,
          AWS_ACCESS_KEY_ID: "none",
          AWS_SECRET_ACCESS_KEY: "none",
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_ENDPOINT_URL: endpoint,
        },
      });
      return stdout;
    };
    const begin = async (part: string): Promise<boolean> => {
      if (!existsSync(join(directory, part))) return false;
      // The state stays; a file of the former part must not.
      const former = existsSync(state) ? readFileSync(state) : undefined;
      rmSync(work, { recursive: true, force: true });
      cpSync(join(directory, part), work, { recursive: true });
      if (former !== undefined) writeFileSync(state, former);
      await terraform("init", "-input=false", "-no-color");
      return true;
    };
    const apply = async (): Promise<string> => await terraform("apply", "-auto-approve", "-no-color");
    if (await begin("world")) {
      await apply();
      rmSync(state);
    }
    if (await begin("before")) await apply();
    if (existsSync(join(directory, "drift"))) {
      cpSync(state, kept);
      if (await begin("drift")) await apply();
      cpSync(kept, state);
    }
    await begin("input");
    const more = join(directory, "arguments");
    const args = existsSync(more) ? readFileSync(more, "utf8").split(/\s+/).filter(Boolean) : [];
    await terraform("plan", "-out=plan.out", "-input=false", "-no-color", ...args);
    return settled(await terraform("show", "-json", "plan.out"));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Ids that a server makes up, by what they look like, each with what takes its place; the number is that of the id. */
const MADE_UP: readonly (readonly [RegExp, (number: string, found: readonly string[]) => string])[] = [
  [
    /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g,
    (number) => `00000000-0000-4000-8000-${number.padStart(12, "0")}`,
  ],
  [
    /(:secret:[\w/.+=@-]+-)[A-Za-z0-9]{6}(?=["\\])/g,
    (number, [, name = ""]) => name + number.padStart(6, "A"),
  ],
  // A document's id is a number made of its text, in which other made up ids are.
  [/("id":")\d{5,10}(?=")/g, (number, [, before = ""]) => before + number.padStart(10, "1")],
  [/\b(A(?:ID|KI|RO)A)[A-Z0-9]{12,17}\b/g, (number, [, kind = ""]) => kind + number.padStart(17, "A")],
];

/** A plan without what differs from run to run: when it was made and by which Terraform, and ids that a server makes up. */
function settled(plan: string): string {
  let text = plan
    .replaceAll(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "2026-01-01T00:00:00Z")
    // In no order of its own.
    .replace(/(?<="relevant_attributes":)\[.*?\](?=,"timestamp")/, (list) =>
      JSON.stringify((JSON.parse(list) as object[]).toSorted(byText)),
    )
    .replaceAll(/"terraform_version":"[^"]*"/g, '"terraform_version":"1.11.4"');
  for (const [pattern, put] of MADE_UP) {
    const known = new Map<string, string>();
    text = text.replaceAll(pattern, (...found: string[]) => {
      const [whole = ""] = found;
      if (!known.has(whole)) known.set(whole, put(String(known.size + 1), found));
      return known.get(whole) ?? whole;
    });
  }
  return text;
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** The cases of which the plans are made. */
export const PLAN_CASES = fileURLToPath(new URL("../cases/gate/terraform_plan_real/", import.meta.url));

export function planCases(): string[] {
  return readdirSync(PLAN_CASES).filter((name) => /^(?:ng|ok)\./.test(name));
}

/** `node test/counterparties/terraform.ts [case…]` makes the committed plans anew. */
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const terraform = found(await ensureTerraform());
  const logs = mkdtempSync(join(tmpdir(), "countersign-moto-"));
  const moto = await startMoto({ server: found(await ensureMoto()), dir: logs });
  const wanted = process.argv.slice(2);
  for (const name of planCases().filter((one) => wanted.length === 0 || wanted.includes(one))) {
    const directory = join(PLAN_CASES, name);
    const plan = await planOf(terraform, { endpoint: moto.endpoint, directory });
    writeFileSync(join(directory, "input", "plan.json"), plan);
    console.log(`${name}: ${plan.length} characters`);
  }
  await moto.stop();
  rmSync(logs, { recursive: true, force: true });
}
