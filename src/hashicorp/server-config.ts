import type { Json } from "../base/index.ts";
import { parseItems } from "./items.ts";
import { malformed, under, type Block, type Item, type Node } from "./tree.ts";

/** Settings of a listener that are kept; certificates and keys by whether they are named. */
const KEPT = [
  "address",
  "tls_acme_domains",
  "tls_cert_file",
  "tls_disable",
  "tls_disable_client_certs",
  "tls_min_version",
  "tls_require_and_verify_client_cert",
];

/** Of a listener's block `telemetry`. */
const KEPT_OF_TELEMETRY = ["unauthenticated_metrics_access"];

/** Lets `sys/raw` be asked for; off where it is not written. */
const RAW_STORAGE = "raw_storage_endpoint";

/** What is kept of a server's configuration file. */
export interface NodeSettings {
  readonly listeners: readonly Json[];
  /** As it is written. */
  readonly [RAW_STORAGE]: unknown;
}

/**
 * What each node has of its own in a server's configuration file, in HCL 1 or its JSON form, shaped as
 * `sys/config/state/sanitized` tells it. Nothing else of the file is kept: it may hold credentials of seals and storages. E_HCL.
 */
export function nodeSettingsOf(name: string, text: string): NodeSettings {
  const items = parseItems(name, text, { uniqueKeys: false });
  const found = under(items, "listener").flatMap((item) => labelled(item));
  if (found.length === 0) {
    throw malformed(
      name,
      { line: 1, column: 1 },
      "expected a server's configuration, got one without a listener",
    );
  }
  return {
    listeners: found.map(({ type, block }) => ({ type, config: listenerConfig(block) })),
    [RAW_STORAGE]: settingsIn(items, [RAW_STORAGE])[RAW_STORAGE] ?? false,
  };
}

/** `listener "tcp" { … }`, `listener { tcp = { … } }`, and lists of either, as JSON has them. */
function labelled({ keys, value, at }: Item): { type: string; block: Block }[] {
  const [label] = keys;
  if (typeof label === "string") return blocksIn(value).map((block) => ({ type: label, block }));
  return blocksIn(value)
    .flatMap(({ items }) => items)
    .flatMap((inner) => (inner.keys.length === 0 ? [] : labelled({ ...inner, at })));
}

function blocksIn(value: Node): Block[] {
  if (value.kind === "block") return [value];
  return value.kind === "list" ? value.items.flatMap(blocksIn) : [];
}

function listenerConfig({ items }: Block): Json {
  const telemetry = under(items, "telemetry")
    .flatMap(({ value }) => blocksIn(value))
    .map((block) => settingsIn(block.items, KEPT_OF_TELEMETRY));
  return { ...settingsIn(items, KEPT), ...(telemetry.length === 0 ? {} : { telemetry }) };
}

/** The last of several stands, as in the server. */
function settingsIn(items: readonly Item[], names: readonly string[]): Json {
  const entries = names.flatMap((name) => {
    const value = under(items, name).at(-1)?.value;
    return value === undefined ? [] : [[name, plain(value)] as const];
  });
  return Object.fromEntries(entries);
}

function plain(value: Node): unknown {
  if (value.kind !== "literal" || typeof value.text !== "string") return "set";
  if (value.type === "bool") return value.text === "true";
  return value.type === "string" ? value.text : Number(value.text);
}
