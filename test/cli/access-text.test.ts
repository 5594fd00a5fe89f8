import { expect, it } from "vitest";
import { foldedText, grantsText, principalNames, toldGrants } from "../../src/cli/access-text.ts";
import type { Grant } from "../../src/access/index.ts";
import {
  AwsFacts,
  KEY,
  READ,
  SECRET,
  allow,
  arn,
  document,
  idOf,
  letIn,
  modelOf,
} from "../access/aws-facts.ts";

const HIDDEN = "policy of pay/db-AbCdEf: AccessDenied on resource_policy";

/** A secret whose policy could not be read: one reads it by identity policies, three have nothing. */
const grants = modelOf(
  new AwsFacts()
    .key(KEY, document(letIn({ AWS: arn.root() }, "kms:*"), letIn("*", "kms:Decrypt")))
    .secret(SECRET, { unreadPolicy: true, key: idOf(KEY) })
    .gap(["resource_policy"], idOf(SECRET))
    .user("reader", { inline: { own: document(allow(READ)) } })
    .user("ana")
    .user("ben")
    .user("cleo"),
).whoCan(idOf(SECRET), "read");

const named = (list: readonly Grant[]): string[] =>
  list.map(({ principal_id }) => principal_id.slice(principal_id.lastIndexOf(":") + 1));

it("says of each whether an unread policy could only take it away, or alone could give it", () => {
  const told = Object.fromEntries(grants.map((one) => [one.principal_id, one.but_for_denial]));
  expect(told).toMatchObject({
    [idOf(arn.user("reader"))]: true,
    [idOf(arn.root())]: true,
    [idOf(arn.user("ana"))]: false,
    [idOf("*")]: false,
  });
  expect(new Set(grants.map(({ certainty }) => certainty))).toEqual(new Set(["possible"]));
});

it("tells first who reads but for a denial, and counts whom only the unread policy could let in", () => {
  const { grants: told, folded } = toldGrants(grants);
  expect(named(told)).toEqual(["root", "user/reader"]);
  // Three users and everyone.
  expect(folded).toMatchObject([{ principal_count: 4, reasons: [HIDDEN] }]);
  expect(foldedText(folded)).toBe(
    `4 other principals, everyone among them: possible, only if what could not be read lets them (${HIDDEN}). --all lists them.\n`,
  );
  expect(grantsText(told, ({ principal_id }) => principal_id, "principal", {})).toContain(
    "possible (unless what was not read denies it)",
  );
});

it("drops nobody where all are asked for", () => {
  const { grants: told, folded } = toldGrants(grants, { all: true });
  expect(folded).toEqual([]);
  expect(new Set(told)).toEqual(new Set(grants));
  expect(named(told).slice(0, 2)).toEqual(["root", "user/reader"]);
});

it("keeps the order of certain grants, and tells a single one by itself", () => {
  const certain = modelOf(
    new AwsFacts().secret(SECRET).user("reader", { inline: { own: document(allow(READ)) } }),
  ).whoCan(idOf(SECRET));
  expect(toldGrants(certain).folded).toEqual([]);
  expect(certain.every((one) => one.but_for_denial === undefined)).toBe(true);
  const one = grants.filter(({ principal_id }) => principal_id === idOf(arn.user("ana")));
  expect(toldGrants(one)).toEqual({ grants: one, folded: [] });
});

/** A grant as far as a line tells it. */
const grant = (
  principal_id: string,
  actions: readonly string[],
  policy: string,
  conditions: readonly string[] = [],
): Grant =>
  ({
    principal_id,
    actions,
    certainty: conditions.length === 0 ? "certain" : "conditional",
    conditions,
    path: [{ actions, through: [], policy, rule: "statement 1" }],
  }) as unknown as Grant;

const aws = (name: string, source = "pay"): string => `${source}:arn:aws:iam::111122223333:${name}`;

it("is one line of those paths of a principal that differ in their actions alone", () => {
  const deploy = aws("role/deploy");
  const told = [
    grant(deploy, ["read", "write"], "admin"),
    grant(deploy, ["list", "write", "delete"], "admin"),
    grant(deploy, ["read"], "admin", ["MFA"]),
  ];
  const lines = grantsText(told, principalNames(told), "principal", {}).split("\n").slice(1, -1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^111122223333:role\/deploy +read list write delete +certain +read\+list\+write\+delete: policy admin/,
  );
  expect(lines[0]?.match(/policy admin/g)).toHaveLength(1);
  expect(lines[1]).toMatch(/ read +conditional .*; if MFA$/);
});

it("calls a principal of AWS by account and name where no other would be called alike, and says who anyone is", () => {
  const issuer = aws("oidc-provider/token.actions.githubusercontent.com");
  const ids = [
    aws("user/ana"),
    aws("user/ben"),
    aws("user/ben", "other"),
    issuer,
    `${issuer}#anyone`,
    "vault:ana",
  ];
  const told = ids.map((id) => grant(id, ["read"], "p"));
  expect(told.map(principalNames(told))).toEqual([
    "111122223333:user/ana",
    aws("user/ben"),
    aws("user/ben", "other"),
    "111122223333:oidc-provider/token.actions.githubusercontent.com",
    "111122223333:oidc-provider/token.actions.githubusercontent.com#anyone (anyone on it)",
    "vault:ana",
  ]);
});
