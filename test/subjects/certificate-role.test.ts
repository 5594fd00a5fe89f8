import { describe, expect, it } from "vitest";
import { daysAgo, fact, subject } from "./facts.ts";

describe("a role that issues certificates", () => {
  const issuing = (own: object = {}) =>
    fact("certificate_role", "pki/roles/web", {
      mount: "pki/",
      name: "web",
      allow_any_name: false,
      allowed_domains: ["web.example.com"],
      ...own,
    });
  const engine = (max_ttl_s: number) => fact("mount", "pki/", { path: "pki/", engine: "pki", max_ttl_s });
  const config = fact("store_config", "sys/config", { max_ttl_s: 7200 });

  it("has what was read of it and no more", () => {
    const made = subject("certificate_role", [issuing()]);
    expect(made).toMatchObject({
      name: "web",
      mount: "pki/",
      allow_any_name: false,
      allowed_domains: ["web.example.com"],
    });
    for (const field of [
      "allow_subdomains",
      "no_store",
      "max_life_s",
      "fixed_end_in_days",
      "allowed_uri_sans",
      "allowed_other_sans",
      "cn_validations",
    ])
      expect(made).not.toHaveProperty(field);
    const full = {
      allow_subdomains: true,
      allow_glob_domains: false,
      allowed_uri_sans: ["*"],
      allowed_other_sans: ["*"],
      cn_validations: ["disabled"],
      no_store: true,
    };
    expect(subject("certificate_role", [issuing({ ...full, fixed_end_at: daysAgo(-90) })])).toMatchObject({
      ...full,
      fixed_end_in_days: 90,
    });
  });

  it.each([
    ["its own limit, also past the mount's", { max_ttl_s: 900 }, [engine(60), config], 900, "role"],
    ["the mount's, where it has none", {}, [engine(60), config], 60, "mount"],
    ["the server's, where the mount has none", {}, [engine(0), config], 7200, "server"],
  ])("issues for %s", (_what, own, facts, max_life_s, max_life_source) => {
    expect(subject("certificate_role", [issuing(own), ...facts])).toMatchObject({
      max_life_s,
      max_life_source,
    });
  });

  it.each([[[engine(0)]], [[config]]])(
    "issues for an unknown time where its mount or the server was not read",
    (facts) => {
      expect(subject("certificate_role", [issuing(), ...facts])).not.toHaveProperty("max_life_s");
    },
  );

  it("is judged by all of its domains or by none", () => {
    const many = Array.from({ length: 2000 }, (_, place) => `host-${place}.example.com`);
    const made = subject("certificate_role", [issuing({ allowed_domains: many })]);
    expect(made.gaps).toMatchObject([{ fact_kind: "certificate_role", reason: "limit" }]);
  });
});
