import type { FactOf } from "../facts/index.ts";
import { sinkState } from "./cloud-store.ts";
import { common, present, type SubjectContext } from "./context.ts";
import { bucketOutsiders, type Inside } from "./bucket-outsiders.ts";
import { opennessOf } from "./openness.ts";
import type { SubjectOf } from "./schema.ts";

type Sink = SubjectOf<"sink">;

const DAY_S = 86_400;

/** Every audit sink. In id order. */
export function* sinkSubjects(context: SubjectContext): Generator<Sink> {
  const buckets = new Buckets(context);
  const statuses = new Map(context.facts.of("sink_status").map((fact) => [fact.sink, fact]));
  const selections = new Map(context.facts.of("sink_selection").map((fact) => [fact.sink, fact]));
  for (const sink of context.facts.of("sink")) {
    const { path, sink_type, raw_values_logged, local, destination } = sink;
    const cloud = sink.validation !== undefined || sink.every_region !== undefined;
    const status = statuses.get(sink.id);
    const selection = selections.get(sink.id);
    const bucket = cloud ? buckets.of(sink) : undefined;
    const place = context.placeOf(sink);
    const inClear = cloud ? [] : loggedInClear(context, place);
    const facts = [sink, status, selection, ...(bucket?.facts ?? []), ...inClear].filter(
      (fact) => fact !== undefined,
    );
    yield {
      ...common(context, {
        ...sink,
        kind: "sink",
        name: path,
        labels: {},
        traits: cloud ? [...(bucket === undefined ? [] : (["in_bucket"] as const)), "in_cloud"] : [],
        records: facts.map(({ record }) => record),
        gaps: context.gaps.ofAll(place, [sink.id, ...(bucket?.ids ?? [])], cloud ? [] : TUNED),
      }),
      path,
      sink_type,
      ...present({ raw_values_logged, local, destination }),
      ...(cloud ? {} : { logged_in_clear: inClear.map(unhashed) }),
      ...sinkState(status, selection),
      ...present({
        every_region: sink.every_region,
        every_account: sink.every_account,
        validation: sink.validation,
        encryption_key: sink.encryption_key,
        bucket: bucket?.shown,
      }),
      ...deliveryOf(context, status),
    };
  }
}

/** Kinds whose settings decide what a store's own sinks hash, wherever in the store they are. */
const TUNED = ["auth_method", "mount"] as const;

function loggedInClear({ facts, placeOf }: SubjectContext, place: string) {
  return TUNED.flatMap((kind) => [...facts.of(kind)])
    .filter(({ unhashed_keys = [] }) => unhashed_keys.length > 0)
    .filter((fact) => placeOf(fact) === place);
}

/** Its path as from the root namespace. */
function unhashed({ id, store_id, unhashed_keys = [] }: FactOf<"mount"> | FactOf<"auth_method">) {
  return { path: id.slice(store_id.length + 1), unhashed_keys: [...unhashed_keys] };
}

function deliveryOf({ ageDays }: SubjectContext, status: FactOf<"sink_status"> | undefined) {
  if (status === undefined) return {};
  const { stopped_at, delivered_at, delivery_error, digest_delivered_at, digest_delivery_error } = status;
  return present({
    stopped_age_days: ageDays(stopped_at),
    delivered_age_days: ageDays(delivered_at),
    delivery_error: delivery_error === "" ? undefined : delivery_error,
    digest_delivered_age_days: ageDays(digest_delivered_at),
    digest_delivery_error: digest_delivery_error === "" ? undefined : digest_delivery_error,
  });
}

/** Joins what several questions told of a bucket. Names of buckets are unique in a partition of the cloud. */
class Buckets {
  readonly #context: SubjectContext;

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  of({ store_id, destination = "" }: FactOf<"sink">) {
    const { facts } = this.#context;
    if (destination === "") return undefined;
    const name = bucketName(destination);
    const ours = <T extends { store_id: string; bucket: string }>(list: readonly T[]): T | undefined =>
      list.find((fact) => fact.store_id === store_id && bucketName(fact.bucket) === name);
    const access = ours(facts.of("bucket_public_access"));
    const versioning = ours(facts.of("bucket_versioning"));
    const encryption = ours(facts.of("bucket_encryption"));
    const lock = ours(facts.of("bucket_lock"));
    const policy = facts
      .of("resource_policy")
      .find(
        (fact) =>
          fact.store_id === store_id && BUCKET.test(fact.resource) && bucketName(fact.resource) === name,
      );
    // Only the account that a bucket belongs to is told its policy: GetBucketPolicy, Amazon S3 API Reference.
    const ofAccount = facts.of("account_public_access").find(({ scope }) => scope === policy?.scope);
    const blocked = (what: Block): boolean | undefined => either(access?.[what], ofAccount?.[what]);
    return {
      ids: ["aws", "aws-us-gov", "aws-cn"].map((partition) => `${store_id}:arn:${partition}:s3:::${name}`),
      facts: [access, ofAccount, versioning, encryption, lock, policy].filter((fact) => fact !== undefined),
      shown: {
        name,
        ...present({
          ignore_public_acls: blocked("ignore_public_acls"),
          block_public_acls: blocked("block_public_acls"),
          block_public_policy: blocked("block_public_policy"),
          restrict_public_buckets: blocked("restrict_public_buckets"),
          policy: opennessOf(policy === undefined ? [] : [policy]),
          outsiders: this.#outsiders(policy),
          versioning: versioning?.enabled,
          mfa_delete: versioning?.mfa_delete,
          encryption_key: encryption?.key_id,
          locked: lock?.enabled,
          retention_days: lock?.retention_s === undefined ? undefined : lock.retention_s / DAY_S,
        }),
      },
    };
  }

  /** Where accounts or the organisation could not be read, whoever is named may be inside. */
  #outsiders(policy: FactOf<"resource_policy"> | undefined): string[] | undefined {
    if (policy === undefined) return undefined;
    const { store_id, text } = policy;
    if (text === undefined) return [];
    const found = bucketOutsiders(text, insideOf(this.#context, store_id));
    const isKnown = found?.length === 0 || !this.#context.gaps.hides(store_id, ["account", "organization"]);
    return found === undefined || !isKnown ? undefined : [...found];
  }
}

type Block = "block_public_acls" | "block_public_policy" | "ignore_public_acls" | "restrict_public_buckets";

/** What the bucket or its whole account blocks is blocked; that neither does is known of both alone. */
function either(own: boolean | undefined, ofAccount: boolean | undefined): boolean | undefined {
  if (own === true || ofAccount === true) return true;
  return own === undefined || ofAccount === undefined ? undefined : false;
}

/** Accounts that are known to be its own, and their organisation. */
function insideOf({ facts }: SubjectContext, storeId: string): Inside {
  const here = <T extends { readonly store_id: string }>(all: readonly T[]): T[] =>
    all.filter(({ store_id }) => store_id === storeId);
  const accounts = here(facts.of("account")).map(({ account_id }) => account_id);
  const stores = here(facts.of("store")).flatMap(({ account }) => account ?? []);
  return {
    accounts: new Set([...accounts, ...stores]),
    organizations: new Set(here(facts.of("organization")).map(({ organization_id }) => organization_id)),
  };
}

const BUCKET = /:s3:::[^/]+$/;

/** From a bucket's name, its ARN or the id of a fact about it. */
function bucketName(text: string): string {
  const name = text.slice(text.lastIndexOf(":") + 1);
  const end = name.indexOf("/");
  return end === -1 ? name : name.slice(0, end);
}
