import type { Alias, Dialect, Entity, Identity } from "./identity.ts";

/**
 * A rule path after substitution; or why the rule falls away; or that it depends on the time of the request. `unfilled`: the path
 * stands for all that this template could become.
 */
export type Resolved =
  | { readonly path: string; readonly templated: boolean; readonly unfilled?: string }
  | { readonly dropped: string }
  | { readonly timed: true };

/** Seconds since 1970 of the instant a question is asked for, where it is known. */
export type Now = number | undefined;

const DIRECTIVE = /\{\{(.*?)\}\}/gs;

/** OpenBao drops a rule into which a template would bring a slash or a wildcard; Vault takes it as text of the rule. */
const BLOCKED = /[*+/]/;

export function isTemplated(path: string): boolean {
  return path.includes("{{");
}

/**
 * Puts an identity's values into a rule path. A directive without a value drops the whole rule, silently on the
 * server too. Source: `sdk/helper/identitytpl` in ACL mode, and OpenBao's `BlockedSubstitutions`.
 */
export function resolvePath(
  path: string,
  identity: Identity | undefined,
  dialect: Dialect,
  now: Now,
): Resolved {
  if (!isTemplated(path)) return { path, templated: false };
  const values = [...path.matchAll(DIRECTIVE)].map(([, inside = ""]) =>
    valueOf(inside.trim(), identity, dialect, now),
  );
  const failure = values.find((value) => typeof value === "object" && "dropped" in value);
  if (failure !== undefined) return failure;
  if (values.includes(UNKNOWN_TIME)) return { timed: true };
  let next = 0;
  const resolved = path.replaceAll(DIRECTIVE, () => (values[next++] as Value).text);
  return { path: resolved, templated: true };
}

const UNKNOWN_TIME = Symbol("unknown time");

function valueOf(
  directive: string,
  identity: Identity | undefined,
  dialect: Dialect,
  now: Now,
): Value | { readonly dropped: string } | typeof UNKNOWN_TIME {
  const value = directive.startsWith("time.")
    ? timeValue(directive, now)
    : identityValue(directive, identity);
  if (value === undefined) return { dropped: `{{${directive}}} has no value` };
  if (value === UNKNOWN_TIME) return value;
  const blocked = dialect === "openbao" && BLOCKED.test(value.text);
  return blocked ? { dropped: `{{${directive}}} would bring a slash or wildcard` } : value;
}

/** A character, any text within a segment (`+`), or any text at all. */
type Glyph = string | symbol;
const SEGMENT = Symbol("segment");
const ANYTHING = Symbol("anything");

/**
 * Whether a rule path could come to cover `path` for some identity or time, taking every directive for any text: the
 * test for what is not known. Both as plain text. Takes time in the product of both lengths.
 */
