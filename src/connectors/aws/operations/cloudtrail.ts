import type { Fact } from "../../../facts/index.ts";
import { Misshapen, flag, nonEmptyText, objects, optionalFlag, type Json } from "../../shape.ts";
import {
  ext,
  fact,
  mountOf,
  type Answered,
  type Ask,
  type Family,
  type Omission,
  type WalkContext,
} from "../operation.ts";
import { asksOf, instant, optionalInstant, optionalText, rowsOf, sameAsAsked } from "../rows.ts";
import { selectionOf } from "./cloudtrail-selectors.ts";
import { ABOUT_BUCKET, BUCKET_KINDS } from "./s3.ts";

/** States of an event data store, and whether it takes events. Source: GetEventDataStore, `Status`. */
const INGESTS: Readonly<Record<string, boolean>> = {
  CREATED: false,
  ENABLED: true,
  PENDING_DELETION: false,
  STARTING_INGESTION: false,
  STOPPED_INGESTION: false,
  STOPPING_INGESTION: false,
};

interface Trail {
  readonly arn: string;
  readonly name: string;
  /** Where the trail is kept, which another account or Region may name too. */
  readonly home: { readonly account: string; readonly region: string };
  readonly body: Json;
}

function trails(answered: Answered): Trail[] {
  return objects(answered.body, "trailList").map((body) => {
    const arn = nonEmptyText(body, "TrailARN");
    const region = nonEmptyText(body, "HomeRegion");
    const [, , service, where, account = ""] = arn.split(":");
    if (service !== "cloudtrail" || where !== region || !/^\d{12}$/.test(account))
      throw new Misshapen("TrailARN", "the ARN of a trail in its home Region", arn);
    return { arn, name: nonEmptyText(body, "Name"), home: { account, region }, body };
  });
}

function isHere({ account, region }: Answered, { home }: Trail): boolean {
  return home.account === account && home.region === region;
}

function reach(
  answered: Answered,
  arn: string,
  name: string,
  own: { region: boolean; account: boolean },
): Fact {
  const mount = mountOf(answered);
  return fact(answered, "sink_reach", `${mount}#reach/${arn}`, {
    mount,
    name,
    sink: `${answered.record.store_id}:${arn}`,
    every_region: own.region,
    every_account: own.account,
  });
}

function trailFacts(answered: Answered): Fact[] {
  return trails(answered).flatMap((trail) => {
    const { arn, name, body } = trail;
    const every = { region: flag(body, "IsMultiRegionTrail"), account: flag(body, "IsOrganizationTrail") };
    return [
      reach(answered, arn, name, every),
      ...(isHere(answered, trail) ? [sink(answered, trail, every)] : []),
    ];
  });
}

