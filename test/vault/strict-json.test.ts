import { expect, it } from "vitest";
import { Type, closed, compileSchema, strictJson } from "../../src/schema/index.ts";

it("says in words of its own what a damaged document is", () => {
  const schema = compileSchema(closed({ leaves: Type.Integer() }));
  const complaint = (text: string): string => {
    try {
      strictJson(Buffer.from(text), schema, "the head");
      return "none";
    } catch (thrown) {
      return (thrown as Error).message;
    }
  };
  expect(complaint("not JSON")).toBe("expected the head as this version writes it, got no JSON");
  expect(complaint("[]")).toMatch(/got other content \(\S.*\)$/);
  expect(complaint('{"leaves":1}')).toBe("none");
});
