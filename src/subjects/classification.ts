import { Type, closed, type Static } from "../facts/index.ts";
import { PeopleRules } from "../people/index.ts";
import { TIERS, type Tier } from "../policy/index.ts";
import { CLASSIFICATIONS, TierName } from "./schema-parts.ts";
import { SUBJECT_KINDS, type SubjectKind } from "./schema.ts";

const Patterns = Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
  description: "text with `*` for any characters and `?` for one; several: any of them",
});

/** What a rule asks of a subject; all that is named must hold. */
const Match = closed({
  kind: Type.Optional(Type.Union(SUBJECT_KINDS.map((kind) => Type.Literal(kind)))),
  store: Type.Optional(Patterns),
  /** The subject's id without the store, e.g. `kv/payments/*`. */
  path: Type.Optional(Patterns),
  name: Type.Optional(Patterns),
  /** Label name to the patterns that its value must fit. */
  label: Type.Optional(Type.Record(Type.String(), Patterns)),
});

/**
 * Who owns what, how much it matters, which identities are for emergencies: rules in `countersign.yaml`. The first rule
 * that fits decides; a label of the store itself decides before any rule. What no rule reaches stays unknown, and what
 * a rule asks for but could not be read decides nothing: the rule may fit or not.
 */
export const ClassificationRules = closed({
  /** Labels (custom metadata, tags) that state a thing directly; the first present counts. */
  labels: closed({
    owner: Type.Array(Type.String()),
    tier: Type.Array(Type.String()),
    environment: Type.Array(Type.String()),
    expires_at: Type.Array(Type.String()),
    rotation_period_days: Type.Array(Type.String()),
  }),
  tiers: Type.Array(closed({ tier: TierName, when: Match })),
  owners: Type.Array(closed({ owner: Type.String(), when: Match })),
  environments: Type.Array(closed({ environment: Type.String(), when: Match })),
  break_glass: Type.Array(Match),
  /** Absent: the defaults. */
  people: Type.Optional(PeopleRules),
});

export type ClassificationRules = Static<typeof ClassificationRules>;

export const DEFAULT_LABELS: ClassificationRules["labels"] = {
  owner: ["owner", "team"],
  tier: ["tier", "risk_tier"],
  environment: ["environment", "env"],
  expires_at: ["expires_at", "expiry"],
  rotation_period_days: ["rotation_period_days", "rotation_days"],
};

/** What rules look at. */
export interface Classifiable {
  readonly kind: SubjectKind;
  readonly store_id: string;
  /** The id without the store. */
  readonly path: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What of these could not be read: a rule that asks for it may fit, and nobody knows. */
  readonly unread?: readonly Unread[];
}

export type Unread = "labels" | "name";

export interface Classification {
  readonly tier?: Tier;
  readonly owner?: string;
  readonly environment?: string;
  readonly break_glass: boolean;
  /**
   * What could not be decided, in order. An undecided tier is the strictest that may hold; an undecided owner or
   * environment is absent; an undecided break-glass marking exempts from nothing.
   */
  readonly undecided: readonly (typeof CLASSIFICATIONS)[number][];
  /** Labels for owner and tier that state none, such as `tbd` and `prod`, where nothing else does. Absent: no such label. */
  readonly unusable_labels?: UnusableLabels;
}

type UnusableLabels = Partial<Record<"owner" | "tier", string>>;

/** Whether a rule fits; `open` where what it asks for could not be read. */
type Fit = "yes" | "no" | "open";

type Test = (subject: Classifiable) => Fit;

interface Rule<T> {
  readonly value: T;
  readonly fits: Test;
}

/** Every value that may hold. One: it is decided. Undefined among them: perhaps none does. */
type Candidates<T> = ReadonlySet<T | undefined>;

/** Applies rules to one subject after another; patterns are compiled once. */
export function classifier(rules: ClassificationRules): (subject: Classifiable) => Classification {
  const tiers = rules.tiers.map(({ tier, when }) => ({ value: tier, fits: matcher(when) }));
  const owners = rules.owners.map(({ owner, when }) => ({ value: stated(owner), fits: matcher(when) }));
  const environments = rules.environments.map(({ environment, when }) => ({
    value: environment,
    fits: matcher(when),
  }));
  const breakGlass = rules.break_glass.map(matcher);
  return (subject) => {
    const tier = tierCandidates(subject, rules.labels.tier, tiers);
    const owner = decided(textCandidates(subject, rules.labels.owner, owners));
    const environment = decided(textCandidates(subject, rules.labels.environment, environments));
    const marks = breakGlass.map((fits) => fits(subject));
    const marked = marks.includes("yes");
    const strictest = TIERS.find((name) => tier.has(name));
    const open = {
      break_glass: !marked && marks.includes("open"),
      environment: environment === UNDECIDED,
      owner: owner === UNDECIDED,
      tier: tier.size > 1,
    };
    return {
      ...(strictest === undefined ? {} : { tier: strictest }),
      ...(owner === undefined || owner === UNDECIDED ? {} : { owner }),
      ...(environment === undefined || environment === UNDECIDED ? {} : { environment }),
      break_glass: marked,
      undecided: CLASSIFICATIONS.filter((name) => open[name]),
      ...unusableLabels(subject, rules, { owner: owner === undefined, tier: strictest === undefined }),
    };
  };
}

