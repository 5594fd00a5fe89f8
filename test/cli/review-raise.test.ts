import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { place, ran } from "./places.ts";

const LIMIT_MS = 600_000;

const MORE = `  staff:
    connector: people
    rosters: [{ file: lists/hr.csv, kind: hr }]
review:
  roles: { compliance: { people: [cora@harbourpine.example] } }
`;

const HR = `Employee ID,Name,Work Email,Username,Status,Termination Date,Manager Email
E-1,Ada Lindqvist,a.lindqvist@harbourpine.example,a.lindqvist,terminated,2020-01-31,kim@harbourpine.example
E-2,Kim Berg,kim@harbourpine.example,,active,,
`;

it(
  "who left and has access is reviewed at once, by the manager, once; the schedule does nothing more",
  { timeout: LIMIT_MS },
  async () => {
    const directory = await place({ more: MORE });
    await mkdir(join(directory, "lists"));
    await writeFile(join(directory, "lists/hr.csv"), HR);
    expect((await ran(directory)).exit).toBe(3);
    const by = async (...command: string[]) =>
      await ran(directory, { command: ["review", ...command, "--as", "cora@harbourpine.example"] });
    const { out, exit } = await by("raise", "--json");
    expect(exit).toBe(0);
    const { campaigns } = JSON.parse(out) as { campaigns: { campaign_id: string; principals: string[] }[] };
    const [raised] = campaigns;
    expect(campaigns).toHaveLength(1);
    expect(raised?.campaign_id).toMatch(/^leavers-\d{4}-\d\d-\d\d$/);
    expect(raised?.principals.every((id) => id.startsWith("vault-production:"))).toBe(true);
    const items = await by("items", raised?.campaign_id ?? "", "--json");
    const found = (JSON.parse(items.out) as { items: { reviewer: string; item: object }[] }).items;
    expect(found.length).toBeGreaterThan(0);
    for (const { reviewer, item } of found) {
      expect(reviewer).toBe("kim@harbourpine.example");
      expect(item).toMatchObject({
        principal: { person: { person_id: "E-1" } },
        recommendation: { kind: "revoke" },
      });
    }
    expect(await by("raise")).toMatchObject({ exit: 0, out: "Nobody to raise.\n" });
    expect(await by("tick")).toMatchObject({ exit: 0, out: "Nothing to do.\n" });
  },
);

const AGAIN = `${HR}E-9,Ada Lindqvist,a.lindqvist@harbourpine.example,a.lindqvist,active,,\n`;
const MALFORMED = HR.replace("2020-01-31", "last spring");

it.each([
  ["the leaver's row is malformed", MALFORMED],
  ["two rows of one address differ", AGAIN],
])("nobody is said to be there to raise where %s", { timeout: LIMIT_MS }, async (_, hr) => {
  const directory = await place({ more: MORE });
  await mkdir(join(directory, "lists"));
  await writeFile(join(directory, "lists/hr.csv"), hr);
  expect((await ran(directory)).exit).toBe(3);
  const by = async (...command: string[]) =>
    await ran(directory, { command: ["review", ...command, "--as", "cora@harbourpine.example"] });
  const raised = await by("raise");
  expect(raised.exit).toBe(3);
  expect(raised.out).toMatch(/could not be read: |not raised, since rosters contradict/);
  expect(raised.out).not.toContain("Nobody to raise");
  const ticked = await by("tick");
  expect(ticked.exit).toBe(3);
  expect(ticked.out).toMatch(/left open: .*(?:roster could not be read|was not raised)/);
});
