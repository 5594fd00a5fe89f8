import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readBundle } from "../../src/cli/bundle.ts";
import { awsConfigTemplate, configTemplate } from "../../src/cli/config-template.ts";
import { parseConfig, sourceSettings } from "../../src/cli/config.ts";
import { connectors } from "../../src/connectors/index.ts";

const FILE = "/etc/countersign/countersign.yaml";

const parse = (text: string) => parseConfig(text, FILE, {});

/** Where people copy commands from. */
const examples = async (): Promise<string[]> =>
  await Promise.all(
    ["README.md", "src/cli/commands/events.ts", "src/cli/commands/init.ts"].map(
      async (name) => await readFile(new URL(`../../${name}`, import.meta.url), "utf8"),
    ),
  );

describe("a configuration that init writes", () => {
  it("shows how a cluster's nodes are told of", () => {
    expect(configTemplate("https://vault.example.org:8200")).toContain("node_config_files");
  });

  it("has the stores that the README's and the commands' examples name", async () => {
    const sources = [configTemplate("https://vault.example.org:8200"), awsConfigTemplate()].flatMap((text) =>
      Object.keys(parse(text).value.sources),
    );
    const named = (await examples()).flatMap((text) =>
      [...text.matchAll(/--store ([\w-]+)/g)].map(([, name]) => name),
    );
    expect(named).toHaveLength(3);
    expect(sources).toEqual(expect.arrayContaining(named));
  });

  it("is read by a token that our own policies take no exception to", async () => {
    const { catalogue } = await readBundle();
    const limit = catalogue.policies.find(({ policy_id }) => policy_id === "token_ttl_unbounded")?.params[
      "limit_s"
    ]?.default;
    const commands = (await examples()).flatMap((text) => text.match(/vault token create .*/g) ?? []);
    expect(commands).toHaveLength(2);
    for (const line of commands) {
      const hours = Number(/-explicit-max-ttl=(\d+)h /.exec(line)?.[1]);
      expect(hours, line).toBeGreaterThan(0);
      expect(hours * 3600, line).toBeLessThanOrEqual(Number(limit));
    }
  });
});

describe("a setting of a source", () => {
  it("whose key is misspelt and must be there is named", () => {
    expect(() => parse("version: 1\nsources: { main: { conector: hashicorp } }\n")).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        message: "expected only known keys, got sources.main.conector",
        fix: "Did you mean connector?",
      }) as Error,
    );
  });

  it.each([
    ["auth", "auth: { metod: token, token: env:T }", "auth.metod", "Did you mean method?"],
    ["auth", "auth: { method: token, tokn: env:T }", "auth.tokn", "Did you mean token?"],
    [
      "auth",
      "auth: { by: token }",
      "auth.by",
      "Known here: jwt, method, mount, name, password, role, role_id, secret_id, token, username.",
    ],
    ["mounts", "mounts: { exclud: [kv/] }", "mounts.exclud", "Did you mean exclude?"],
    ["audit_log", "audit_log: { fils: [/var/log/a] }", "audit_log.fils", "Did you mean files?"],
  ])("a key that nothing knows below %s, with its line and the one that was meant", (_at, line, key, fix) => {
    const source = "  main:\n    connector: hashicorp\n    address: https://vault.example.org:8200\n";
    const config = parse(`version: 1\nsources:\n${source}    ${line}\n`);
    expect(() => sourceSettings(config, "main", connectors.get("hashicorp")!.settings, {})).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        message: `expected only known keys, got sources.main.${key}`,
        location: expect.objectContaining({ file: FILE, line: 6 }) as object,
        fix,
      }) as Error,
    );
  });
});
