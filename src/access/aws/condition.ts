import { anyOf, bareArn } from "./condition-value.ts";
import type { ConditionOperator } from "./condition-operator.ts";
import type { KeyValue, RequestContext } from "./context.ts";
import type { Condition } from "./document.ts";
import { all, any, not, standing, unclear, type Formula } from "./formula.ts";
import type { Unknown } from "./pattern.ts";

/**
 * Whether a request meets a condition (IAM User Guide, "Condition operators", "Multiple context keys or values", "Single-valued
 * vs. multivalued context keys"). Values of a key are alternatives; a negated operator asks that none of them match. A key that
 * is not there matches negated operators, `ForAllValues` and `…IfExists` alone.
 */
export function conditionHolds(condition: Condition, context: RequestContext): Formula {
  const value = context.get(condition.key);
  const { operator } = condition;
  if (operator.base === "Null") return nullHolds(condition, value);
  if (value !== "absent" && "unknown" in value) return unknownHolds(condition, value.unknown);
  const values = value === "absent" ? [] : value.values;
  if (operator.set !== undefined) return setHolds(condition, values, value === "absent", context);
  const [first] = values;
  if (first === undefined) return operator.negated || operator.ifExists;
  // A key with several values needs a set operator; without one the condition never holds, not even negated.
  if (values.length > 1) return false;
  const holds = oneHolds(condition, first, context);
  if (value !== "absent" && value.listed && holds !== false) {
    const why = `${condition.key} is multivalued and ${operatorText(condition)} takes one value`;
    return all([holds, unclear(`${conditionText(condition)} on one value of a list`, why, true)]);
  }
  return holds;
}

/** Absent, or without a value: null (IAM User Guide, "Condition operator to check existence of condition keys"). */
function nullHolds({ key, values }: Condition, value: KeyValue): Formula {
  const isNull = value === "absent" || ("values" in value && value.values.length === 0);
  const present = value !== "absent" && "unknown" in value ? presence(key, value.unknown) : !isNull;
  return any(values.map((wanted) => (wanted.toLowerCase() === "true" ? not(present) : present)));
}

function oneHolds(condition: Condition, value: string, context: RequestContext): Formula {
  const { matches, incomparable } = anyOf(condition.comparators, value, context);
  if (!condition.operator.negated) return matches;
  if (!incomparable || matches === true) return not(matches);
  const why = `AWS does not say what ${operatorText(condition)} does where ${condition.key} cannot be compared`;
  return all([not(matches), unclear(`${conditionText(condition)} with ${value}`, why, true)]);
}

function setHolds(
  condition: Condition,
  given: readonly string[],
  absent: boolean,
  context: RequestContext,
): Formula {
  const { set, ifExists } = condition.operator;
  // An empty text counts as an empty set.
  const values = given.filter((value) => value !== "");
  if (set === "ForAllValues") return all(values.map((value) => oneHolds(condition, value, context)));
  if (absent && ifExists) {
    const why = `whether IfExists counts behind ForAnyValue is disputed, and ${condition.key} is absent`;
    return unclear(`${conditionText(condition)} without the key`, why, true);
  }
  return any(values.map((value) => oneHolds(condition, value, context)));
}

/** Negated operators are told as the opposite of the plain ones, so that the two cancel out where they meet. */
function unknownHolds(asked: Condition, unknown: Unknown): Formula {
  const condition = narrowed(asked, unknown);
  const { negated, ifExists, set } = condition.operator;
  const matches = unknownMatch(condition, negated ? oppositeSet(set) : set, unknown);
  const holds = negated ? not(matches) : matches;
  // Without the key, negated operators and ForAllValues hold by themselves.
  return ifExists && !negated && set !== "ForAllValues"
    ? any([holds, not(presence(condition.key, unknown))])
    : holds;
}

/** With those of the values alone that the key may have. */
function narrowed(condition: Condition, { within }: Unknown): Condition {
  if (within === undefined) return condition;
  const { key, operator } = condition;
  const wildcards = operator.base === "StringLike" || operator.base === "ArnLike";
  return {
    ...condition,
    values: condition.values.filter((written) => within.may({ key, written, wildcards })),
  };
}

/** Not all differ: some are alike. Not some differ: all are alike. */
function oppositeSet(set: ConditionOperator["set"]): ConditionOperator["set"] {
  if (set === undefined) return undefined;
  return set === "ForAllValues" ? "ForAnyValue" : "ForAllValues";
}

/** A gap is taken for a key that is not there until it is known. */
function unknownMatch(condition: Condition, set: ConditionOperator["set"], unknown: Unknown): Formula {
  // Of no values whatever is there matches none; a set that is empty differs from none.
  if (condition.values.length === 0) return set === "ForAllValues" && not(presence(condition.key, unknown));
  const any = matchesWhatever(condition);
  if (any !== false) return all([any, set === "ForAllValues" || presence(condition.key, unknown)]);
  const operator = `${set === undefined ? "" : `${set}:`}${condition.operator.base}`;
  const text = `${operator} ${condition.key} ${valuesText(condition)}`;
  if (unknown.certainty === "conditional") return standing(text, `not ${text}`);
  return unclear(text, unknown.why, set === "ForAllValues");
}

/** Whether one of the values is a pattern that takes whatever is there, so that the condition only asks for the key. */
function matchesWhatever({ operator: { base }, values }: Condition): Formula {
  const bare = values.find((value) => /^\*+$/.test(value));
  if (base === "StringLike") return bare !== undefined;
  if (base !== "ArnLike") return false;
  if (values.some((value) => /^(?:arn|\*+)(?::\*+){5,}$/.test(value))) return true;
  return bare !== undefined && bareArn(bare);
}

function presence(key: string, unknown: Unknown): Formula {
  const known = unknown.within?.presence(key);
  if (known === "always") return true;
  if (known === "never") return false;
  if (known === "unclear")
    return unclear(`${key} is present`, `whether every request carries ${key} is not known`, true);
  if (unknown.certainty === "conditional") return standing(`${key} is present`, `${key} is absent`);
  return unclear(`${key} is present`, unknown.why, false);
}

function valuesText({ values }: Condition): string {
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : JSON.stringify(values);
}

function operatorText({ operator: { base, negated, ifExists, set } }: Condition): string {
  return `${set === undefined ? "" : `${set}:`}${negated ? `not ${base}` : base}${ifExists ? "IfExists" : ""}`;
}

export function conditionText(condition: Condition): string {
  return `${operatorText(condition)} ${condition.key} ${valuesText(condition)}`;
}
