import { canonicalJson, digestOf, type Instant } from "../base/index.ts";
import { computeGrants, type Grant } from "../access/index.ts";
import { FACT_KINDS, FactSet, gapDigest, type FactKind, type Gap } from "../facts/index.ts";
import { MAX_SUBJECT_BYTES, type CatalogueEntry, type Outcome, type Violation } from "../policy/index.ts";
import {
  buildSubjects,
  changeDocument,
  passingDocument,
  type ChangeSubject,
  type Subject,
} from "../subjects/index.ts";
import type { Declaration, Declared, FormatId, PlacedChange, Provider } from "./declared.ts";
import { UNKNOWN_SURROUNDINGS } from "./formats/format.ts";
import { hasOwn, type GateRules, type RulesInUse } from "./rules.ts";
import { inWordsOfFile } from "./file-words.ts";
import { remedyOf } from "./remedy.ts";
import type { Place } from "./text/source-text.ts";
import { withoutLogin } from "./text/without-login.ts";
import type { GateFinding, UnreadPart } from "./verdict.ts";

/** What the judgement of some subjects came to. */
export interface Judged {
  readonly findings: readonly GateFinding[];
  readonly outcomes: Readonly<Record<"compliant" | "error" | "undetermined" | "violation", number>>;
  readonly subject_count: number;
  /** Policies that proved nothing and could not have, in order. */
  readonly out_of_reach: readonly string[];
  /** Things that no policy could be asked about, since what they are called and hold is longer than policies take. */
  readonly unread: readonly UnreadPart[];
}

/** A subject with what else is needed to tell of it. */
interface Judgeable {
  readonly kind: string;
  readonly name: string;
  readonly document: Buffer;
  readonly declaration: Declaration;
  /** The commit in which it stands, where it is not there any more. */
  readonly commit?: string;
  readonly provider?: Provider;
  /** What it is called among its kind, e.g. `aws_secret`. */
  readonly type?: string;
  /** The format of its file, where another found something. */
  readonly writtenIn?: FormatId;
  /** Why what is hidden of it is hidden, by kind. */
  readonly why: (kind: string) => string | undefined;
  /** As `why`, of what the input itself leaves open of this very thing: where there is such a reason, it alone is told. */
  readonly own?: (kind: string) => string | undefined;
  /** Whether an outcome is the file's to tell. Undetermined with nothing hidden: what would show either is the store's to tell, such as an age. */
  readonly within: (policy: CatalogueEntry, outcome: Outcome) => boolean;
  readonly thing: (id: string) => Declaration | undefined;
  /** A sentence about it in which things are called as the file calls them. */
  readonly said?: (message: string) => string;
  /** Names of the rules by which a principal administers, then of all others: `<policy>:<line>`. */
  readonly rules?: () => readonly string[];
}

/**
 * Judges what one input declares, by the policies that judge stores. Everything else of its estate is hidden by one gap, so that nothing
 * passes by what the input does not say; a policy that would need more than the format tells can find something wrong, and is out of
 * reach else. `at` is the only clock.
 */
export async function judgeDeclared(declared: Declared, rules: RulesInUse, at: Instant): Promise<Judged> {
  const sure = await judgeSure(declared, rules, at);
  const { presumed } = declared;
  if (presumed === undefined) return sure;
  return withPresumed(sure, await judgeSure({ ...declared, ...presumed }, rules, at), presumed.by);
}

/** What is wrong by what is presumed takes the place of what else cannot be decided; whatever is wrong in any case stays as it is. */
function withPresumed(sure: Judged, { findings }: Judged, by: string): Judged {
  // What stands in another file than its thing does not name the thing's place: that is told by its address, whichever instance it is of.
  const keysOf = ({ policy_id, block, place, subject }: GateFinding): string[] => [
    canonicalJson([policy_id, block ?? place]),
    canonicalJson([policy_id, subject.address.replace(INSTANCE, "")]),
  ];
  const wrong = new Set(sure.findings.filter(({ outcome }) => outcome === "violation").flatMap(keysOf));
  const among = (one: GateFinding, keys: ReadonlySet<string>): boolean =>
    keysOf(one).some((key) => keys.has(key));
  const added = findings.filter((one) => one.outcome === "violation" && !among(one, wrong));
  const replaced = new Set(added.flatMap(keysOf));
  const kept = sure.findings.filter((one) => one.outcome !== "undetermined" || !among(one, replaced));
  return {
    ...sure,
    findings: [...kept, ...added.map((one) => ({ ...one, message: `${one.message} (${by})` }))],
    outcomes: {
      ...sure.outcomes,
      undetermined: sure.outcomes.undetermined - (sure.findings.length - kept.length),
      violation: sure.outcomes.violation + added.length,
    },
  };
}

