import { describe, expect, it } from "vitest";
import { STORE, daysAgo, fact, gap, subject } from "./facts.ts";

describe("a certificate of an authority", () => {
  const settings = fact("revocation_list", "pki/config/crl", {
    mount: "pki/",
    enabled: true,
    ocsp_enabled: true,
  });
  const urls = (crl: string[], ocsp: string[] = []) =>
    fact("authority_address", "pki/config/urls", {
      mount: "pki/",
      crl_distribution_points: crl,
      ocsp_servers: ocsp,
    });
  const issuer = (own: object = {}) =>
    fact("certificate_issuer", "pki/issuer/a", {
      mount: "pki/",
      name: "a",
      issuer_id: "a",
      serial: "0a:1b",
      usage: ["issuing-certificates"],
      issuing_certificates: [],
      crl_distribution_points: [],
      ocsp_servers: [],
      revoked: false,
      ...own,
    });
  const authority = fact("certificate", "pki/cert/0A-1B", {
    mount: "pki/",
    name: "ca",
    serial: "0A-1B",
    subject: "CN=ca",
    issuer: "CN=ca",
    not_before: daysAgo(60),
    not_after: daysAgo(-30),
    key_algorithm: "RSA",
    is_ca: true,
    sans: [],
  });
  const named = (facts: object[], gaps: object[] = []) =>
    subject("certificate", [authority, settings, ...facts] as never, { gaps } as never).revocation_list;
  const at = ["http://crl.example.org/1"];

  it("says what its certificates name: the engine's settings, or its issuer's own, whatever these lack", () => {
    expect(named([issuer(), urls([])])).toMatchObject({ list_named: false, ocsp_named: false });
    expect(named([issuer(), urls(at)])).toMatchObject({ list_named: true, ocsp_named: false });
    expect(named([issuer({ ocsp_servers: at }), urls(at)])).toMatchObject({
      list_named: false,
      ocsp_named: true,
    });
    expect(named([issuer({ issuing_certificates: at }), urls(at, at)])).toMatchObject({
      list_named: false,
      ocsp_named: false,
    });
  });

  it("says nothing of it where the settings were not read, or an issuer that was not may have others", () => {
    expect(named([issuer()])).not.toHaveProperty("list_named");
    const other = issuer({ serial: "ff", crl_distribution_points: at });
    expect(named([other, urls([])])).not.toHaveProperty("list_named");
    const unread = gap(["certificate_issuer"], `${STORE}:pki/issuer/b`);
    expect(named([urls([])], [unread])).not.toHaveProperty("list_named");
    expect(named([urls([])])).toMatchObject({ list_named: false });
  });

  it("shows the gap of what its certificates name", () => {
    const hidden = [gap(["authority_address"], `${STORE}:pki/config/urls`)];
    const made = subject("certificate", [authority, settings], { gaps: hidden });
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["authority_address"]);
  });
});
