import { describe, expect, it } from "vitest";
import {
  HashicorpSettings,
  environmentDefaults,
  settingsFromEnvironment,
} from "../../../src/connectors/index.ts";
import { exclusionOf, refuseClearText } from "../../../src/connectors/hashicorp/settings.ts";
import { openTransport } from "../../../src/connectors/hashicorp/transport.ts";
import { compileSchema } from "../../../src/facts/index.ts";

const schema = compileSchema(HashicorpSettings);

describe("the environment", () => {
  it("is read as the products' command lines read it", () => {
    const env = {
      VAULT_ADDR: "https://vault.example.com:8200",
      VAULT_TOKEN: "hvs.never-read-here",
      VAULT_CACERT: "/etc/ca.pem",
      VAULT_CAPATH: "/etc/ca",
      VAULT_NAMESPACE: "/team/pay/",
      VAULT_CLIENT_CERT: "c.pem",
      VAULT_CLIENT_KEY: "c.key",
      VAULT_TLS_SERVER_NAME: "vault.internal",
    };
    const settings = settingsFromEnvironment(env);
    expect(settings).toEqual({
      address: "https://vault.example.com:8200",
      namespace: "team/pay",
      ca_cert_file: "/etc/ca.pem",
      ca_cert_directory: "/etc/ca",
      client_cert_file: "c.pem",
      client_key_file: "c.key",
      tls_server_name: "vault.internal",
      auth: { method: "token", token: "env:VAULT_TOKEN" },
    });
    expect(schema.fits(settings)).toBe(true);
    expect(environmentDefaults("hashicorp", env)).toEqual(settings);
    expect(environmentDefaults("nobody", env)).toEqual({});
  });

  it("of OpenBao counts where Vault's is silent", () => {
    const env = { BAO_ADDR: "http://127.0.0.1:8200", BAO_TOKEN: "x", VAULT_NAMESPACE: "", HOME: "/home/kim" };
    expect(settingsFromEnvironment(env)).toEqual({
      address: "http://127.0.0.1:8200",
      auth: { method: "token", token: "env:BAO_TOKEN" },
    });
  });

  it("without a token leads to the file that a login of the command line writes", () => {
    expect(settingsFromEnvironment({ HOME: "/home/kim" })).toEqual({
      auth: { method: "token", token: "file:/home/kim/.vault-token" },
    });
    expect(settingsFromEnvironment({})).toEqual({});
  });

  it.each(["1", "true", "yes"])("that skips verification (%s) is refused with the reason", (value) => {
    expect(() => settingsFromEnvironment({ VAULT_SKIP_VERIFY: value })).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        fix: expect.stringContaining("ca_cert_file") as string,
      }) as Error,
    );
  });

  it.each(["0", "false", ""])("that does not skip verification (%s) passes", (value) => {
    expect(() => settingsFromEnvironment({ VAULT_SKIP_VERIFY: value })).not.toThrow();
  });
});

describe("the settings", () => {
  const base = { address: "https://vault.example.com" };

  it.each([
    ["a token", { method: "token", token: "hvs.abc" }],
    ["a secret id", { method: "approle", role_id: "env:R", secret_id: "7d84" + "3671" }],
    ["a password", { method: "userpass", username: "kim", password: "hun" + "ter2" }],
    ["a signed token", { method: "jwt", jwt: "eyJ" }],
  ])("refuse %s itself", (_name, auth) => {
    expect(schema.fits({ ...base, auth })).toBe(false);
  });

  it.each([
    { method: "token", token: "file:/run/token" },
    { method: "approle", role_id: "env:R", secret_id: "vault:collector" },
    { method: "userpass", mount: "people", username: "kim", password: "env:P" },
    { method: "jwt", role: "ci", jwt: "file:jwt" },
    { method: "cert", name: "edge" },
  ])("take references: %o", (auth) => {
    expect(schema.fits({ ...base, auth })).toBe(true);
  });

  it.each([
    "vault.example.com",
    "https://kim:pw@vault.example.com",
    "https://vault.example.com/v1",
    "ftp://x",
  ])("refuse the address %s", (address) => {
    expect(schema.fits({ address })).toBe(false);
  });

  it("refuse what they do not know", () => {
    expect(schema.fits({ ...base, tls_skip_verify: true })).toBe(false);
  });

  it("include and exclude mounts by path or by the beginning of it", () => {
    const mounts = { include: ["kv", "team/*"], exclude: ["team/private/", "auth/ldap"] };
    const why = (mount: string) => exclusionOf({ ...base, mounts }, mount);
    expect(["kv/", "team/a/", "auth/approle/"].map(why)).toEqual([undefined, undefined, undefined]);
    expect(why("kv2/")).toMatch(/not in mounts.include/);
    expect(why("team/private/")).toMatch(/mounts.exclude/);
    expect(why("auth/ldap/")).toMatch(/mounts.exclude/);
  });
});

describe("an address by http", () => {
  const LOCAL = [
    "http://127.0.0.1:8200",
    "http://127.255.3.4",
    "http://127.1:8200",
    "http://localhost:8200",
    "http://LOCALHOST",
    "http://[::1]:8200",
    "http://[0:0:0:0:0:0:0:1]",
  ];
  const FAR = [
    "http://vault.example.com:8200",
    "http://10.0.0.7",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://[::2]",
    "http://[fe80::1]",
    "http://0.0.0.0:8200",
    "http://my-localhost",
    "HTTP://vault.example.com",
  ];
  const refused = expect.objectContaining({
    code: "E_CONFIG",
    fix: expect.stringContaining("insecure_http: true") as string,
  }) as Error;

  it.each(LOCAL)("of this host is taken: %s", (address) => {
    expect(() => refuseClearText({ address })).not.toThrow();
  });

  it.each(FAR)("of another is refused, unless the settings allow it: %s", (address) => {
    expect(() => refuseClearText({ address })).toThrow(refused);
    expect(() => refuseClearText({ address, insecure_http: false })).toThrow(refused);
    expect(() => refuseClearText({ address, insecure_http: true })).not.toThrow();
    expect(() => refuseClearText({ address: address.replace(/^http/i, "https") })).not.toThrow();
  });

  it("of another is asked nothing, not even its health", async () => {
    const transport = openTransport({ address: "http://vault.invalid" });
    const request = { method: "GET" as const, path: "sys/health", namespace: "" };
    const limits = { signal: AbortSignal.timeout(10_000), maxBytes: 1000 };
    await expect(transport.send(request, limits)).rejects.toThrow(refused);
    const allowed = openTransport({ address: "http://vault.invalid", insecure_http: true });
    await expect(allowed.send(request, limits)).rejects.toMatchObject({ reason: "unavailable" });
    await allowed.close();
  });
});
