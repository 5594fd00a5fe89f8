import { describe, expect, it } from "vitest";
import { aged } from "./age.ts";
import { secretSpecs } from "./secrets.ts";

const NOW = "2026-06-01T12:00:00.123456789Z";
const daysAgo = (days: number) =>
  new Date(Date.parse("2026-06-01T12:00:00Z") - days * 86_400_000).toISOString().slice(0, 19);

describe("the example's ages", () => {
  const spec = secretSpecs().find(({ versions }) => versions > 2)!;
  const path = `${spec.mount}/metadata/${spec.path}`;

  it("spreads the versions of a secret from its first to its latest change", () => {
    const version = { created_time: NOW, deletion_time: "", destroyed: false };
    const body = {
      data: { created_time: NOW, updated_time: NOW, versions: { 1: version, [spec.versions]: version } },
    };
    expect(aged(path, body)).toEqual({
      data: {
        created_time: `${daysAgo(spec.createdDaysAgo)}.123456789Z`,
        updated_time: `${daysAgo(spec.changedDaysAgo)}.123456789Z`,
        versions: {
          1: { ...version, created_time: `${daysAgo(spec.createdDaysAgo)}.123456789Z` },
          [spec.versions]: { ...version, created_time: `${daysAgo(spec.changedDaysAgo)}.123456789Z` },
        },
      },
    });
  });

  it("leaves answers alone that it does not know", () => {
    const body = { data: { created_time: NOW } };
    expect(aged("apps/metadata/nobody/knows", body)).toBe(body);
    expect(aged("sys/health", { initialized: true })).toEqual({ initialized: true });
  });

  it("keeps the end of a periodic token and moves its beginning", () => {
    const data = {
      display_name: "token-nomad",
      creation_time: 1_780_315_200,
      issue_time: NOW,
      expire_time: NOW,
      period: 60,
      ttl: 9,
    };
    expect(aged("auth/token/lookup-accessor", { data })).toEqual({
      data: {
        ...data,
        creation_time: 1_780_315_200 - 310 * 86_400,
        issue_time: `${daysAgo(310)}.123456789Z`,
      },
    });
  });
});

describe("the estate", () => {
  it("has some 200 secrets, each named once, the same every time", () => {
    const names = secretSpecs().map(({ mount, path: name }) => `${mount}/${name}`);
    expect(names).toHaveLength(200);
    expect(new Set(names).size).toBe(200);
    expect(secretSpecs()).toEqual(secretSpecs());
  });

  it("has secrets in time and late, owned and not", () => {
    const specs = secretSpecs();
    const late = specs.filter(({ changedDaysAgo }) => changedDaysAgo > 365);
    expect(late.length).toBeGreaterThan(10);
    expect(specs.filter(({ labels }) => labels["owner"] === undefined).length).toBeGreaterThan(10);
    expect(specs.filter(({ labels }) => labels["owner"] !== undefined).length).toBeGreaterThan(100);
  });
});
