import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { ContentStore } from "../../src/ledger/index.ts";
import { FakeDisk } from "../vault/fake-file-system.ts";

const BODY = Buffer.from('{"decision":"certify"}');
const DIGEST = sha256(BODY);
const PATH = `/state/cas/${DIGEST.slice(0, 2)}/${DIGEST}.zst`;

describe("content by its digest", () => {
  it("is given back as it was put, and made once", async () => {
    const disk = new FakeDisk();
    const store = new ContentStore("/state/cas", disk.files);
    expect(await store.put(BODY)).toBe(DIGEST);
    expect(await store.put(BODY)).toBe(DIGEST);
    expect(await store.get(DIGEST)).toEqual(BODY);
    expect(disk.paths()).toEqual([PATH]);
    expect(store.pathOf(DIGEST)).toBe(PATH);
  });

  it.each([
    ["another content", async (store: ContentStore) => await store.put(Buffer.from("other"))],
    ["no content at all", () => Promise.resolve(undefined)],
  ])("is refused where %s lies in its place, and is not put there either", async (_, put) => {
    const disk = new FakeDisk();
    const store = new ContentStore("/state/cas", disk.files);
    const other = await put(store);
    disk.setFile(PATH, other === undefined ? Buffer.from("none") : disk.bytesOf(store.pathOf(other)));
    await expect(store.get(DIGEST)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await expect(store.put(BODY)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("is missing where nobody put it", async () => {
    const store = new ContentStore("/state/cas", new FakeDisk().files);
    await expect(store.get(DIGEST)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});