/** The key of an instance of Terraform's. */
const INSTANCE = /\[(?:"(?:[^"\\]|\\.)*"|\d+|\*)\]/g;

async function judgeSure(declared: Declared, rules: RulesInUse, at: Instant): Promise<Judged> {
  const whole = await judgeSide(declared, rules, at);
  const { bare } = declared.after;
  if (bare === undefined) return whole;
  return united([whole, await judgeSide({ ...declared, after: bare, told: NOTHING_WHOLE }, rules, at)]);
}

/** What an input tells whole of things that others declare. */
const NOTHING_WHOLE: Declared["told"] = new Set();

async function judgeSide(declared: Declared, rules: RulesInUse, at: Instant): Promise<Judged> {
  const { after, source, told, declarations, format, provider } = declared;
  const gaps = asksForNames(rules)
    ? after.gaps
    : after.gaps.filter((gap) => after.ofNames?.has(gap) !== true);
  const facts = new FactSet(after.facts, [...gaps, ...beyond(declared)]);
  const model = computeGrants(facts, {
    takenAt: at,
    change: { unknownAccount: UNKNOWN_SURROUNDINGS.account },
  });
  const why = reasons(facts.gaps);
  const unknown = new OwnGaps(gaps);
  const thing = (id: string): Declaration | undefined =>
    declarations.get(id) ?? declarations.get(`${source}:${id}`);
  const subjects: Judgeable[] = [];
  for (const subject of buildSubjects(facts, model, rules.classification, at)) {
    const declaration = declarations.get(subject.id);
    if (declaration === undefined) continue;
    const own = unknown.of(subject.id);
    const perhapsOpen = "policy" in subject && subject.policy === "possible" ? PERHAPS_OPEN : undefined;
    subjects.push({
      kind: subject.kind,
      name: subject.name,
      document: passingDocument(subject, rules.bearing?.get(subject.kind)),
      declaration,
      provider,
      ...typeOf(subject),
      own: (kind) => own.get(kind) ?? (kind === "grant" ? perhapsOpen : undefined),
      why: (kind) => whyOf(subject, kind, why),
      within: ({ needs }, { outcome, hidden }) => {
        if (outcome === "violation" || outcome === "error") return true;
        if (perhapsOpen !== undefined && needs.includes("grant")) return outcome === "undetermined";
        const beyondTold = needs.filter((kind) => !(told as ReadonlySet<string>).has(kind));
        if (beyondTold.length === 0) return outcome === "compliant" || hidden.length > 0;
        if (told === NOTHING_WHOLE) return outcome === "undetermined" && needs.some((kind) => own.has(kind));
        // Who else may use it the file never tells; that it leaves open who may by what it declares is its own to tell.
        return (
          outcome === "undetermined" &&
          beyondTold.every((kind) => OF_ACCESS.has(kind)) &&
          needs.some((kind) => own.has(kind))
        );
      },
      thing,
      said: (message) => inWordsOfFile(message, declared),
      ...(declaration.rules?.size ? { rules: () => ruleNames(model.whatCan(subject.id)) } : {}),
    });
  }
  return judged(subjects, format, rules);
}

/** Whatever else is there: the statement is the file's own. */
const PERHAPS_OPEN =
  "its own policy has a statement for everyone, and whom the conditions of that, or a denial, keep out is not known";

/** Whether a name may decide: by rules of the configuration, or by policies of the organisation's own. */
function asksForNames({ bundle, classification }: GateRules): boolean {
  const { tiers, owners, environments, break_glass } = classification;
  const asked = [...tiers, ...owners, ...environments].map(({ when }) => when).concat(break_glass);
  return hasOwn(bundle) || asked.some(({ name, path }) => name !== undefined || path !== undefined);
}