export function couldMatch(rulePath: string, path: string): boolean {
  const glyphs = glyphsOf(rulePath.replace(/^\//, ""));
  let states = closure(glyphs, new Set([0]));
  for (const character of path) {
    const next = new Set<number>();
    for (const state of states) {
      const glyph = glyphs[state];
      if (glyph === ANYTHING || (glyph === SEGMENT && character !== "/")) next.add(state);
      else if (glyph === character) next.add(state + 1);
    }
    states = closure(glyphs, next);
  }
  return states.has(glyphs.length);
}

/** What matches the empty text may be passed over. */
function closure(glyphs: readonly Glyph[], states: ReadonlySet<number>): Set<number> {
  const all = new Set<number>();
  for (let state of states) {
    for (all.add(state); typeof glyphs[state] === "symbol"; state += 1) all.add(state + 1);
  }
  return all;
}

function glyphsOf(rulePath: string): Glyph[] {
  const open = rulePath.endsWith("*");
  const plain = open ? rulePath.slice(0, -1) : rulePath;
  const pieces = plain
    .split(DIRECTIVE)
    .map((piece, index) => (index % 2 === 1 ? [ANYTHING] : literalGlyphs(piece)));
  return [...pieces.flat(), ...(open ? [ANYTHING] : [])];
}

function literalGlyphs(piece: string): Glyph[] {
  return piece
    .split("/")
    .flatMap((part, index) => [
      ...(index === 0 ? [] : ["/"]),
      ...(part === "+" ? [SEGMENT] : charactersOf(part)),
    ]);
}

/** By code point, as a `for … of` over the other text counts. */
function charactersOf(text: string): string[] {
  return Array.from(text, (character) => character);
}

interface Value {
  readonly text: string;
}

const DURATION = /^(?:(\d+)|(\d+)d|((?:\d+(?:\.\d+)?(?:h|m|s|ms))+))$/;
const UNIT_S: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

function timeValue(directive: string, now: Now): Value | typeof UNKNOWN_TIME | undefined {
  const [selector, operator, amount, ...rest] = directive.slice("time.".length).split(".");
  if (selector !== "now" || (operator !== undefined && amount === undefined)) return undefined;
  let offset = 0;
  if (operator !== undefined) {
    const duration = DURATION.exec([amount, ...rest].join("."));
    if (duration === null || (operator !== "plus" && operator !== "minus")) return undefined;
    offset = operator === "plus" ? secondsOf(duration) : -secondsOf(duration);
  }
  return now === undefined ? UNKNOWN_TIME : { text: String(Math.floor(now + offset)) };
}

function secondsOf([, seconds, days, parts]: RegExpExecArray): number {
  if (seconds !== undefined) return Number(seconds);
  if (days !== undefined) return Number(days) * 86_400;
  const found = [...(parts ?? "").matchAll(/([\d.]+)(h|ms|m|s)/g)];
  return found.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_S[unit ?? ""] ?? 0), 0);
}

function identityValue(directive: string, identity: Identity | undefined): Value | undefined {
  if (identity === undefined) return undefined;
  const entity = after(directive, "identity.entity.");
  if (entity !== undefined) return entityValue(entity, identity.entity);
  const group = after(directive, "identity.groups.");
  return group === undefined ? undefined : groupValue(group, identity);
}

/** Lists (`groups.names`) and whole maps (`metadata`) have no value in a path. */
function entityValue(selector: string, entity: Entity): Value | undefined {
  if (selector === "id") return nonEmpty(entity.id);
  if (selector === "name") return nonEmpty(entity.name);
  const key = after(selector, "metadata.");
  if (key !== undefined) return own(entity.metadata, key);
  const [accessor, rest] = splitOnce(after(selector, "aliases.") ?? "");
  const alias = entity.aliases.find((one) => one.mount_accessor === accessor);
  return alias === undefined || rest === undefined ? undefined : aliasValue(rest, alias);
}

function aliasValue(selector: string, alias: Alias): Value | undefined {
  if (selector === "id") return nonEmpty(alias.id ?? "");
  if (selector === "name") return nonEmpty(alias.name);
  const custom = after(selector, "custom_metadata.");
  if (custom !== undefined) return own(alias.custom_metadata, custom);
  const key = after(selector, "metadata.");
  return key === undefined ? undefined : own(alias.metadata, key);
}

/** The name or id ends at the first dot, so a group whose name has a dot cannot be named. */
function groupValue(selector: string, { groups }: Identity): Value | undefined {
  const [by, rest] = splitOnce(selector);
  const [which, field] = splitOnce(rest ?? "");
  if ((by !== "ids" && by !== "names") || field === undefined) return undefined;
  const group = groups.find((one) => (by === "ids" ? one.id : one.name) === which);
  if (group === undefined) return undefined;
  if (field === "id") return { text: group.id };
  if (field === "name") return nonEmpty(group.name);
  const key = after(field, "metadata.");
  return key === undefined ? undefined : own(group.metadata, key);
}

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

function splitOnce(text: string): [string, string | undefined] {
  const dot = text.indexOf(".");
  return dot === -1 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}

function own(map: Readonly<Record<string, string>>, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? { text: map[key] ?? "" } : undefined;
}

function nonEmpty(text: string): Value | undefined {
  return text === "" ? undefined : { text };
}
