import type { FrameworkResult } from "../../evidence/index.ts";
import { SEVERITIES } from "../../policy/index.ts";
import type { Finding } from "../../evidence/index.ts";
import { CONTROL_ORDER, CONTROL_WORDS, FINDING_WORDS } from "../words.ts";
import type { ChartSpec } from "./charts.ts";

const FILLS = {
  deviation: "#8f1a1a",
  undetermined: "#e0a030",
  not_tested: "#f2d9a6",
  not_applicable: "#c9d0d8",
  satisfied: "#4d8f60",
} as const;

/** A segment narrower than this share of its bar has no label; the table beside the chart has every number. */
const MIN_LABELLED_SHARE = 0.05;

/** Controls of each framework by status, each bar as long as the others. */
export function statusByFramework(frameworks: readonly FrameworkResult[]): ChartSpec {
  const values = frameworks.flatMap(({ framework, status_counts: counts, controls }) => {
    let from = 0;
    return CONTROL_ORDER.flatMap((status) => {
      const count = counts[status] ?? 0;
      if (count === 0) return [];
      const share = count / Math.max(controls.length, 1);
      const segment = {
        framework,
        status,
        from,
        to: from + share,
        middle: from + share / 2,
        label: share >= MIN_LABELLED_SHARE ? `${CONTROL_WORDS[status].glyph} ${count}` : "",
        light: status === "deviation" || status === "satisfied",
      };
      from += share;
      return [segment];
    });
  });
  const y = {
    field: "framework",
    type: "nominal",
    scale: { domain: frameworks.map(({ framework }) => framework) },
    axis: { title: null, domain: false, ticks: false },
  } as const;
  return {
    title: "Share of controls by status",
    alt: `Share of controls by status. ${frameworks.map(inWords).join(" ")}`,
    spec: {
      data: { values },
      width: 330,
      height: { step: 22 },
      layer: [
        {
          mark: { type: "bar", height: 17 },
          encoding: {
            y,
            x: {
              field: "from",
              type: "quantitative",
              scale: { domain: [0, 1] },
              axis: { format: "%", title: null, tickCount: 5 },
            },
            x2: { field: "to" },
            color: {
              field: "status",
              type: "nominal",
              legend: null,
              scale: { domain: [...CONTROL_ORDER], range: CONTROL_ORDER.map((status) => FILLS[status]) },
            },
          },
        },
        {
          mark: { type: "text", baseline: "middle" },
          encoding: {
            y,
            x: { field: "middle", type: "quantitative" },
            text: { field: "label" },
            color: { condition: { test: "datum.light", value: "#ffffff" }, value: "#1a2330" },
          },
        },
      ],
    },
  };
}

function inWords({ title, status_counts: counts }: FrameworkResult): string {
  const parts = CONTROL_ORDER.map(
    (status) => `${counts[status] ?? 0} ${CONTROL_WORDS[status].word.toLowerCase()}`,
  );
  return `${title}: ${parts.join(", ")}.`;
}

const label = (status: Finding["status"]): string =>
  `${FINDING_WORDS[status].glyph} ${FINDING_WORDS[status].word}`;

/** Deviations and unknowns by severity of their policy. */
export function findingsBySeverity(findings: readonly Finding[]): ChartSpec {
  const statuses = ["violation", "undetermined"] as const;
  const severities = SEVERITIES.filter((severity) =>
    findings.some((finding) => finding.severity === severity && finding.status !== "error"),
  );
  const values = severities.flatMap((severity) =>
    statuses.map((status) => ({
      severity,
      status: label(status),
      count: findings.filter((finding) => finding.severity === severity && finding.status === status).length,
    })),
  );
  const encoding = {
    y: {
      field: "severity",
      type: "nominal",
      scale: { domain: severities },
      axis: { title: null, domain: false, ticks: false },
    },
    yOffset: { field: "status", type: "nominal", scale: { domain: statuses.map(label) } },
    x: { field: "count", type: "quantitative", axis: { title: "findings", tickMinStep: 1, tickCount: 5 } },
  } as const;
  return {
    title: "Findings by severity: ◆ deviation, ▲ undetermined",
    alt: `Findings by severity. ${values.map(({ severity, status, count }) => `${severity}, ${status}: ${count}.`).join(" ")}`,
    spec: {
      data: { values },
      width: 330,
      height: { step: 9.5 },
      layer: [
        {
          mark: { type: "bar" },
          encoding: {
            ...encoding,
            color: {
              field: "status",
              type: "nominal",
              legend: null,
              scale: {
                range: [FILLS.deviation, FILLS.undetermined],
                domain: statuses.map(label),
              },
            },
          },
        },
        {
          mark: { type: "text", align: "left", dx: 3, baseline: "middle", fontSize: 7.5 },
          transform: [{ calculate: "slice(datum.status, 0, 1) + ' ' + datum.count", as: "label" }],
          encoding: { ...encoding, text: { field: "label" } },
        },
      ],
    },
  };
}
