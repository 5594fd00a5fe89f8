import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { reperform } from "../../src/collect/index.ts";
import { connectors } from "../../src/connectors/index.ts";
import { recordDigest } from "../../src/facts/index.ts";
import {
  ORIGINAL,
  allRedone,
  forget,
  partsRedone,
  recordOf,
  recount,
  removeForgeries,
  setBody,
  source,
  textOf,
  timedOut,
  type Change,
} from "./forgery.ts";

afterAll(removeForgeries);

const opened = async (directory: string) => await reperform(directory, [...connectors.values()]);

describe("read by another revision of its connector,", () => {
  const older: Change = (all) => {
    source((entry) => (entry.revision = 0))(all);
    for (const record of all.records) record.revision = 0;
  };

  it("a snapshot is judged by facts made anew, which is said", async () => {
    const { facts, revised } = await opened(await allRedone(older));
    expect(revised).toEqual([
      { storeId: "vault-production", recorded: 0, present: connectors.get("hashicorp")?.revision },
    ]);
    const kept = await opened(ORIGINAL);
    expect(facts.counts()).toEqual(kept.facts.counts());
  });

  it("what today's connector asks and has no answer is a gap: nothing can be made to look clean", async () => {
    const directory = await allRedone((all) => {
      forget(all, recordOf(all, "server.audit"));
      all.gaps = [];
      recount(all);
      source((entry) => {
        entry.status = "complete";
        entry.scopes.forEach((scope) => (scope.status = "complete"));
      })(all);
      older(all);
    });
    const { facts, manifest } = await opened(directory);
    expect(facts.gaps).toContainEqual(
      expect.objectContaining({ operation: "server.audit", hides: ["sink"], detail: "not recorded" }),
    );
    expect(manifest.sources).toMatchObject([{ status: "partial", scopes: [{ status: "partial" }] }]);
  });

  it("the rest of the manifest is compared all the same", async () => {
    const directory = await partsRedone((all) => {
      older(all);
      delete all.manifest.notice;
    });
    await expect(opened(directory)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });
});

describe("noticed by nobody without a signature, as the documentation says:", () => {
  it.each<[string, Change]>([
    ["the notice gone", ({ manifest }) => delete manifest.notice],
    ["another address", source((entry) => (entry.address = "https://vault.example.org"))],
    ["a later instant of all ages", ({ manifest }) => (manifest.taken_at = "2027-01-01T00:00:00.000Z")],
    [
      "an answer and its facts altered alike",
      (all) => {
        const record = recordOf(all, "server.audit");
        const before = recordDigest(record);
        setBody(record, textOf(record).replaceAll('"local":false', '"local":true'));
        const after = recordDigest(record);
        all.facts = all.facts.map((fact) =>
          fact.record === before && fact.kind === "sink" ? { ...fact, record: after, local: true } : fact,
        );
      },
    ],
    [
      "an answer made a gap, which turns an outcome undetermined but never better",
      (all) => {
        const record = recordOf(all, "server.audit");
        forget(all, record);
        all.gaps.push(timedOut(record, ["sink"], `${record.store_id}:sys/audit/`));
        recount(all);
      },
    ],
  ])("%s, everything else redone", async (_what, change) => {
    const directory = await allRedone(change);
    await expect(opened(directory)).resolves.toMatchObject({ revised: [] });
    const digest = sha256(await readFile(join(directory, "manifest.json")));
    expect(digest).not.toBe(sha256(await readFile(join(ORIGINAL, "manifest.json"))));
  });
});