function ruleNames(grants: readonly Grant[]): string[] {
  const administers = ({ actions }: Grant): boolean => actions.includes("administer");
  const inOrder = [...grants.filter(administers), ...grants.filter((one) => !administers(one))];
  return inOrder.flatMap(({ path }) =>
    path.flatMap(({ policy, line }) => (line === undefined ? [] : [`${policy}:${line}`])),
  );
}

/** Kinds that are never told whole, since others may be given access elsewhere. */
const OF_ACCESS: ReadonlySet<string> = new Set(["cloud_grant", "grant", "principal"]);

/** Kinds that say who may use a thing, or what somebody may. */
const SAYING_WHO: ReadonlySet<string> = new Set(["group", "key_grant", "policy_document", "resource_policy"]);

/** What an input itself leaves open, by the thing of which it does. */
class OwnGaps {
  readonly #byThing: ReadonlyMap<string, readonly Gap[]>;

  constructor(gaps: readonly Gap[]) {
    this.#byThing = Map.groupBy(gaps, ({ resource = "" }) => resource.split("#", 1)[0] ?? "");
  }

  /** By kind, why it is open; of a kind that grants come from also under the kinds that follow from it. */
  of(id: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const { hides, detail } of this.#byThing.get(id) ?? [])
      for (const kind of hides) {
        const derived = SAYING_WHO.has(kind) ? ["cloud_grant", "grant"] : [];
        const metadata = kind === "secret_metadata" ? ["cloud_metadata"] : [];
        for (const name of [kind, ...derived, ...metadata]) if (!found.has(name)) found.set(name, detail);
      }
    return found;
  }
}

/** Judges access differences, credentials that are written down, pipelines and workloads: whoever made them read all that they are about. */
export async function judgeChanges(changes: readonly PlacedChange[], rules: RulesInUse): Promise<Judged> {
  const byFormat = Map.groupBy(changes, ({ format }) => format);
  const all: Judged[] = [];
  for (const [format, some] of byFormat) {
    const subjects = some.map(
      ({ subject, declaration, provider, writtenIn, why = {}, things }): Judgeable => {
        return {
          kind: subject.kind,
          name: subject.name,
          document: changeDocument(subject),
          declaration,
          ...(provider === undefined ? {} : { provider }),
          ...(writtenIn === undefined ? {} : { writtenIn }),
          ...typeOf(subject),
          ...(subject.kind === "change" && subject.credential?.commit !== undefined
            ? { commit: subject.credential.commit }
            : {}),
          why: (kind) => why[kind],
          within: () => true,
          thing: (id) => things?.get(id),
        };
      },
    );
    all.push(await judged(subjects, format, rules));
  }
  return united(all);
}

/** Judges the pipelines, workloads and set-ups of inputs; those of what an input presumes as its facts are. */
export async function judgeDeclaredChanges(
  declared: readonly Declared[],
  rules: RulesInUse,
): Promise<Judged> {
  const all = [
    await judgeChanges(
      declared.flatMap((one) => (one.presumed === undefined ? one.changes : [])),
      rules,
    ),
  ];
  for (const { changes, presumed } of declared)
    if (presumed !== undefined && changes.length + presumed.changes.length > 0) {
      const sure = await judgeChanges(changes, rules);
      all.push(withPresumed(sure, await judgeChanges(presumed.changes, rules), presumed.by));
    }
  return united(all);
}

/** Policies that had nothing to be asked of, as a judgement. */
export function outOfReach(policies: readonly string[]): Judged {
  return { ...united([]), out_of_reach: policies };
}

/** Several judgements as one. */
export function united(all: readonly Judged[]): Judged {
  const sum = (name: keyof Judged["outcomes"]): number =>
    all.reduce((total, { outcomes }) => total + outcomes[name], 0);
  return {
    findings: all.flatMap(({ findings }) => findings),
    outcomes: {
      compliant: sum("compliant"),
      error: sum("error"),
      undetermined: sum("undetermined"),
      violation: sum("violation"),
    },
    subject_count: all.reduce((total, { subject_count }) => total + subject_count, 0),
    out_of_reach: [...new Set(all.flatMap(({ out_of_reach }) => out_of_reach))].sort(),
    unread: all.flatMap(({ unread }) => unread),
  };
}

