import { compareStrings, sortedBy } from "../base/index.ts";
import type { Fact, FactOf } from "../facts/index.ts";
import { present, type StoreIndex, type SubjectContext } from "./context.ts";
import { openness } from "./openness.ts";
import type { SubjectOf } from "./schema.ts";

type Store = SubjectOf<"store">;
type Shown = Partial<Store> & Pick<Store, "network_count" | "network_endpoint_count">;

/** Most watches that a store's document names; the counts are over all. */
const MAX_NAMED = 16;

/** Most records of networks, endpoints and watches that a store's document names. */
const MAX_RECORDS = 24;

/** By the type of a secret, the service that it is read from. */
const SERVICES: Readonly<Record<string, string>> = { aws_parameter: "ssm", aws_secret: "secretsmanager" };

/** Services whose endpoints lead to secrets or to the keys that they are under. */
const ENDPOINT_SERVICES: ReadonlySet<string> = new Set(["kms", "kms-fips", "secretsmanager", "ssm"]);

/** What a rule or alarm about calls to the store, its keys or its log names. */
const ABOUT_SECRETS =
  /secretsmanager|aws\.ssm|\bssm\b|\bkms\b|cloudtrail|guardduty|security ?hub|getsecretvalue/i;

interface CloudStore {
  readonly shown: Shown;
  /** Ids of sinks that take the store's calls, wherever they are kept. */
  readonly reached: readonly string[];
  readonly facts: readonly Fact[];
}

const NOTHING: CloudStore = {
  shown: { network_count: 0, network_endpoint_count: 0 },
  reached: [],
  facts: [],
};

/** What is told of an account's Region beside its secrets: who logs its calls, how it is reached, who watches. */
export function cloudOf(context: SubjectContext, { place, cloud, fact }: StoreIndex): CloudStore {
  if (!cloud) return NOTHING;
  const sinks = sinksOf(context, place);
  const networks = context.inPlace("network", place);
  const endpoints = context
    .inPlace("network_endpoint", place)
    .filter(({ service }) => ENDPOINT_SERVICES.has(shortService(service)));
  const watches = context.inPlace("watch", place);
  const services = new Set(
    context.inPlace("secret", place).flatMap(({ secret_type }) => SERVICES[secret_type] ?? []),
  );
  return {
    shown: {
      ...present({ account: fact?.account, region: fact?.region }),
      services: [...services].sort(),
      ...networksOf(networks, endpoints),
      watches: watchesOf(watches),
      sinks: sinks.map(({ shown }) => shown),
      sink_count: sinks.filter(({ shown }) => shown.logging === true).length,
    },
    reached: sinks.map(({ id }) => id),
    facts: [
      ...sinks.flatMap(({ facts }) => facts),
      ...[...networks, ...endpoints, ...watches].slice(0, MAX_RECORDS),
    ],
  };
}

/** The sinks that a store's calls go to. What one takes and whether it is on is told by the sink, wherever it was asked. */
function sinksOf({ facts, inPlace }: SubjectContext, place: string) {
  const find = <T extends { readonly sink: string }>(list: readonly T[], id: string): T | undefined =>
    list.find(({ sink }) => sink === id);
  return inPlace("sink_reach", place).map((reach) => {
    const id = reach.sink;
    const sink = facts.of("sink").find((fact) => fact.id === id);
    const status = find(facts.of("sink_status"), id);
    const selection = find(facts.of("sink_selection"), id);
    return {
      id,
      facts: [reach, sink, status, selection].filter((fact) => fact !== undefined),
      shown: {
        path: sink?.path ?? reach.name,
        sink_type: sink?.sink_type ?? "kept elsewhere",
        ...sinkState(status, selection),
      },
    };
  });
}

/** Whether a sink is on and what it selects, as far as either could be read. */
export function sinkState(
  status: FactOf<"sink_status"> | undefined,
  selection: FactOf<"sink_selection"> | undefined,
) {
  return present({
    logging: status?.logging,
    management_reads: selection?.management_reads,
    management_writes: selection?.management_writes,
    excluded_sources: selection?.excluded_sources,
    narrowed: selection?.narrowed,
  });
}

function networksOf(
  networks: readonly FactOf<"network">[],
  endpoints: readonly FactOf<"network_endpoint">[],
): Shown {
  const own = networks.filter(({ default_network }) => !default_network);
  return {
    network_count: own.length,
    networks: sortedBy(
      own.map(({ id, name }) => ({
        network: name,
        services: [
          ...new Set(
            endpoints
              .filter(({ network, state }) => (network === id || network === name) && isUsable(state))
              .map(({ service }) => shortService(service)),
          ),
        ].sort(),
      })),
      ({ network }) => network,
    ),
    network_endpoint_count: endpoints.length,
    network_endpoints: endpoints.map(({ name, service, policy_text }) => ({
      endpoint: name,
      service: shortService(service),
      ...present({ policy: policy_text === undefined ? undefined : openness([policy_text], { all: true }) }),
    })),
  };
}

function isUsable(state: string): boolean {
  return state.toLowerCase() === "available";
}

/** `com.amazonaws.eu-central-1.secretsmanager` is the long name of `secretsmanager`. */
function shortService(service: string): string {
  return service.slice(service.lastIndexOf(".") + 1);
}

/**
 * Detectors count where they are on; rules and alarms where they tell somebody and name the store's services. An alarm on a
 * metric of somebody's own may be about the log of calls, and nobody can tell.
 */
function watchesOf(watches: readonly FactOf<"watch">[]): NonNullable<Store["watches"]> {
  const on = watches.filter(({ enabled, target_count }) => enabled && target_count !== 0);
  const isDetector = ({ watch_type }: FactOf<"watch">): boolean =>
    watch_type === "guardduty" || watch_type === "security_hub";
  const active = on.filter(
    (watch) =>
      isDetector(watch) ||
      (watch.target_count !== undefined && ABOUT_SECRETS.test(`${watch.name} ${watch.pattern ?? ""}`)),
  );
  const unclear = on.filter(
    (watch) => !active.includes(watch) && !(watch.pattern ?? "").startsWith("AWS/") && !isDetector(watch),
  );
  const names = active.map(({ watch_type, name }) => `${watch_type} ${name}`).sort(compareStrings);
  return {
    active_count: active.length,
    active: names.slice(0, MAX_NAMED),
    unclear_count: unclear.length,
  };
}
