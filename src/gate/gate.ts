import { CountersignError, EXIT, worstExit, type ExitCode, type Instant } from "../base/index.ts";
import type { Severity } from "../policy/index.ts";
import { credentialChanges } from "./credentials.ts";
import type { Declared, FormatId } from "./declared.ts";
import { FORMATS } from "./formats/index.ts";
import { isUnread, type Head, type InputFormat, type Surroundings, type Unread } from "./formats/format.ts";
import {
  judgeChanges,
  judgeDeclared,
  orderedFindings,
  united,
  type GateRules,
  type Judged,
} from "./judge.ts";
import { SourceText, type Place } from "./text/source-text.ts";
import { MAX_FILES, MAX_FILE_BYTES, isUnreadFile, type Tree, type TreeFile } from "./tree.ts";
import { OWN_GUARDS, guarded, type Guarded, type Guards } from "./guarded.ts";
import {
  decides,
  judgedNothing,
  type GateFinding,
  type InputCount,
  type JudgingPolicy,
  type UnreadPart,
  type Verdict,
} from "./verdict.ts";

/** What is asked of the gate. */
export interface GateRequest {
  readonly tree: Tree;
  readonly rules: GateRules;
  readonly surroundings: Surroundings;
  readonly productVersion: string;
  readonly at: Instant;
  /** The least severity that fails. */
  readonly failOn: Severity;
  /** Whether what could not be decided fails as a violation of its severity does, with exit code 3. */
  readonly undeterminedFails: boolean;
  /** Baseline and waivers, and by whose word; where absent, waivers are those of the change, and no finding is known. */
  readonly guards?: Guards;
  readonly signal: AbortSignal;
}

/** Characters that tell by what a file is. */
const HEAD_CHARS = 4096;

/** Judges a change: reads its files, maps them to what they declare, and holds that against the policies. Offline, without state. */
export async function gate(request: GateRequest): Promise<Verdict> {
  const { rules, at, surroundings } = request;
  const read = await readTree(request);
  const unread: UnreadPart[] = [...read.unread];
  const all: Judged[] = [];
  const inputs: InputCount[] = [];
  const credentials: Place[] = [];
  for (const format of FORMATS) {
    const files = read.files.get(format.id) ?? [];
    if (files.length === 0) continue;
    const declared: Declared[] = [];
    for (const one of format.read(files, surroundings)) {
      if (isUnread(one)) unread.push(unreadPart(one));
      else declared.push(one);
    }
    const judged: Judged[] = [];
    for (const one of declared) {
      refuseInterrupted(request.signal);
      judged.push(await judgeDeclared(one, rules, at));
    }
    judged.push(
      await judgeChanges(
        declared.flatMap(({ changes }) => changes),
        rules,
      ),
    );
    const written = declared.flatMap((one) => one.credentials);
    credentials.push(...written.map(({ place }) => place));
    judged.push(await judgeChanges(credentialChanges(written), rules));
    all.push(...judged);
    inputs.push({
      format: format.id,
      file_count: files.length,
      subject_count: united(judged).subject_count,
    });
  }
  const guards = await guarded(request.guards ?? OWN_GUARDS, {
    sources: read.sources,
    today: at.slice(0, 10),
    judgeBase: (tree) => gate({ ...request, tree, guards: OWN_GUARDS }),
  });
  all.push(await judgeChanges(guards.changes, rules));
  return verdict(request, {
    judged: united(all),
    inputs,
    unread,
    fileCount: read.fileCount,
    guards,
    credentials,
  });
}

interface ReadTree {
  readonly files: ReadonlyMap<FormatId, readonly SourceText[]>;
  /** Those files by their paths. */
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly unread: readonly UnreadPart[];
  readonly fileCount: number;
}

