import { describe, expect, it } from "vitest";
import {
  DEFAULT_LABELS,
  classifier,
  labelled,
  type ClassificationRules,
} from "../../src/subjects/classification.ts";

const NONE: ClassificationRules = {
  labels: DEFAULT_LABELS,
  tiers: [],
  owners: [],
  environments: [],
  break_glass: [],
};

const SECRET = {
  kind: "secret",
  store_id: "vault-eu",
  path: "kv/payments/db",
  name: "payments/db",
  labels: { team: "payments", stage: "prod" },
} as const;

const classified = (rules: Partial<ClassificationRules>, labels: Record<string, string> = SECRET.labels) =>
  classifier({ ...NONE, ...rules })({ ...SECRET, labels });

describe("classification", () => {
  it("says nothing where no rule and no label does", () => {
    expect(classified({}, {})).toEqual({ break_glass: false, undecided: [] });
  });

  it("takes a label before any rule, and the first label that is there", () => {
    const owners = [{ owner: "by-rule", when: { kind: "secret" as const } }];
    expect(classified({ owners }, { owner: "by-label", team: "later" }).owner).toBe("by-label");
    expect(classified({ owners }, { team: "by-team" }).owner).toBe("by-team");
    for (const nobody of ["  ", "-", "?", "TBD", "n/a", "N.A.", "none", "unknown"])
      expect(classified({ owners }, { owner: nobody }).owner, nobody).toBe("by-rule");
    for (const somebody of ["nadia", "team-none", "ops", "\u6771\u4eac"])
      expect(classified({ owners }, { owner: somebody }).owner, somebody).toBe(somebody);
  });

  it("a rule that names nobody leaves what it fits without an owner", () => {
    const owners = [{ owner: " - ", when: { kind: "secret" as const } }];
    expect(classified({ owners }, {})).toMatchObject({ undecided: [] });
    expect(classified({ owners }, {})).not.toHaveProperty("owner");
  });

  it("takes a tier by its name alone, in any case; another word is no tier", () => {
    const tiers = [{ tier: "low" as const, when: { kind: "secret" as const } }];
    expect(classified({ tiers }, { tier: "Critical" }).tier).toBe("critical");
    expect(classified({ tiers }, { tier: "tier-1" }).tier).toBe("low");
    expect(classified({}, { tier: "tier-1" }).tier).toBeUndefined();
  });

  it("tells what stands in a label that states nothing, where nothing else does", () => {
    const tiers = [{ tier: "low" as const, when: { kind: "secret" as const } }];
    expect(classified({}, { tier: "prod", owner: "TBD" }).unusable_labels).toEqual({
      owner: "owner=TBD",
      tier: "tier=prod",
    });
    expect(classified({ tiers }, { tier: "prod", owner: "ops" })).not.toHaveProperty("unusable_labels");
    expect(classified({}, { tier: "[redacted:key]" })).not.toHaveProperty("unusable_labels");
  });

  it("takes the first rule that fits", () => {
    const tiers = [
      { tier: "critical" as const, when: { path: "kv/payments/*" } },
      { tier: "low" as const, when: { path: "kv/*" } },
    ];
    expect(classified({ tiers }).tier).toBe("critical");
    expect(classified({ tiers: [...tiers].reverse() }).tier).toBe("low");
  });

  it.each([
    ["kv/payments/*", true],
    ["kv/*/db", true],
    ["kv/payments/d?", true],
    ["*", true],
    ["kv/payments", false],
    ["payments/*", false],
    ["kv/payments/d.", false],
    ["kv/payments/db/*", false],
    ["KV/payments/db", false],
  ])("matches the path against %s: %s", (path, fits) => {
    expect(classified({ break_glass: [{ path }] }).break_glass).toBe(fits);
  });

  it("matches text over several lines, and nothing of a pattern means more than * and ?", () => {
    const at = classifier({ ...NONE, break_glass: [{ name: "a*z" }, { name: "(x|y)+" }] });
    expect(at({ ...SECRET, name: "a\n\nz" }).break_glass).toBe(true);
    expect(at({ ...SECRET, name: "(x|y)+" }).break_glass).toBe(true);
    expect(at({ ...SECRET, name: "xx" }).break_glass).toBe(false);
  });

  it("asks for all that a rule names, and for any of several patterns", () => {
    const rule = {
      kind: "secret" as const,
      store: ["vault-us", "vault-eu"],
      label: { team: "pay*", stage: "prod" },
    };
    expect(classified({ break_glass: [rule] }).break_glass).toBe(true);
    expect(classified({ break_glass: [{ ...rule, kind: "key" }] }).break_glass).toBe(false);
    expect(classified({ break_glass: [rule] }, { team: "payments" }).break_glass).toBe(false);
  });

  it("does not take a rule that names nothing for one that fits everything", () => {
    expect(classified({ break_glass: [{}], tiers: [{ tier: "low", when: {} }] }, {})).toEqual({
      break_glass: false,
      undecided: [],
    });
  });

  it("finds no label in what every object has", () => {
    expect(labelled({}, ["constructor", "toString", "__proto__"])).toBeUndefined();
    expect(classified({ break_glass: [{ label: { constructor: "*" } }] }).break_glass).toBe(false);
  });

  it("is done with a hostile pattern and name at once", () => {
    const at = classifier({ ...NONE, break_glass: [{ name: `${"*a".repeat(40)}b` }] });
    expect(at({ ...SECRET, name: "a".repeat(60) }).break_glass).toBe(false);
  });
});

