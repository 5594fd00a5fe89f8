import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** The rules of the house that neither the compiler nor the linter sees. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** What is made, fetched or kept beside the project. */
const NOT_OURS = new Set([".cache", ".countersign", ".git", "coverage", "dist", "node_modules", "out"]);

const TEXT = /\.(ts|mjs|js|go|mod|rego|ya?ml|json|md|csv|sql)$|^\.[a-z]+rc$|^\.gitignore$|^run$/;

/** Recorded answers and lists of module digests: what stands in them is not our prose. */
const RECORDED =
  /^(test\/(cases|golden|replays)\/|reports\/sample(-review)?\/|examples\/snapshots\/|.*go\.sum$)/;

const MAX_CODE_LINES = 400;

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !NOT_OURS.has(name))
      .map(async (entry) => {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) return walk(path);
        return TEXT.test(entry.name) && !RECORDED.test(path) ? [path] : [];
      }),
  );
  return found.flat().sort();
}

const files: readonly SourceFile[] = await Promise.all(
  (await walk("")).map(async (path) => ({ path, text: await readFile(join(ROOT, path), "utf8") })),
);
const SELF = "test/house/tidy.test.ts";
const others = files.filter(({ path }) => path !== SELF);
const source = others.filter(({ path }) => /^src\/.*\.ts$/.test(path));

/** `path:line` of every line that matches. */
function lines(among: readonly SourceFile[], pattern: RegExp): string[] {
  return among.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const except =
  (...paths: readonly string[]) =>
  ({ path }: SourceFile): boolean =>
    !paths.some((prefix) => path.startsWith(prefix));

describe("the house", () => {
  it("was looked at", () => {
    expect(source.length).toBeGreaterThan(100);
    expect(files.some(({ path }) => path === "package.json")).toBe(true);
  });

  it("names no place on anybody's machine", () => {
    const places =
      /(^|[\s"'`(=:])(\/work\/|\/root\/|\/Users\/|[A-Z]:\\Users\\)|(^|[\s"'`(=])\/home\/(?!kim\b)/;
    expect(lines(others, places)).toEqual([]);
  });

  it("names no package registry", () => {
    const hosts =
      /registry\.npmjs|registry\.yarnpkg|proxy\.golang\.org|sum\.golang\.org|pypi\.org|repo1?\.maven/;
    expect(lines(others.filter(except("package-lock.json")), hosts)).toEqual([]);
  });

  it("locks its dependencies by digest, not by where they were downloaded", async () => {
    const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
    };
    const entries = Object.entries(packages).filter(([path]) => path.includes("node_modules/"));
    expect(entries.length).toBeGreaterThan(100);
    expect(
      entries.filter(([, { resolved }]) => /^(https?|git)/.test(resolved ?? "")).map(([path]) => path),
    ).toEqual([]);
    expect(
      entries
        .filter(([, { integrity, link }]) => integrity === undefined && link !== true)
        .map(([path]) => path),
    ).toEqual([]);
  });

  it("takes clock and chance only at the command line", () => {
    const inside = source.filter(except("src/cli/"));
    expect(lines(inside, /\bDate\.now\(|new Date\(\)|Math\.random\(/)).toEqual([]);
  });

  it("takes the environment only at the command line, for the compiler's own process, and in the script that builds it", () => {
    const inside = source.filter(
      except("src/cli/", "src/policy/compiler/program.ts", "src/policy/compiler/build.ts"),
    );
    expect(lines(inside, /process\.env/)).toEqual([]);
  });

  it("writes to the terminal only at the command line, and in the script that builds the policy compiler", () => {
    const inside = source.filter(except("src/cli/environment.ts", "src/policy/compiler/build.ts"));
    expect(lines(inside, /\bconsole\.|process\.std(out|err)\.write/)).toEqual([]);
  });

  it("enters each folder through its index", async () => {
    const folders = (await readdir(join(ROOT, "src"), { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    const paths = new Set(source.map(({ path }) => path));
    // Nobody enters the command line but the process.
    const missing = folders
      .map(({ name }) => name)
      .filter((name) => name !== "cli" && !paths.has(`src/${name}/index.ts`));
    expect(missing).toEqual([]);
  });

  it("gives everything a name of its own: no default exports", () => {
    expect(lines(source, /^export default\b|\bas default\b/)).toEqual([]);
  });

  it(`has no file of more than ${MAX_CODE_LINES} lines of code`, () => {
    const code = others.filter(({ path }) => /\.(ts|mjs|go|rego)$/.test(path));
    const long = code
      .map(({ path, text }) => ({ path, count: codeLines(text) }))
      .filter(({ count }) => count > MAX_CODE_LINES)
      .map(({ path, count }) => `${path}: ${count}`);
    expect(long).toEqual([]);
  });

  it("leaves nothing to do behind", () => {
    // The fictional company of the example has its own loose ends.
    const marks = /\b(TODO|FIXME|XXX|HACK)\b/;
    expect(lines(others.filter(except("package-lock.json", "test/estate/policies.ts")), marks)).toEqual([]);
  });

  it("runs all its tests", () => {
    const tests = others.filter(({ path }) => path.endsWith(".test.ts"));
    expect(tests.length).toBeGreaterThan(40);
    expect(lines(tests, /\b(describe|it|test)(\.\w+)*\.only\b|\b(xit|xdescribe|fit)\(/)).toEqual([]);
    expect(lines(tests, /\b(describe|it|test)\.(skip|todo)\(/)).toEqual([]);
  });

  it("switches no rule off", () => {
    expect(
      lines(
        others.filter(({ path }) => /\.(ts|mjs|js)$/.test(path)),
        /eslint-disable|@ts-(ignore|nocheck|expect-error)/,
      ),
    ).toEqual([]);
  });

  it("names its folders by what they own", () => {
    const vague = /(^|\/)(utils?|helpers?|common|managers?|misc|shared)(\/|\.[a-z]+$)/;
    expect(others.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });
});

/** Lines that are neither blank nor comments alone, as the linter counts them. */
function codeLines(text: string): number {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""));
  return bare.split("\n").filter((line) => !/^\s*((\/\/|#).*)?$/.test(line)).length;
}
