import { CountersignError, EXIT, worstExit, type ExitCode, type Instant } from "../base/index.ts";
import type { Severity } from "../policy/index.ts";
import { accessChanges, compared, ownPair, pairsWithBase } from "./compare/index.ts";
import { credentialChanges, spottedChanges } from "./credentials.ts";
import type { Credential, Declared, FormatId, PlacedChange } from "./declared.ts";
import { FORMATS } from "./formats/index.ts";
import { isUnread, type Beside, type Besides, type Surroundings, type Unread } from "./formats/format.ts";
import {
  inUse,
  judgeChanges,
  judgeDeclared,
  orderedFindings,
  united,
  type GateRules,
  type Judged,
  type RulesInUse,
} from "./judge.ts";
import type { OwnJudged } from "./own-rego/index.ts";
import { OWN_GUARDS, guarded, type Guarded, type Guards } from "./guarded.ts";
import { withoutRepeats } from "./repeats.ts";
import { MAX_SEARCHED_BYTES, Searching, type CredentialSearch } from "./searching.ts";
import { searchHistory } from "./past.ts";
import { roughText, textFlaw, textIn } from "./text/decode.ts";
import { SourceText } from "./text/source-text.ts";
import { recognised } from "./formats/recognised.ts";
import { leftOutOf } from "./left-out.ts";
import {
  MAX_FILES,
  MAX_FILE_BYTES,
  isUnreadFile,
  type History,
  type LeftOutPath,
  type SourceBeside,
  type Tree,
  type TreeFile,
} from "./tree.ts";
import {
  decides,
  judgedNothing,
  type GateFinding,
  type InputCount,
  type JudgingPolicy,
  type Notice,
  type SearchCount,
  type UnreadPart,
  type Verdict,
} from "./verdict.ts";
import { MARKS } from "./waivers.ts";

/** What is asked of the gate. */
export interface GateRequest {
  readonly tree: Tree;
  /** Absent: nobody searches for credentials, and formats alone tell of those that they know. */
  readonly search?: CredentialSearch;
  /** Earlier commits, which are searched as well. */
  readonly history?: History | undefined;
  /** Paths that somebody named, as they are told, without the directory in which the gate runs: of each something has to be judged. */
  readonly named?: readonly string[];
  /** Only what has changed is looked at: no file at all is a pass then, and nothing is said of baseline entries of other files. */
  readonly partial?: boolean;
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
  /** Source that plans were made of, where it is not of the tree. */
  readonly beside?: SourceBeside | undefined;
  /** Rules that somebody wrote for conftest, asked about the same files. */
  readonly ownRego?: (tree: Tree) => Promise<OwnJudged>;
  readonly signal: AbortSignal;
}

/** Judges a change: reads its files, maps them to what they declare, and holds that against the policies. Offline, without state. */
export async function gate(request: GateRequest): Promise<Verdict> {
  const rules = inUse(request.rules);
  try {
    return await verdictBy(rules, request);
  } finally {
    await rules.evaluation.close();
  }
}

