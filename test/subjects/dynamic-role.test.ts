import { describe, expect, it } from "vitest";
import { STORE, fact, gap, recordOf, subject } from "./facts.ts";

const role = (own: object = {}) =>
  fact("dynamic_role", "database/roles/read", {
    mount: "database/",
    name: "read",
    engine: "database",
    ...own,
  });
const engine = (max_ttl_s: number) =>
  fact("mount", "database/", { path: "database/", engine: "database", max_ttl_s });
const config = fact("store_config", "sys/config", { max_ttl_s: 7200 });

describe("a role that makes credentials", () => {
  it("has what was read of it and no more", () => {
    const made = subject("dynamic_role", [role({ default_ttl_s: 0 })]);
    expect(made).toMatchObject({
      id: `${STORE}:database/roles/read`,
      name: "read",
      mount: "database/",
      engine: "database",
      records: [recordOf("dynamic_role", "database/roles/read")],
    });
    for (const field of ["connection", "default_life_s", "max_life_s", "max_life_source"])
      expect(made).not.toHaveProperty(field);
    expect(subject("dynamic_role", [role({ default_ttl_s: 60, connection: "ledger" })])).toMatchObject({
      default_life_s: 60,
      connection: "ledger",
    });
  });

  it.each([
    ["its own limit, where it is the lowest", { max_ttl_s: 900 }, [engine(3600), config], 900, "role"],
    ["its mount's, where that is lower", { max_ttl_s: 900 }, [engine(60), config], 60, "mount"],
    ["the server's, where that is lower", { max_ttl_s: 9000 }, [engine(0), config], 7200, "server"],
    ["its mount's, where it has none", {}, [engine(60), config], 60, "mount"],
    ["the server's, where neither has one", { max_ttl_s: 0 }, [engine(0), config], 7200, "server"],
    [
      "the product's, where nobody set one",
      {},
      [engine(0), fact("store_config", "sys/config", {})],
      2_764_800,
      "server",
    ],
  ])("makes them for %s", (_what, own, facts, max_life_s, max_life_source) => {
    expect(subject("dynamic_role", [role(own), ...facts])).toMatchObject({ max_life_s, max_life_source });
  });

  it.each([[[engine(0)]], [[config]], [[]]])("has no source where another limit was not read", (facts) => {
    const made = subject("dynamic_role", [role({ max_ttl_s: 900 }), ...facts]);
    expect(made.max_life_s).toBe(900);
    expect(made).not.toHaveProperty("max_life_source");
    expect(subject("dynamic_role", [role(), ...facts])).not.toHaveProperty("max_life_s");
  });

  it("is hidden with its mount", () => {
    const { gaps } = subject("dynamic_role", [role()], { gaps: [gap(["mount"])] });
    expect(gaps).toMatchObject([{ fact_kind: "mount" }]);
  });
});
