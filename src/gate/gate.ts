import { EXIT, worstExit, type ExitCode, type Instant } from "../base/index.ts";
import type { Severity } from "../policy/index.ts";
import { JudgedAccess, type Collected } from "./compare/index.ts";
import { credentialChanges, spottedChanges } from "./credentials.ts";
import type { Credential, Declared, PlacedChange } from "./declared.ts";
import { recognised } from "./formats/recognised.ts";
import type { Surroundings } from "./formats/format.ts";
import { OWN_GUARDS, guarded, type Guarded, type Guards } from "./guarded.ts";
import {
  judgeChanges,
  judgeDeclaredChanges,
  judgeDeclared,
  outOfReach,
  orderedFindings,
  united,
  type Judged,
} from "./judge.ts";
import { inUse, type GateRules, type RulesInUse } from "./rules.ts";
import { leftOutOf } from "./left-out.ts";
import type { OwnJudged } from "./own-rego/index.ts";
import { searchHistory } from "./past.ts";
import {
  declarations,
  declaredIn,
  readTree,
  refuseInterrupted,
  type ReadTree,
  type Reading,
} from "./reading.ts";
import { withoutRepeats } from "./repeats.ts";
import type { SourceText } from "./text/source-text.ts";
import { withoutLogin } from "./text/without-login.ts";
import { STDIN_PATH, type History, type LeftOutPath, type Tree } from "./tree.ts";
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

/** What is asked of the gate. */
export interface GateRequest extends Reading {
  /** Earlier commits, which are searched as well. */
  readonly history?: History | undefined;
  /** Paths that somebody named, as they are told, without the directory in which the gate runs: of each something has to be judged. */
  readonly named?: readonly string[];
  /** Only what has changed is looked at: no file at all is a pass then, and nothing is said of baseline entries of other files. */
  readonly partial?: boolean;
  /** All files before and after, where only changed ones are looked at: access is compared between these. */
  readonly sides?: { readonly ref: string; readonly before: Tree; readonly after: Tree } | undefined;
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
  /** What was collected of stores: what a change gives is held against that, and against the requests that are in it. */
  readonly collected?: Collected | undefined;
  /** Rules that somebody wrote for conftest, asked about the same files. */
  readonly ownRego?: (tree: Tree) => Promise<OwnJudged>;
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

/** The base is judged for its findings alone. */
const OF_BASE = { guards: OWN_GUARDS, history: undefined, beside: undefined, sides: undefined } as const;

async function verdictBy(rules: RulesInUse, request: GateRequest): Promise<Verdict> {
  const { at, partial = false } = request;
  const surroundings = { ...request.surroundings, partial };
  const read = await readTree(request);
  const unread: UnreadPart[] = [...read.unread];
  const all: Judged[] = [];
  const inputs: InputCount[] = [];
  const there: Declared[] = [];
  const access = new JudgedAccess({ collected: request.collected, rules: rules.classification, at });
  for await (const one of declarations(read, surroundings, request.signal)) {
    const judged = await judgeInputs(one.declared, { rules, access, request });
    there.push(...one.declared);
    unread.push(...one.unread);
    all.push(...judged);
    const { subject_count } = united(judged);
    inputs.push({ format: one.format, file_count: one.files.length, subject_count });
  }
  const known = there.flatMap(({ credentials }) => credentials);
  const told = there.flatMap(({ notices = [] }) => notices);
  const since = await changesSinceBase(request, { declared: there, unread }, access);
  const unasked = access.unasked(rules.bundle.catalogue.policies);
  all.push(await judgeChanges(since, rules), outOfReach(unasked));
  unread.push(...access.unread);
  told.push(...access.notices);
  for (const { path, text, ...within } of there.flatMap(({ encoded = [] }) => encoded))
    await read.searching?.add({ path, text, within });
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
    isJudged: (path, text) => recognised(path, text).length > 0,
    shown: read.shown,
    judgeBase: (tree) => verdictBy(rules, { ...request, ...OF_BASE, tree }),
  });
  all.push(await judgeChanges(guards.changes, rules));
  const credentials = [...known, ...spotted];
  const { fileCount } = read;
  const judged = united(all);
  unread.push(...judged.unread);
  const leftOut = read.leftOut;
  const found = {
    judged,
    inputs,
    searched,
    unread,
    leftOut,
    fileCount,
    guards,
    credentials,
    own,
    told,
    unasked,
  };
  return verdict(request, found);
}

