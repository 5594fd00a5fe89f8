import { basename, dirname } from "node:path";
import { CountersignError, type FileStatus, type FileSystem } from "../../src/base/index.ts";

/** A system call of the workload. `bytes` are those of a write. */
export interface Operation {
  readonly kind: Exclude<keyof FileSystem, "append"> | "close" | "sync" | "write";
  readonly path: string;
  readonly bytes?: Uint8Array;
}

/** Called before each operation: throws instead of it, or tells how many bytes a write takes. */
export type Interference = (operation: Operation) => number | undefined;

type Node = DirectoryNode | FileNode | { readonly kind: "other"; mode: number };

interface FileNode {
  readonly kind: "file";
  mode: number;
  modifiedMs: number;
  now: Buffer;
  /** What a power cut leaves for certain. */
  durable: Buffer;
}

interface DirectoryNode {
  readonly kind: "directory";
  mode: number;
  readonly now: Map<string, Node>;
  readonly durable: Map<string, Node>;
  /** Changes of entries since the last sync; any of them may or may not outlive a power cut. */
  pending: { readonly name: string; readonly node?: Node }[];
}

/** The unit that a disk writes whole, in bytes. */
const UNIT = 512;

/** Ways in which an unsynced file may be found: not at all, whole, cut, with holes, all zeros. */
const FILE_FATES = 5;

const directoryNode = (): DirectoryNode => ({
  kind: "directory",
  mode: 0o700,
  now: new Map(),
  durable: new Map(),
  pending: [],
});

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/**
 * A file system in memory that promises no more than POSIX does: what was not synced may be there after a power cut, in
 * part, or not; entries of a directory are synced apart from the files that they name. `crashStates` gives the disks that
 * a power cut may leave.
 */
export class FakeDisk {
  #root: DirectoryNode = directoryNode();
  readonly #nowMs: () => number;
  readonly #owners = new Map<string, number>();
  interfere: Interference = () => undefined;
  /** Called after each operation that has changed something. */
  afterChange: (operation: Operation) => void = () => undefined;

  /** `nowMs` dates files; without it they are of the day on which the clock of tests starts. */
  constructor(nowMs: () => number = () => Date.parse("2026-09-30T06:00:00.000Z")) {
    this.#nowMs = nowMs;
  }

