import { counted } from "../../base/index.ts";
import { TIERS } from "../../policy/index.ts";
import type { PolicyResult } from "../../evidence/index.ts";
import type { Subject } from "../../subjects/index.ts";
import { UNTIERED, thresholds } from "../thresholds.ts";
import type { ChartSpec } from "./charts.ts";

/** Ages are gathered into about this many steps, so that the picture does not grow with the estate. */
const STEPS = 40;

/** Limit in days by tier, as one policy has it. */
export type Limits = Readonly<Record<string, number>>;

/** The limits that `param` of a policy sets, by tier; empty where it sets none. */
export function limitsOf(result: PolicyResult | undefined, param: string): Limits {
  if (result === undefined) return {};
  const found = thresholds(result).find(({ name }) => name === param)?.values;
  const limits: Record<string, number> = {};
  for (const tier of [...TIERS, UNTIERED]) {
    const value = found?.get(tier) ?? found?.get("any");
    if (typeof value === "number") limits[tier] = value;
  }
  return limits;
}

interface Aged {
  readonly tier: string;
  /** Days; absent: not known. */
  readonly age: number | undefined;
  readonly limit: number | undefined;
}

const isOver = ({ age, limit }: Aged): boolean => age !== undefined && limit !== undefined && age > limit;

/** Ages of the values of secrets by tier, against the limit of each tier. Absent where there are no secrets. */
export function valueAge(subjects: readonly Subject[], limits: Limits): ChartSpec | undefined {
  const aged: Aged[] = subjects.flatMap((subject) => {
    if (subject.kind !== "secret") return [];
    const decided = subject.undecided?.includes("tier") !== true;
    const tier = (decided ? subject.tier : undefined) ?? UNTIERED;
    return [{ tier, age: subject.value_age_days, limit: limits[tier] }];
  });
  if (aged.length === 0) return undefined;
  const tiers = [...TIERS, UNTIERED].filter((tier) => aged.some((secret) => secret.tier === tier));
  return {
    title: "Age of secrets’ values by tier: ◆ over the limit, ● within it",
    alt: `Age in days of the current value of secrets, by tier. ${tiers.map((tier) => inWords(tier, aged)).join(" ")}`,
    spec: spec(tiers, aged),
  };
}

interface Point {
  readonly tier: string;
  readonly days: number;
  readonly over: boolean;
  count: number;
}

/** Secrets of about one age become one point; a point never holds both sides of a limit. */
function gathered(aged: readonly Aged[], step: number): Point[] {
  const points = new Map<string, Point>();
  for (const secret of aged) {
    if (secret.age === undefined) continue;
    const days = Math.floor(Math.max(secret.age, 0) / step) * step;
    const key = `${secret.tier} ${days} ${isOver(secret)}`;
    const point = points.get(key) ?? { tier: secret.tier, days, over: isOver(secret), count: 0 };
    point.count += 1;
    points.set(key, point);
  }
  return [...points.values()];
}

function inWords(tier: string, aged: readonly Aged[]): string {
  const secrets = aged.filter((secret) => secret.tier === tier);
  const unknown = secrets.filter(({ age }) => age === undefined).length;
  const limit = secrets[0]?.limit;
  const against =
    limit === undefined
      ? "no limit known"
      : `${secrets.filter(isOver).length} over the limit of ${counted(limit, "day")}`;
  return `${tier}: ${counted(secrets.length, "secret")}, ${against}, ${unknown} of unknown age.`;
}

function spec(tiers: readonly string[], aged: readonly Aged[]): ChartSpec["spec"] {
  const longest = Math.max(1, ...aged.flatMap(({ age, limit }) => [age ?? 0, limit ?? 0]));
  const step = Math.max(1, Math.ceil(longest / STEPS));
  const points = gathered(aged, step);
  const y = {
    field: "tier",
    type: "nominal",
    scale: { domain: [...tiers] as string[] },
    axis: { title: null, domain: false, ticks: false, grid: true },
  } as const;
  const x = <const F extends string>(field: F) =>
    ({
      field,
      type: "quantitative",
      scale: { domain: [-step, longest + step] as number[], nice: false },
      axis: { title: "days since the current value was set" },
    }) as const;
  const limits = tiers.flatMap((tier) => {
    const limit = aged.find((secret) => secret.tier === tier)?.limit;
    return limit === undefined ? [] : [{ tier, limit, label: `limit ${limit}` }];
  });
  const unknown = tiers.flatMap((tier) => {
    const count = aged.filter((secret) => secret.tier === tier && secret.age === undefined).length;
    return count === 0 ? [] : [{ tier, at: longest + step, label: `▲ ${count} of unknown age` }];
  });
  return {
    width: 300,
    height: { step: 20 },
    layer: [
      {
        data: { values: points },
        mark: { type: "point", filled: true, opacity: 1 },
        encoding: {
          y,
          x: x("days"),
          size: { field: "count", type: "quantitative", legend: null, scale: { range: [22, 190] } },
          shape: { condition: { test: "datum.over", value: "diamond" }, value: "circle" },
          color: { condition: { test: "datum.over", value: "#8f1a1a" }, value: "#4d8f60" },
        },
      },
      {
        data: { values: limits },
        mark: { type: "tick", thickness: 1.6, size: 24, color: "#1a2330" },
        encoding: { y, x: x("limit") },
      },
      {
        data: { values: limits },
        mark: { type: "text", align: "left", dx: 3, dy: -10, fontSize: 7 },
        encoding: { y, x: x("limit"), text: { field: "label" } },
      },
      {
        data: { values: unknown },
        mark: {
          type: "text",
          align: "left",
          dx: 5,
          baseline: "middle",
          color: "#724300",
          fontWeight: "bold",
        },
        encoding: { y, x: x("at"), text: { field: "label" } },
      },
    ],
  };
}
