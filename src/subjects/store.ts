import { compareStrings, sortedBy } from "../base/index.ts";
import type { Fact, FactKind, FactOf } from "../facts/index.ts";
import { completeSinks } from "./audit-device.ts";
import { cloudOf } from "./cloud-store.ts";
import { common, present, type StoreIndex } from "./context.ts";
import type { WatchedContext } from "./detections.ts";
import { ownRecordsOf } from "./own-records.ts";
import { distinctPlaces } from "./pasted-places.ts";
import { OWN_RECORDS } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";
import { settingsOf } from "./store-settings.ts";

/** Most mounts and methods that a store's document shows; the counts are over all. */
const MAX_LISTED = 32;

/** Most nodes, and most addresses of theirs, that a store's document names. */
const MAX_NODES = 32;

/** Most pasted credentials whose places are named, and how much of each pointer; the count is over all. */
const MAX_NAMED_CREDENTIALS = 8;
const MAX_POINTER_CHARS = 256;

/** Auth methods of HashiCorp's products in which the store itself keeps, or forwards, a person's password. */
const PASSWORD_METHODS: ReadonlySet<string> = new Set(["userpass", "ldap", "okta", "radius"]);

/** Mounts and methods that callers see before they have logged in. */
const VISIBLE = "unauth";

/** Every store that was asked, whether it answered or not. In id order. */
export function* storeSubjects(context: WatchedContext): Generator<SubjectOf<"store">> {
  for (const store of context.stores.values()) yield storeSubject(context, store);
}

function storeSubject(context: WatchedContext, index: StoreIndex): SubjectOf<"store"> {
  const here = <K extends FactKind>(kind: K): readonly FactOf<K>[] => context.inPlace(kind, index.place);
  const { fact } = index;
  const [config] = here("store_config");
  const [cors] = here("cors");
  const availability = here("availability");
  const sinks = here("sink");
  const cloud = cloudOf(context, index);
  // What belongs to many stores, such as an account's users, is told of once, with the first of them.
  const pasted = distinctPlaces(
    index.speaksFor.flatMap((place) => context.inPlace("pasted_credential", place)),
  ).sort((a, b) => compareStrings(a.resource, b.resource) || compareStrings(a.pointer, b.pointer));
  const named = pasted.slice(0, MAX_NAMED_CREDENTIALS);
  const own = [...OWN_RECORDS, "log_span" as const].flatMap((kind): readonly Fact[] => here(kind));
  const settings = settingsOf(here);
  const detections = context.detections.ofStore(index);
  const listed = [...named, ...availability, ...sinks, ...own, ...settings.facts, ...cloud.facts];
  const known = [fact, config, cors, ...here("node_config"), ...listed].filter((item) => item !== undefined);
  return {
    ...common(context, {
      kind: "store",
      id: index.id,
      store_id: index.store_id,
      name: fact?.cluster_name ?? index.id,
      labels: {},
      traits: [
        ...(detections === undefined ? [] : (["events_logged"] as const)),
        ...(index.cloud ? (["in_cloud"] as const) : []),
      ],
      unread: fact === undefined ? ["name"] : [],
      records: known.map(({ record }) => record),
      gaps: context.gaps.ofStore(index.place, cloud.reached),
    }),
    absent_features: index.projection.absent_features,
    own_records: index.projection.own_records,
    ...present(fact === undefined ? {} : sealOf(fact)),
    ...present({
      storage_type: fact?.storage_type ?? config?.storage_type,
      // Leader, nodes and members come by separate answers: any that says yes is one, and the longest list counts.
      ha_enabled: availability.length === 0 ? undefined : availability.some(({ ha_enabled }) => ha_enabled),
      node_count: largest(availability.flatMap(({ nodes }) => (nodes === undefined ? [] : distinct(nodes)))),
      ui_enabled: config?.ui_enabled,
      raw_storage_enabled: config?.raw_storage_enabled,
      raw_storage_nodes: openByFile(here("node_config")),
      cors: cors === undefined ? undefined : { enabled: cors.enabled, allowed_origins: cors.allowed_origins },
      default_ttl_s: index.defaultTtlS,
      max_ttl_s: index.maxTtlS,
      response_ms: here("health")[0]?.response_ms,
    }),
    ...ownRecordsOf(context, here),
    ...present({ ingested_log: context.usage.ofStore(index.place), detections }),
    ...advertised(availability),
    ...listeners(here("endpoint")),
    ...authentication(here("auth_method"), here("login_mfa"), here("mount")),
    ...settings.shown,
    sinks: sinks.map(({ path, sink_type, raw_values_logged, local }) => ({
      path,
      sink_type,
      ...present({ raw_values_logged, local }),
    })),
    sink_count: completeSinks(sinks),
    ...cloud.shown,
    root_token_count: here("token").filter(({ root }) => root).length,
    token_count: here("token").length,
    quota_count: here("quota").length,
    secret_count: here("secret").length,
    key_count: here("key").length,
    certificate_count: here("certificate").length,
    pasted_credential_count: pasted.length,
    pasted_credentials: named.map(pastedOf),
  };
}

