import { textOf, unknownIn } from "../../text/node.ts";
import { policyText } from "./policy-text.ts";
import { resourcePolicy } from "./resource-policy.ts";
import {
  accountScope,
  type AwsTerms,
  type AwsThing,
  hidUnknown,
  mountOf,
  notKnown,
  regionalScope,
  switchOf,
  unknownAmong,
} from "./thing.ts";
import type { Named, Things } from "./things.ts";

/** Trails and the buckets that they write to, and endpoints of private networks. */
export function surroundings(things: Things, terms: AwsTerms): void {
  for (const named of things.named("trail")) trail(named, terms);
  buckets(things, terms);
  for (const named of things.named("vpc_endpoint")) endpoint(named, terms);
}

const TRAIL = [
  "enable_log_file_validation",
  "is_multi_region_trail",
  "is_organization_trail",
  "kms_key_id",
  "name",
  "s3_bucket_name",
];

function trail({ thing, identity }: Named, terms: AwsTerms): void {
  const { drafting, register, place } = terms;
  const { attributes } = thing;
  const id = drafting.id(identity.arn);
  const scope = regionalScope(terms);
  register.declare(id, thing.address, thing.spot);
  const on = (name: string, otherwise: boolean): boolean => switchOf(attributes[name]) ?? otherwise;
  const hidden = { scope, resource: id };
  hidUnknown(terms, thing, { ...hidden, names: TRAIL, kinds: ["sink"] });
  if (!hidUnknown(terms, thing, { ...hidden, names: ["enable_logging"], kinds: ["sink_status"] }))
    drafting.add("sink_status", { id: `${id}#status`, scope, sink: id, logging: on("enable_logging", true) });
  const bucket = textOf(attributes["s3_bucket_name"]);
  const key = textOf(attributes["kms_key_id"]);
  const every_region = on("is_multi_region_trail", false);
  const every_account = on("is_organization_trail", false);
  const validation = attributes["enable_log_file_validation"];
  const validated = unknownIn(validation) === undefined ? { validation: switchOf(validation) ?? false } : {};
  drafting.add("sink", {
    id,
    scope,
    path: identity.name,
    sink_type: "cloudtrail",
    every_region,
    every_account,
    ...validated,
    ...(bucket === undefined ? {} : { destination: bucket }),
    ...(key === undefined ? {} : { encryption_key: key }),
    options: {},
  });
  if (validation !== undefined) register.part(id, "sink", validation);
  const mount = mountOf(place);
  drafting.add("sink_reach", {
    id: `${drafting.id(mount)}#reach/${identity.arn}`,
    scope,
    mount,
    name: identity.name,
    sink: id,
    every_region,
    every_account,
  });
  const selectors = ["event_selector", "advanced_event_selector"];
  // Without selectors a trail takes all management events and nothing else. Source: CreateTrail.
  if (selectors.every((name) => attributes[name] === undefined))
    drafting.add("sink_selection", {
      id: `${id}#selection`,
      scope,
      sink: id,
      management_reads: true,
      management_writes: true,
      excluded_sources: [],
      narrowed: false,
    });
  else
    drafting.hide({
      ...hidden,
      kinds: ["sink_selection"],
      detail: `what the selectors of ${thing.address} take is not read`,
      reason: "unsupported",
    });
}

const BLOCKS = [
  "block_public_acls",
  "ignore_public_acls",
  "block_public_policy",
  "restrict_public_buckets",
] as const;

/** Policies and blocks of buckets: of those that trails write to, policies ask. */
function buckets(things: Things, terms: AwsTerms): void {
  const { drafting } = terms;
  const scope = accountScope(terms);
  const policies = things.about("bucket", "bucket_policy", "bucket");
  const blocks = things.about("bucket", "bucket_public_access_block", "bucket");
  for (const named of things.named("bucket")) {
    const { thing, identity } = named;
    const resource = drafting.id(identity.arn);
    resourcePolicy(named, terms, {
      others: policies.of(thing.address),
      perhaps: policies.unknown.map((one) => notKnown(one, "bucket", one.attributes["bucket"])),
      scope,
    });
    const [block] = blocks.of(thing.address);
    if (block === undefined && blocks.unknown.length > 0)
      drafting.hide({
        scope,
        resource,
        kinds: ["bucket_public_access"],
        detail: `whether public access to ${thing.address} is blocked is not known`,
      });
    else blocked(block, { resource, bucket: identity.name, scope }, terms);
  }
  elsewhere(things, terms);
}

