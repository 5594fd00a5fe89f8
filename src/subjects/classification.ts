import { Type, closed, type Static } from "../facts/index.ts";
import { TIERS, type Tier } from "../policy/index.ts";
import { SUBJECT_KINDS, TierName, type SubjectKind } from "./schema.ts";

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
 * that fits decides; a label of the store itself decides before any rule. What no rule reaches stays unknown.
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
}

export interface Classification {
  readonly tier?: Tier;
  readonly owner?: string;
  readonly environment?: string;
  readonly break_glass: boolean;
}

/** Applies rules to one subject after another; patterns are compiled once. */
export function classifier(rules: ClassificationRules): (subject: Classifiable) => Classification {
  const tiers = rules.tiers.map(({ tier, when }) => ({ value: tier, fits: matcher(when) }));
  const owners = rules.owners.map(({ owner, when }) => ({ value: owner, fits: matcher(when) }));
  const environments = rules.environments.map(({ environment, when }) => ({
    value: environment,
    fits: matcher(when),
  }));
  const breakGlass = rules.break_glass.map(matcher);
  return (subject) => {
    const stated = labelled(subject.labels, rules.labels.tier)?.toLowerCase();
    const tier = TIERS.find((name) => name === stated) ?? first(tiers, subject);
    const owner = labelled(subject.labels, rules.labels.owner) ?? first(owners, subject);
    const environment = labelled(subject.labels, rules.labels.environment) ?? first(environments, subject);
    return {
      ...(tier === undefined ? {} : { tier }),
      ...(owner === undefined ? {} : { owner }),
      ...(environment === undefined ? {} : { environment }),
      break_glass: breakGlass.some((fits) => fits(subject)),
    };
  };
}

/** The first label of `names` that is present and not blank. */
export function labelled(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  return names
    .map((name) => labelOf(labels, name)?.trim())
    .find((value) => value !== undefined && value !== "");
}

/** A label of that name; never what every object inherits. */
function labelOf(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function first<T>(
  rules: readonly { value: T; fits: (subject: Classifiable) => boolean }[],
  subject: Classifiable,
): T | undefined {
  return rules.find(({ fits }) => fits(subject))?.value;
}

function matcher(match: Static<typeof Match>): (subject: Classifiable) => boolean {
  const tests: ((subject: Classifiable) => boolean)[] = [];
  const { kind, store, path, name, label } = match;
  if (kind !== undefined) tests.push((subject) => subject.kind === kind);
  if (store !== undefined) tests.push(on(store, (subject) => subject.store_id));
  if (path !== undefined) tests.push(on(path, (subject) => subject.path));
  if (name !== undefined) tests.push(on(name, (subject) => subject.name));
  for (const [key, patterns] of Object.entries(label ?? {}))
    tests.push(on(patterns, (subject) => labelOf(subject.labels, key)));
  return (subject) => tests.length > 0 && tests.every((test) => test(subject));
}

function on(
  patterns: Static<typeof Patterns>,
  field: (subject: Classifiable) => string | undefined,
): (subject: Classifiable) => boolean {
  const test = patternTest(patterns);
  return (subject) => {
    const value = field(subject);
    return value !== undefined && test(value);
  };
}

function patternTest(patterns: Static<typeof Patterns>): (text: string) => boolean {
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
