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
    ["writes to a device that gives zeroes", { destination: "/dev/zero" }, 0],
    ["writes to a device that is full", { destination: "/dev/./full" }, 0],
    ["writes to a device that gives noise", { destination: "/dev/random" }, 0],
    ["writes to memory", { destination: "/dev/shm/audit.log" }, 0],
    ["writes to a device beside the streams", { destination: "/dev/fd/../stdout/../null" }, 0],
    ["writes to the null device from the server's directory", { destination: "../../dev/null" }, 0],
    ["writes to the null device of its root", { destination: "/proc/self/root/dev/null" }, 0],
    ["writes to a file of its own directory", { destination: "audit/dev/log" }, 1],
    ["writes to the standard output's device", { destination: "/dev/stdout" }, 1],
    ["writes to the standard error's device", { destination: "/dev/stderr" }, 1],
    ["writes to an open file", { destination: "/dev/fd/2" }, 1],
    ["writes to a file below a folder of such a name", { destination: "/srv/dev/zero" }, 1],
    [
      "keeps only what a filter lets through",
      { destination: "/a.log", options: { filter: "mount_type == kv" } },
      0,
    ],
    [
      "leaves fields out",
      { destination: "/a.log", options: { exclude: '[{"fields": ["/request/path"]}]' } },
      0,
    ],
    ["leaves nothing out", { destination: "/a.log", options: { exclude: " [ ] " } }, 1],
    ["is a socket of such a path", { sink_type: "socket", destination: "/dev/log" }, 1],
    ["is a socket", { sink_type: "socket", destination: "10.0.0.1:9090" }, 1],
  ])("one that %s", (_what, own, count) => {
    expect(counted(device("a", own))).toBe(count);
    expect(counted(device("a", own), device("b", { destination: "/b.log" }))).toBe(count + 1);
  });

  it.each([
    ["/var/log/audit.log", "/var/log/../log//audit.log"],
    ["stdout", "/dev/stdout"],
    ["stdout", "/dev/fd/1"],
  ])("counts %s and %s once", (one, other) => {
    expect(counted(device("a", { destination: one }), device("b", { destination: other }))).toBe(1);
    const socket = { sink_type: "socket", destination: other };
    expect(counted(device("a", { destination: one }), device("b", socket))).toBe(2);
  });

  const file = (name: string, options = {}) => device(name, { destination: `/var/log/${name}.log`, options });
  const fallback = { fallback: "true" };
  const filtered = { filter: "mount_type == kv" };

  it("counts no fallback beside a device that is given everything", () => {
    expect(counted(file("a"), file("b", fallback))).toBe(1);
    expect(counted(file("a"), file("b", { fallback: "on" }))).toBe(1);
    expect(counted(file("a"), file("b", { fallback: "False" }))).toBe(2);
    expect(counted(device("a", { destination: "discard" }), file("b", fallback))).toBe(0);
  });

  it("counts a fallback and what is filtered before it as one", () => {
    expect(counted(file("a", fallback))).toBe(1);
    expect(counted(file("a", filtered), file("b", filtered), file("c", fallback))).toBe(1);
    expect(counted(file("a", filtered), file("b", { ...filtered, ...fallback }))).toBe(0);
    expect(counted(device("a", { destination: "/dev/null", options: filtered }), file("b", fallback))).toBe(
      0,
    );
    expect(counted(file("a", filtered), device("b", { destination: "discard", options: fallback }))).toBe(0);
    expect(counted(file("a", filtered), file("b", filtered))).toBe(0);
    const lossy = { ...filtered, exclude: '[{"fields": ["/auth"]}]' };
    expect(counted(file("a", lossy), file("b", fallback))).toBe(0);
  });
});
