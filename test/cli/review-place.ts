import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { CampaignItem } from "../../src/review/index.ts";
import { ROOT, countersign, type Ended, type SpawnOptions } from "./process.ts";

/** People of the example's company, by what they do. */
export const WHO = {
  compliance: "d.farrell@harbourpine.example",
  admin: "v.santos@harbourpine.example",
  security: "a.mensah@harbourpine.example",
  /** Asked where nobody else is found. */
  last: "n.mbeki@harbourpine.example",
  auditor: "olga@audit.example",
};

const REVIEW = `
review:
  roles:
    admin: { people: [${WHO.admin}] }
    compliance: { people: [${WHO.compliance}] }
    security: { people: [${WHO.security}, s.abebe@harbourpine.example] }
    auditor: { people: [${WHO.auditor}] }
  fallback: [${WHO.last}]
  campaigns:
    quarterly:
      assign: owner
      every: quarter
      scope: { principal_types: [auth_group], tiers: [standard], owners: [s.abebe@harbourpine.example] }
`;

/** A state directory with the example's snapshot, and a configuration with roles. */
export async function reviewPlace(directory: string): Promise<void> {
  const example = join(ROOT, "examples/vault");
  await mkdir(join(directory, ".countersign"), { recursive: true });
  await cp(join(example, "snapshots"), join(directory, ".countersign/snapshots"), { recursive: true });
  const config = await readFile(join(example, "countersign.yaml"), "utf8");
  await writeFile(join(directory, "countersign.yaml"), config + REVIEW);
}

/** `countersign review …` by somebody; absent: nobody is named. */
export async function review(
  directory: string,
  who: string | undefined,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Ended> {
  return await countersign(["review", ...args], {
    cwd: directory,
    ...options,
    env: { VAULT_TOKEN: "none", ...(who === undefined ? {} : { COUNTERSIGN_USER: who }) },
  });
}

/** What a command says as JSON; it must end well. */
export async function saidJson(directory: string, who: string, args: readonly string[]): Promise<unknown> {
  const { exit, out, err } = await review(directory, who, [...args, "--json"]);
  expect(err).toBe("");
  expect(exit).toBe(0);
  return JSON.parse(out);
}

export async function itemsOf(directory: string, campaign: string): Promise<readonly CampaignItem[]> {
  const said = await saidJson(directory, WHO.compliance, ["items", campaign]);
  return (said as { items: readonly CampaignItem[] }).items;
}
