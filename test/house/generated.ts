import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { CountersignError, canonicalJson, writeFileAtomically } from "../../src/base/index.ts";
import { ConfigSchema } from "../../src/cli/config.ts";
import { errorTable } from "../../src/cli/output.ts";
import { detections } from "../../src/events/index.ts";
import { EvidenceHead, Finding, NamedGap, PastFinding } from "../../src/evidence/index.ts";
import { FACT_KINDS, Gap, RawRecord, SnapshotManifest, factSchema } from "../../src/facts/index.ts";
import { Verdict } from "../../src/gate/index.ts";
import { writeReviewReport } from "../../src/render/index.ts";
import { ReviewReport } from "../../src/review/index.ts";
import { SubjectOutcomes, buildBundle, checkBundle, loadBundle } from "../../src/policy/index.ts";
import {
  CHANGE_SUBJECT_KINDS,
  SUBJECT_KINDS,
  changeInputSchema,
  inputSchema,
} from "../../src/subjects/index.ts";
import { policyPages } from "../../policies/policy-pages.ts";
import { quarter } from "../review/quarter.ts";
import { detectionPages } from "./detection-pages.ts";

/**
 * Files that are made from others and committed. `node test/house/generated.ts` compares, `--write` (`npm run generate`)
 * makes them. Needs a policy compiler for the bundle only; without one that part is said to be unchecked, and fails
 * where CI=true.
 */
const ROOT = new URL("../../", import.meta.url).pathname;

type Files = Map<string, Uint8Array>;

const text = (content: string): Uint8Array => Buffer.from(content, "utf8");

const json = (value: unknown): Uint8Array =>
  text(`${JSON.stringify(JSON.parse(canonicalJson(value)) as unknown, null, 2)}\n`);

function policySchemas(): Files {
  return new Map([
    ...SUBJECT_KINDS.map((kind) => [`policies/schemas/${kind}.json`, json(inputSchema(kind))] as const),
    ...CHANGE_SUBJECT_KINDS.map(
      (kind) => [`policies/schemas/${kind}.json`, json(changeInputSchema(kind))] as const,
    ),
  ]);
}

/** Schemas of everything that leaves the product, for editors and auditors' tools. */
function publishedSchemas(): Files {
  const schemas: Record<string, TSchema> = {
    "countersign.yaml": ConfigSchema,
    "evidence-package": EvidenceHead,
    finding: Finding,
    "gate-verdict": Verdict,
    "past-finding": PastFinding,
    outcomes: SubjectOutcomes,
    "review-report": ReviewReport,
    gap: NamedGap,
    "snapshot-gap": Gap,
    record: RawRecord,
    "snapshot-manifest": SnapshotManifest,
    ...Object.fromEntries(FACT_KINDS.map((kind) => [`facts/${kind}`, factSchema(kind)])),
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `docs/schemas/${name}.schema.json`,
      json({ $schema: "https://json-schema.org/draft/2020-12/schema", title: name, ...schema }),
    ]),
  );
}

/** The bundle, checked as one of unknown making is, and its name for who need not check it again. */
async function bundle(): Promise<Files> {
  try {
    const { bytes } = await buildBundle(join(ROOT, "policies"));
    const checked = `// Made by \`npm run generate\`.

/** SHA-256 of \`policies/bundle.tar.gz\`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "${checkBundle(bytes).digest}";
`;
    return new Map([
      ["policies/bundle.tar.gz", bytes],
      ["src/policy/checked-bundle.ts", text(checked)],
    ]);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_COMPILER") throw thrown;
    process.stdout.write(`unchecked: policies/bundle.tar.gz: ${thrown.message}\n`);
    if (process.env["CI"] === "true") process.exitCode = 1;
    return new Map();
  }
}

