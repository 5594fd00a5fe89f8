import { SERVER_KINDS, type Fact, type Gap } from "../../../facts/index.ts";
import {
  count,
  flag,
  isObject,
  nonEmptyText,
  nullableObject,
  number,
  objectAt,
  objectOf,
  objects,
  optionalFlag,
  optionalObject,
  optionalText,
  setSeconds,
  setText,
  someObjects,
  texts,
  type Json,
} from "../json.ts";
import {
  ACTIVE_NODE,
  EVERYTHING,
  STORE,
  ext,
  fact,
  gapIn,
  nameAsked,
  listedKeys,
  type Answered,
  type Family,
  type Operation,
} from "../operation.ts";
import { nodes } from "./nodes.ts";

/** Server-wide TTLs where the configuration sets none. Source: `default_lease_ttl`, `max_lease_ttl` in Vault's documentation. */
const DEFAULT_LEASE_TTL_S = 768 * 3600;

/** TLS 1.2 is what a listener asks for where `tls_min_version` is not set (Vault's TCP listener documentation). */
const DEFAULT_TLS_MIN_VERSION = "tls12";

/** Health codes that come with the usual body. Source: `/sys/health` of Vault's API documentation. */
const HEALTH_STATUSES = [429, 472, 473, 474, 501, 503, 530];

function health(answered: Answered): Fact[] {
  const { body, record } = answered;
  const modes = ["performance", "dr"].flatMap((kind) => {
    const mode = setText(body, `replication_${kind}_mode`);
    return mode === undefined ? [] : [`${kind}=${mode}`];
  });
  return [
    fact(answered, "health", "sys/health", {
      checked_at: record.requested_at,
      response_ms: record.elapsed_ms,
      status_code: record.status,
      standby: flag(body, "standby"),
      replication: modes.length === 0 ? undefined : modes.join(","),
      // Newer Vault alone measures it.
      clock_skew_ms: body["clock_skew_ms"] === undefined ? undefined : number(body, "clock_skew_ms"),
    }),
  ];
}

function store(answered: Answered): Fact[] {
  const { body, params, record } = answered;
  const sealType = nonEmptyText(body, "type");
  return [
    {
      ...fact(answered, "store", "", {
        product: productOf(body, params["product"]),
        version: nonEmptyText(body, "version"),
        initialized: flag(body, "initialized"),
        sealed: flag(body, "sealed"),
        auto_unseal: sealType !== "shamir",
        seal_type: sealType,
        key_shares: count(body, "n"),
        key_threshold: count(body, "t"),
        // A sealed server leaves these out.
        storage_type: optionalText(body, "storage_type"),
        cluster_name: optionalText(body, "cluster_name"),
        cluster_id: optionalText(body, "cluster_id"),
        ext: ext({
          enterprise: params["enterprise"] === undefined ? undefined : params["enterprise"] === "true",
          // One of the two dates, by product.
          build_date: optionalText(body, "build_date"),
          commit_date: optionalText(body, "commit_date"),
          recovery_seal: flag(body, "recovery_seal"),
          recovery_seal_type: optionalText(body, "recovery_seal_type"),
          migration: flag(body, "migration"),
        }),
      }),
      id: record.store_id,
    },
  ];
}

/** Told by comparison with another answer, so no fact; but an answer by which nothing can be compared is none. */
function identity({ body }: Answered): Fact[] {
  if (!flag(body, "sealed")) nonEmptyText(body, "cluster_id");
  return [];
}

/** Only OpenBao writes `commit_date` here; else what `sys/health` told, which the question carries; else the version. */
function productOf(body: Json, told: string | undefined): string {
  if (optionalText(body, "commit_date") !== undefined) return "openbao";
  return told ?? (/^[01]\./.test(nonEmptyText(body, "version")) ? "vault" : "unknown");
}

function configuration(answered: Answered): (Fact | Gap)[] {
  const { data } = answered;
  return [
    ...endpoints(answered, "sys/"),
    fact(answered, "store_config", "sys/config/state/sanitized", {
      default_ttl_s: setSeconds(data, "default_lease_ttl") ?? DEFAULT_LEASE_TTL_S,
      max_ttl_s: setSeconds(data, "max_lease_ttl") ?? DEFAULT_LEASE_TTL_S,
      ui_enabled: flag(data, "enable_ui"),
      raw_storage_enabled: flag(data, "raw_storage_endpoint"),
      // OpenBao locks no memory and has no such setting.
      mlock_disabled: optionalFlag(data, "disable_mlock"),
      cache_disabled: flag(data, "disable_cache"),
      storage_type: nonEmptyText(objectAt(data, "storage"), "type"),
      // Written where the configuration names a seal.
      seal_types:
        data["seals"] === undefined
          ? undefined
          : objects(data, "seals").map((seal) => nonEmptyText(seal, "type")),
      log_level: setText(data, "log_level"),
      // Written where there is any.
      telemetry_configured: optionalObject(data, "telemetry") !== undefined,
    }),
  ];
}

