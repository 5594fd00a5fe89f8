/** How a condition's values are compared. `Like` takes wildcards. */
export const BASES = [
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLike",
  "NumericEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
  "DateEquals",
  "DateLessThan",
  "DateLessThanEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "Bool",
  "BinaryEquals",
  "IpAddress",
  "ArnLike",
  "Null",
] as const;

export type Base = (typeof BASES)[number];

export interface ConditionOperator {
  readonly base: Base;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set?: "ForAllValues" | "ForAnyValue";
}

/** Name in lower case to what it compares; the negated ones and the twins of ARN operators spelled out. */
const NAMES = new Map<string, { readonly base: Base; readonly negated: boolean }>([
  ...BASES.map((base) => [base.toLowerCase(), { base, negated: false }] as const),
  ...(
    [
      ["StringNotEquals", "StringEquals"],
      ["StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"],
      ["StringNotLike", "StringLike"],
      ["NumericNotEquals", "NumericEquals"],
      ["DateNotEquals", "DateEquals"],
      ["NotIpAddress", "IpAddress"],
      ["ArnNotLike", "ArnLike"],
      ["ArnNotEquals", "ArnLike"],
    ] as const
  ).map(([name, base]) => [name.toLowerCase(), { base, negated: true }] as const),
  ["arnequals", { base: "ArnLike", negated: false }],
]);

const SHAPE = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i;

/** The operator of that name (IAM User Guide, "Condition operators"); undefined where there is none. */
export function conditionOperator(name: string): ConditionOperator | undefined {
  const [, set, bare = "", suffix] = SHAPE.exec(name) ?? [];
  const found = NAMES.get(bare.toLowerCase());
  if (found === undefined) return undefined;
  if (found.base === "Null" && (set !== undefined || suffix !== undefined)) return undefined;
  return {
    ...found,
    ifExists: suffix !== undefined,
    ...(set === undefined
      ? {}
      : { set: set.toLowerCase() === "forallvalues" ? "ForAllValues" : "ForAnyValue" }),
  };
}
