import { chmod, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, counted, fileError, makeWritable, type ExitCode } from "../base/index.ts";
import { evidenceLeaves } from "./ledger-place.ts";
import { productVersion, stateDirectory, type Environment } from "./environment.ts";
import { checkState } from "../review/index.ts";
import type { WrittenFile } from "../render/index.ts";
import { atDesk, busy, done, type AtDesk, type ReviewOptions } from "./reviewing.ts";
import { readRulebook } from "./rulebook.ts";

export interface ReviewReportOptions extends ReviewOptions {
  readonly out: string;
  readonly page: "a4" | "letter";
}

/**
 * The evidence of a campaign: PDF, lists and a manifest. An earlier one in the same directory stays until this one is whole. The journal
 * is held against the ledger first, and the tables against the journal: E_INTEGRITY, and no report.
 */
export async function writeReport(
  environment: Environment,
  campaign: string,
  options: ReviewReportOptions,
): Promise<ExitCode> {
  return await atDesk(environment, options, async (at) => {
    const out = resolve(environment.cwd, options.out);
    const files = await busy(environment, "Writing the report", async () =>
      makeReport(environment, at, campaign, { ...options, out }),
    );
    const value = {
      campaign_id: campaign,
      directory: out,
      files: files.map(({ file, sha256 }) => ({ file, sha256 })),
    };
    const text = `${counted(files.length, "file")} in ${out}; sha256sum -c MANIFEST.sha256 checks them`;
    done(environment, options, value, text);
    return EXIT.pass;
  });
}

/** Makes the report at a desk that is open, in place of an earlier one. `out` is absolute. */
export async function makeReport(
  environment: Environment,
  { actor, opened }: Pick<AtDesk, "actor" | "opened">,
  campaign: string,
  options: ReviewReportOptions,
): Promise<readonly WrittenFile[]> {
  const { writeReviewReport } = await import("../render/index.ts");
  const { config, journal, kept } = opened;
  const { mappings } = await readRulebook(environment, config);
  const verified = await journal.verify();
  const head = await evidenceLeaves(stateDirectory(environment, options), environment.ports.clock).head();
  return await opened.frozen(async (desk, state) => {
    const { unheld } = await checkState({ state, kept });
    const evidence = await desk.reporting.evidence(actor, campaign, {
      product: { name: "Countersign", version: productVersion() },
      entity: config.value.entity ?? { name: "not stated" },
      frameworks: new Map(mappings.map(({ framework }) => [framework.id, framework])),
      verified,
      unheld: unheld[campaign] ?? 0,
      ...(head === undefined ? {} : { head }),
    });
    return await replacing(
      options.out,
      async (directory) => await writeReviewReport(evidence, directory, { page: options.page }),
    );
  });
}

/** Makes a directory beside the one that is wanted and puts it into its place once it is whole. E_DISK. */
async function replacing<T>(out: string, make: (directory: string) => Promise<T>): Promise<T> {
  await makeWritable(dirname(out));
  const made = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  const before = `${made}-before`;
  try {
    const written = await make(made);
    await chmod(made, 0o755);
    await rename(out, before).catch((thrown: unknown) => {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(thrown, out, "write");
    });
    await rename(made, out);
    return written;
  } finally {
    await rm(made, { recursive: true, force: true });
    await rm(before, { recursive: true, force: true });
  }
}
