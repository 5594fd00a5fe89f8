import { cpSync, readFileSync, readdirSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordAws } from "./aws/record.ts";
import { recordVault } from "./record-vault.ts";

/** `npm run record-example [vault|aws]`: fills a real server, collects from it, and replaces `examples/<name>/snapshots/`. */

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const RECORDERS = { vault: recordVault, aws: recordAws };

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

async function replace(name: keyof typeof RECORDERS): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-record-"));
  try {
    const { directory, manifest, errors } = await RECORDERS[name](dir, version);
    if (errors[0] !== undefined) throw errors[0];
    console.log(JSON.stringify({ ...manifest.fact_counts, gaps: manifest.gaps.count }));
    const snapshots = join(EXAMPLES, name, "snapshots");
    rmSync(snapshots, { recursive: true, force: true });
    cpSync(directory, join(snapshots, basename(directory)), { recursive: true });
    console.log(`recorded ${readdirSync(snapshots).join()} into ${snapshots}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const [wanted] = process.argv.slice(2);
for (const name of Object.keys(RECORDERS) as (keyof typeof RECORDERS)[])
  if (wanted === undefined || wanted === name) await replace(name);
