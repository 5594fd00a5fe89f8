import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CASES = join(import.meta.dirname, "../cases/access");

/** One policy text, whether the server takes it, and what it then means. */
export interface PolicyTextCase {
  readonly name: string;
  readonly text: string;
  readonly accepted: boolean;
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
  readonly why?: string;
}

export function policyTextCases(): PolicyTextCase[] {
  return ["hcl", "json"].flatMap(
    (file) => read(join(CASES, "policy-text", `${file}.json`)) as PolicyTextCase[],
  );
}

/** A world and what each of its answers must show. */
export interface WorldCase {
  readonly title: string;
  readonly source: string;
  readonly world: Readonly<Record<string, unknown>> & { readonly questions: readonly unknown[] };
  /** In the order of the questions; fields that are not named may be anything. */
  readonly answers: readonly Readonly<Record<string, unknown>>[];
}

export function worldCases(topic: string): WorldCase[] {
  const folder = join(CASES, topic);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => read(join(folder, file)) as WorldCase[]);
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** A minimal case that the oracle once kept. */
export interface FoundCase {
  readonly file: string;
  readonly world: { readonly questions: readonly { readonly path: string }[] };
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
}

export function foundCases(): FoundCase[] {
  const folder = join(CASES, "found");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ ...(read(join(folder, file)) as Omit<FoundCase, "file">), file }));
}
