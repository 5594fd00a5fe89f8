import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);

const ROOT = new URL("../../", import.meta.url).pathname;

/** Compiles the sources and, where nothing is cached, the policy compiler. */
const PACK_LIMIT_MS = 900_000;
const INSTALL_LIMIT_MS = 300_000;

/** Larger than this and something got into the package that does not belong there. */
const MAX_PACKAGE_BYTES = 10 * 1024 * 1024;

/** What `report` and `demo` leave, as the design names it. */
const OUTPUTS = [
  "access.csv",
  "controls.csv",
  "evidence-package.json",
  "evidence-report.pdf",
  "findings.csv",
  "gaps.csv",
  "inventory.csv",
];

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const directory = await mkdtemp(join(tmpdir(), "countersign-package-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the published package", () => {
  let packed: Packed;
  let paths: string[];

  beforeAll(async () => {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory], {
      cwd: ROOT,
      timeout: PACK_LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    // What the build prints comes before.
    const [first] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as Packed[];
    if (first === undefined) throw new Error("expected npm to pack one package");
    packed = first;
    paths = packed.files.map(({ path }) => path);
    console.log(
      `package: ${paths.length} files, ${(packed.size / 1e6).toFixed(1)} MB, unpacked ${(packed.unpackedSize / 1e6).toFixed(1)} MB`,
    );
  }, PACK_LIMIT_MS);

  it("holds the program, its policies, mappings, report, example and documentation", () => {
    for (const path of [
      "dist/cli/main.js",
      "dist/policy/own-thread.js",
      "dist/policy/thread.js",
      "dist/events/formats/cloudtrail.sql",
      "dist/events/queries/last_reads.sql",
      "dist/events/detections/new_reader.sql",
      "dist/web/static/icon.svg",
      "dist/web/static/review.js",
      "dist/web/static/style.css",
      "policies/bundle.tar.gz",
      "mappings/soc2-2017.yaml",
      "reports/evidence.yaml",
      "examples/vault/countersign.yaml",
      "docs/errors.md",
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
    ]) {
      expect(paths).toContain(path);
    }
    expect(paths.filter((path) => path.startsWith("examples/vault/snapshots/"))).toHaveLength(4);
  });

  it("holds no sources, tests, runtime or configuration of ours", () => {
    const strange = paths.filter(
      (path) =>
        /^(src|test|runtime|node_modules|\.ci|\.countersign|out)\//.test(path) ||
        /(?<!\.d)\.ts$|\.rego$|\.map$|^tsconfig|^eslint|^vitest|package-lock/.test(path) ||
        path.startsWith("reports/sample"),
    );
    expect(strange).toEqual([]);
  });

  it("is of a size that one installs without thinking", () => {
    expect(packed.size).toBeLessThan(MAX_PACKAGE_BYTES);
  });

  it("carries no address of the machine that it was built on", async () => {
    const texts = paths.filter((path) => /\.(js|json|ya?ml|md)$/.test(path));
    const named: string[] = [];
    for (const path of texts) {
      if ((await readFile(join(ROOT, path), "utf8")).includes(ROOT)) named.push(path);
    }
    expect(named).toEqual([]);
  });

  it(
    "installs into an empty directory and runs the demo there",
    async () => {
      const place = join(directory, "empty");
      await run("mkdir", [place]);
      await writeFile(join(place, "package.json"), JSON.stringify({ name: "somebody", private: true }));
      const options = { cwd: place, timeout: INSTALL_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
      const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--omit=dev"];
      await run("npm", ["install", ...flags, join(directory, packed.filename)], options);
      const installed = await readdir(join(place, "node_modules"));
      expect(installed).toContain("countersign");
      expect(
        installed.filter((name) => name === "typescript" || name === "vitest" || name === "node"),
      ).toEqual([]);

      const { stdout, stderr } = await run("npx", ["--no-install", "countersign", "demo"], options);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(stdout).toContain("Open first:");
      const written = await readdir(join(place, "out"));
      expect(written).toEqual(expect.arrayContaining(OUTPUTS));
      for (const name of OUTPUTS)
        expect((await stat(join(place, "out", name))).size, name).toBeGreaterThan(100);
      const pdf = await readFile(join(place, "out/evidence-report.pdf"));
      expect(pdf.subarray(0, 5).toString("latin1")).toBe("%PDF-");
      const { stdout: again } = await run(
        "npx",
        ["--no-install", "countersign", "demo", "--json", "--out", "again"],
        options,
      );
      const { package_id } = JSON.parse(again) as { package_id: string };
      const head = JSON.parse(await readFile(join(place, "out/evidence-package.json"), "utf8")) as {
        package_id: string;
      };
      expect(head.package_id).toBe(package_id);
      for (const name of OUTPUTS) {
        const [one, two] = await Promise.all([
          readFile(join(place, "out", name)),
          readFile(join(place, "again", name)),
        ]);
        expect(two.equals(one), `${name} has the same bytes`).toBe(true);
      }
    },
    INSTALL_LIMIT_MS * 2,
  );

  it("reads audit logs and asks them where it was installed", async () => {
    const place = join(directory, "empty");
    const countersign = async (...args: string[]): Promise<string> =>
      (await run("npx", ["--no-install", "countersign", "events", ...args], { cwd: place })).stdout;
    const log = join(ROOT, "test/events/samples/cloudtrail.json");
    expect(JSON.parse(await countersign("ingest", "--store", "aws-prod", "--json", log))).toMatchObject({
      files: 1,
      aside: 0,
    });
    expect(await countersign("query", "last_reads", "--csv")).toContain("aws-prod,arn:aws:secretsmanager:");
  });

  it("begins a small run of the gate with few files of its own", async () => {
    const place = join(directory, "empty");
    await writeFile(join(place, "reader.hcl"), 'path "kv/data/app" {\n  capabilities = ["read"]\n}\n');
    const list = join(directory, "loaded.txt");
    const watch = `--import=${join(ROOT, "test/cli/loaded-modules.mjs")}`;
    const env = { ...process.env, NODE_OPTIONS: watch, LOADED_MODULES: list };
    // Not by npx, which would be watched as well.
    await run(join(place, "node_modules/.bin/countersign"), ["gate", "reader.hcl"], { cwd: place, env });
    const loaded = (await readFile(list, "utf8")).split("\n");
    const own = loaded.filter((url) => url.includes("/node_modules/countersign/dist/"));
    expect(own.length).toBeGreaterThan(3);
    expect(own.length).toBeLessThan(60);
  });
});
