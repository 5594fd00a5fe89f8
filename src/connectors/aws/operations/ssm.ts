import { isMasked, type Fact } from "../../../facts/index.ts";
import { Misshapen, count, isObject, nonEmptyText, objects, text, type Json } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import { asksOf, instant, listOrNone, optionalText, tags, rowsOf } from "../rows.ts";

/** Types of parameters. Source: ParameterMetadata, "Type". */
const TYPES = new Set(["SecureString", "String", "StringList"]);

interface Parameter {
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly tier: string;
  readonly body: Json;
}

function listed(answered: Answered): Parameter[] {
  return objects(answered.body, "Parameters").map((body) => {
    const name = nonEmptyText(body, "Name");
    const type = nonEmptyText(body, "Type");
    if (!TYPES.has(type)) throw new Misshapen("Type", "a type of parameter", type);
    return {
      arn: optionalText(body, "ARN") ?? arnOf(answered, name),
      name,
      type,
      tier: nonEmptyText(body, "Tier"),
      body,
    };
  });
}

/** Older endpoints leave the ARN out. A name with a path begins with the slash that stands in the ARN already. */
function arnOf({ account, region, params }: Answered, name: string): string {
  const { partition = "" } = params;
  return `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, "")}`;
}

function parameters(answered: Answered): Fact[] {
  return listed(answered)
    .filter(({ arn }) => !isMasked(arn))
    .flatMap((parameter) => [
      fact(answered, "secret", parameter.arn, {
        mount: mountOf(answered),
        name: parameter.name,
        secret_type: "aws_parameter",
      }),
      metadata(answered, parameter),
      // Only parameters of the advanced tier can be shared: "Working with shared parameters" of the Systems Manager User Guide.
      ...(parameter.tier === "Standard" ? [resourcePolicy(answered, parameter.arn, "", undefined)] : []),
    ]);
}

function metadata(answered: Answered, { arn, name, type, tier, body }: Parameter): Fact {
  const changed = instant(body, "LastModifiedDate");
  const policies = listOrNone(body, "Policies").map((policy) => ({
    type: nonEmptyText(policy, "PolicyType"),
    status: optionalText(policy, "PolicyStatus"),
    attributes: attributesOf(policy),
  }));
  return fact(answered, "secret_metadata", arn, {
    mount: mountOf(answered),
    name,
    updated_at: changed,
    // Each change is a new value: PutParameter, "Version".
    value_set_at: changed,
    current_version: count(body, "Version"),
    value_deletes_at: expiry(policies),
    encryption_key: type === "SecureString" ? optionalText(body, "KeyId") : undefined,
    encrypted: type === "SecureString",
    labels: {},
    ext: ext({
      type,
      tier,
      data_type: optionalText(body, "DataType"),
      policies: policies.length === 0 ? undefined : policies.map(withoutUndefined),
    }),
  });
}

function withoutUndefined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What a parameter's policy says, which is JSON in a text of its own; absent where AWS does not repeat it. */
function attributesOf(policy: Json): Json | undefined {
  const written = optionalText(policy, "PolicyText");
  if (written === undefined || isMasked(written)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(written);
  } catch {
    throw new Misshapen("PolicyText", "JSON", written);
  }
  const attributes = isObject(parsed) ? parsed["Attributes"] : undefined;
  if (isObject(attributes)) return attributes;
  throw new Misshapen("PolicyText", "a policy with attributes", parsed);
}

/** When a parameter with an expiration policy is deleted. Source: "Assigning parameter policies". */
function expiry(policies: readonly { type: string; attributes: Json | undefined }[]): string | undefined {
  const attributes = policies.find(({ type }) => type === "Expiration")?.attributes;
  if (attributes === undefined) return undefined;
  const date = new Date(text(attributes, "Timestamp"));
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new Misshapen("Timestamp", "an instant", attributes["Timestamp"]);
}

function resourcePolicy(answered: Answered, arn: string, suffix: string, written: string | undefined): Fact {
  return fact(answered, "resource_policy", `${arn}#policy${suffix}`, {
    resource: `${answered.record.store_id}:${arn}`,
    text: written,
  });
}

/** The first policy by id is the parameter's; each further one has its own id behind. */
function policies(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  const found = objects(answered.body, "Policies")
    .map((policy) => ({ id: nonEmptyText(policy, "PolicyId"), written: nonEmptyText(policy, "Policy") }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { page_number } = answered.params;
  if (found.length === 0)
    return page_number === undefined ? [resourcePolicy(answered, arn, "", undefined)] : [];
  return found.map(({ id, written }, index) =>
    resourcePolicy(answered, arn, index === 0 && page_number === undefined ? "" : `/${id}`, written),
  );
}

const about = rowsOf("ssm", "regional", "{arn}");

/** Parameter Store, without `GetParameter*`: every one of them, the history included, answers with values. */
export const ssm: Family = {
  id: "ssm",
  operations: [
    {
      ...about("parameters", "Parameters: types, tiers, versions, keys, policies", "DescribeParameters"),
      hides: ["resource_labels", "resource_policy", "secret", "secret_metadata"],
      resource: "arn:{partition}:ssm:{region}:{account}:parameter/",
      input: () => ({ MaxResults: 50 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: [
        {
          list: "Parameters",
          id: (entry, answered) => {
            const name = optionalText(entry, "Name") ?? "";
            return optionalText(entry, "ARN") ?? (name === "" ? "" : arnOf(answered, name));
          },
        },
      ],
      // What a value must look like can be the value itself, or a list of them.
      redact: ["/Parameters/*/AllowedPattern"],
      unread: ["/Parameters/*/Description", "/Parameters/*/LastModifiedUser"],
      facts: parameters,
      next: (answered) =>
        listed(answered).flatMap(({ arn, name, tier }) =>
          asksOf(answered, tier === "Standard" ? ["ssm.tags"] : ["ssm.tags", "ssm.policies"], { arn, name }),
        ),
    },
    {
      ...about("tags", "Tags of a parameter", "ListTagsForResource"),
      hides: ["resource_labels"],
      input: ({ name }) => ({ ResourceType: "Parameter", ResourceId: name }),
      // InvalidResourceId: "The resource ID is not valid. Verify that you entered the correct ID and try again."
      gone: ["InvalidResourceId"],
      facts: (answered) => {
        const { arn = "" } = answered.params;
        return [
          fact(answered, "resource_labels", `${arn}#labels`, {
            resource: `${answered.record.store_id}:${arn}`,
            labels: tags({ ...answered.body, Tags: objects(answered.body, "TagList") }),
          }),
        ];
      },
    },
    {
      ...about("policies", "Resource policies of a parameter of the advanced tier", "GetResourcePolicies"),
      hides: ["resource_policy"],
      input: ({ arn }) => ({ ResourceArn: arn, MaxResults: 50 }),
      pages: { token: "NextToken", input: "NextToken" },
      facts: policies,
    },
  ],
  roots: ["ssm.parameters"],
};