async function policyDocs(built: Files): Promise<Files> {
  const bytes = built.get("policies/bundle.tar.gz") ?? (await readFile(join(ROOT, "policies/bundle.tar.gz")));
  const { catalogue } = loadBundle(bytes);
  const pages = policyPages(catalogue);
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const counted = `[${catalogue.policies.length} policies](docs/policies/README.md)`;
  return new Map([
    ...[...pages].map(([name, page]) => [`docs/policies/${name}`, text(page)] as const),
    ["README.md", text(readme.replace(/\[\d+ policies\]\(docs\/policies\/README\.md\)/, counted))],
  ]);
}

function detectionDocs(): Files {
  const pages = detectionPages(detections());
  return new Map([...pages].map(([name, page]) => [`docs/detections/${name}`, text(page)]));
}

function errorDocs(): Files {
  const head = "# Errors\n\nEvery error has a code that does not change. Scripts may match on it.\n\n";
  return new Map([["docs/errors.md", text(`${head}${errorTable()}`)]]);
}

/** The report of the example, as an auditor would receive it; parts and the large access list are left out. */
async function sampleReport(): Promise<Files> {
  const out = await mkdtemp(join(tmpdir(), "countersign-sample-"));
  try {
    const { demonstrate } = await import("../../src/cli/demonstration.ts");
    const { processEnvironment } = await import("../../src/cli/environment.ts");
    const environment = processEnvironment(new AbortController().signal);
    const quiet = { out: () => undefined, err: () => undefined, interactive: false };
    await demonstrate({ ...environment, terminal: quiet }, { estate: "vault", out, page: "a4" });
    const names = [
      "evidence-report.pdf",
      "controls.csv",
      "findings.csv",
      "gaps.csv",
      "evidence-package.json",
    ];
    return new Map(
      await Promise.all(
        names.map(async (name) => [`reports/sample/${name}`, await readFile(join(out, name))] as const),
      ),
    );
  } finally {
    await rm(out, { recursive: true });
  }
}

/** The report of a small quarter, whole. */
async function sampleReview(): Promise<Files> {
  const out = await mkdtemp(join(tmpdir(), "countersign-sample-review-"));
  try {
    const written = await writeReviewReport((await quarter()).source, out);
    return new Map(
      await Promise.all(
        written.map(
          async ({ file, path }) => [`reports/sample-review/${file}`, await readFile(path)] as const,
        ),
      ),
    );
  } finally {
    await rm(out, { recursive: true });
  }
}

async function strays(directory: string, files: Files): Promise<string[]> {
  const names = await readdir(join(ROOT, directory), { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .filter((name) => !files.has(name));
}

const write = process.argv.includes("--write");
let stale = 0;

/** Compares, or writes what differs. */
async function settle(files: Files): Promise<void> {
  for (const [name, bytes] of files) {
    const present = await readFile(join(ROOT, name)).catch(() => undefined);
    if (present !== undefined && Buffer.compare(present, bytes) === 0) continue;
    stale += 1;
    if (write) await writeFileAtomically(join(ROOT, name), bytes);
    process.stdout.write(`${write ? "written" : "not up to date"}: ${name}\n`);
  }
}

// In this order: the bundle is checked against the schemas, the pages and the sample are made with the bundle.
const schemas = policySchemas();
await settle(schemas);
const built = await bundle();
await settle(built);
const files: Files = new Map([
  ...schemas,
  ...built,
  ...publishedSchemas(),
  ...(await policyDocs(built)),
  ...detectionDocs(),
  ...errorDocs(),
  ...(await sampleReport()),
  ...(await sampleReview()),
]);

await settle(files);
for (const directory of [
  "policies/schemas",
  "docs/schemas",
  "docs/policies",
  "docs/detections",
  "reports/sample",
  "reports/sample-review",
]) {
  for (const name of await strays(directory, files).catch(() => [])) {
    stale += 1;
    if (write) await rm(join(ROOT, name));
    process.stdout.write(`${write ? "removed" : "made from nothing"}: ${name}\n`);
  }
}
process.stdout.write(`generated: ${files.size} files, ${stale} ${write ? "changed" : "not up to date"}\n`);
if (!write && stale > 0) process.exitCode = 1;