function sink(
  answered: Answered,
  { arn, name, body }: Trail,
  every: { region: boolean; account: boolean },
): Fact {
  const options = {
    global_service_events: String(flag(body, "IncludeGlobalServiceEvents")),
    prefix: optionalText(body, "S3KeyPrefix"),
    log_group: optionalText(body, "CloudWatchLogsLogGroupArn"),
    topic: optionalText(body, "SnsTopicARN"),
  };
  return fact(answered, "sink", arn, {
    path: name,
    sink_type: "cloudtrail",
    destination: nonEmptyText(body, "S3BucketName"),
    every_region: every.region,
    every_account: every.account,
    validation: flag(body, "LogFileValidationEnabled"),
    encryption_key: optionalText(body, "KmsKeyId"),
    options: Object.fromEntries(
      Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  });
}

/** Whether the trail's own place is read as well, as far as the settings say. */
function readsHome({ account }: Answered, { home }: Trail, context: WalkContext): boolean {
  const accountRead = home.account === account || (context.manyAccounts && context.reads(home.account));
  return accountRead && context.regions?.includes(home.region) !== false;
}

const ABOUT_TRAIL = ["cloudtrail.status", "cloudtrail.selectors"];

/**
 * What is asked of a trail where it is kept. One whose home is not read tells its state and selection to whoever names it, but
 * not how it is set up.
 */
function trailAsks(answered: Answered, context: WalkContext): (Ask | Omission)[] {
  return trails(answered).flatMap((trail): (Ask | Omission)[] => {
    const { arn, home, body } = trail;
    const about = asksOf(answered, ABOUT_TRAIL, { arn });
    if (isHere(answered, trail)) {
      const [, partition = ""] = arn.split(":");
      const bucket = nonEmptyText(body, "S3BucketName");
      return [...about, ...bucketAsks(answered, { partition, bucket }, context)];
    }
    if (readsHome(answered, trail, context)) return [];
    return [
      ...about,
      {
        account: answered.account,
        resource: arn,
        operation: "cloudtrail.trails",
        hides: ["sink", ...BUCKET_KINDS],
        reason: "limit",
        detail: `the trail is kept in ${home.account}/${home.region}, which is not read`,
        fix: "Read that account and Region too (accounts, regions), or by a source of its own.",
      },
    ];
  });
}

/** S3 answers a bucket's owner alone, which need not be the trail's account. */
function bucketAsks(
  { account }: Answered,
  params: { readonly partition: string; readonly bucket: string },
  context: WalkContext,
): (Ask | Omission)[] {
  const owner = context.ownerOf(params.bucket) ?? account;
  if (owner === account || context.reads(owner))
    return [
      ...ABOUT_BUCKET.map((operation) => ({ operation, params, account: owner })),
      { operation: "s3-control.public_access", params: { account: owner }, account: owner },
    ];
  return [
    {
      account,
      resource: `arn:${params.partition}:s3:::${params.bucket}`,
      operation: "cloudtrail.trails",
      hides: BUCKET_KINDS,
      reason: "limit",
      detail: `the bucket belongs to ${owner}, which is not read`,
      fix: `Read the account ${owner} too (accounts: include, exclude).`,
    },
  ];
}

function status(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  const { body } = answered;
  return [
    fact(answered, "sink_status", `${arn}#status`, {
      sink: `${answered.record.store_id}:${arn}`,
      logging: flag(body, "IsLogging"),
      started_at: optionalInstant(body, "StartLoggingTime"),
      stopped_at: optionalInstant(body, "StopLoggingTime"),
      delivered_at: optionalInstant(body, "LatestDeliveryTime"),
      delivery_error: optionalText(body, "LatestDeliveryError"),
      digest_delivered_at: optionalInstant(body, "LatestDigestDeliveryTime"),
      digest_delivery_error: optionalText(body, "LatestDigestDeliveryError"),
      ext: ext({
        log_group_delivered_at: optionalInstant(body, "LatestCloudWatchLogsDeliveryTime"),
        log_group_delivery_error: optionalText(body, "LatestCloudWatchLogsDeliveryError"),
      }),
    }),
  ];
}

function selection(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  sameAsAsked(nonEmptyText(answered.body, "TrailARN"), answered, "arn", "TrailARN");
  return [selectionFact(answered, arn)];
}

function selectionFact(answered: Answered, arn: string): Fact {
  return fact(answered, "sink_selection", `${arn}#selection`, {
    sink: `${answered.record.store_id}:${arn}`,
    ...selectionOf(answered.body),
  });
}

function dataStores(answered: Answered): { arn: string }[] {
  return objects(answered.body, "EventDataStores").map((entry) => ({
    arn: nonEmptyText(entry, "EventDataStoreArn"),
  }));
}

/** An event data store of CloudTrail Lake says all of itself in one answer. It has no files that could be signed. */
function dataStore(answered: Answered): Fact[] {
  const { body, record } = answered;
  const arn = sameAsAsked(nonEmptyText(body, "EventDataStoreArn"), answered, "arn", "EventDataStoreArn");
  const name = nonEmptyText(body, "Name");
  const state = nonEmptyText(body, "Status");
  const logging = INGESTS[state];
  if (logging === undefined) throw new Misshapen("Status", "a state of an event data store", state);
  const every = { region: flag(body, "MultiRegionEnabled"), account: flag(body, "OrganizationEnabled") };
  // What has no selectors takes nothing; a store always has some.
  objects(body, "AdvancedEventSelectors");
  return [
    reach(answered, arn, name, every),
    fact(answered, "sink", arn, {
      path: name,
      sink_type: "cloudtrail_lake",
      every_region: every.region,
      every_account: every.account,
      encryption_key: optionalText(body, "KmsKeyId"),
      options: {
        termination_protection: String(optionalFlag(body, "TerminationProtectionEnabled") ?? false),
      },
    }),
    fact(answered, "sink_status", `${arn}#status`, {
      sink: `${record.store_id}:${arn}`,
      logging,
      started_at: instant(body, "CreatedTimestamp"),
      ext: ext({ state }),
    }),
    selectionFact(answered, arn),
  ];
}

const row = rowsOf("cloudtrail", "regional", "{arn}");

const SINK_KINDS = ["sink", "sink_reach", "sink_selection", "sink_status"] as const;

/** AWS CloudTrail: which calls are logged, and whether they are. */
export const cloudtrail: Family = {
  id: "cloudtrail",
  operations: [
    {
      ...row(
        "trails",
        "Trails that take the calls of the Region, those kept elsewhere included",
        "DescribeTrails",
      ),
      hides: [...SINK_KINDS, ...BUCKET_KINDS],
      resource: "arn:{partition}:cloudtrail:{region}:{account}:trail/",
      input: () => ({ includeShadowTrails: true }),
      entries: [{ list: "trailList", id: (entry) => optionalText(entry, "TrailARN") ?? "" }],
      facts: trailFacts,
      next: trailAsks,
    },
    {
      ...row("status", "Whether a trail logs, and whether its files arrive", "GetTrailStatus"),
      hides: ["sink_status"],
      input: ({ arn }) => ({ Name: arn }),
      gone: ["TrailNotFoundException"],
      once: true,
      facts: status,
    },
    {
      ...row("selectors", "Which calls a trail takes, and which it leaves out", "GetEventSelectors"),
      hides: ["sink_selection"],
      input: ({ arn }) => ({ TrailName: arn }),
      gone: ["TrailNotFoundException"],
      once: true,
      facts: selection,
    },
    {
      ...row("data_stores", "Event data stores of CloudTrail Lake", "ListEventDataStores"),
      hides: SINK_KINDS,
      resource: "arn:{partition}:cloudtrail:{region}:{account}:eventdatastore/",
      input: () => ({ MaxResults: 1000 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: [{ list: "EventDataStores", id: (entry) => optionalText(entry, "EventDataStoreArn") ?? "" }],
      next: (answered) =>
        dataStores(answered).flatMap(({ arn }) => asksOf(answered, ["cloudtrail.data_store"], { arn })),
    },
    {
      ...row("data_store", "Set-up, state and selection of an event data store", "GetEventDataStore"),
      hides: SINK_KINDS,
      input: ({ arn }) => ({ EventDataStore: arn }),
      gone: ["EventDataStoreNotFoundException"],
      facts: dataStore,
    },
  ],
  roots: ["cloudtrail.trails", "cloudtrail.data_stores"],
};