/** Of buckets since April 2023 all is blocked unless a configuration is set. Source: "Blocking public access to your Amazon S3 storage". */
function blocked(
  block: AwsThing | undefined,
  { resource, bucket, scope }: { resource: string; bucket: string; scope: string },
  terms: AwsTerms,
): void {
  if (
    block !== undefined &&
    hidUnknown(terms, block, { names: BLOCKS, scope, resource, kinds: ["bucket_public_access"] })
  )
    return;
  const is = (name: (typeof BLOCKS)[number]): boolean =>
    block === undefined || switchOf(block.attributes[name]) === true;
  terms.drafting.add("bucket_public_access", {
    id: resource,
    scope,
    bucket,
    block_public_acls: is("block_public_acls"),
    ignore_public_acls: is("ignore_public_acls"),
    block_public_policy: is("block_public_policy"),
    restrict_public_buckets: is("restrict_public_buckets"),
  });
}

/** Policies of buckets that are not declared here. */
function elsewhere(things: Things, terms: AwsTerms): void {
  const { place, drafting } = terms;
  for (const thing of things.of("bucket_policy")) {
    const target = things.target("bucket", thing.attributes["bucket"]);
    if (target === undefined || !("elsewhere" in target)) continue;
    const resource = drafting.id(`arn:${place.partition}:s3:::${target.elsewhere}`);
    const node = thing.attributes["policy"];
    const { text, missing } =
      node === undefined ? { missing: "since it is not set" } : policyText(node, "resource");
    const scope = accountScope(terms);
    if (missing !== undefined) {
      const detail = `policy of ${thing.address} is not known, ${missing}`;
      drafting.hide({ scope, resource, kinds: ["resource_policy"], detail });
    }
    if (text !== undefined)
      drafting.add("resource_policy", { id: `${resource}#policy`, scope, resource, text });
  }
}

const SERVICE = /\.(kms|kms-fips|secretsmanager|ssm)$/;

/** An endpoint is a part of its account's Region, which is judged as a store. */
function endpoint({ thing, identity }: Named, terms: AwsTerms): void {
  const { drafting, register, place } = terms;
  const { attributes } = thing;
  const scope = regionalScope(terms);
  const [, service] = SERVICE.exec(textOf(attributes["service_name"]) ?? "") ?? [];
  const given = attributes["vpc_endpoint_type"];
  const type = given?.kind === "unknown" ? "not known" : (textOf(given) ?? "Gateway");
  if (type === "Gateway") return;
  const mount = mountOf(place);
  const store = drafting.id(mount);
  const names = ["service_name", "vpc_endpoint_type"];
  // Of which service it is may be unknown: then it may be one of these, with whatever policy.
  if (unknownAmong(thing, names) !== undefined) {
    register.declare(store, thing.address, thing.spot);
    hidUnknown(terms, thing, { names, scope, resource: store, kinds: ["network_endpoint"] });
    return;
  }
  if (service === undefined) return;
  register.declare(store, thing.address, thing.spot);
  const policy = attributes["policy"];
  if (policy !== undefined) register.part(store, "network_endpoint", policy);
  const { text, missing } = policy === undefined ? { text: OPEN } : policyText(policy, "endpoint");
  if (missing !== undefined) {
    const detail = `policy of ${thing.address} is not known, ${missing}`;
    drafting.hide({ scope, kinds: ["network_endpoint"], detail });
  }
  drafting.add("network_endpoint", {
    id: drafting.id(identity.arn),
    scope,
    mount,
    name: thing.address,
    network: textOf(attributes["vpc_id"]) ?? "known-when-applied",
    service,
    endpoint_type: type,
    state: "available",
    ...(text === undefined ? {} : { policy_text: text }),
  });
}

/** The policy of an endpoint for which none is set. Source: "Default endpoint policy", AWS PrivateLink Guide. */
const OPEN = JSON.stringify({
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});
