import {
  CallFailure,
  isGap,
  recordBytes,
  recordDigest,
  type Answer,
  type Call,
  type CollectIo,
  type Connector,
  type ConnectorContext,
  type Fact,
  type Gap,
  type RawRecord,
  type SendLimits,
} from "../../src/facts/index.ts";

/** A store of a few mounts with secrets, listed in pages: enough to have everything that a collection can meet. */
export interface FakeStore {
  readonly mounts: Readonly<Record<string, readonly string[]>>;
  readonly pageSize: number;
}

export const SMALL: FakeStore = {
  mounts: { billing: ["db", "psp", "mail"], shop: ["db", "search"], empty: [] },
  pageSize: 2,
};

/** Asks the store over whatever wire: path to answer. */
export type Wire = (path: string, limits: SendLimits) => Promise<Answer>;

export function json(body: unknown, status = 200): Answer {
  return { status, media_type: "application/json", body: Buffer.from(JSON.stringify(body)) };
}

/** What the store says to a path: the same for the wire in memory and for the HTTP fake. */
export function answered(store: FakeStore, path: string): Answer {
  const [operation, mount = "", rest = ""] = path.split("/").filter((part) => part !== "");
  const names = store.mounts[mount];
  if (operation === "whoami")
    return json({ display_name: "collector", token: "hvs." + "thisIsTheCollectorsOwnToken1" });
  if (operation === "mounts") return json({ mounts: Object.keys(store.mounts) });
  if (names === undefined) return json({ errors: ["no such mount"] }, 404);
  if (operation === "list") {
    const start = Number(rest);
    const end = start + store.pageSize;
    return json({ keys: names.slice(start, end), ...(end < names.length ? { next: end } : {}) });
  }
  return json({ name: rest, created_time: "2026-01-05T08:00:00.000Z", note: "rotated by hand" });
}

export function inMemory(store: FakeStore): Wire {
  return (path) => Promise.resolve(usable(answered(store, path)));
}

export function usable(answer: Answer): Answer {
  if (answer.status === 200) return answer;
  if (answer.status === 403) throw new CallFailure("denied", "expected 200, got 403", { answer });
  throw new CallFailure("unavailable", `expected 200, got ${answer.status}`, { answer });
}

export interface FakeSettings {
  readonly address: string;
}

/** Ids as real connectors make them: `<source>/<mount>/<name>`. */
export function fakeConnector(
  wire: Wire,
  change: Partial<Connector<FakeSettings>> = {},
): Connector<FakeSettings> {
  return {
    id: "fake",
    revision: 1,
    settings: {} as Connector<FakeSettings>["settings"],
    selection: () => ({}),
    permissions: [],
    yields: ["mount", "secret", "secret_metadata"],
    collect: (_settings, context, io) => asked(wire, context, io),
    normalise: told,
    ...change,
  };
}

async function* asked(
  wire: Wire,
  { source }: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<RawRecord | Gap> {
  const call = async (call: Omit<Call, "scope" | "params">, path: string): Promise<RawRecord | Gap> =>
    await io.call({ scope: source, params: { path }, ...call }, async (limits) => await wire(path, limits));
  const everything = ["mount", "secret", "secret_metadata"] as const;

  const whoami = await call(
    { operation: "whoami", hides: everything, redact: ["/token"], fresh: true },
    "/whoami",
  );
  yield whoami;
  if (isGap(whoami)) return;
  io.identify((bodyOf(whoami) as { display_name: string }).display_name);

  const mounts = await call({ operation: "mounts", hides: everything }, "/mounts");
  yield mounts;
  if (isGap(mounts)) return;
  const results = await io.each((bodyOf(mounts) as { mounts: string[] }).mounts, async (mount) => {
    const found: (RawRecord | Gap)[] = [];
    const names: string[] = [];
    const below = { hides: ["secret", "secret_metadata"] as const, resource: `${source}/${mount}/` };
    for (let next: number | undefined = 0; next !== undefined;) {
      const page: RawRecord | Gap = await call({ operation: "list", ...below }, `/list/${mount}/${next}`);
      found.push(page);
      if (isGap(page)) break;
      const { keys, next: further } = bodyOf(page) as { keys: string[]; next?: number };
      names.push(...keys);
      next = further;
    }
    const details = await io.each(
      names,
      async (name) =>
        await call(
          { operation: "read", hides: ["secret_metadata"], resource: `${source}/${mount}/${name}` },
          `/read/${mount}/${name}`,
        ),
    );
    return [...found, ...details];
  });
  yield* results.flat();
}

export function bodyOf(record: RawRecord): unknown {
  return JSON.parse(recordBytes(record).toString("utf8"));
}

function told(record: RawRecord): (Fact | Gap)[] {
  const { store_id, scope, operation } = record;
  const path = String(record.params["path"]).split("/");
  const common = { store_id, scope, record: recordDigest(record) };
  if (operation === "mounts") {
    const { mounts } = bodyOf(record) as { mounts: string[] };
    return mounts.map((mount) => ({
      kind: "mount",
      id: `${store_id}/${mount}/`,
      ...common,
      path: mount,
      engine: "kv",
    }));
  }
  const mount = path[2] ?? "";
  if (operation === "list") {
    const { keys } = bodyOf(record) as { keys: string[] };
    return keys.map((name) => ({
      kind: "secret",
      id: `${store_id}/${mount}/${name}`,
      ...common,
      mount,
      name,
      secret_type: "kv",
    }));
  }
  if (operation !== "read") return [];
  const { name, created_time } = bodyOf(record) as { name: string; created_time: string };
  return [
    {
      kind: "secret_metadata",
      id: `${store_id}/${mount}/${name}`,
      ...common,
      mount,
      name,
      created_at: created_time,
      updated_at: created_time,
      current_version: 1,
      version_count: 1,
      deleted_version_count: 0,
      destroyed_version_count: 0,
      labels: {},
    },
  ];
}
