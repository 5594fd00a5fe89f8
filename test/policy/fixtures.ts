import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { canonicalJson } from "../../src/base/index.ts";
import { loadBundle, type Bundle } from "../../src/policy/index.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** Three good policies; four of which three are at fault; those that `applicable` makes unacceptable, or may contain. */
export const POLICIES = fixture("policies");
export const FAULTY = fixture("faulty");
/** One good policy, and one that never ends for secrets of the owner "endless". */
export const UNBOUNDED = fixture("unbounded");
export const REFUSED = fixture("refused");
export const ACCEPTED = fixture("accepted");
export const SCHEMAS = fixture("policies/schemas");

export const EXEMPLARY = "secret/rotation_overdue/rotation_overdue.rego";

/** The fixtures that are kept compiled too, so that evaluation is tested where there is no compiler. */
export const COMPILED = [POLICIES, FAULTY, UNBOUNDED];

/** Where the compiled form of a fixture is kept; `node test/policy/compile-fixtures.ts` writes it. */
export function compiledFile(directory: string): string {
  return `${directory}.bundle.tar.gz`;
}

export async function bundleOf(directory: string, options: { own?: boolean } = {}): Promise<Bundle> {
  return loadBundle(await readFile(compiledFile(directory)), options);
}

/** A directory with these files, removed after the test. */
export async function directoryOf(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** The exemplary policy with its test and schema, its source changed. */
export async function edited(change: (source: string) => string): Promise<Record<string, string>> {
  const test = EXEMPLARY.replace(".rego", "_test.rego");
  return {
    [EXEMPLARY]: change(await readFile(join(POLICIES, EXEMPLARY), "utf8")),
    [test]: await readFile(join(POLICIES, test), "utf8"),
    "schemas/secret.json": await readFile(join(SCHEMAS, "secret.json"), "utf8"),
  };
}

/** A document of a secret, as the subjects layer gives it. */
export function secret(fields: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(
    canonicalJson({
      kind: "secret",
      id: "kv/payments/db",
      gaps: [],
      lifetime: "static",
      mounts: [],
      ...fields,
    }),
  );
}

export function hiding(...kinds: string[]): { fact_kind: string; reason: string }[] {
  return kinds.map((fact_kind) => ({ fact_kind, reason: "denied" }));
}
