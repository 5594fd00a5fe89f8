import { statfs } from "node:fs/promises";
import { afterEach, expect, it, vi } from "vitest";
import { requireLocal } from "../../src/base/index.ts";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return { ...real, statfs: vi.fn(real.statfs) };
});

afterEach(() => {
  vi.mocked(statfs).mockReset();
});

/** What `statfs` says of a file system of this type; on some platforms the number is signed. */
async function told(type: number): Promise<void> {
  const real = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
  vi.mocked(statfs).mockResolvedValue(Object.assign(await real.statfs("/"), { type }));
}

it.each([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xff534d42 | 0, "CIFS"],
  [0x00c36400, "CephFS"],
  [0x65735546, "FUSE"],
])("refuses a directory on a file system of type %i (%s), and says what would do", async (type, name) => {
  await told(type);
  await expect(requireLocal("/state")).rejects.toMatchObject({
    code: "E_DISK",
    message: `expected a local file system for /state, got ${name}`,
    fix: expect.stringContaining("ext4") as string,
  });
});

it.each([
  [0xef53, "ext4"],
  [0x58465342, "XFS"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs"],
  [0x794c7630, "overlayfs"],
])("takes a directory on a file system of type %i (%s)", async (type) => {
  await told(type);
  await expect(requireLocal("/state")).resolves.toBeUndefined();
});
