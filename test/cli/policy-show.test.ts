import { describe, expect, it } from "vitest";
import { countersign } from "./process.ts";

describe("policy show", () => {
  it("tells a policy's reason, parameters, remedy and controls", async () => {
    const { exit, out } = await countersign(["policy", "show", "rotation_overdue"]);
    expect(exit).toBe(0);
    for (const part of ["Why\n", "Parameters\n", "Remedy\n", "Controls\n", "soc2-2017 ", "critical "])
      expect(out).toContain(part);
    const json = JSON.parse(
      (await countersign(["policy", "show", "rotation_overdue", "--json"])).out,
    ) as object;
    expect(json).toMatchObject({ policy_id: "rotation_overdue", controls: expect.any(Array) as unknown });
  });

  it("names the nearest where there is none of this id", async () => {
    const { exit, err } = await countersign(["policy", "show", "rotation_overdu"]);
    expect(exit).toBe(2);
    expect(err).toContain("Did you mean rotation_overdue?");
  });
});

it("an unknown command says where the commands are named", async () => {
  const { exit, err } = await countersign(["policy", "recompile"]);
  expect(exit).toBe(2);
  expect(err).toContain("unknown command 'recompile'\n  fix: Write --help in its place");
});
