import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { simulate, simulateText } from "../../src/access/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { foundCases, worldCases } from "./cases.ts";

const TOPICS = ["look-up", "merging", "parameters", "listing", "identity", "sudo", "unknown"];

describe.each(TOPICS)("%s", (topic) => {
  it.each(worldCases(topic))("$title", ({ world, answers }) => {
    const got = [...simulate(world, { parsePolicy })];
    expect(got).toHaveLength(answers.length);
    for (const [index, answer] of answers.entries()) expect(got[index]).toMatchObject(answer);
  });
});

it("cases that once went wrong against a real server stay right", () => {
  for (const { file, world, capabilities } of foundCases()) {
    const got = [...simulate(world, { parsePolicy })].map((answer) => answer.capabilities);
    expect({ file, got }).toEqual({ file, got: world.questions.map(({ path }) => capabilities[path]) });
  }
});

const WORLD = {
  format: "countersign-world/1",
  provider: "hashicorp",
  dialect: "vault",
  policies: { app: 'path "kv/data/app/*" { capabilities = ["read"] }' },
  tokens: { t1: { policies: ["app"] } },
  questions: [{ id: "q1", token: "t1", operation: "read", path: "kv/data/app/db" }],
};

describe("files", () => {
  it("answers as the format says", () => {
    const [answer] = [...simulateText(JSON.stringify(WORLD, undefined, 2), { parsePolicy })];
    expect(JSON.stringify(answer)).toBe(
      '{"world":0,"id":"q1","decision":"allow","certainty":"certain","explicit_deny":false,' +
        '"because":[{"policy":"app","statement":0,"effect":"Allow","line":1,"path":"kv/data/app/*"}],"conditions":[],' +
        '"sudo":false,"capabilities":["read"]}',
    );
  });

  it("takes one world a line, and counts them", () => {
    const line = JSON.stringify(WORLD);
    const answers = [...simulateText(`${line}\n\n${line}\n`, { parsePolicy })];
    expect(answers.map((answer) => answer.world)).toEqual([0, 1]);
  });

  it("the examples in the documentation are answered as it says there", () => {
    const page = new URL("../../docs/world-format.md", import.meta.url);
    if (!existsSync(page)) return;
    const blocks = [...readFileSync(page, "utf8").matchAll(/```json\n([^]*?)```/g)].map(
      ([, text = ""]) => text,
    );
    expect(blocks).toHaveLength(4);
    for (const [world = "", answers = ""] of [blocks.slice(0, 2), blocks.slice(2)]) {
      const lines = [...simulateText(world, { parsePolicy })].map((answer) => JSON.stringify(answer));
      expect(lines).toEqual(
        answers
          .trim()
          .split("\n")
          .map((line) => JSON.stringify(JSON.parse(line))),
      );
    }
  });
});

describe("a malformed world is refused with its place", () => {
  const refuse = (world: unknown, file = "w.json") => {
    const text = typeof world === "string" ? world : JSON.stringify(world);
    return () => [...simulateText(text, { parsePolicy, file })];
  };

  it.each([
    ["an unknown key at the top", { ...WORLD, polices: {} }, 'got "polices"'],
    [
      "an unknown key in a question",
      { ...WORLD, questions: [{ token: "t1", path: "x", op: "read" }] },
      'in questions.0, got "op"',
    ],
    [
      "an unknown key in a token",
      { ...WORLD, tokens: { t1: { policy: ["app"] } } },
      'in tokens.t1, got "policy"',
    ],
    [
      "an unknown key in an entity",
      { ...WORLD, entities: { e: { name: "x", alias: [] } } },
      'in entities.e, got "alias"',
    ],
    [
      "an unknown operation",
      { ...WORLD, questions: [{ token: "t1", path: "x", operation: "write" }] },
      "questions.0.operation",
    ],
    ["another format", { ...WORLD, format: "countersign-world/2" }, "format"],
    ["a token that is not there", { ...WORLD, questions: [{ token: "t2", path: "x" }] }, 'got "t2"'],
    ["an entity that is not there", { ...WORLD, tokens: { t1: { entity: "e9" } } }, 'got "e9"'],
    [
      "a group that is not there",
      { ...WORLD, tokens: { t1: { entity: "e" } }, entities: { e: { name: "x", groups: ["g9"] } } },
      'got "g9"',
    ],
    ["text for root", { ...WORLD, policies: { root: "" } }, "root"],
    ["two policies that differ in case", { ...WORLD, policies: { a: "", A: "" } }, "differ in case"],
    ["no time", { ...WORLD, now_at: "tomorrow" }, "now_at"],
    ["not a world", "[]", "expected a world"],
    ["not JSON", '{"format": ', "expected JSON"],
  ])("%s", (_, world, message) => {
    expect(refuse(world)).toThrow(
      expect.objectContaining({
        code: "E_WORLD",
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  it.each([
    ["tokne", /^Did you mean token\? See docs\/world-format\.md\.$/],
    ["principal", /^Known here: .*token.*\. See docs\/world-format\.md\.$/],
  ])("names an unknown key where another is missing: %s", (key, fix) => {
    const world = { ...WORLD, questions: [{ [key]: "t1", path: "x" }] };
    expect(refuse(world)).toThrow(
      expect.objectContaining({
        code: "E_WORLD",
        message: `expected a known key in questions.0, got "${key}"`,
        fix: expect.stringMatching(fix) as string,
      }) as Error,
    );
  });

  it.each(["azure", "gcp"])("provider %s has no engine yet, and says so", (provider) => {
    expect(refuse({ format: "countersign-world/1", provider })).toThrow(
      `got "${provider}", whose engine is not built yet`,
    );
  });

  it("names the line of a world in a file of many", () => {
    const bad = JSON.stringify({ ...WORLD, tokens: 1 });
    expect(refuse(`${JSON.stringify(WORLD)}\n${bad}`)).toThrow(
      expect.objectContaining({ location: { file: "w.json", line: 2 } }) as Error,
    );
  });

  it("a policy that does not parse is told with its own place", () => {
    expect(refuse({ ...WORLD, policies: { app: 'path "a" {\n  capabilities = ["x"]\n}' } })).toThrow(
      expect.objectContaining({ code: "E_HCL", location: { file: "app", line: 1, column: 10 } }) as Error,
    );
  });
});