function pastedOf({ resource, operation, pointer, rule }: FactOf<"pasted_credential">) {
  return { resource, operation, pointer: pointer.slice(0, MAX_POINTER_CHARS).toWellFormed(), rule };
}

/** How many nodes a list names: one that stands there twice is one. */
function distinct(nodes: NonNullable<FactOf<"availability">["nodes"]>): number {
  return new Set(nodes.map(({ name, address }) => JSON.stringify([name, address]))).size;
}

/** Nodes whose files open the raw storage; undefined where no file is read. */
function openByFile(files: readonly FactOf<"node_config">[]): string[] | undefined {
  if (files.length === 0) return undefined;
  return files
    .filter((file) => file.raw_storage_enabled)
    .map(({ node }) => node)
    .slice(0, MAX_NODES);
}

/** Addresses with a scheme, each once; `http:` sorts before `https:`, so that a long list is not cut there. */
function advertised(
  availability: readonly FactOf<"availability">[],
): Pick<SubjectOf<"store">, "advertised_addresses"> {
  const byAddress = new Map<string, { node?: string; address: string }>();
  for (const { nodes = [] } of availability)
    for (const { name, address = "" } of nodes)
      if (/^https?:\/\//i.test(address)) byAddress.set(address, { node: name, address });
  for (const { leader_address: address } of availability)
    if (address !== undefined && !byAddress.has(address)) byAddress.set(address, { address });
  const found = sortedBy(byAddress.values(), ({ address }) => address).slice(0, MAX_NODES);
  return found.length === 0 ? {} : { advertised_addresses: found };
}

function largest(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function sealOf(fact: FactOf<"store">) {
  const { product, version, initialized, sealed, auto_unseal, seal_type, key_shares, key_threshold } = fact;
  return { product, version, initialized, sealed, auto_unseal, seal_type, key_shares, key_threshold };
}

function listeners(endpoints: readonly FactOf<"endpoint">[]): Pick<SubjectOf<"store">, "endpoints"> {
  if (endpoints.length === 0) return {};
  return {
    endpoints: endpoints.map(({ listener_type, address, tls, tls_min_version, unauthenticated_metrics }) => ({
      listener_type,
      ...present({ address, tls, tls_min_version, unauthenticated_metrics }),
    })),
  };
}

function authentication(
  methods: readonly FactOf<"auth_method">[],
  enforcements: readonly FactOf<"login_mfa">[],
  mounts: readonly FactOf<"mount">[],
) {
  const withMfa = ({ accessor, method, scope }: FactOf<"auth_method">): boolean =>
    enforcements.some(
      (one) =>
        // An enforcement holds in its namespace and in those below it (`buildMFAEnforcementConfigList`).
        `${scope}/`.startsWith(`${one.scope}/`) &&
        (one.auth_method_types.includes(method) ||
          (accessor !== undefined && one.auth_method_accessors.includes(accessor))),
    );
  const passwords = methods.filter(({ method }) => PASSWORD_METHODS.has(method));
  return {
    login_mfa_count: enforcements.length,
    password_auth_methods: passwords.map(({ path }) => path),
    password_auth_methods_without_mfa: passwords.filter((method) => !withMfa(method)).map(({ path }) => path),
    unauthenticated_listing_count: [...methods, ...mounts].filter((at) => at.listing_visibility === VISIBLE)
      .length,
    auth_methods: methods.slice(0, MAX_LISTED).map(({ path, method, listing_visibility, max_ttl_s }) => ({
      path,
      method,
      ...present({ listing_visibility, max_ttl_s }),
    })),
    mounts: mounts
      .slice(0, MAX_LISTED)
      .map(({ path, engine, engine_version, listing_visibility, max_ttl_s }) => ({
        path,
        engine,
        ...present({ engine_version, listing_visibility, max_ttl_s }),
      })),
  };
}
