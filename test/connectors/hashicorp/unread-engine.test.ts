import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { recordBytes } from "../../../src/facts/index.ts";
import { recordWith, replayed } from "./replays.ts";

describe("a secrets engine that is not read", () => {
  const recorded = replayed("vault").find(({ operation }) => operation === "namespace.mounts");
  const answer = Buffer.from(recordBytes(recorded!)).toString("utf8");
  const hides = (type: string, running_plugin_version = "") => {
    const { data } = JSON.parse(answer) as { data: Record<string, object> };
    const body = { data: { ...data, "totp/": { ...data["totp/"], type, running_plugin_version } } };
    return hashicorp
      .normalise(recordWith({ operation: "namespace.mounts" }, body))
      .flatMap((told) => ("hides" in told && told.resource === "payments-vault:totp/" ? told.hides : []));
  };

  it("hides what its built-in type can hold, of SSH the roles and keys", () => {
    expect(hides("ssh", "v1.21.1+builtin.vault")).toEqual(["dynamic_role", "key", "key_rotation", "secret"]);
    expect(hides("totp", "v2.0.0+builtin.bao")).toEqual(["key", "key_rotation", "secret"]);
  });

  it("hides all that any may hold where a plugin may bear the name, and where the type is not known", () => {
    for (const told of [hides("ssh"), hides("ssh", "v0.3.0"), hides("aws", "v1.21.1+builtin.vault")])
      expect(told).toEqual(expect.arrayContaining(["acme_config", "connection", "certificate", "secret"]));
  });
});
