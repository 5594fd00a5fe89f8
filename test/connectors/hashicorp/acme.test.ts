import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { recordWith } from "./replays.ts";

const found = (operation: string, body: object, status = 200) =>
  hashicorp.normalise(recordWith({ operation, params: { mount: "pki/" } }, body, { status }));

describe("an authority's settings of ACME", () => {
  // What Vault 1.21.1 answers where nothing was ever written.
  const never = {
    allow_role_ext_key_usage: false,
    allowed_issuers: ["*"],
    allowed_roles: ["*"],
    default_directory_policy: "sign-verbatim",
    dns_resolver: "",
    eab_policy: "not-required",
    enabled: false,
    max_ttl: 7776000,
  };

  it("are kept, where none was ever written as well", () => {
    const [made] = found("pki.acme", { data: never });
    expect(made).toMatchObject({
      kind: "acme_config",
      id: "payments-vault:pki/config/acme",
      enabled: false,
      eab_policy: "not-required",
      max_ttl_s: 7776000,
    });
    expect(made).not.toHaveProperty("dns_resolver");
  });

  it("are none of a server that does not know them, and a gap where its answer is of another making", () => {
    const unknown = { errors: ["1 error occurred:\n\t* unsupported path\n\n"] };
    for (const operation of ["pki.acme", "pki.cluster"]) {
      expect(found(operation, unknown, 404)).toEqual([]);
      expect(found(operation, { errors: [] }, 404)).toMatchObject([{ reason: "malformed" }]);
    }
  });

  it("come with what its certificates name", () => {
    // What Vault 1.21.1 answers where nothing was ever written.
    const unset = {
      crl_distribution_points: [],
      delta_crl_distribution_points: [],
      enable_templating: false,
      issuing_certificates: [],
      ocsp_servers: [],
    };
    expect(found("pki.urls", { data: unset })).toMatchObject([
      {
        kind: "authority_address",
        id: "payments-vault:pki/config/urls",
        crl_distribution_points: [],
        ocsp_servers: [],
      },
    ]);
    const { ocsp_servers, ...older } = unset;
    expect(ocsp_servers).toEqual([]);
    expect(found("pki.urls", { data: older })).toMatchObject([{ reason: "malformed" }]);
  });

  it("come with the authority's addresses", () => {
    const [none] = found("pki.cluster", { data: { path: "", aia_path: "" } });
    expect(none).toMatchObject({ kind: "authority_address", mount: "pki/" });
    expect(none).not.toHaveProperty("address");
    const path = "https://pki.example.com:8200/v1/pki";
    const [set] = found("pki.cluster", { data: { path, aia_path: "" } });
    expect(set).toMatchObject({ address: path });
  });
});