  readonly files: FileSystem = {
    read: async (path, maxBytes) => {
      this.#before({ kind: "read", path });
      const node = this.#node(path);
      if (node.kind !== "file" || node.now.length > maxBytes) {
        const expected = `expected a regular file of at most ${maxBytes} bytes`;
        throw new CountersignError("E_INTEGRITY", `${expected} at ${path}, got something else`);
      }
      return await Promise.resolve(Buffer.from(node.now));
    },
    list: async (path) => {
      this.#before({ kind: "list", path });
      return await Promise.resolve([...this.#directory(path).now.keys()].reverse());
    },
    status: async (path): Promise<FileStatus> => {
      this.#before({ kind: "status", path });
      const node = this.#node(path);
      const modifiedMs = node.kind === "file" ? node.modifiedMs : 0;
      const owner = this.#owners.get(path) ?? 0;
      return await Promise.resolve({ kind: node.kind, mode: node.mode, owner, modifiedMs });
    },
    create: async (path) => {
      const operation = { kind: "create", path } as const;
      this.#before(operation);
      if (this.#directory(dirname(path)).now.has(basename(path))) throw systemError("EEXIST", path);
      const node: FileNode = {
        kind: "file",
        mode: 0o600,
        modifiedMs: this.#nowMs(),
        now: Buffer.alloc(0),
        durable: Buffer.alloc(0),
      };
      this.#enter(path, node);
      this.afterChange(operation);
      return await Promise.resolve({
        write: (bytes: Uint8Array) => Promise.try(() => this.#write(path, node, bytes)),
        sync: () => Promise.try(() => this.#sync(path, node)),
        close: () => Promise.try(() => this.#before({ kind: "close", path })).then(() => undefined),
      });
    },
    append: () => Promise.reject(systemError("ENOSYS", "append")),
    link: async (from, to) => {
      await this.#changed({ kind: "link", path: to }, () => {
        const node = this.#node(from);
        if (this.#directory(dirname(to)).now.has(basename(to))) throw systemError("EEXIST", to);
        this.#enter(to, node);
      });
    },
    rename: async (from, to) => {
      await this.#changed({ kind: "rename", path: to }, () => {
        this.#enter(to, this.#node(from));
        this.#enter(from);
      });
    },
    remove: async (path) => {
      await this.#changed({ kind: "remove", path }, () => {
        if (this.#node(path).kind === "directory") throw systemError("EISDIR", path);
        this.#enter(path);
      });
    },
    makeDirectory: async (path) => {
      await this.#changed({ kind: "makeDirectory", path }, () => {
        if (this.#directory(dirname(path)).now.has(basename(path))) throw systemError("EEXIST", path);
        this.#enter(path, directoryNode());
      });
    },
    syncDirectory: async (path) => {
      await this.#changed({ kind: "syncDirectory", path }, () => {
        const directory = this.#directory(path);
        for (const { name, node } of directory.pending) put(directory.durable, name, node);
        directory.pending = [];
      });
    },
  };

  /** Paths of all files, sorted. */
  paths(): string[] {
    return this.#walk(this.#root, "").sort();
  }

  bytesOf(path: string): Buffer {
    const node = this.#node(path);
    if (node.kind !== "file") throw systemError("EISDIR", path);
    return node.now;
  }

  modeOf(path: string): number {
    return this.#node(path).mode;
  }

  /** Makes or replaces a file for certain; directories above it come to be. */
  setFile(path: string, bytes: Uint8Array, mode = 0o600): void {
    const data = Buffer.from(bytes);
    this.#set(path, { kind: "file", mode, modifiedMs: this.#nowMs(), now: data, durable: data });
  }

  /** Puts something there that is neither file nor directory, e.g. a symbolic link. */
  setOther(path: string): void {
    this.#set(path, { kind: "other", mode: 0o777 });
  }

  /** Gives a file to another owner; all belongs to 0 otherwise. */
  setOwner(path: string, owner: number): void {
    this.#owners.set(path, owner);
  }

  setMode(path: string, mode: number): void {
    this.#node(path).mode = mode;
  }

  /** Takes a file, or a directory with all below it, away for certain. */
  delete(path: string): void {
    const directory = this.#directory(dirname(path));
    directory.now.delete(basename(path));
    directory.durable.delete(basename(path));
  }

  /** As it would be found were nothing lost. */
  copy(): FakeDisk {
    return this.#crashed(() => Infinity);
  }

  /** Replaces what lies below `path` by what lies below it on `other`, or by nothing. */
  restore(other: FakeDisk, path: string): void {
    this.delete(path);
    const copied = other.copy();
    const parts = path.split("/").slice(1);
    let from: Node | undefined = copied.#root;
    for (const part of parts) from = from?.kind === "directory" ? from.now.get(part) : undefined;
    if (from !== undefined) this.#set(path, from);
  }

  /**
   * The disks that a power cut may leave now: all of them where there are at most `limit`, or that many drawn by
   * `random` (from 0 to below 1), with the two extremes among them.
   */
  *crashStates(limit: number, random: () => number): Generator<FakeDisk> {
    const radices: number[] = [];
    this.#crashed((radix) => {
      radices.push(radix);
      return 0;
    });
    const count = radices.reduce((product, radix) => product * radix, 1);
    for (let index = 0; index < Math.min(count, limit); index += 1) {
      let rest = index;
      yield this.#crashed((radix) => {
        if (count > limit && index > 0)
          return index === 1 ? Math.min(1, radix - 1) : Math.floor(random() * radix);
        const digit = rest % radix;
        rest = Math.floor(rest / radix);
        return digit;
      }, random);
    }
  }

  /** `choose` gives the fate of each unsynced change, from 0 to below its argument; Infinity keeps all. */
  #crashed(choose: (radix: number) => number, random: () => number = () => 0.5): FakeDisk {
    const disk = new FakeDisk(this.#nowMs);
    const made = new Map<Node, Node>();
    const survivor = (node: Node): Node => {
      const known = made.get(node);
      if (known !== undefined) return known;
      const other = this.#survivor(node, choose, random, survivor);
      made.set(node, other);
      return other;
    };
    const root = survivor(this.#root);
    if (root.kind === "directory") disk.#root = root;
    return disk;
  }

  #survivor(
    node: Node,
    choose: (radix: number) => number,
    random: () => number,
    survivor: (node: Node) => Node,
  ): Node {
    if (node.kind === "other") return node;
    if (node.kind === "file") {
      const unsynced = !node.now.equals(node.durable);
      const data = unsynced ? torn(node, choose(FILE_FATES), random) : node.now;
      return { ...node, now: data, durable: data };
    }
    const entries = new Map(node.durable);
    for (const { name, node: child } of node.pending) if (choose(2) > 0) put(entries, name, child);
    const survived = new Map([...entries].map(([name, child]) => [name, survivor(child)] as const));
    return { kind: "directory", mode: node.mode, now: survived, durable: new Map(survived), pending: [] };
  }

  #write(path: string, node: FileNode, bytes: Uint8Array): number {
    const operation = { kind: "write", path, bytes } as const;
    const taken = this.#before(operation) ?? bytes.length;
    node.now = Buffer.concat([node.now, bytes.subarray(0, taken)]);
    node.modifiedMs = this.#nowMs();
    this.afterChange(operation);
    return taken;
  }

  #sync(path: string, node: FileNode): void {
    const operation = { kind: "sync", path } as const;
    this.#before(operation);
    node.durable = node.now;
    this.afterChange(operation);
  }

  #before(operation: Operation): number | undefined {
    return this.interfere(operation);
  }

  async #changed(operation: Operation, change: () => void): Promise<void> {
    await Promise.resolve();
    this.#before(operation);
    change();
    this.afterChange(operation);
  }

  #node(path: string): Node {
    let node: Node = this.#root;
    for (const part of path.split("/")) {
      if (part === "") continue;
      if (node.kind !== "directory") throw systemError("ENOTDIR", path);
      const child = node.now.get(part);
      if (child === undefined) throw systemError("ENOENT", path);
      node = child;
    }
    return node;
  }

  #directory(path: string): DirectoryNode {
    const node = this.#node(path);
    if (node.kind !== "directory") throw systemError("ENOTDIR", path);
    return node;
  }

  /** Changes an entry, not yet durably; without a node it goes. */
  #enter(path: string, node?: Node): void {
    const directory = this.#directory(dirname(path));
    const name = basename(path);
    put(directory.now, name, node);
    directory.pending.push(node === undefined ? { name } : { name, node });
  }

  #set(path: string, node: Node): void {
    let directory = this.#root;
    for (const part of dirname(path)
      .split("/")
      .filter((one) => one !== "")) {
      const child = directory.now.get(part) ?? directoryNode();
      if (child.kind !== "directory") throw systemError("ENOTDIR", path);
      directory.now.set(part, child);
      directory.durable.set(part, child);
      directory = child;
    }
    directory.now.set(basename(path), node);
    directory.durable.set(basename(path), node);
  }

  #walk(node: Node, path: string): string[] {
    if (node.kind !== "directory") return [path];
    return [...node.now].flatMap(([name, child]) => this.#walk(child, `${path}/${name}`));
  }
}

function put(entries: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}

function torn({ now, durable }: FileNode, fate: number, random: () => number): Buffer {
  if (fate === 0) return durable;
  if (fate === 1 || fate > FILE_FATES) return now;
  const units = Math.ceil(now.length / UNIT);
  if (fate === 2) return now.subarray(0, Math.max(durable.length, Math.floor(random() * units) * UNIT));
  const holed = Buffer.from(now);
  for (let unit = 0; unit < units; unit += 1) {
    if (fate === 4 || random() < 0.5) holed.subarray(unit * UNIT, (unit + 1) * UNIT).fill(0);
  }
  durable.copy(holed);
  return holed;
}
