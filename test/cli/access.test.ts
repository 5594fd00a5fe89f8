import { describe, expect, it } from "vitest";
import { gapLines, unseen } from "../../src/cli/access-gaps.ts";
import { gapDigest, recordBytes, type Gap } from "../../src/facts/index.ts";
import { exampleRecords, openExample } from "../evidence/example.ts";
import { WRONG_TOKEN, place, ran, snapshots } from "./places.ts";
import { reply, type Meddle } from "./recorded-store.ts";

const LIMIT_MS = 120_000;

const NOBODY_SEEN = /not everything could be read/;

describe("what an incomplete snapshot does not show may be there:", () => {
  it("a secret and a principal where the login was refused", { timeout: LIMIT_MS }, async () => {
    const directory = await place();
    expect(await ran(directory, { token: WRONG_TOKEN })).toMatchObject({ exit: 3 });
    const asked = [
      ["who-can", "kv/app/1"],
      ["what-can", "ada.lindqvist"],
      ["path", "ada.lindqvist", "kv/app/1"],
    ];
    for (const question of asked) {
      const { exit, out, err } = await ran(directory, { command: ["access", ...question, "--json"] });
      expect(exit, question.join(" ")).toBe(3);
      expect(JSON.parse(out)).toMatchObject({
        error: "E_UNSEEN",
        exit: 3,
        message: expect.stringMatching(NOBODY_SEEN) as string,
      });
      expect(err).toContain("vault-production: the store does not know the collector's token");
    }
  });

  it("and the last snapshot that read the store is named", { timeout: LIMIT_MS }, async () => {
    const directory = await place();
    expect(await ran(directory)).toMatchObject({ exit: 3 });
    const [read] = await snapshots(directory);
    expect(await ran(directory, { token: WRONG_TOKEN })).toMatchObject({ exit: 3 });
    const { exit, err } = await ran(directory, { command: ["access", "who-can", "kv/app/1"] });
    expect(exit).toBe(3);
    expect(err).toContain(`E_UNSEEN: expected one secret or key called kv/app/1, got 0`);
    expect(err).toContain(`the same command with --from ${read?.snapshot_id}.`);
  });

  it("what is in an engine that is not read", { timeout: LIMIT_MS }, async () => {
    const directory = await place();
    expect(await ran(directory, { meddle: await withEngine("bastion/", "ssh") })).toMatchObject({ exit: 3 });
    const hidden = await ran(directory, { command: ["access", "who-can", "bastion/roles/ops"] });
    expect(hidden.exit).toBe(3);
    expect(hidden.err).not.toContain("nothing is yet");
    expect(hidden.err).toMatch(
      /E_UNSEEN: .*read: vault-production:bastion\/: the mount bastion\/ is a ssh engine/,
    );
    const what = await ran(directory, { command: ["access", "what-can", "auth/approle/role/ticket-sync"] });
    expect(what.exit).toBe(3);
    expect(what.err).toContain("secret (unsupported)");
    expect(what.err).toContain(
      "Listed is what the snapshot has. What a policy allows on paths where nothing is yet",
    );
    expect(what.err).toContain("  vault-production:bastion/: the mount bastion/ is a ssh engine");
  });
});

describe("gaps behind an answer", () => {
  const gapOf = (resource: string | undefined): Gap => ({
    store_id: "main",
    scope: "main",
    ...(resource === undefined ? {} : { resource }),
    operation: "kv.list",
    reason: "denied",
    hides: ["secret"],
    detail: "refused",
  });
  const order = (wanted: string, ...resources: (string | undefined)[]): string[] =>
    told(wanted, resources.map(gapOf));
  const told = (wanted: string, gaps: readonly Gap[]): string[] => {
    const blindness = gaps.map((gap) => ({
      store_id: "main",
      fact_kind: "secret" as const,
      reason: gap.reason,
      gap: gapDigest(gap),
    }));
    return gapLines(unseen(blindness, gaps, wanted));
  };

  it.each([
    ["ssh/roles/ops", "main:ssh/"],
    ["main:ssh/roles/ops", "main:ssh/"],
    ["ssh/roles/ops", "main:team/ssh/roles/"],
    ["ssh/roles/ops", "main:"],
    ["ssh/roles/ops", undefined],
    ["ops", "main:ssh/roles/ops"],
  ])("name what stands where %s would first: %s", (wanted, near) => {
    expect(order(wanted, "main:pki/", near)).toEqual([
      `${near?.replace(/:$/, "") ?? "main"}, main:pki/: refused`,
    ]);
    expect(order(wanted, "main:pki/", near, "main:kv/", "main:db/")).toEqual([
      expect.stringMatching(/^main.*, main:[a-z]+\/ and 1 more: refused$/),
    ]);
  });

  it("are told to a bound", () => {
    const many = Array.from({ length: 8 }, (_, number) => ({
      ...gapOf(`main:kv${number}/`),
      detail: `refused kv${number}`,
    }));
    expect(told("x", many)).toHaveLength(6);
    expect(told("x", many).at(-1)).toBe("and 3 more gaps; gaps.csv of a report has them all");
  });

  it("of Regions that are left out are one line, however many they are", () => {
    const gaps = ["eu-west-1", "eu-west-2", "us-east-1", "us-west-2"].flatMap((region) =>
      ["kms", "secretsmanager"].map((service) => ({
        ...gapOf(`main:arn:aws:${service}:${region}:111122223333:`),
        scope: `main/111122223333/${region}`,
        detail: "left out",
      })),
    );
    expect(told("x", gaps)).toEqual([
      "4 Regions of account 111122223333 (eu-west-1, eu-west-2, us-east-1 and 1 more): left out",
    ]);
  });
});

/** The recorded store with one more secrets engine. */
async function withEngine(path: string, type: string): Promise<Meddle> {
  const records = await exampleRecords(await openExample());
  const mounts = records.find(({ operation }) => operation === "namespace.mounts");
  if (mounts === undefined) throw new Error("expected a recorded list of mounts, got none");
  const body = JSON.parse(recordBytes(mounts).toString()) as {
    data: Record<string, Record<string, unknown>>;
  };
  const like = body.data["cubbyhole/"];
  body.data[path] = { ...like, type, accessor: `${type}_6b1f0c2d` };
  return (request, response) => {
    if (request.url !== "/v1/sys/mounts") return false;
    reply(response, 200, { ...body, ...body.data });
    return true;
  };
}
