import { describe, expect, test } from "vitest";
import {
  declarationFault,
  dependsOnTier,
  resolveParams,
  type Catalogue,
  type ParamDeclaration,
} from "../../src/policy/index.ts";

const byTier: ParamDeclaration = {
  type: "integer",
  unit: "day",
  description: "A limit.",
  strictest: "min",
  by_tier: { critical: 30, high: 60, standard: 90, low: 180 },
};
const scalar: ParamDeclaration = { type: "strings", description: "Names.", default: ["root"] };

function catalogue(params: Record<string, ParamDeclaration>): Catalogue {
  const entry = {
    policy_id: "rotation_overdue",
    subject: "secret",
    title: "Old",
    rationale: "Old.",
    severity: "high",
    needs: ["secret_metadata"],
    rests_on_absence: false,
    params,
    remediation: { any: "Rotate." },
    sources: ["NIST"],
    families: [],
    location: { file: "a.rego", line: 1 },
  } as const;
  return {
    format: "countersign-catalogue/1",
    policies: [{ ...entry, needs: [...entry.needs], sources: [], families: [] }],
  };
}

describe("parameters", () => {
  test("are resolved for each tier, and to the strictest without one", () => {
    const resolved = resolveParams(catalogue({ limit_days: byTier, names: scalar }));
    expect(resolved.low).toEqual({ rotation_overdue: { limit_days: 180, names: ["root"] } });
    expect(resolved.untiered).toEqual({ rotation_overdue: { limit_days: 30, names: ["root"] } });
    expect(dependsOnTier("rotation_overdue", resolved)).toBe(true);
    expect(dependsOnTier("rotation_overdue", resolveParams(catalogue({ names: scalar })))).toBe(false);
  });

  test("take the greatest where more is stricter", () => {
    const resolved = resolveParams(catalogue({ limit_days: { ...byTier, strictest: "max" } }));
    expect(resolved.untiered["rotation_overdue"]).toEqual({ limit_days: 180 });
  });

  test("can be set for all tiers, or for some", () => {
    const all = resolveParams(catalogue({ limit_days: byTier }), { rotation_overdue: { limit_days: 7 } });
    expect(all.low["rotation_overdue"]).toEqual({ limit_days: 7 });
    const some = resolveParams(catalogue({ limit_days: byTier }), {
      rotation_overdue: { limit_days: { low: 7 } },
    });
    expect(some.low["rotation_overdue"]).toEqual({ limit_days: 7 });
    expect(some.untiered["rotation_overdue"]).toEqual({ limit_days: 7 });
    expect(some.high["rotation_overdue"]).toEqual({ limit_days: 60 });
  });

  test.each([
    [{ rotation_due: { limit_days: 7 } }, "expected a policy with parameters, got rotation_due"],
    [
      { rotation_overdue: { limit_day: 7 } },
      "expected a parameter of rotation_overdue (limit_days, names), got limit_day",
    ],
    [
      { rotation_overdue: { limit_days: 7.5 } },
      "expected integer from 0 for rotation_overdue.limit_days, got 7.5",
    ],
    [
      { rotation_overdue: { limit_days: -7 } },
      "expected integer from 0 for rotation_overdue.limit_days, got -7",
    ],
    [
      { rotation_overdue: { toString: 7 } },
      "expected a parameter of rotation_overdue (limit_days, names), got toString",
    ],
    [{ rotation_overdue: { limit_days: { lowest: 7 } } }, "expected a tier (critical, high, standard, low)"],
    [{ rotation_overdue: { names: "root" } }, "expected strings for rotation_overdue.names"],
    [
      { rotation_overdue: { names: { low: 7 } } },
      "expected one value of rotation_overdue.names for all tiers",
    ],
  ])("refuse the setting %j", (settings, message) => {
    const known = catalogue({ limit_days: byTier, names: scalar });
    const place = (path: readonly string[]) => ({ file: path.join(".") });
    expect(() => resolveParams(known, settings as never, place)).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        message: expect.stringContaining(message) as string,
        location: { file: expect.stringMatching(/^rotation_(due|overdue\.\w+)$/) as string },
      }),
    );
  });

  test.each<[Partial<ParamDeclaration>, string]>([
    [{ default: 3 }, "expected either default or by_tier"],
    [{ unit: undefined } as never, "expected a unit for a number"],
    [{ strictest: undefined } as never, "expected strictest"],
    [{ by_tier: { critical: 1.5, high: 1, standard: 1, low: 1 } }, "expected integer from 0, got 1.5"],
    [{ by_tier: { critical: -1, high: 1, standard: 1, low: 1 } }, "expected integer from 0, got -1"],
    [{ type: "string", unit: undefined } as never, "expected by_tier and strictest for numbers only"],
  ])("refuse the declaration %j", (change, message) => {
    expect(declarationFault({ ...byTier, ...change })).toContain(message);
  });
});