/** What a file says that is said to be a node's: the server vouches for none of it. */
function nodeFile(answered: Answered): (Fact | Gap)[] {
  const node = nameAsked(answered, "node");
  const below = `sys/node/${node}/`;
  return [...endpoints(answered, below), nodeConfig(answered, node, `${below}config`)];
}

/** Before revision 8 the setting was not read from the file: then it is not known, rather than off. */
function nodeConfig(answered: Answered, node: string, path: string): Fact | Gap {
  const { raw_storage_endpoint: setting } = answered.data;
  const on = switchedOn(setting);
  if (on || switchedOff(setting))
    return fact(answered, "node_config", path, { node, raw_storage_enabled: on });
  return gapIn(answered, {
    resource: path,
    hides: ["node_config"],
    reason: "malformed",
    detail: "expected raw_storage_endpoint to be on or off, got neither",
    fix: `Set raw_storage_endpoint of ${node} to true or false, then collect again.`,
  });
}

function endpoints(answered: Answered, below: string): (Fact | Gap)[] {
  return someObjects(answered.data, "listeners").map((listener, index) =>
    endpoint(answered, listener, `${below}listener/${index}`),
  );
}

/** A listener's settings are those of its file: what is not written there has the default of the documentation. */
function endpoint(answered: Answered, listener: Json, path: string): Fact | Gap {
  const config = objectAt(listener, "config");
  const type = nonEmptyText(listener, "type");
  const tls = type === "tcp" ? !switchedOn(config["tls_disable"]) : undefined;
  // TLS is on where nothing is said of it, but never without a certificate (OpenBao may have it made by ACME).
  if (tls === true && !Object.keys(config).some((key) => /^tls_(cert_file$|acme_)/.test(key))) {
    return gapIn(answered, {
      resource: path,
      hides: ["endpoint"],
      reason: "malformed",
      detail: "expected a listener to name its certificate or to switch TLS off, got neither",
    });
  }
  return fact(answered, "endpoint", path, {
    address: optionalText(config, "address"),
    listener_type: type,
    tls,
    tls_min_version:
      tls === true ? (optionalText(config, "tls_min_version") ?? DEFAULT_TLS_MIN_VERSION) : undefined,
    tls_client_auth: tls === true ? clientAuth(config) : undefined,
    unauthenticated_metrics: blocks(config["telemetry"]).some((block) =>
      switchedOn(block["unauthenticated_metrics_access"]),
    ),
  });
}

function clientAuth(config: Json): string {
  if (switchedOn(config["tls_require_and_verify_client_cert"])) return "require_and_verify";
  return switchedOn(config["tls_disable_client_certs"]) ? "disabled" : "request";
}

/** Listener settings stand as the file wrote them: booleans, numbers, of which the server takes all but 0 for on, or strings. */
function switchedOn(value: unknown): boolean {
  if (typeof value === "number") return value !== 0;
  return value === true || (typeof value === "string" && /^(true|t|1)$/i.test(value));
}

/** Written as off, in one of the server's words for it: what is none of them, such as a duration, is not off either. */
function switchedOff(value: unknown): boolean {
  return value === false || value === 0 || (typeof value === "string" && /^(false|f|0)?$/i.test(value));
}

/** An HCL block comes as an object or as a list of them. */
function blocks(value: unknown): Json[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isObject);
}

function sinkPath(device: string): string {
  return `sys/audit/${device.replace(/\/$/, "")}`;
}

/** A server without an audit device answers with an empty table. */
function sinks(answered: Answered): Fact[] {
  return Object.entries(answered.data).map(([path, value]) => {
    const device = objectOf(value, path);
    const options = nullableObject(device, "options");
    const type = nonEmptyText(device, "type");
    return fact(answered, "sink", sinkPath(path), {
      path,
      sink_type: type,
      local: flag(device, "local"),
      // Off where it is not written.
      raw_values_logged: switchedOn(options["log_raw"]),
      destination: destinationOf(type, options),
      options: Object.fromEntries(Object.entries(options).map(([key, option]) => [key, asText(option)])),
    });
  });
}