async function verdictBy(rules: RulesInUse, request: GateRequest): Promise<Verdict> {
  const { at, partial = false } = request;
  const surroundings = { ...request.surroundings, partial };
  const read = await readTree(request);
  const unread: UnreadPart[] = [...read.unread];
  const all: Judged[] = [];
  const inputs: InputCount[] = [];
  const known: Credential[] = [];
  const told: Notice[] = [];
  const there: Declared[] = [];
  for (const format of FORMATS) {
    const files = read.files.get(format.id) ?? [];
    if (files.length === 0) continue;
    await refuseInterrupted(request.signal);
    const declared: Declared[] = [];
    const declaring =
      "load" in format
        ? format.load(files, surroundings, read.besides, read.beside)
        : format.read(files, surroundings);
    for await (const one of declaring) {
      if (isUnread(one)) unread.push(unreadPart(one));
      else declared.push(one);
    }
    there.push(...declared);
    const judged: Judged[] = [];
    for (const one of declared) {
      await refuseInterrupted(request.signal);
      judged.push(await judgeDeclared(one, rules, at));
      const pair = ownPair(one);
      if (pair !== undefined)
        judged.push(await judgeChanges(accessChanges(compared(pair, at), rules.classification), rules));
    }
    judged.push(
      await judgeChanges(
        declared.flatMap(({ changes }) => changes),
        rules,
      ),
    );
    const credentials = declared.flatMap((one) => one.credentials);
    told.push(...declared.flatMap(({ notices = [] }) => notices));
    known.push(...credentials);
    judged.push(await judgeChanges(credentialChanges(credentials), rules));
    all.push(...judged);
    inputs.push({
      format: format.id,
      file_count: files.length,
      subject_count: united(judged).subject_count,
    });
  }
  all.push(await judgeChanges(await changesSinceBase(request, { declared: there, unread }), rules));
  const { spotted, searched } = await searchedFor(request, read, unread);
  await refuseInterrupted(request.signal);
  all.push(await judgeChanges(spottedChanges(spotted, known), rules));
  const own = await request.ownRego?.(request.tree);
  if (own !== undefined) {
    all.push(ownJudged(own));
    unread.push(...own.unread);
    if (own.sources.size > 0)
      inputs.push({ format: "own_rego", file_count: own.sources.size, subject_count: own.document_count });
  }
  unread.push(...unjudged(request.named ?? [], read, own));
  const sources = new Map([...(own?.sources ?? []), ...withSpotted(read, spotted)]);
  const guards = await guarded(request.guards ?? OWN_GUARDS, {
    sources,
    partial,
    today: at.slice(0, 10),
    isJudged: (path, text) => recognised(path, text) !== undefined,
    shown: read.shown,
    judgeBase: (tree) =>
      verdictBy(rules, { ...request, tree, guards: OWN_GUARDS, history: undefined, beside: undefined }),
  });
  all.push(await judgeChanges(guards.changes, rules));
  const credentials = [...known, ...spotted];
  const { fileCount } = read;
  const judged = united(all);
  const leftOut = read.leftOut;
  const found = { judged, inputs, searched, unread, leftOut, fileCount, guards, credentials, own, told };
  return verdict(request, found);
}

/** What was named and is judged by no more than a search for credentials: whoever named it expects more, and a pass would say it. */
function unjudged(named: readonly string[], read: ReadTree, own: OwnJudged | undefined): UnreadPart[] {
  const judged = new Set<string>();
  for (const path of [
    ...read.sources.keys(),
    ...(own?.sources.keys() ?? []),
    ...read.unread.map((one) => one.path),
  ])
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) judged.add(path.slice(0, end));
  return [...new Set(named)]
    .filter((path) => !judged.has(path))
    .map((path) => {
      const what = read.isFile(path)
        ? "a file of a format that is judged"
        : "files of a format that is judged";
      const detail = `expected ${what}, since it is named; got none: nothing is said of it but of credentials`;
      return { path, reason: "unsupported", detail };
    });
}

/** What is otherwise with access than in the base, where there is one and all files are looked at. */
async function changesSinceBase(
  { guards, partial = false, rules, surroundings, signal, at }: GateRequest,
  now: Parameters<typeof pairsWithBase>[0],
): Promise<PlacedChange[]> {
  const { base, ref = "" } = guards ?? OWN_GUARDS;
  if (base === undefined || partial) return [];
  const former = await declaredIn({ tree: base, signal }, surroundings);
  return pairsWithBase(now, former, ref).flatMap((pair) =>
    accessChanges(compared(pair, at), rules.classification),
  );
}

/** Files that were judged: of a format, or with a credential and perhaps a waiver in them. */
function withSpotted({ sources, marked }: ReadTree, spotted: readonly Credential[]): Map<string, SourceText> {
  const judgedFiles = new Map(sources);
  for (const { place, commit } of spotted) {
    const source = marked.get(place.file);
    if (source !== undefined && commit === undefined) judgedFiles.set(place.file, source);
  }
  return judgedFiles;
}

/** What the search for credentials found in the files, and in earlier commits where these are asked for. */
async function searchedFor(
  { search, history, signal }: GateRequest,
  read: ReadTree,
  unread: UnreadPart[],
): Promise<{ spotted: Credential[]; searched: SearchCount | undefined }> {
  if (search === undefined || read.searching === undefined) return { spotted: [], searched: undefined };
  const found = (await read.searching.found()).map(({ spotted }) => spotted);
  const spotted = found.map(({ credential }) => credential);
  const file_count = read.searching.fileCount;
  if (history === undefined) return { spotted, searched: { file_count } };
  const past = await searchHistory(history, { search, known: found, signal });
  unread.push(...past.unread);
  return {
    spotted: [...spotted, ...past.credentials],
    searched: { file_count, history_count: past.fileCount },
  };
}

