import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { CountersignError, compareStrings } from "../../base/index.ts";
import {
  CallFailure,
  type Answer,
  type Call,
  type CollectIo,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { resourceOf } from "./operation.ts";
import { operationOf } from "./operations/index.ts";
import { nodeSettingsOf } from "../../hashicorp/index.ts";

/** Greatest configuration file that is read, in bytes. */
const MAX_BYTES = 1_048_576;

/** Reads each node's configuration file that the settings name: a record of what is kept of it, or a gap. In order of the names. */
export async function* readNodeFiles(
  files: Readonly<Record<string, string>>,
  source: string,
  io: CollectIo,
): AsyncGenerator<RawRecord | Gap> {
  const operation = operationOf("server.node_file");
  for (const [name, file] of Object.entries(files).sort(([a], [b]) => compareStrings(a, b))) {
    const call: Call = {
      operation: operation.id,
      scope: source,
      params: { name },
      hides: operation.hides,
      resource: resourceOf(operation, source, "", { name }),
    };
    yield await io.call(call, async () => await answerOf(name, file));
  }
}

/** The digest ties what is kept to the file, which stays where it is. */
async function answerOf(name: string, file: string): Promise<Answer> {
  const bytes = await bytesOf(file);
  try {
    const settings = nodeSettingsOf(file, bytes.toString("utf8"));
    const file_sha256 = createHash("sha256").update(bytes).digest("hex");
    const body = JSON.stringify({ data: { node: name, file_sha256, ...settings } });
    return { status: 200, media_type: "application/json", body: Buffer.from(body) };
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_HCL") throw thrown;
    // What is quoted of the text may be a credential: the place alone is told.
    const { line, column } = thrown.location ?? {};
    throw new CallFailure(
      "malformed",
      `${file} is no server's configuration (line ${line}, column ${column})`,
      {
        fix: `Name the whole configuration file of ${name} in node_config_files.`,
      },
    );
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      if (size <= MAX_BYTES) return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unreadable";
    throw new CallFailure("unavailable", `expected ${file} to be readable, got ${code}`, {
      fix: "Name a file in node_config_files that the collector can read.",
      cause: thrown,
    });
  }
  throw new CallFailure("limit", `expected ${file} to have at most ${MAX_BYTES} bytes, got more`);
}
