import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openExample } from "../evidence/example.ts";
import { ensurePoppler } from "../render/poppler.ts";
import { place, ran } from "./places.ts";

// Starts the command line five times, in processes of their own.
vi.setConfig({ testTimeout: 400_000 });

const SECRET = "apps/data/data/feature-store/production/database";

const EMERGENCY = "emergency-anna";

/** A line of an audit log, as Vault writes it. */
function line(
  daysAgo: number,
  entity: string,
  own: { id: string; seconds?: number; error?: string; name?: string },
): string {
  const { id, seconds = 0, error, name } = own;
  return JSON.stringify({
    type: "response",
    time: new Date(Date.now() - daysAgo * 86_400_000 + seconds * 1000).toISOString(),
    auth: { entity_id: entity, ...(name === undefined ? {} : { metadata: { username: name } }) },
    ...(error === undefined ? { response: { data: { metadata: { version: 1 } } } } : { error }),
    request: { id, operation: "read", path: SECRET, mount_type: "kv", mount_point: "apps/" },
  });
}

test("use and detections of an ingested log come from collect to the findings and the report", async () => {
  const { facts } = await openExample();
  const [used, refused] = facts.of("principal").filter(({ disabled }) => !disabled);
  const directory = await place({
    more: `    audit_log: { files: [audit.log] }\nbreak_glass:\n  - { kind: principal, name: "${EMERGENCY}" }\n`,
  });
  const daily = Array.from({ length: 110 }, (_, day) => line(day + 0.1, used!.native_id, { id: `r${day}` }));
  // In the middle of an hour: a burst is one of its hour.
  const sinceHalf = ((Date.now() % 3_600_000) + 1_800_000) / 86_400_000;
  const denied = Array.from({ length: 12 }, (_, index) =>
    line(9 + sinceHalf, refused!.native_id, {
      id: `d${index}`,
      seconds: index,
      error: "1 error occurred:\n\t* permission denied\n\n",
    }),
  );
  const gone = line(12, "00000000-0000-4000-8000-000000000000", { id: "g", name: EMERGENCY });
  await writeFile(join(directory, "audit.log"), `${[...daily, ...denied, gone].join("\n")}\n`);
  expect((await ran(directory, { command: ["events", "ingest"] })).exit).toBe(0);
  await ran(directory);
  const assessed = await ran(directory, { command: ["assess"] });
  expect(assessed.exit).toBe(1);
  expect((await ran(directory, { command: ["report"] })).exit).toBe(1);
  const findings = (await readFile(join(directory, "out/findings.csv"), "utf8")).split("\r\n");
  const of = (policy: string, subject: string) =>
    findings.filter((row) => row.includes(`,${policy},`) && row.includes(subject)).join("\n");
  expect(of("denied_burst_unhandled", refused!.id)).toContain(
    "refused many times, and nobody looked into it: 1 finding: 9 days ago",
  );
  expect(of("denied_burst_unhandled", used!.id)).toBe("");
  expect(of("detection_unhandled", "vault-production")).toContain(
    `break-glass identity ${EMERGENCY} was used`,
  );
  expect(of("grant_unused", "identity/entity")).toContain("it has not read for 90 days");
  const poppler = ensurePoppler();
  if ("found" in poppler) {
    const text = poppler.found
      .pages(join(directory, "out/evidence-report.pdf"))
      .join(" ")
      .replace(/\s+/g, " ");
    expect(text).toContain("refused many times, and nobody looked into it");
    expect(text).toContain("denied_burst_unhandled");
    expect(text).toContain("it has not read for 90 days");
    expect(text).toContain("nobody of the inventory, and nobody looked into it");
  }
  // A review that is written down, and collected, settles it; the other one stays.
  const path = join(directory, "countersign.yaml");
  const today = new Date().toISOString().slice(0, 10);
  const review = `events:\n  acknowledgements:\n    - { detection: denied_burst, principal: "entity:${refused!.native_id}", by: Ada, on: ${today}, reason: Lost a role }\n`;
  await writeFile(path, `${await readFile(path, "utf8")}${review}`);
  await ran(directory);
  await ran(directory, { command: ["report", "--out", "again"] });
  const after = await readFile(join(directory, "again/findings.csv"), "utf8");
  expect(after).not.toContain("denied_burst_unhandled,");
  expect(after).toContain("detection_unhandled");
});