/** All that no file of this format tells is there, perhaps. */
function beyond({ source, told, path }: Declared): Gap[] {
  const hides = FACT_KINDS.filter((kind: FactKind) => !told.has(kind));
  if (hides.length === 0) return [];
  const detail = `what else is there, ${path} does not tell`.slice(0, 1024);
  return [{ store_id: source, scope: source, operation: "gate", reason: "excluded", hides, detail }];
}

function reasons(gaps: readonly Gap[]): ReadonlyMap<string, string> {
  return new Map(gaps.map((gap) => [gapDigest(gap), gap.detail]));
}

function whyOf(subject: Subject, kind: string, why: ReadonlyMap<string, string>): string | undefined {
  const hidden = subject.gaps.find(({ fact_kind }) => fact_kind === kind);
  return hidden === undefined ? undefined : why.get(hidden.gap);
}

async function judged(
  all: readonly Judgeable[],
  format: GateFinding["format"],
  { bundle, evaluation }: RulesInUse,
): Promise<Judged> {
  const isAskable = ({ document }: Judgeable): boolean => document.length <= MAX_SUBJECT_BYTES;
  const subjects = all.filter(isAskable);
  const entries = new Map(bundle.catalogue.policies.map((entry) => [entry.policy_id, entry]));
  const counts = { compliant: 0, error: 0, undetermined: 0, violation: 0 };
  const beyondReach = new Set<string>();
  const findings: GateFinding[] = [];
  let next = 0;
  const documents = subjects.map(({ document }) => document);
  for await (const outcomes of evaluation.outcomes(documents)) {
    const subject = subjects[next];
    next += 1;
    if (subject === undefined) break;
    for (const outcome of outcomes) {
      const policy = entries.get(outcome.policy_id);
      if (policy === undefined || outcome.outcome === "not_applicable") continue;
      if (!subject.within(policy, outcome)) {
        beyondReach.add(policy.policy_id);
        continue;
      }
      counts[outcome.outcome] += 1;
      if (outcome.outcome !== "compliant") findings.push(...findingsOf({ subject, outcome, policy, format }));
    }
  }
  return {
    findings,
    outcomes: counts,
    subject_count: subjects.length,
    out_of_reach: [...beyondReach].sort(),
    unread: all.filter((one) => !isAskable(one)).map(tooLong),
  };
}

function tooLong({ declaration: { place }, kind, document }: Judgeable): UnreadPart {
  const detail = `expected a ${kind} whose names and facts have at most ${MAX_SUBJECT_BYTES} bytes, got ${document.length}: no policy is asked about it`;
  return { path: place.file, line: place.line, column: place.column, reason: "limit", detail };
}

interface Found {
  readonly subject: Judgeable;
  readonly outcome: Outcome;
  readonly policy: CatalogueEntry;
  readonly format: GateFinding["format"];
}

/** One finding for each violation; one for an outcome without any. */
function findingsOf(found: Found): GateFinding[] {
  const { outcome, subject, policy } = found;
  if (outcome.outcome === "violation")
    return outcome.violations.map((violation, nth) => finding(found, violation, nth));
  const message =
    outcome.error?.message ??
    `cannot be decided: ${undecided(outcome, subject) ?? clause(policy.unstated) ?? "nothing shows either"}`;
  return [finding(found, { message, actual: undefined, expected: undefined }, 0)];
}

/** A sentence as a part of another. */
function clause(sentence: string | undefined): string | undefined {
  return sentence
    ?.trim()
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    .replace(/\.$/, "");
}

function undecided({ hidden }: Outcome, { why, own }: Judgeable): string | undefined {
  const ownReasons = hidden.flatMap((kind) => own?.(kind) ?? []);
  const reasonsToTell =
    ownReasons.length > 0 ? ownReasons : hidden.map((kind) => why(kind) ?? `${kind} is not known`);
  return reasonsToTell.length === 0 ? undefined : [...new Set(reasonsToTell)].join("; ");
}

