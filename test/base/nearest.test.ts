import { expect, it } from "vitest";
import { nearest } from "../../src/base/index.ts";

const KEYS = ["address", "auth", "ca_cert_file", "client_cert_file", "mounts", "namespace"];

it.each([
  ["adress", "address"],
  ["addresss", "address"],
  ["auht", "auth"],
  ["Auth", "auth"],
  ["ca_cert", undefined],
  ["ca_certfile", "ca_cert_file"],
  ["mount", "mounts"],
  ["x", undefined],
  ["region", undefined],
  ["", undefined],
])("of %s is %s", (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant);
});