/** What inputs of one format declare, and what a change does by them. */
async function judgeInputs(
  declared: readonly Declared[],
  {
    rules,
    access,
    request,
  }: { readonly rules: RulesInUse; readonly access: JudgedAccess; readonly request: GateRequest },
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const one of declared) {
    await refuseInterrupted(request.signal);
    judged.push(await judgeDeclared(one, rules, request.at));
    judged.push(await judgeChanges(access.ofInput(one), rules));
  }
  judged.push(await judgeDeclaredChanges(declared, rules));
  judged.push(await judgeChanges(credentialChanges(declared.flatMap(credentialsOf)), rules));
  return judged;
}

/** With the format that read them. */
function credentialsOf({ credentials, format }: Declared): Credential[] {
  return credentials.map((one) => ({ ...one, format }));
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
    .map((path) => ({ path, reason: "unsupported", detail: expectedOf(path, read.isFile(path)) }));
}

function expectedOf(path: string, isFile: boolean): string {
  if (path === STDIN_PATH)
    return "expected standard input to be of a format that its text tells, got none: say by --stdin-name what it is, e.g. main.tf";
  const what = isFile ? "a file of a format that is judged" : "files of a format that is judged";
  return `expected ${what}, since it is named; got none: nothing is said of it but of credentials`;
}

/** What is otherwise with access than in the base, where there is one; where only changed files are looked at, than in the commit that they are changed from. */
async function changesSinceBase(
  { guards, partial = false, sides, surroundings, signal }: GateRequest,
  now: Parameters<JudgedAccess["sinceBase"]>[0],
  access: JudgedAccess,
): Promise<PlacedChange[]> {
  if (partial) {
    if (sides === undefined) return [];
    const before = await declaredIn({ tree: sides.before, signal }, surroundings);
    const after = await declaredIn({ tree: sides.after, signal }, surroundings);
    // What cannot be read on either side is not of the change.
    const isNew = (one: UnreadPart): boolean =>
      !after.unread.some(({ path, detail }) => path === one.path && detail === one.detail);
    return access.sinceBase(after, before, sides.ref, isNew);
  }
  const { base, ref = "" } = guards ?? OWN_GUARDS;
  if (base === undefined) return [];
  const former = await declaredIn({ tree: base, signal }, surroundings);
  return access.sinceBase(now, former, ref);
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
  return { findings, outcomes, subject_count, out_of_reach: [], unread: [] };
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
  readonly unasked: readonly string[];
}

function verdict(
  { rules, productVersion, at, failOn, undeterminedFails, partial = false, collected }: GateRequest,
  { judged, inputs, searched, unread, leftOut, fileCount, guards, credentials, own, told, unasked }: Findings,
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
    ...(collected === undefined
      ? {}
      : { against: { snapshot: collected.name, taken_at: collected.takenAt } }),
    file_count: fileCount,
    inputs,
    ...(searched === undefined ? {} : { searched }),
    outcomes: judged.outcomes,
    out_of_reach: [...judged.out_of_reach],
    ...(unasked.length === 0 ? {} : { unasked: [...unasked] }),
    findings,
    policies: [...policiesOf(findings, rules), ...(own?.policies ?? [])],
    ...(own === undefined ? {} : { own_rego: [...own.checks] }),
    unread,
    left_out: leftOutOf(leftOut),
    notices: [...told, ...notices, ...(own?.notices ?? [])].map((one) => ({
      ...one,
      message: withoutLogin(one.message),
    })),
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
