import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { fillAround } from "../estate/aws/around.ts";
import { fillAws } from "../estate/aws/fill.ts";
import { HOME } from "../estate/aws/terms.ts";
import { command } from "../estate/command.ts";
import {
  REFUSED,
  collectedWithout,
  exampleRecords,
  judge,
  openEstate,
  type Judgement,
} from "../evidence/example.ts";

/**
 * What the collector may not do, one permission after the other: the answers of moto are put to the connector again with
 * those of one operation refused, and no outcome may look better for it. All operations with `SLOW=1`, else every fourth.
 */
const SLOW = process.env["SLOW"] === "1";
const SHARE = SLOW ? 1 : 4;
const TIME_LIMIT_MS = SLOW ? 3_600_000 : 600_000;

const moto = await ensureMoto();
const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };

describe.skipIf("missing" in moto)("an AWS permission that the collector does not have", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-aws-permissions-"));
  let server: MotoServer;

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
    await fillAws(server.endpoint);
    await fillAround(server.endpoint);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it(
    "makes nothing look better, and shows",
    async () => {
      const settings = { endpoint: server.endpoint, regions: [HOME] };
      const file = join(dir, "countersign.yaml");
      const source = { connector: "aws", ...settings };
      writeFileSync(file, JSON.stringify({ version: 1, sources: { "company-aws": source } }));
      const ended = await command(["collect"], env, dir);
      expect(ended.code, ended.stderr).toBe(3);
      const estate = await openEstate(join(dir, ".countersign", "snapshots"), file);
      const records = await exampleRecords(estate);
      const whole = judge(estate, await collectedWithout(estate, records, () => false, settings));
      expect(
        [...whole.outcomes.values()].filter(({ outcome }) => outcome === "compliant").length,
      ).toBeGreaterThan(100);
      const operations = [...new Set(records.map(({ operation }) => operation))].sort();
      expect(operations.length).toBeGreaterThan(30);
      const better: string[] = [];
      for (const operation of operations.filter((_, place) => place % SHARE === 0)) {
        const facts = await collectedWithout(
          estate,
          records,
          (record) => record.operation === operation,
          settings,
        );
        expect([operation, facts.gaps.some(({ detail }) => detail === REFUSED)]).toEqual([operation, true]);
        better.push(...cleaner(whole, judge(estate, facts)).map((what) => `${operation}: ${what}`));
      }
      expect(better).toEqual([]);
    },
    TIME_LIMIT_MS,
  );
});

/**
 * What looks better than before; nothing may. That a policy spoke not of a thing because of a tag that is hidden now is no
 * verdict: what is proven of the thing meanwhile stands. Of a subject that was not there before nothing was said.
 */
function cleaner(before: Judgement, after: Judgement): string[] {
  const known = new Set(before.subjects.map(({ id }) => id));
  return [...after.outcomes].flatMap(([name, { outcome, subject_id }]) => {
    const was = before.outcomes.get(name)?.outcome ?? "unseen";
    const better = outcome === "compliant" || outcome === "not_applicable";
    const newcomer = was === "unseen" && outcome === "not_applicable" && !known.has(subject_id);
    const silent = was === "not_applicable" || newcomer;
    return better && was !== outcome && !silent ? [`${name}: ${was} → ${outcome}`] : [];
  });
}