describe("a rule that asks for what could not be read", () => {
  const BARE = { ...NONE, labels: { ...DEFAULT_LABELS, tier: [], owner: [], environment: [] } };
  const unread = (rules: Partial<ClassificationRules>) =>
    classifier({ ...BARE, ...rules })({ ...SECRET, labels: {}, unread: ["labels"] });
  const pci = { label: { pci: "yes" } };
  const all = { path: "kv/*" };

  it.each([
    [["critical", pci], ["low", all], "critical"],
    [["low", pci], ["standard", all], "standard"],
    [["low", pci], ["standard", { path: "other/*" }], "low"],
  ] as const)("gives way to no laxer rule: %j, %j", (first, second, tier) => {
    const tiers = [first, second].map(([name, when]) => ({ tier: name, when }));
    expect(unread({ tiers })).toMatchObject({ tier, undecided: ["tier"] });
  });

  it("changes nothing behind a rule that fits for certain, or where another part does not fit", () => {
    const tiers = [
      { tier: "low" as const, when: { ...pci, path: "other/*" } },
      { tier: "standard" as const, when: all },
      { tier: "critical" as const, when: pci },
    ];
    expect(unread({ tiers })).toMatchObject({ tier: "standard", undecided: [] });
  });

  it("leaves owner and environment open, and exempts from nothing", () => {
    const found = unread({
      owners: [
        { owner: "cards", when: pci },
        { owner: "platform", when: all },
      ],
      environments: [{ environment: "test", when: pci }],
      break_glass: [pci],
    });
    expect(found).toEqual({ break_glass: false, undecided: ["break_glass", "environment", "owner"] });
  });

  it("is decided where all that may hold is the same", () => {
    const owners = [
      { owner: "platform", when: pci },
      { owner: "platform", when: all },
    ];
    expect(unread({ owners })).toMatchObject({ owner: "platform", undecided: [] });
    expect(unread({ break_glass: [pci, all] })).toMatchObject({ break_glass: true, undecided: [] });
  });

  it("may be overruled by a label that could not be read, whatever the rules say", () => {
    const at = classifier({
      ...NONE,
      tiers: [{ tier: "low", when: all }],
      owners: [{ owner: "x", when: all }],
    });
    expect(at({ ...SECRET, labels: {}, unread: ["labels"] })).toEqual({
      tier: "critical",
      break_glass: false,
      undecided: ["environment", "owner", "tier"],
    });
  });

  it("asks for a name, or for a label that the collection took out", () => {
    const tiers = [
      { tier: "high" as const, when: { name: "prod-*" } },
      { tier: "low" as const, when: { label: { stage: "*" } } },
    ];
    const at = classifier({ ...BARE, tiers });
    expect(at({ ...SECRET, unread: ["name"] })).toMatchObject({ tier: "high", undecided: ["tier"] });
    expect(at({ ...SECRET, labels: { stage: "[redacted:key]" } }).undecided).toEqual(["tier"]);
    expect(classifier(NONE)({ ...SECRET, labels: { owner: "[redacted]" } }).undecided).toContain("owner");
  });
});
