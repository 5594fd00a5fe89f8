import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { workTree } from "../../src/cli/work-tree.ts";
import {
  judgeOwnRego,
  mergedData,
  type DataFile,
  type OwnJudged,
  type OwnRegoRequest,
} from "../../src/gate/index.ts";
import { compileOwnRego, type RegoVersion } from "../../src/policy/index.ts";

/** Own rules and what they are asked about, all by path. */
export interface OwnCase {
  readonly policies: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly data?: readonly DataFile[];
  readonly version?: RegoVersion;
  readonly request?: Partial<
    Pick<
      OwnRegoRequest,
      "combine" | "ignore" | "named" | "namespaces" | "parser" | "seconds" | "warningsFail"
    >
  >;
}

/** Writes files below a new directory, and gives that. */
export async function written(...files: readonly Readonly<Record<string, string>>[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-own-rego-"));
  for (const [path, text] of files.flatMap((some) => Object.entries(some))) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** Judges what lies in `<directory>/input` as the gate does. */
export async function ownJudged(directory: string, own: OwnCase): Promise<OwnJudged> {
  const { policies, data = [], version = "v1", request = {} } = own;
  return await judgeOwnRego(await workTree(directory, ["input"]), {
    rego: await compileOwnRego(policies, { version }),
    namespaces: ["main"],
    data: await mergedData(data),
    combine: false,
    warningsFail: false,
    named: new Set(),
    directory,
    ...request,
  });
}

export async function ownCase(own: OwnCase): Promise<OwnJudged> {
  const inputs = Object.fromEntries(
    Object.entries(own.inputs).map(([path, text]) => [`input/${path}`, text]),
  );
  return await ownJudged(await written(inputs), own);
}
