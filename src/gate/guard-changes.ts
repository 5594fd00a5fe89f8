import { canonicalJson, digestOf } from "../base/index.ts";
import type { ChangeSubjectOf } from "../subjects/index.ts";
import type { BaselineEntry } from "./baseline.ts";
import type { PlacedChange } from "./declared.ts";
import { entriesOf, placeOf, plainValue, type Node } from "./text/node.ts";
import { SourceText, type Place } from "./text/source-text.ts";
import { readYaml } from "./text/yaml.ts";
import type { Waiver } from "./waivers.ts";

type Guard = NonNullable<ChangeSubjectOf<"change">["guard"]>;

/** Most changes of one guard that are told one by one. */
const MAX_CHANGES = 100;

/** Parts of the configuration that decide what is found; the others are told without loosening anything. */
const DECIDING: ReadonlySet<string> = new Set([
  "break_glass",
  "environments",
  "gate",
  "labels",
  "owners",
  "parameters",
  "policies",
  "tiers",
]);

interface Told {
  readonly what: string;
  readonly guard: Guard;
  readonly place: Place;
}

function placed({ what, guard, place }: Told): PlacedChange {
  const address = `${guard.guard} ${what}`;
  return {
    format: "guard",
    declaration: { address, place },
    subject: {
      kind: "change",
      id: `guard:${digestOf([address, place.file, guard])}`,
      name: address,
      change_type: "guard",
      gaps: [],
      guard,
    },
  };
}

/** The first so many, and how many more there are. What loosens comes first: none of it is left out for the sake of another. */
function bounded(changes: readonly Told[]): PlacedChange[] {
  const sorted = [...changes].sort((a, b) => Number(b.guard.loosens) - Number(a.guard.loosens));
  const left = sorted.slice(MAX_CHANGES);
  const [first] = left;
  const rest: Told[] =
    first === undefined
      ? []
      : [
          {
            what: `${left.length} more`,
            place: first.place,
            guard: {
              ...first.guard,
              action: "changed",
              detail: `${left.length} more changes are not told one by one`,
            },
          },
        ];
  return [...sorted.slice(0, MAX_CHANGES), ...rest].map(placed);
}

const start = (file: string): Place => ({ file, line: 1, column: 1, end_line: 1, end_column: 1 });

/** A text as it is in the base and in the change; undefined where there is none. */
export interface TwoTexts {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a change does to the configuration, key by key. Values are told: a configuration holds references to credentials, never these. */
export function configurationChanges({ path, before, after }: TwoTexts): PlacedChange[] {
  if (before === after) return [];
  const old = leaves(path, before);
  const now = leaves(path, after);
  if (old === undefined || now === undefined) {
    const side = now === undefined ? "the change" : "the base";
    const detail = `the configuration of ${side} cannot be read`;
    return [
      placed({
        what: path,
        place: start(path),
        guard: { guard: "configuration", action: "changed", loosens: true, detail },
      }),
    ];
  }
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const changes = keys.flatMap((key): Told[] => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was?.text === is?.text) return [];
    const action = was === undefined ? "added" : is === undefined ? "removed" : "changed";
    const detail = `${key}: ${was?.text ?? "not set"} → ${is?.text ?? "not set"}`.slice(0, 1024);
    const loosens = DECIDING.has(key.split(".")[0] ?? "");
    return [
      {
        what: key,
        place: is?.place ?? start(path),
        guard: { guard: "configuration", action, loosens, detail },
      },
    ];
  });
  return bounded(changes);
}

interface Leaf {
  readonly text: string;
  readonly place: Place;
}

/** Key path to value; lists are one value. Undefined where the text is no configuration. */
function leaves(path: string, text: string | undefined): ReadonlyMap<string, Leaf> | undefined {
  const found = new Map<string, Leaf>();
  if (text === undefined || text.trim() === "") return found;
  const [document, ...more] = readYaml(new SourceText(path, text));
  if (more.length > 0 || document?.slip !== undefined) return undefined;
  const walk = (node: Node, key: string): void => {
    if (node.kind === "map" && node.entries.size > 0)
      for (const [name, { value }] of entriesOf(node)) walk(value, key === "" ? name : `${key}.${name}`);
    else found.set(key, { text: canonicalJson(plainValue(node) ?? null), place: placeOf(node) });
  };
  if (document?.root !== undefined) walk(document.root, "");
  return found;
}

/** What a change does to files of the organisation's own policies. */
export function policyChanges(files: readonly TwoTexts[]): PlacedChange[] {
  return bounded(
    files
      .filter(({ before, after }) => before !== after)
      .map(({ path, before, after }): Told => {
        const action = before === undefined ? "added" : after === undefined ? "removed" : "changed";
        const loosens = action !== "added";
        const detail = `${path} was ${action}`;
        return { what: path, place: start(path), guard: { guard: "policy", action, loosens, detail } };
      }),
  );
}

/** What a change does to the baseline: each finding more that it knows lets one pass. */
export function baselineChanges(
  path: string,
  before: readonly BaselineEntry[],
  after: readonly BaselineEntry[],
): PlacedChange[] {
  const name = ({ policy_id, subject, file }: BaselineEntry): string =>
    `${policy_id} about ${subject} in ${file}`;
  const key = ({ fingerprint, outcome }: BaselineEntry): string => `${fingerprint} ${outcome}`;
  const [old, now] = [new Set(before.map(key)), new Set(after.map(key))];
  const change = (entry: BaselineEntry, action: "added" | "removed"): Told => ({
    what: `${name(entry)} ${entry.fingerprint.slice(0, 16)}`,
    place: start(path),
    guard: {
      guard: "baseline",
      action,
      loosens: action === "added",
      detail: `known finding ${action}: ${name(entry)}`,
    },
  });
  return bounded([
    ...after.filter((entry) => !old.has(key(entry))).map((entry) => change(entry, "added")),
    ...before.filter((entry) => !now.has(key(entry))).map((entry) => change(entry, "removed")),
  ]);
}

/** Waivers that one state has and the other has not, in whatever file: of equal ones as many as there are more. */
export function waiverChanges(before: readonly Waiver[], after: readonly Waiver[]): PlacedChange[] {
  const key = ({ policy_id, until, reason, place }: Waiver): string =>
    canonicalJson([policy_id, until, reason, place.file]);
  const beyond = (some: readonly Waiver[], others: readonly Waiver[]): Waiver[] => {
    const left = new Map<string, number>();
    for (const one of others) left.set(key(one), (left.get(key(one)) ?? 0) + 1);
    return some.filter((one) => {
      const there = left.get(key(one)) ?? 0;
      left.set(key(one), there - 1);
      return there <= 0;
    });
  };
  const change = (waiver: Waiver, action: "added" | "removed"): Told => ({
    what: `${waiver.policy_id} in ${waiver.place.file} until ${waiver.until}`,
    place: action === "added" ? waiver.place : start(waiver.place.file),
    guard: {
      guard: "waiver",
      action,
      loosens: action === "added",
      detail: `waiver of ${waiver.policy_id} until ${waiver.until} ${action}: ${waiver.reason}`,
    },
  });
  return bounded([
    ...beyond(after, before).map((waiver) => change(waiver, "added")),
    ...beyond(before, after).map((waiver) => change(waiver, "removed")),
  ]);
}
