import { describe, expect, it } from "vitest";
import { drawChart, limitsOf, statusByFramework, valueAge } from "../../src/render/charts/index.ts";
import { inWords, thresholds } from "../../src/render/thresholds.ts";
import { samplePackage } from "./package.ts";
import { secret } from "./sample.ts";

const source = samplePackage();
const rotation = source.head.policies.find(({ policy }) => policy.policy_id === "rotation_overdue")!;

describe("thresholds", () => {
  it("are said by tier with their unit, and once where tiers do not matter", () => {
    const [limit] = thresholds(rotation);
    expect(inWords(limit!)).toBe("limit_days: critical 30, high 90, standard 90, low 365, untiered 30 (day)");
    const [same] = thresholds({ ...rotation, params: { limit_days: { critical: 7, low: 7 } } });
    expect(inWords(same!)).toBe("limit_days: 7 (day)");
  });
});

describe("the chart of value ages", () => {
  const limits = limitsOf(rotation, "limit_days");

  it("counts each side of a limit and what is unknown, in words too", () => {
    const sample = secret("s", 0);
    delete sample.value_age_days;
    const aged = [{ value_age_days: 29 }, { value_age_days: 30 }, { value_age_days: 31 }, {}].map((age) => ({
      ...sample,
      ...age,
    }));
    const chart = valueAge(aged, limits);
    expect(chart?.alt).toContain("critical: 4 secrets, 1 over the limit of 30 days, 1 of unknown age.");
  });

  it("holds an untiered secret to the strictest limit, and does not exist without secrets", () => {
    expect(limits["untiered"]).toBe(30);
    expect(valueAge([], limits)).toBeUndefined();
  });

  it("does not grow with the estate", async () => {
    const many = Array.from({ length: 5000 }, (_, index) => secret(`s${index}`, index));
    const chart = await drawChart(valueAge(many, limits)!);
    expect(chart.svg.length).toBeLessThan(200_000);
  });
});

describe("every chart", () => {
  it("is the same each time and says in words what it shows", async () => {
    const spec = statusByFramework(source.head.frameworks);
    const [first, second] = [await drawChart(spec), await drawChart(spec)];
    expect(first).toEqual(second);
    expect(first.alt).toContain(
      "SOC 2: 1 deviation, 1 undetermined, 1 not tested, 1 not applicable, 1 satisfied.",
    );
    expect(first.svg).not.toContain("…");
  });
});
