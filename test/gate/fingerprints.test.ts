import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import {
  UNKNOWN_SURROUNDINGS,
  baselineText,
  gate,
  parseBaseline,
  type GateRules,
} from "../../src/gate/index.ts";
import { verdictSarif } from "../../src/gate/output/sarif.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

const pod = (name: string): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: a }\nspec:\n  automountServiceAccountToken: false\n` +
  `  containers:\n    - name: c\n      image: b\n      env:\n        - { name: P, valueFrom: { secretKeyRef: { name: db, key: p } } }\n`;

async function judge(path: string, text: string) {
  return gate({
    tree: {
      files: () => listed([{ path, size: text.length, read: () => Promise.resolve(Buffer.from(text)) }]),
    },
    rules,
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
}

async function* listed<T>(all: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* all;
}

interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }[];
}

/** Fingerprints of variables that hold secrets, in order of their places. */
async function fingerprints(path: string, text: string): Promise<(string | undefined)[]> {
  const { runs } = JSON.parse(verdictSarif(await judge(path, text))) as Sarif;
  return (runs[0]?.results ?? [])
    .filter(({ ruleId }) => ruleId === "secret_in_environment")
    .map(({ partialFingerprints }) => partialFingerprints["countersign/v1"]);
}

describe("a thing whose names are too long for policies", () => {
  it("is told as not read, and the others are judged", async () => {
    const long = `apiVersion: v1\nkind: Secret\nmetadata: { name: ${"x".repeat(20_000)}, namespace: a }\n`;
    const { exits, findings, unread } = await judge("a.yaml", long + pod("web"));
    expect(exits).toEqual([1, 3]);
    expect(findings.map(({ policy_id }) => policy_id)).toContain("secret_in_environment");
    expect(unread).toMatchObject([{ path: "a.yaml", line: 3, reason: "limit" }]);
  });
});

describe("fingerprints", () => {
  it("stay as they are when lines move, and when something else is found", async () => {
    const [own, ...others] = await fingerprints("a.yaml", pod("web"));
    expect([own?.length, others]).toEqual([64, []]);
    expect(await fingerprints("a.yaml", `# one\n# two\n${pod("web")}`)).toEqual([own]);
    expect((await fingerprints("a.yaml", pod("first") + pod("web"))).at(1)).toBe(own);
  });

  it("are of a file: of another name it has others", async () => {
    const [own] = await fingerprints("a.yaml", pod("web"));
    expect(await fingerprints("b.yaml", pod("web"))).not.toContain(own);
  });

  it("are two where a thing is declared twice, and a baseline that knows one does not know the other", async () => {
    const [own] = await fingerprints("a.yaml", pod("web"));
    const both = await fingerprints("a.yaml", pod("web") + pod("web"));
    expect(both[0]).toBe(own);
    expect(new Set(both).size).toBe(2);
    const known = parseBaseline(baselineText((await judge("a.yaml", pod("web"))).findings), "known.json");
    expect(known.map(({ fingerprint }) => fingerprint)).not.toContain(both[1]);
  });
});
