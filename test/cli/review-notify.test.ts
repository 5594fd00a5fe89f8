import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../src/cli/config.ts";
import { listening } from "../review/receiver.ts";
import { place, ran } from "./places.ts";

const LIMIT_MS = 600_000;
const CORA = "cora@harbourpine.example";
const HR = `Employee ID,Name,Work Email,Username,Status,Termination Date,Manager Email
E-1,Ada Lindqvist,a.lindqvist@harbourpine.example,a.lindqvist,terminated,2020-01-31,kim@harbourpine.example
E-2,Kim Berg,kim@harbourpine.example,,active,,
`;

const more = (webhook: string): string => `  staff:
    connector: people
    rosters: [{ file: lists/hr.csv, kind: hr }]
review:
  roles: { compliance: { people: [${CORA}] }, security: { people: [sam@harbourpine.example] } }
${webhook}`;

it(
  "leavers are notified; what fails is told, keeps the review, and is sent by the next",
  { timeout: LIMIT_MS },
  async () => {
    const keys: string[] = [];
    const { url } = await listening([500, 500, 500, 204], ({ headers }) => {
      keys.push(String(headers["idempotency-key"]));
    });
    const directory = await place({
      more: more(`  webhook: { url: "${url}", secret: "file:hook.key" }\n`),
    });
    await mkdir(join(directory, "lists"));
    await writeFile(join(directory, "lists/hr.csv"), HR);
    await writeFile(join(directory, "hook.key"), "0123456789abcdef0123456789abcdef\n");
    await chmod(join(directory, "hook.key"), 0o600);
    expect((await ran(directory)).exit).toBe(3);
    const by = async (...command: string[]) =>
      await ran(directory, { command: ["review", ...command, "--as", CORA] });
    const raised = await by("raise");
    expect(raised).toMatchObject({ exit: 3, err: "" });
    expect(raised.out).toMatch(
      /^leavers-.*: opened .*\nnotified of leavers-\S+: 1 failed\nfailed: leaver leavers-\S+: 127\.0\.0\.1:\d+ answered 500\n/s,
    );
    const told = await ran(directory, { command: ["doctor"] });
    expect(told.out).toMatch(/warning  review notices: 1 notice could not be delivered to 127\.0\.0\.1/);
    expect(told.out).not.toContain("hidden");
    const { exit, out } = await by("notify", "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      waiting: 0,
      campaigns: [{ results: [{ outcome: "delivered" }] }],
    });
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(4);
    expect(await by("notify")).toMatchObject({ exit: 0, out: "Nothing to notify of.\n" });
    expect(await ran(directory, { command: ["review", "check"] })).toMatchObject({ exit: 0 });
  },
);

it.each([
  ['{ url: "https://h.example/", secret: hunter2hunter2hunter2 }', "E_CONFIG_LITERAL"],
  ['{ url: "http://h.example/", secret: "env:S" }', "E_CONFIG"],
])("a webhook %s is %s", (webhook, code) => {
  const text = `version: 1\nsources: { main: { connector: hashicorp } }\nreview: { webhook: ${webhook} }\n`;
  try {
    parseConfig(text, "countersign.yaml", {});
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toMatchObject({ code, location: { line: 3 } });
    expect(String(thrown)).not.toContain("hunter2");
  }
});