/** What stands in the labels for what nothing states, as `tier=prod`: its writer has to be told that it counts for nothing. */
function unusableLabels(
  { labels }: Classifiable,
  rules: ClassificationRules,
  missing: Readonly<Record<"owner" | "tier", boolean>>,
): { unusable_labels?: UnusableLabels } {
  const found = (["owner", "tier"] as const).flatMap((name) => {
    const found = missing[name] ? labelledBy(labels, rules.labels[name]) : undefined;
    return found === undefined ? [] : [[name, found.join("=")] as const];
  });
  return found.length === 0 ? {} : { unusable_labels: Object.fromEntries(found) };
}

/** A label states the tier, whatever the rules say: one that could not be read may state any. */
function tierCandidates(
  subject: Classifiable,
  names: readonly string[],
  rules: readonly Rule<Tier>[],
): Candidates<Tier> {
  const byRule = candidates(rules, subject);
  if (hides(subject, names)) return new Set([...TIERS, ...byRule]);
  const stated = labelled(subject.labels, names)?.toLowerCase();
  const tier = TIERS.find((name) => name === stated);
  return tier === undefined ? byRule : new Set([tier]);
}

/** Undefined where nothing at all can be said of the value. */
function textCandidates(
  subject: Classifiable,
  names: readonly string[],
  rules: readonly Rule<string | undefined>[],
): Candidates<string> | undefined {
  if (hides(subject, names)) return undefined;
  const value = stated(labelled(subject.labels, names));
  return value === undefined ? candidates(rules, subject) : new Set([value]);
}

/** What stands where somebody had to write something: a dash, a question mark, a word for "not yet". */
const NOTHING =
  /^(?:[^\p{L}\p{N}]*|n\.?\/?a\.?|nil|nobody|none|not set|null|tba|tbd|tbc|todo|undefined|unknown|unowned|xxx+)$/iu;

/** A text that says something. */
function stated(text: string | undefined): string | undefined {
  return text === undefined || NOTHING.test(text.trim()) ? undefined : text;
}

const UNDECIDED = Symbol("undecided");

function decided(found: Candidates<string> | undefined): string | undefined | typeof UNDECIDED {
  if (found === undefined || found.size > 1) return UNDECIDED;
  return [...found][0];
}

/** The first rule that fits decides; those before it that may fit could have decided instead. */
function candidates<T>(rules: readonly Rule<T | undefined>[], subject: Classifiable): Candidates<T> {
  const found = new Set<T | undefined>();
  for (const { value, fits } of rules) {
    const fit = fits(subject);
    if (fit !== "no") found.add(value);
    if (fit === "yes") return found;
  }
  return found.add(undefined);
}

/** Whether one of these labels may be there and could not be read. */
function hides(subject: Classifiable, names: readonly string[]): boolean {
  if (names.length === 0) return false;
  if (subject.unread?.includes("labels") === true) return true;
  const shown = labelled(subject.labels, names);
  return shown !== undefined && redacted(shown);
}

/** What the collection took out of an answer, since it may be a value. */
function redacted(text: string): boolean {
  return text.includes("[redacted");
}

/** The first label of `names` that is present and not blank. */
export function labelled(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  return labelledBy(labels, names)?.[1];
}

/** Its name, and what it says. */
function labelledBy(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): readonly [string, string] | undefined {
  return names
    .map((name) => [name, labelOf(labels, name)?.trim() ?? ""] as const)
    .find(([, value]) => value !== "");
}

/** A label of that name; never what every object inherits. */
function labelOf(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function matcher(match: Static<typeof Match>): Test {
  const tests: Test[] = [];
  const { kind, store, path, name, label } = match;
  if (kind !== undefined) tests.push((subject) => (subject.kind === kind ? "yes" : "no"));
  if (store !== undefined) tests.push(on(store, (subject) => subject.store_id));
  if (path !== undefined) tests.push(on(path, (subject) => subject.path));
  if (name !== undefined) tests.push(on(name, (subject) => subject.name, "name"));
  for (const [key, patterns] of Object.entries(label ?? {}))
    tests.push(on(patterns, (subject) => labelOf(subject.labels, key), "labels"));
  return (subject) => {
    const fits = tests.map((test) => test(subject));
    if (fits.length === 0 || fits.includes("no")) return "no";
    return fits.includes("open") ? "open" : "yes";
  };
}

function on(
  patterns: Static<typeof Patterns>,
  field: (subject: Classifiable) => string | undefined,
  part?: Unread,
): Test {
  const test = patternTest(patterns);
  return (subject) => {
    if (part !== undefined && subject.unread?.includes(part) === true) return "open";
    const value = field(subject);
    if (value === undefined) return "no";
    if (part === "labels" && redacted(value)) return "open";
    return test(value) ? "yes" : "no";
  };
}

/** Whether a whole text is what one of the patterns says: `*` for any characters, `?` for one. */
export function patternTest(patterns: string | readonly string[]): (text: string) => boolean {
  const all = [patterns].flat();
  return (text) => all.some((pattern) => matches(pattern, text));
}

/**
 * Whether the whole text is what the pattern says. On a mismatch only the last `*` takes one character more, so that the
 * work is at most pattern times text: a regular expression would try the others again, for ever on a hostile name.
 */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let place = 0; place < text.length;) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at++;
      taken = place;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[place])) {
      at += 1;
      place += 1;
    } else {
      if (star < 0) return false;
      at = star + 1;
      place = ++taken;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
