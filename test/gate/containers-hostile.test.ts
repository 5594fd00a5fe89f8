import { describe, expect, it } from "vitest";
import { COMPOSE } from "../../src/gate/formats/container/compose.ts";
import { DOCKERFILE } from "../../src/gate/formats/container/dockerfile.ts";
import { KUBERNETES } from "../../src/gate/formats/kubernetes/index.ts";
import type { Declared } from "../../src/gate/declared.ts";
import { UNKNOWN_SURROUNDINGS, type Unread } from "../../src/gate/formats/format.ts";
import type { Format } from "../../src/gate/formats/index.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";

/** Time that a megabyte of whatever may take, in milliseconds; a pattern that goes back over it takes minutes. */
const MOST_MS = 5000;

const MANY = 500_000;

const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: "${value}"\n`;

const pod = (key: string, value: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      ${key}: ${value}\n`;

async function read(format: Format, name: string, text: string) {
  const started = performance.now();
  const files = [new SourceText(name, text)];
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  const declaring =
    "load" in format
      ? format.load(files, UNKNOWN_SURROUNDINGS, nothing)
      : format.read(files, UNKNOWN_SURROUNDINGS);
  const all: (Declared | Unread)[] = [];
  for await (const one of declaring) all.push(one);
  return { all, took: performance.now() - started };
}

describe("hostile files", () => {
  it.each<[string, Format, string, string]>([
    ["braces that nobody closes", KUBERNETES, "a.yaml", secret("{{ .".repeat(MANY))],
    ["variables that nobody closes", KUBERNETES, "a.yaml", secret("${a".repeat(MANY))],
    [
      "a long password",
      KUBERNETES,
      "a.yaml",
      pod("env", `[{name: PASSWORD, value: "${"${x:-".repeat(MANY)}"}]`),
    ],
    ["a long command", KUBERNETES, "a.yaml", pod("args", `["${'--a \\" a://b:'.repeat(100_000)}"]`)],
    ["long addresses", KUBERNETES, "a.yaml", pod("args", `["${"a".repeat(MANY)}://${":".repeat(MANY)}"]`)],
    [
      "a list of many",
      KUBERNETES,
      "a.json",
      JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: Array(100_000).fill({ apiVersion: "v1", kind: "Pod" }),
      }),
    ],
    [
      "lists in lists",
      KUBERNETES,
      "a.json",
      `${'{"apiVersion":"v1","kind":"List","items":['.repeat(40)}${"]}".repeat(40)}`,
    ],
    ["flags without end", DOCKERFILE, "Dockerfile", `FROM a\nCOPY ${"--a".repeat(MANY)}\n`],
    ["quotes without end", DOCKERFILE, "Dockerfile", `FROM a\nENV A=${"\"'\\".repeat(MANY)}\n`],
    ["continuations without end", DOCKERFILE, "Dockerfile", `FROM a\nRUN ${"a \\\n".repeat(MANY)}`],
    [
      "here-documents without end",
      DOCKERFILE,
      "Dockerfile",
      `FROM a\nRUN ${"<<A ".repeat(MANY)}\n${"x\n".repeat(MANY)}`,
    ],
    [
      "stages that begin with themselves",
      DOCKERFILE,
      "Dockerfile",
      "FROM a AS a\nCOPY .env /\nFROM a AS a\n",
    ],
    [
      "services that extend each other",
      COMPOSE,
      "compose.yaml",
      "services:\n  a: {extends: b}\n  b: {extends: a}\n",
    ],
    [
      "variables of variables",
      COMPOSE,
      "compose.yaml",
      `services: {a: {environment: {PASSWORD: "${"${A:-".repeat(MANY)}"}}}\n`,
    ],
  ])("are read in time: %s", async (_, format, name, text) => {
    expect((await read(format, name, text)).took).toBeLessThan(MOST_MS);
  });

  it("keeps the credential in a text that is too long to be a reference", async () => {
    const { all } = await read(KUBERNETES, "a.yaml", secret("ab".repeat(100_000)));
    expect(all.flatMap((one) => ("credentials" in one ? one.credentials : []))).toHaveLength(1);
  });
});