function finding(
  { subject, outcome, policy, format }: Found,
  { message, actual, expected, thing }: Pick<Violation, "actual" | "expected" | "message" | "thing">,
  nth: number,
): GateFinding {
  const { declaration, kind } = subject;
  // What is included may be named by an address with a login in it. Neither told nor in a digest, by which it could be guessed.
  const address = withoutLogin(declaration.address);
  const name = withoutLogin(subject.name);
  const elsewhere = thing === undefined ? undefined : subject.thing(thing);
  const place = elsewhere?.place ?? ruleOf(subject, policy, actual) ?? partOf(declaration, policy);
  const block = place !== declaration.place && place.file === declaration.place.file;
  const { policy_id, title } = policy;
  const remedy = remedyOf(policy, {
    format: subject.writtenIn ?? format,
    outcome: outcome.outcome,
    types: [subject.type, subject.provider],
    address: declaration.address,
    file: declaration.place.file,
    thing,
  });
  const related = (elsewhere?.related ?? declaration.related)?.get(place);
  const identity = {
    address,
    file: (declaration.related?.get(declaration.place) ?? declaration.place).file,
    format,
    nth,
    policy_id,
    thing: withoutLogin(elsewhere?.address ?? thing ?? ""),
  };
  return {
    fingerprint: digestOf(identity),
    policy_id,
    title,
    severity: outcome.severity,
    outcome: outcome.outcome as GateFinding["outcome"],
    subject: { kind, address, name },
    message: withoutLogin(subject.said?.(message) ?? message),
    ...(actual === undefined ? {} : { actual }),
    ...(expected === undefined ? {} : { expected }),
    remediation: remediation(policy, subject.provider),
    ...(remedy === undefined ? {} : { remedy }),
    place,
    ...(block ? { block: declaration.place } : {}),
    ...(related === undefined ? {} : { related }),
    ...(subject.commit === undefined ? {} : { commit: subject.commit }),
    format,
    state: "new",
  };
}

/** Where the first rule stands that what is wrong names; else the one by which the principal has access, where it is about that. */
function ruleOf(
  { declaration: { rules }, rules: given }: Judgeable,
  { needs }: CatalogueEntry,
  actual: unknown,
): Place | undefined {
  if (rules === undefined || given === undefined || !needs.includes("grant")) return undefined;
  const named =
    typeof actual === "string" ? [...rules.keys()].filter((name) => actual.includes(`${name} `)) : [];
  return [...named, ...given()].map((name) => rules.get(name)).find((place) => place !== undefined);
}

/** Where the first of what the policy needs stands that stands anywhere by itself. */
function partOf({ parts = {}, place }: Declaration, { needs }: CatalogueEntry): Place {
  for (const need of needs) {
    const part = parts[need as FactKind] ?? parts[TOLD_BY[need] as FactKind];
    if (part !== undefined) return part;
  }
  return place;
}

/** What derived kinds of one thing are told by. */
const TOLD_BY: Readonly<Record<string, string>> = { cloud_metadata: "secret_metadata" };

function remediation({ remediation: texts }: CatalogueEntry, provider: Provider | undefined): string {
  const own = provider === undefined ? undefined : texts[provider];
  return (own ?? texts.any ?? Object.values(texts)[0] ?? "").trim();
}

/** What a subject is among its kind: by this the remedy is chosen. */
function typeOf(subject: ChangeSubject | Subject): Pick<Judgeable, "type"> {
  switch (subject.kind) {
    case "secret":
      return { type: subject.secret_type };
    case "principal":
      return { type: subject.principal_type };
    case "deployment":
      return { type: subject.deployment_type };
    default:
      return {};
  }
}

/**
 * Findings in order of where they stand, then of what is wrong; of the same in the same place one. What is declared twice under one name
 * has two fingerprints: else a baseline that knows one of them would know the other.
 */
export function orderedFindings(findings: readonly GateFinding[]): GateFinding[] {
  const key = ({ place, policy_id, fingerprint, message }: GateFinding): string =>
    canonicalJson([place.file, pad(place.line), pad(place.column), policy_id, message, fingerprint]);
  const keyed = findings.map((one) => [key(one), one] as const);
  const sorted = keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const told = sorted.filter(([own], index) => own !== sorted[index - 1]?.[0]).map(([, one]) => one);
  const times = new Map<string, number>();
  return told.map((one) => {
    const nth = (times.get(one.fingerprint) ?? 0) + 1;
    times.set(one.fingerprint, nth);
    return nth === 1 ? one : { ...one, fingerprint: digestOf([one.fingerprint, nth]) };
  });
}

const pad = (value: number): string => String(value).padStart(9, "0");
