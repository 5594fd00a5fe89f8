import type { Fact, FactOf, FactSet } from "../../src/facts/index.ts";

const DAY_MS = 86_400_000;

/**
 * Facts of an ingested audit log of a Vault: it covers 200 days without a hole, every second secret was read by one of the identities,
 * some in an old version, some long ago.
 */
export function logFacts(facts: FactSet, takenAt: string): Fact[] {
  const ago = (days: number): string => new Date(Date.parse(takenAt) - days * DAY_MS).toISOString();
  const secrets = facts.of("secret").filter(({ secret_type }) => secret_type === "kv");
  const entities = facts.of("principal");
  const [any] = secrets;
  if (any === undefined) return [];
  const { store_id } = any;
  const told = <T extends object>(id: string, own: T) => ({
    id: `${store_id}:${id}`,
    store_id,
    scope: store_id,
    record: any.record,
    ...own,
  });
  const current = new Map(
    facts.of("secret_metadata").map(({ id, current_version = 1 }) => [id, current_version]),
  );
  const span = told("#log", {
    kind: "log_span",
    from_at: ago(200),
    to_at: ago(1),
    event_count: 10_000,
    read_count: 5_000,
    unattributed_read_count: 0,
    unnamed_read_count: 0,
    holes: [],
    hole_count: 0,
    whole_from_at: ago(200),
  } as const);
  const usage = secrets
    .filter((_, index) => index % 2 === 0)
    .map(({ id, name }, index) => {
      const at = ago((index * 7) % 150);
      const version = Math.max(1, (current.get(id) ?? 1) - (index % 3 === 0 ? 1 : 0));
      const engine = id.slice(store_id.length + 1, id.length - name.length);
      return told(`usage#${index}`, {
        kind: "usage",
        principal_key: `entity:${entities[index % Math.max(1, entities.length)]?.native_id ?? "none"}`,
        secret_key: `${engine}data/${name}`,
        read_count: 4,
        denied_count: 0,
        first_read_at: ago(150),
        last_read_at: at,
        versions: [{ version: String(version), read_count: 4, last_read_at: at }],
        unlisted_version_count: 0,
        unversioned_read_count: 0,
        days: {},
      } as const);
    });
  return [span, ...usage, ...oddFacts(told, ago, { secrets, entities })] as unknown as Fact[];
}

const RULES = [
  "break_glass_used",
  "denied_burst",
  "denied_then_allowed",
  "new_network",
  "off_hours",
  "silent_log",
];

/** What detections found in it: something of every second identity, half of it reviewed; and of one that is gone, and of nobody. */
function oddFacts(
  told: (id: string, own: object) => object,
  ago: (days: number) => string,
  {
    secrets,
    entities,
  }: { readonly secrets: readonly FactOf<"secret">[]; readonly entities: readonly FactOf<"principal">[] },
): object[] {
  const names = entities.map(({ native_id }) => `entity:${native_id}`);
  const run = told("#detections", {
    kind: "detection_run",
    since_at: ago(92),
    until_at: ago(0),
    rules: RULES.map((rule) => ({ rule, found_count: 10 })),
  });
  const actors = names.map((principal_key, index) =>
    told(`actor#${index}`, {
      kind: "log_actor",
      principal_key,
      first_at: ago(150),
      last_at: ago(1),
      event_count: 40,
      read_day_count: 30,
      break_glass: false,
      workload: false,
      hours_declared: false,
    }),
  );
  const read = secrets[0];
  const secretKey = read === undefined ? "" : `${read.mount}data/${read.name}`;
  const findings = [...names.filter((_, index) => index % 2 === 0), "name:gone", undefined].flatMap(
    (who, index) =>
      RULES.filter((rule) => (rule === "silent_log") === (who === undefined)).map((rule) =>
        told(`detection/${rule}/${index}`, {
          kind: "detection",
          rule,
          severity: "high",
          detected_at: ago(12),
          first_at: ago(12),
          last_at: ago(12),
          event_count: 10,
          ...(who === undefined ? {} : { principal_key: who }),
          event_ids: [`e${index}`],
          ...(rule === "new_network" || rule === "off_hours"
            ? { secret_keys: [secretKey], secret_count: 1 }
            : {}),
          detail: `found by ${rule}`,
          ...(index % 4 === 1
            ? { review: { how: "acknowledged", by: "Ada", reason: "A drill", reviewed_at: ago(10) } }
            : {}),
        }),
      ),
  );
  return [run, ...actors, ...findings];
}