/** What own rules found, as what policies found. */
function ownJudged({ findings, document_count: subject_count }: OwnJudged): Judged {
  const count = (outcome: GateFinding["outcome"]): number =>
    findings.filter((one) => one.outcome === outcome && one.state === "new").length;
  const outcomes = { compliant: 0, error: count("error"), undetermined: 0, violation: count("violation") };
  return { findings, outcomes, subject_count, out_of_reach: [] };
}

interface ReadTree {
  readonly files: ReadonlyMap<FormatId, readonly SourceText[]>;
  /** Those files by their paths. */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** Files of no format in which a waiver may stand. */
  readonly marked: ReadonlyMap<string, SourceText>;
  readonly besides: Besides;
  readonly isFile: (path: string) => boolean;
  readonly beside: Beside;
  /** Files in which something is written that the tree's files were made of. */
  readonly shown: ReadonlyMap<string, SourceText>;
  readonly unread: readonly UnreadPart[];
  readonly leftOut: readonly LeftOutPath[];
  readonly fileCount: number;
  readonly searching: Searching | undefined;
}

type Reading = Pick<GateRequest, "beside" | "search" | "signal" | "tree">;

async function readTree({ tree, signal, search, beside: outside }: Reading): Promise<ReadTree> {
  const searching = search === undefined ? undefined : new Searching(search);
  const files = new Map<FormatId, SourceText[]>();
  const marked = new Map<string, SourceText>();
  const all = new Map<string, TreeFile>();
  const unread: UnreadPart[] = [];
  const noText: LeftOutPath[] = [];
  let fileCount = 0;
  for await (const one of tree.files()) {
    if (fileCount % FILES_A_TURN === 0) await refuseInterrupted(signal);
    if (fileCount >= MAX_FILES)
      throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`, {
        fix: "Name the directories that are to be looked at.",
      });
    if (isUnreadFile(one)) {
      unread.push({ path: one.path, reason: one.reason, detail: one.detail });
      continue;
    }
    fileCount += 1;
    all.set(one.path, one);
    const read = await textOf(one);
    if (typeof read !== "string") {
      if (read === undefined) noText.push({ path: one.path, why: "not_text" });
      else unread.push(read);
      continue;
    }
    const format = recognised(one.path, read);
    if (searching !== undefined && format === undefined && one.size > MAX_SEARCHED_BYTES)
      unread.push(notSearched(one));
    else await searching?.add({ path: one.path, text: read });
    if (format === undefined) {
      if (MARKS.some((mark) => read.includes(mark))) marked.set(one.path, new SourceText(one.path, read));
      continue;
    }
    const source = new SourceText(one.path, read);
    const list = files.get(format.id);
    if (list === undefined) files.set(format.id, [source]);
    else list.push(source);
  }
  const sources = new Map([...files.values()].flat().map((source) => [source.path, source]));
  const besides: Besides = async (path) => {
    const file = all.get(path);
    const read = file === undefined ? undefined : await textOf(file);
    return typeof read === "string" ? read : undefined;
  };
  const shown = new Map<string, SourceText>();
  const beside: Beside = {
    ...(outside?.directory === undefined ? {} : { directory: outside.directory }),
    async files(directory) {
      const within = (files.get("terraform") ?? []).filter(
        ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) === directory,
      );
      if (within.length > 0) return within;
      const found: SourceText[] = [];
      for (const file of (await outside?.files(directory)) ?? []) {
        const text = await textOf(file);
        if (typeof text === "string") found.push(new SourceText(file.path, text));
      }
      for (const source of found) shown.set(source.path, source);
      return found;
    },
  };
  const leftOut = [...(tree.leftOut?.() ?? []), ...noText];
  const isFile = (path: string): boolean => all.has(path);
  return { files, sources, marked, besides, beside, shown, isFile, unread, leftOut, fileCount, searching };
}

/** What all files of a tree declare, and what of it could not be read. As `gate` reads them. */
export async function declaredIn(
  reading: Omit<Reading, "search">,
  surroundings: Surroundings,
): Promise<{ declared: Declared[]; unread: UnreadPart[]; fileCount: number }> {
  const read = await readTree(reading);
  const declared: Declared[] = [];
  const unread = [...read.unread];
  for (const format of FORMATS) {
    const files = read.files.get(format.id) ?? [];
    if (files.length === 0) continue;
    await refuseInterrupted(reading.signal);
    const declaring =
      "load" in format ? format.load(files, surroundings, read.besides, read.beside) : format.read(files, surroundings);
    for await (const one of declaring)
      if (isUnread(one)) unread.push(unreadPart(one));
      else declared.push(one);
  }
  return { declared, unread, fileCount: read.fileCount };
}

function notSearched({ path, size }: TreeFile): UnreadPart {
  const detail = `not searched for credentials: expected at most ${MAX_SEARCHED_BYTES} bytes, got ${size}`;
  return { path, reason: "limit", detail };
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
  const flaw = textFlaw(bytes);
  // What nobody takes for an input is searched as far as it goes, or is no text; what would be judged must be read as it is written.
  if (flaw !== undefined && recognised(path, roughText(bytes)) !== undefined)
    return { path, reason: "malformed", detail: flaw };
  return textIn(bytes);
}

function unreadPart({ format, place, reason, detail }: Unread): UnreadPart {
  return { path: place.file, line: place.line, column: place.column, format, reason, detail };
}

/** Files that are read before anybody is heard: a turn of the event loop for each would cost more than reading them. */
const FILES_A_TURN = 64;

/** E_INTERRUPTED. Reading and judging never wait, so that a signal is heard here alone. */
async function refuseInterrupted(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate);
  if (!signal.aborted) return;
  throw new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted", {
    fix: "Nothing was written: run the same command again.",
  });
}

interface Findings {
  readonly judged: Judged;
  readonly inputs: InputCount[];
  readonly searched: SearchCount | undefined;
  readonly unread: UnreadPart[];
  readonly leftOut: readonly LeftOutPath[];
  readonly fileCount: number;
  readonly guards: Guarded;
  /** Where credentials stand that were found. */
  readonly credentials: readonly Credential[];
  readonly own: OwnJudged | undefined;
  /** What formats tell beside what they declare. */
  readonly told: readonly Notice[];
}

function verdict(
  { rules, productVersion, at, failOn, undeterminedFails, partial = false }: GateRequest,
  { judged, inputs, searched, unread, leftOut, fileCount, guards, credentials, own, told }: Findings,
): Verdict {
  const written = credentials.filter(({ commit }) => commit === undefined).map(({ place }) => place);
  const { findings, notices } = guards.settle(orderedFindings(withoutRepeats(judged.findings)), written);
  const count = { file_count: fileCount, inputs, ...(searched === undefined ? {} : { searched }) };
  const empty = fileCount === 0 ? !partial : judgedNothing(count);
  const exits = exitsOf(findings, { failOn, undeterminedFails, unread, empty });
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
    ...(searched === undefined ? {} : { searched }),
    outcomes: judged.outcomes,
    out_of_reach: [...judged.out_of_reach],
    findings,
    policies: [...policiesOf(findings, rules), ...(own?.policies ?? [])],
    ...(own === undefined ? {} : { own_rego: [...own.checks] }),
    unread,
    left_out: leftOutOf(leftOut),
    notices: [...told, ...notices, ...(own?.notices ?? [])],
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
  readonly empty: boolean;
}

/** Which exit codes apply, in order: a policy's fault, a violation, and whatever could not be seen or decided. Nothing judged is no pass. */
function exitsOf(findings: readonly GateFinding[], terms: ExitTerms): ExitCode[] {
  const rules = { fail_on: terms.failOn, undetermined_fails: terms.undeterminedFails };
  const counted = findings.filter((finding) => decides(finding, rules));
  const has = (outcome: GateFinding["outcome"]): boolean => counted.some((one) => one.outcome === outcome);
  const unseen = terms.empty || terms.unread.length > 0;
  return [
    ...(has("violation") ? [EXIT.violations] : []),
    ...(has("error") ? [EXIT.usage] : []),
    ...(unseen || has("undetermined") ? [EXIT.incomplete] : []),
  ];
}
