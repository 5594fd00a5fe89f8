import { describe, expect, it } from "vitest";
import { reportable, unreadSources, type Told } from "../../src/cli/unread.ts";
import { hiddenFromUsage } from "../../src/cli/usage-gaps.ts";
import { computeGrants } from "../../src/access/index.ts";
import { FactSet, type Fact, type FactKind, type Gap } from "../../src/facts/index.ts";

const STORE = "main-vault";
const AT = "2026-11-27T00:00:00.000Z";

/** A fact of which `own` alone matters here. */
const fact = (kind: FactKind, own: Readonly<Record<string, unknown>> = {}): Fact =>
  ({ kind, id: `${STORE}:${kind}`, store_id: STORE, scope: STORE, record: "0", ...own }) as unknown as Fact;

const OWN = [fact("availability"), fact("health"), fact("store", { id: STORE, product: "vault" })];

const SPAN = fact("log_span", { hole_count: 0, from_at: AT, to_at: AT, whole_from_at: AT });

function told(...facts: readonly Fact[]): Told {
  const manifest = { sources: [{ store_id: STORE, connector: "hashicorp" }] } as unknown as Told["manifest"];
  return { manifest, facts: new FactSet([...OWN, ...facts], []) };
}

describe("a source is unread", () => {
  it.each<[string, readonly Fact[]]>([
    ["where an ingested log alone tells of it", [SPAN, fact("usage")]],
    ["where it told what Vault tells any token: its number of leases", [fact("lease_count")]],
    [
      "where files of its nodes on our own disk told its settings",
      [fact("endpoint"), fact("node_config", { node: "a", raw_storage_enabled: false })],
    ],
    ["where AWS named the asker alone", [fact("account", { collector: true })]],
    ["where the asker's own token is all that it told", [fact("token", { collector: true })]],
  ])("%s", (_, facts) => {
    expect(unreadSources(told(...facts))).toEqual([STORE]);
    expect(reportable(told(...facts))).toBe("no");
  });

  it.each<[string, Fact]>([
    ["a secrets engine", fact("mount")],
    ["a secret", fact("secret")],
    ["another's token", fact("token", { collector: false })],
    ["an account of the organisation", fact("account")],
  ])("no longer where it told of %s", (_, one) => {
    expect(unreadSources(told(SPAN, one))).toEqual([]);
    expect(reportable(told(SPAN, one))).toBe("read");
  });
});

describe("rows of events usage may be missing", () => {
  const gap: Gap = {
    store_id: STORE,
    scope: STORE,
    operation: "namespace.mounts",
    reason: "denied",
    hides: ["mount", "secret"],
    resource: `${STORE}:`,
    detail: "the collector may not GET sys/mounts",
  };
  const hidden = (facts: readonly Fact[], gaps: readonly Gap[], store?: string): string[] => {
    const set = new FactSet([...OWN, ...facts], gaps);
    return hiddenFromUsage(set, computeGrants(set, { takenAt: AT }), store);
  };

  it("where the inventory of a store with a log was refused, and the gap is told", () => {
    expect(hidden([SPAN], [gap])).toEqual([
      expect.stringMatching(/^secrets or access could not all be read, .*secret \(denied\)/) as string,
      expect.stringMatching(/^not read: .*the collector may not GET sys\/mounts$/) as string,
    ]);
  });

  it("neither by a gap of another store, or of one without a log, nor where there is no gap", () => {
    expect(hidden([SPAN], [gap], "other")).toEqual([]);
    expect(hidden([], [gap])).toEqual([]);
    expect(hidden([SPAN], [])).toEqual([]);
  });
});
