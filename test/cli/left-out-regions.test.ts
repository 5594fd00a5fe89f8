import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { estate } from "../connectors/aws/collecting.ts";
import { ACCOUNT, REGION } from "../connectors/aws/answers.ts";
import { fakeAws, type FakeAws } from "../fakes/aws.ts";
import { found } from "../counterparties/availability.ts";
import { ensurePoppler } from "../render/poppler.ts";
import { countersign } from "./process.ts";

const poppler = ensurePoppler();

const root = await mkdtemp(join(tmpdir(), "countersign-left-out-"));
afterAll(() => rm(root, { recursive: true, force: true }));

let server: FakeAws | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const OTHERS = ["eu-west-1", "us-west-2"];
const WHERE = `2 Regions of account ${ACCOUNT} (${OTHERS.join(", ")})`;
const WHY = "left out by `regions` in countersign.yaml";

describe("Regions that the settings leave out", () => {
  it("are told once by collect and by assess, as left out and not as what failed", async () => {
    server = await fakeAws((question) =>
      question.action === "DescribeRegions"
        ? {
            output: {
              Regions: [REGION, ...OTHERS].map((RegionName) => ({
                RegionName,
                OptInStatus: "opt-in-not-required",
              })),
            },
          }
        : estate(question),
    );
    await writeFile(
      join(root, "countersign.yaml"),
      `version: 1
sources:
  company-aws:
    connector: aws
    endpoint: ${server.endpoint}
    regions: [${REGION}]
`,
    );
    const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };
    const collected = await countersign(["collect"], { cwd: root, env });
    expect(collected.out).not.toContain("Could not be read");
    expect(collected.out).toContain(
      `Left out by configuration, nothing is known of it:\n  company-aws: ${WHERE}: ${WHY}\n`,
    );
    const assessed = await countersign(["assess"], { cwd: root, env });
    expect(assessed.out).toContain("gaps          0\n");
    expect(assessed.out).toContain(`not in scope  ${WHERE}: ${WHY}\n`);
    expect(assessed.out.split(WHY)).toHaveLength(2);
    const json = await countersign(["report", "--json"], { cwd: root, env });
    expect(JSON.parse(json.out)).toMatchObject({ summary: { gap_count: 2 }, unread_gaps: 0, left_out: 2 });
    const who = await countersign(["access", "who-can", "payments/db-AbCdEf", "--json"], { cwd: root, env });
    const { blindness } = JSON.parse(who.out) as { blindness: readonly object[] };
    expect(blindness.length).toBeGreaterThan(0);
    for (const one of blindness) expect(one).toMatchObject({ operation: "ec2.regions", detail: WHY });
    if ("missing" in poppler) return;
    const text = found(poppler).pages(join(root, "out/evidence-report.pdf")).join("");
    for (const region of OTHERS)
      expect(text).toMatch(new RegExp(`company-aws/${ACCOUNT}/${region} +○ Left out +0 +1\\n`));
    expect(text).not.toContain("◆ Failed");
    expect(text).toMatch(/Gaps +2 — of these, 2 of what the settings leave out/);
  });
});