/** Where an audit device writes. A file and a socket cannot be without; syslog needs none. */
function destinationOf(type: string, options: Json): string | undefined {
  if (type === "file")
    return nonEmptyText(options, options["file_path"] === undefined ? "path" : "file_path");
  return type === "socket" ? nonEmptyText(options, "address") : undefined;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `sys/metrics` answers without `data`. Only the active node keeps the gauge; Vault gives no other total without sudo. */
function leaseGauge(answered: Answered): (Fact | Gap)[] {
  const gauge = objects(answered.body, "Gauges").find((item) => item["Name"] === "vault.expire.num_leases");
  if (gauge !== undefined)
    return [fact(answered, "lease_count", "sys/metrics", { lease_count: count(gauge, "Value") })];
  return [
    gapIn(answered, {
      resource: "sys/metrics",
      hides: ["lease_count"],
      reason: "unsupported",
      detail: "the node that answered does not keep the number of leases",
      fix: ACTIVE_NODE,
    }),
  ];
}

const operations: readonly Operation[] = [
  {
    id: "server.health",
    title: "Health, product and response time",
    method: "GET",
    path: "sys/health",
    needs: [],
    hides: ["health"],
    resource: "sys/health",
    rootOnly: true,
    absent: "gone",
    bare: true,
    answers: HEALTH_STATUSES,
    facts: health,
  },
  {
    id: "server.seal_status",
    title: "Version, seal and key shares",
    method: "GET",
    path: "sys/seal-status",
    needs: [],
    hides: ["store"],
    resource: STORE,
    rootOnly: true,
    absent: "gone",
    bare: true,
    facts: store,
  },
  {
    id: "server.identity",
    title: "Whether the same cluster answers still",
    method: "GET",
    path: "sys/seal-status",
    needs: [],
    // What was read of two clusters is nothing of either.
    hides: SERVER_KINDS,
    resource: EVERYTHING,
    rootOnly: true,
    absent: "gone",
    bare: true,
    fresh: true,
    facts: identity,
  },
  ...nodes,
  {
    id: "server.config",
    title: "Server configuration and listeners, without secrets",
    method: "GET",
    path: "sys/config/state/sanitized",
    needs: ["read"],
    hides: ["endpoint", "store_config"],
    resource: "sys/",
    rootOnly: true,
    absent: "gone",
    // Join settings stand there unsanitised and may hold a client key or a cloud credential.
    redact: ["/data/storage/raft/retry_join", "/data/ha_storage/raft/retry_join"],
    unread: ["/data/telemetry/*"],
    facts: configuration,
  },
  {
    id: "server.node_file",
    title: "Listeners and raw storage of a node, by its file",
    method: "FILE",
    path: "node_config_files.{name}",
    needs: [],
    hides: ["endpoint", "node_config"],
    resource: "sys/node/{name}/",
    rootOnly: true,
    absent: "gone",
    facts: nodeFile,
  },
  {
    id: "server.cors",
    title: "CORS",
    method: "GET",
    path: "sys/config/cors",
    needs: ["read", "sudo"],
    hides: ["cors"],
    resource: "sys/config/cors",
    rootOnly: true,
    absent: "gone",
    facts: (answered) => [
      fact(answered, "cors", "sys/config/cors", {
        enabled: flag(answered.data, "enabled"),
        // Written where CORS is on.
        allowed_origins: flag(answered.data, "enabled") ? texts(answered.data, "allowed_origins") : [],
      }),
    ],
  },
  {
    id: "server.ui_headers",
    title: "Names of the web interface's own headers",
    method: "LIST",
    path: "sys/config/ui/headers",
    needs: ["list", "sudo"],
    hides: ["ui_headers"],
    resource: "sys/config/ui/headers",
    rootOnly: true,
    absent: "nothing",
    facts: (answered) => [
      fact(answered, "ui_headers", "sys/config/ui/headers", { names: listedKeys(answered) }),
    ],
  },
  {
    id: "server.audit",
    title: "Audit devices",
    method: "GET",
    path: "sys/audit",
    needs: ["read", "sudo"],
    hides: ["sink"],
    resource: "sys/audit/",
    rootOnly: true,
    absent: "gone",
    unread: ["/data/*/description"],
    entries: { at: "/data", resource: sinkPath },
    facts: sinks,
  },
  {
    id: "server.irrevocable_leases",
    title: "Leases that could not be revoked",
    method: "GET",
    path: "sys/leases/count",
    query: "type=irrevocable&include_child_namespaces=true",
    needs: ["read"],
    hides: ["lease_count"],
    resource: "sys/leases/count",
    rootOnly: true,
    absent: "gone",
    facts: (answered) => [
      fact(answered, "lease_count", "sys/leases/count", {
        irrevocable_count: count(answered.data, "lease_count"),
      }),
    ],
  },
  {
    id: "server.metrics",
    title: "Number of leases",
    method: "GET",
    path: "sys/metrics",
    needs: ["read"],
    hides: ["lease_count"],
    resource: "sys/metrics",
    rootOnly: true,
    absent: "gone",
    bare: true,
    facts: leaseGauge,
  },
];

/** Asked before the login, at the end, or by what another answer says. */
const LED_TO = new Set([
  "server.health",
  "server.seal_status",
  "server.identity",
  "server.ha_status",
  "server.node_file",
  "server.raft",
]);

/** What the server says of itself. */
export const server: Family = {
  id: "server",
  operations,
  roots: operations.map(({ id }) => id).filter((id) => !LED_TO.has(id)),
};
