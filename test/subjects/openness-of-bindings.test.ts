import { expect, it } from "vitest";
import { bindingsOpenness } from "../../src/subjects/openness-of-bindings.ts";

const READER = "roles/secretmanager.secretAccessor";

function of(...bindings: readonly object[]): string | undefined {
  return bindingsOpenness(JSON.stringify({ bindings }));
}

it("finds everyone among the members of a binding", () => {
  expect(of({ role: READER, members: ["user:a@example.com", "allUsers"] })).toBe("open");
  expect(of({ role: READER, members: ["allAuthenticatedUsers"] })).toBe("open");
  expect(of({ role: READER, members: ["user:a@example.com"] })).toBe("closed");
  expect(of({ role: READER, members: [] }, { role: READER, members: ["allUsers"] })).toBe("open");
  expect(of()).toBe("closed");
});

it("leaves open what a condition or a role of somebody's own may keep back, and takes no list of names for a way in", () => {
  expect(of({ role: READER, members: ["allUsers"], condition: { expression: "true" } })).toBe("possible");
  expect(of({ role: "projects/shop/roles/own", members: ["allUsers"] })).toBe("possible");
  expect(of({ role: "not known", members: ["allUsers"] })).toBe("possible");
  expect(of({ role: "roles/secretmanager.viewer", members: ["allUsers"] })).toBe("closed");
});

it("says nothing of a text of another form", () => {
  for (const text of [
    "",
    "null",
    "{}",
    '{"Statement":[]}',
    '{"bindings":[1]}',
    '{"bindings":[{"role":"r"}]}',
  ])
    expect(bindingsOpenness(text)).toBeUndefined();
});
