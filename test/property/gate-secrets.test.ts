import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  UNKNOWN_SURROUNDINGS,
  baselineText,
  gate,
  type GateRules,
  type Verdict,
} from "../../src/gate/index.ts";
import { OUTPUT_FORMATS, rendered } from "../../src/gate/output/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { secretSearch } from "../../src/secret-scan/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { countersign } from "../cli/process.ts";
import { PLANTED, tellingOf } from "../gate/planted.ts";
import { ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, made } from "../secret-scan/made.ts";

/** Whatever is judged, no output and no baseline tells a secret that is written down, nor anything by which it could be guessed. */
const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? { numRuns: 50 } : { numRuns: 3, seed: 20261128 };

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

const of = (alphabet: string, length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength: length, maxLength: length });

/** Secrets as people and machines make them; each has nothing that another text of a case would have. */
const secret: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(of(UPPER, 1), of(LOWER, 5), of(DIGITS, 4), of(LOWER, 6)).map((parts) => `${parts.join("")}!`),
  of(LOWER, 14),
  of(ALNUM, 32),
  of(HEX, 40),
  of(BASE64, 43).map((text) => `${text}=`),
  fc.tuple(of(ALNUM, 8), of(ALNUM, 8)).map(([a, b]) => `${a}%$&"' <{${b}`),
  of(ALNUM, 24).map((text) => `hvs.${text}`),
  of(ALNUM, 36).map((text) => `ghp_${text}`),
);

async function judge(files: Readonly<Record<string, string>>): Promise<Verdict> {
  const search = secretSearch({ threads: 0 });
  try {
    return await gate({
      tree: { files: () => listed(files) },
      search: (texts) => search.search(texts),
      rules,
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: "0.0.0",
      at: "2026-11-27T00:00:00.000Z",
      failOn: "low",
      undeterminedFails: true,
      signal: new AbortController().signal,
    });
  } finally {
    await search.close();
  }
}

async function* listed(files: Readonly<Record<string, string>>) {
  await Promise.resolve();
  for (const [path, text] of Object.entries(files))
    yield { path, size: Buffer.byteLength(text), read: () => Promise.resolve(Buffer.from(text)) };
}

/** All that the gate writes. */
async function written(verdict: Verdict): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = { baseline: baselineText(verdict.findings) };
  for (const format of OUTPUT_FORMATS) {
    const { text, summary = "" } = await rendered({ ...verdict, own_rego: [] }, format);
    told[format] = text + summary;
  }
  return told;
}

/** What a text tells of a secret, with what stands before it. */
function toldOf(text: string, value: string): string[] {
  return tellingOf(value).flatMap(([what, part]) => {
    const at = text.indexOf(part);
    return at === -1 ? [] : [`${what}: ${text.slice(Math.max(0, at - 200), at + part.length)}`];
  });
}

describe("a secret that is written down", () => {
  it.each(PLANTED.map((plant, index) => [Object.keys(plant("x")).join(", "), index, plant] as const))(
    "is in no output of %s (%i)",
    async (_, __, plant) => {
      await fc.assert(
        fc.asyncProperty(secret, async (value) => {
          const verdict = await judge(plant(value));
          expect(verdict.file_count).toBeGreaterThan(0);
          for (const [output, text] of Object.entries(await written(verdict)))
            expect(toldOf(text, value), output).toEqual([]);
        }),
        RUNS,
      );
    },
  );

  it("is in no file that a run leaves, and not on its screen", async () => {
    const value = `${made(ALNUM, 12)}-${made(ALNUM, 20, 3)}`;
    const place = await mkdtemp(join(tmpdir(), "countersign-planted-"));
    const put = async (path: string, text: string): Promise<void> => {
      await mkdir(dirname(join(place, path)), { recursive: true });
      await writeFile(join(place, path), text);
    };
    for (const [nth, plant] of PLANTED.entries())
      for (const [path, text] of Object.entries(plant(value))) await put(`in/${nth}/${path}`, text);
    await put("data/data.json", JSON.stringify({ known: { [value]: value } }));
    await put(
      "own/a.rego",
      'package main\nimport rego.v1\ndeny contains "is known" if data.known[input.data.password]\n',
    );
    await mkdir(join(place, "home"));
    await mkdir(join(place, "tmp"));
    const outputs = OUTPUT_FORMATS.flatMap((format) => ["--output", `${format}=out/${format}`]);
    await mkdir(join(place, "out"));
    const { exit, out, err } = await countersign(
      ["gate", "in", "--policy", "own", "--data", "data", "--write-baseline", "out/known.json", ...outputs],
      {
        cwd: place,
        env: {
          HOME: join(place, "home"),
          TMPDIR: join(place, "tmp"),
          GITHUB_STEP_SUMMARY: join(place, "out/summary"),
        },
      },
    );
    expect([1, 2]).toContain(exit);
    const left = await readdir(place, { recursive: true, withFileTypes: true });
    const files = left.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const ownFiles = files.filter((file) => !/\/(?:in|data|own)\//.test(file.slice(place.length)));
    expect(ownFiles.length).toBeGreaterThan(OUTPUT_FORMATS.length + 1);
    for (const text of [out, err]) expect(toldOf(text, value)).toEqual([]);
    for (const file of ownFiles) expect(toldOf(await readFile(file, "latin1"), value), file).toEqual([]);
    await rm(place, { recursive: true });
  });
});
