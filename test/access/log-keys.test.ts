import { describe, expect, it } from "vitest";
import { LogKeys, isNamedByLogs, isReadLogged } from "../../src/access/index.ts";
import { FactSet, type Fact } from "../../src/facts/index.ts";

const keysOf = (...facts: readonly object[]): LogKeys =>
  new LogKeys(new FactSet(facts as readonly Fact[], []));

const vault = (path: string, mount: string, name: string, secret_type = "kv") => ({
  kind: "secret",
  id: `vault:${path}`,
  store_id: "vault",
  scope: "vault",
  mount,
  name,
  secret_type,
});

const ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:";

const aws = (arn: string, secret_type = "aws_secret") => ({
  ...vault("", "111122223333/eu-central-1", arn, secret_type),
  id: `aws:${arn}`,
  store_id: "aws",
});

describe("secrets", () => {
  const mount = (path: string, engine_version: string) => ({
    kind: "mount",
    id: `vault:${path}`,
    store_id: "vault",
    path,
    engine: "kv",
    engine_version,
  });

  it("of Vault are their paths, with namespace, mount, and data where the engine has versions", () => {
    const keys = keysOf(
      mount("team/kv/", "2"),
      mount("old/", "1"),
      vault("team/kv/a", "kv/", "a"),
      vault("old/a", "old/", "a"),
    );
    expect(keys.secret("vault", "team/kv/data/a")).toEqual({ ids: ["vault:team/kv/a"] });
    expect(keys.secret("vault", "old/a")).toEqual({ ids: ["vault:old/a"] });
    for (const other of ["team/kv/a", "kv/data/a", "old/data/a"])
      expect(keys.secret("vault", other)).toEqual({ ids: [] });
    expect(keys.secret("other", "team/kv/data/a")).toEqual({ ids: [] });
  });

  it("of an engine whose version is not known may be either", () => {
    const keys = keysOf(vault("kv/a", "kv/", "a"), vault("kv/data/a", "kv/", "data/a"));
    expect(keys.secret("vault", "kv/a").ids).toEqual(["vault:kv/a"]);
    expect(keys.secret("vault", "kv/data/a").ids).toHaveLength(2);
  });

  it("of a static role are read by another path", () => {
    const keys = keysOf(vault("team/db/static-roles/app", "db/", "app", "database_static_role"));
    expect(keys.secret("vault", "team/db/static-creds/app").ids).toEqual(["vault:team/db/static-roles/app"]);
    expect(keys.secret("vault", "team/db/static-roles/app").ids).toEqual([]);
  });

  it("of AWS are ARNs, whole or as asked for by name; two of one name are not told apart", () => {
    const keys = keysOf(aws(`${ARN}pay/db-AbCdEf`), aws(`${ARN}pay/db-GhIjKl`), aws(`${ARN}x-abcdef-MnOpQr`));
    expect(keys.secret("aws", `${ARN}pay/db-AbCdEf`).ids).toEqual([`aws:${ARN}pay/db-AbCdEf`]);
    expect(keys.secret("aws", `${ARN}pay/db`).ids).toHaveLength(2);
    expect(keys.secret("aws", `${ARN}x-abcdef`).ids).toEqual([`aws:${ARN}x-abcdef-MnOpQr`]);
    expect(keys.secret("aws", `${ARN}pay`).ids).toEqual([]);
  });

  it("a path that was read means all below it", () => {
    const path = "arn:aws:ssm:eu-central-1:111122223333:parameter/pay/*";
    expect(keysOf().secret("aws", path)).toEqual({ ids: [], below: `aws:${path.slice(0, -1)}` });
  });

  it("of kinds that logs do not name so are not said to be logged", () => {
    expect(["kv", "aws_secret", "credential"].map((secret_type) => isReadLogged({ secret_type }))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("principals", () => {
  const principal = (native_id: string, principal_type: string) => ({
    kind: "principal",
    id: `store:${native_id}`,
    store_id: "store",
    native_id,
    principal_type,
  });

  it("are entities by their id, roles and users without their path", () => {
    const role = "arn:aws:iam::111122223333:role/team/pay/api";
    const keys = keysOf(principal("e-1", "entity"), principal(role, "iam_role"));
    expect(keys.principal("store", "entity:e-1")).toBe("store:e-1");
    expect(keys.principal("store", "arn:aws:iam::111122223333:role/api")).toBe(`store:${role}`);
    for (const other of ["name:e-1", "e-1", "arn:aws:iam::111122223333:role/pay/api"])
      expect(keys.principal("store", other)).toBeUndefined();
    expect(keys.principal("other", "entity:e-1")).toBeUndefined();
  });

  it("that logs name by a key of their own", () => {
    const types = ["entity", "iam_role", "iam_user", "aws_root"];
    expect(types.filter((principal_type) => isNamedByLogs({ principal_type }))).toEqual(types.slice(0, 3));
  });
});
