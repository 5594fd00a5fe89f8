import type { ReviewReport } from "../../review/index.ts";
import type { ChartSpec } from "./charts.ts";

const OUTCOMES = {
  certify: "certified",
  reduce: "reduced",
  time_limit: "limited in time",
  revoke: "revoked",
  kept: "● kept, nobody answered",
  undecided: "▲ not decided",
  gone: "access gone meanwhile",
} as const;

/** How many items came to what. */
export function outcomesOfItems({ items }: ReviewReport): ChartSpec {
  const { by_outcome, by_state, total } = items;
  const decided = by_state["decided"] ?? 0;
  const gone = by_state["gone"] ?? 0;
  const counts: Readonly<Record<string, number>> = { ...by_outcome, gone, undecided: total - decided - gone };
  const values = Object.entries(OUTCOMES).flatMap(([outcome, name]) => {
    const count = counts[outcome] ?? 0;
    return count === 0 ? [] : [{ outcome: name, count, loud: outcome === "undecided" || outcome === "kept" }];
  });
  const encoding = {
    y: {
      field: "outcome",
      type: "nominal",
      scale: { domain: values.map(({ outcome }) => outcome) },
      axis: { title: null, domain: false, ticks: false },
    },
    x: { field: "count", type: "quantitative", axis: { title: "items", tickMinStep: 1, tickCount: 5 } },
  } as const;
  return {
    title: "Items by what was decided",
    alt: `Items by what was decided. ${values.map(({ outcome, count }) => `${outcome}: ${count}.`).join(" ")}`,
    spec: {
      data: { values },
      width: 330,
      height: { step: 16 },
      layer: [
        {
          mark: { type: "bar", height: 11 },
          encoding: {
            ...encoding,
            color: { condition: { test: "datum.loud", value: "#e0a030" }, value: "#3f6a9a" },
          },
        },
        {
          mark: { type: "text", align: "left", dx: 3, baseline: "middle", fontSize: 7.5 },
          encoding: { ...encoding, text: { field: "count" } },
        },
      ],
    },
  };
}

/** Decisions in force over time, against the number of items and the due date. */
export function progressOfReview({
  campaign,
  decisions,
  items,
  state_of,
}: ReviewReport): ChartSpec | undefined {
  const { opened_at, due_at } = campaign;
  if (opened_at === undefined || decisions.by_day.length === 0) return undefined;
  let sum = 0;
  const start = { day: opened_at.slice(0, 10), count: 0 };
  const steps = decisions.by_day.map(({ day, count }) => ({ day, count: (sum += count) }));
  const end = { day: (campaign.review_ended_at ?? state_of).slice(0, 10), count: sum };
  const last = steps.at(-1)?.day ?? start.day;
  const values = [start, ...steps, ...(end.day > last ? [end] : [])];
  const due = due_at === undefined ? [] : [{ day: due_at.slice(0, 10) }];
  const x = {
    field: "day",
    type: "temporal",
    scale: { type: "utc" },
    axis: { title: null, format: "%Y-%m-%d", tickCount: 5, labelOverlap: true },
  } as const;
  return {
    title: `Decisions in force over time${due.length === 0 ? "" : "; the line is the due date"}`,
    alt: `Decisions in force over time, of ${items.total} items. ${values.map(({ day, count }) => `${day}: ${count}.`).join(" ")} Due: ${due_at ?? "not set"}.`,
    spec: {
      width: 330,
      height: 80,
      layer: [
        {
          data: { values },
          mark: { type: "line", interpolate: "step-after", color: "#1f3a5f" },
          encoding: {
            x,
            y: {
              field: "count",
              type: "quantitative",
              axis: { title: "decisions", tickCount: 4, tickMinStep: 1 },
            },
          },
        },
        {
          data: { values: due },
          mark: { type: "rule", color: "#8f1a1a", strokeDash: [3, 2] },
          encoding: { x },
        },
      ],
    },
  };
}
