import { expect, it } from "vitest";
import { chainOf } from "../../src/web/pages/path-drawing.ts";
import { reviewItem } from "../review/campaign.ts";

it("draws a login that is the principal itself once", () => {
  const item = reviewItem();
  const { id, name } = item.principal;
  const through = [
    { kind: "auth_role", id, name },
    { kind: "group", id: "main-vault:identity/group/id/g", name: "payments-team" },
  ] as const;
  const boxes = chainOf(item, { policy: "payments", actions: ["read"], through });
  expect(boxes.map(({ title }) => title)).toEqual(["ada", "payments-team", "payments", "2 secrets"]);
});
