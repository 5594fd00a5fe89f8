import { describe, expect, it } from "vitest";
import { boundByNetworks } from "../../src/base/index.ts";

const halves = (size: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${String(at * 2 ** (8 - size))}.0.0.0/${String(size)}`);

describe("a list of networks", () => {
  it.each<[string, string[], boolean]>([
    ["of one", ["10.20.0.0/16"], true],
    ["of a host", ["192.0.2.7"], true],
    ["of both kinds", ["10.0.0.0/8", "fc00::/7", "2001:db8::/32"], true],
    ["of a quarter and less", ["0.0.0.0/2", "64.0.0.0/3"], true],
    ["of one twice over", ["0.0.0.0/2", "0.0.0.0/2", "10.0.0.0/8", "10.1.2.3"], true],
    ["of less than half, in small pieces", halves(8, 127), true],
    ["of a quarter of each kind", ["0.0.0.0/2", "4000::/2"], true],
    ["of a quarter of IPv6 with all that is routed", ["::/2"], false],
    ["of none", [], false],
    ["of everything", ["0.0.0.0/0"], false],
    ["of everything, written otherwise", ["10.0.0.0/0"], false],
    ["of everything of IPv6, beside one", ["203.0.113.0/24", "::/0"], false],
    ["of a half", ["128.0.0.0/1"], false],
    ["of four quarters", halves(2, 4), false],
    ["of two quarters", ["0.0.0.0/2", "128.0.0.0/2"], false],
    ["of half in small pieces, in any order", halves(8, 128).reverse(), false],
    ["of halves of IPv6", ["::/2", "8000::/2"], false],
    ["of what is routed of IPv6", ["2000::/4", "3000::/5"], false],
    ["of IPv4 in IPv6", ["::ffff:0.0.0.0/97"], false],
    ["of a host in IPv6", ["::ffff:192.0.2.7"], true],
    ["of one and what is none", ["10.20.0.0/16", "intranet"], false],
    ["of one with a long prefix", ["10.20.0.0/33"], false],
  ])("%s", (_what, cidrs, bound) => {
    expect(boundByNetworks(cidrs)).toBe(bound);
  });
});
