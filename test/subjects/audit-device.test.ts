import { describe, expect, it } from "vitest";
import type { Fact } from "../../src/facts/index.ts";
import { fact, store, subject } from "./facts.ts";

describe("audit devices", () => {
  const device = (name: string, own: object) =>
    fact("sink", `sys/audit/${name}`, { path: `${name}/`, sink_type: "file", options: {}, ...own });
  const counted = (...facts: Fact[]) => subject("store", [store({}), ...facts]).sink_count;

  it.each([
    ["writes to a file", { destination: "/var/log/vault/audit.log" }, 1],
    ["writes to standard output", { destination: "stdout" }, 1],
    ["writes nowhere", { destination: "discard" }, 0],
    ["writes nowhere, in capitals", { destination: "DISCARD" }, 0],
    ["writes to the null device", { destination: "/dev//null" }, 0],
    [
      "keeps only what a filter lets through",
      { destination: "/a.log", options: { filter: "mount_type == kv" } },
      0,
    ],
    ["is a socket", { sink_type: "socket", destination: "10.0.0.1:9090" }, 1],
  ])("one that %s", (_what, own, count) => {
    expect(counted(device("a", own))).toBe(count);
    expect(counted(device("a", own), device("b", { destination: "/b.log" }))).toBe(count + 1);
  });
});
