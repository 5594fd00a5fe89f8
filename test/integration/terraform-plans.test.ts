import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found, type Availability } from "../counterparties/availability.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { PLAN_CASES, ensureTerraform, planCases, planOf } from "../counterparties/terraform.ts";

const terraform = await ensureTerraform();
const moto: Availability<string> = "missing" in terraform ? terraform : await ensureMoto();

describe.skipIf("missing" in terraform || "missing" in moto)("plans that Terraform makes", () => {
  let server: MotoServer;
  let logs: string;
  beforeAll(async () => {
    logs = await mkdtemp(join(tmpdir(), "countersign-moto-"));
    server = await startMoto({ server: found(moto), dir: logs });
  });
  afterAll(async () => {
    await server.stop();
    await rm(logs, { recursive: true, force: true });
  });

  it.each(planCases())("%s is as it was committed", async (name) => {
    const directory = join(PLAN_CASES, name);
    const made = await planOf(found(terraform), { endpoint: server.endpoint, directory });
    const committed = await readFile(join(directory, "input", "plan.json"), "utf8");
    expect(JSON.parse(made)).toEqual(JSON.parse(committed));
  });
});