async function readTree({ tree, signal }: GateRequest): Promise<ReadTree> {
  const files = new Map<FormatId, SourceText[]>();
  const unread: UnreadPart[] = [];
  let fileCount = 0;
  for await (const one of tree.files()) {
    refuseInterrupted(signal);
    fileCount += 1;
    if (fileCount > MAX_FILES)
      throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`, {
        fix: "Name the directories that are to be looked at.",
      });
    if (isUnreadFile(one)) {
      unread.push({ path: one.path, reason: one.reason, detail: one.detail });
      continue;
    }
    const read = await textOf(one);
    if (typeof read !== "string") {
      if (read !== undefined) unread.push(read);
      continue;
    }
    const format = recognised(one.path, read);
    if (format === undefined) continue;
    const source = new SourceText(one.path, read);
    const list = files.get(format.id);
    if (list === undefined) files.set(format.id, [source]);
    else list.push(source);
  }
  const sources = new Map([...files.values()].flat().map((source) => [source.path, source]));
  return { files, sources, unread, fileCount };
}

/** The text of a file; undefined of what is no text. */
async function textOf(file: TreeFile): Promise<UnreadPart | string | undefined> {
  const { path, size } = file;
  if (size > MAX_FILE_BYTES) {
    const detail = `expected at most ${MAX_FILE_BYTES} bytes, got ${size}`;
    return { path, reason: "limit", detail };
  }
  let bytes: Uint8Array;
  try {
    bytes = await file.read();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    return { path, reason: "denied", detail: thrown.message };
  }
  if (bytes.subarray(0, BINARY_BYTES).includes(0)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Bytes within which a file that is no text has a zero, as Git looks for it. */
const BINARY_BYTES = 8000;

function recognised(path: string, text: string): InputFormat | undefined {
  const head: Head = { path, name: path.slice(path.lastIndexOf("/") + 1), text: text.slice(0, HEAD_CHARS) };
  return FORMATS.find((format) => format.recognises(head));
}

function unreadPart({ format, place, reason, detail }: Unread): UnreadPart {
  return { path: place.file, line: place.line, column: place.column, format, reason, detail };
}

function refuseInterrupted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted", {
    fix: "Nothing was written: run the same command again.",
  });
}

interface Findings {
  readonly judged: Judged;
  readonly inputs: InputCount[];
  readonly unread: UnreadPart[];
  readonly fileCount: number;
  readonly guards: Guarded;
  /** Where credentials stand that were found. */
  readonly credentials: readonly Place[];
}

function verdict(
  { rules, productVersion, at, failOn, undeterminedFails }: GateRequest,
  { judged, inputs, unread, fileCount, guards, credentials }: Findings,
): Verdict {
  const { findings, notices } = guards.settle(orderedFindings(judged.findings), credentials);
  const exits = exitsOf(findings, { failOn, undeterminedFails, unread, fileCount, inputs });
  return {
    schema: "countersign-gate/1",
    product_version: productVersion,
    policy_bundle: rules.bundle.digest,
    judged_at: at,
    fail_on: failOn,
    undetermined_fails: undeterminedFails,
    guards: guards.told,
    file_count: fileCount,
    inputs,
    outcomes: judged.outcomes,
    out_of_reach: [...judged.out_of_reach],
    findings,
    policies: policiesOf(findings, rules),
    unread,
    notices,
    exit: worstExit(exits),
    exits: exits.length === 0 ? [EXIT.pass] : exits,
  };
}

/** What the policies say that have a finding, in order of their ids. */
function policiesOf(findings: readonly GateFinding[], { bundle }: GateRules): JudgingPolicy[] {
  const met = new Set(findings.map(({ policy_id }) => policy_id));
  return bundle.catalogue.policies
    .filter(({ policy_id }) => met.has(policy_id))
    .map(({ policy_id, title, rationale, severity, remediation, sources }) => {
      return { policy_id, title, rationale, severity, remediation, sources };
    });
}

interface ExitTerms {
  readonly failOn: Severity;
  readonly undeterminedFails: boolean;
  readonly unread: readonly UnreadPart[];
  readonly fileCount: number;
  readonly inputs: readonly InputCount[];
}

/** Which exit codes apply, in order: a policy's fault, a violation, and whatever could not be seen or decided. Nothing judged is no pass. */
function exitsOf(findings: readonly GateFinding[], terms: ExitTerms): ExitCode[] {
  const rules = { fail_on: terms.failOn, undetermined_fails: terms.undeterminedFails };
  const counted = findings.filter((finding) => decides(finding, rules));
  const has = (outcome: GateFinding["outcome"]): boolean => counted.some((one) => one.outcome === outcome);
  const unseen =
    judgedNothing({ file_count: terms.fileCount, inputs: [...terms.inputs] }) || terms.unread.length > 0;
  return [
    ...(has("violation") ? [EXIT.violations] : []),
    ...(has("error") ? [EXIT.usage] : []),
    ...(unseen || has("undetermined") ? [EXIT.incomplete] : []),
  ];
}
