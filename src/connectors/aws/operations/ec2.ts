import type { Fact } from "../../../facts/index.ts";
import { Misshapen, flag, nonEmptyText, objects } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import { optionalInstant, optionalText, rowsOf, tags } from "../rows.ts";

/** The services whose endpoints lead to secrets, or to the keys that they are under. */
const SERVICE = /\.(kms|kms-fips|secretsmanager|ssm)$/;

/** Types of endpoints that lead to no service: they name something else. Source: VpcEndpoint, `VpcEndpointType`. */
const WITHOUT_SERVICE = new Set(["Resource", "ServiceNetwork"]);

function idOf({ account, region, params }: Answered, type: string, id: string): string {
  return `arn:${params["partition"] ?? ""}:ec2:${region}:${account}:${type}/${id}`;
}

/** A network that another account shares with this one is told there, with its endpoints. */
function networks(answered: Answered): Fact[] {
  return objects(answered.body, "Vpcs").flatMap((network) => {
    const name = nonEmptyText(network, "VpcId");
    if (nonEmptyText(network, "OwnerId") !== answered.account) return [];
    return [
      fact(answered, "network", idOf(answered, "vpc", name), {
        mount: mountOf(answered),
        name,
        default_network: flag(network, "IsDefault"),
        labels: tags(network),
      }),
    ];
  });
}

function endpoints(answered: Answered): Fact[] {
  return objects(answered.body, "VpcEndpoints").flatMap((endpoint) => {
    const name = nonEmptyText(endpoint, "VpcEndpointId");
    const type = nonEmptyText(endpoint, "VpcEndpointType");
    if (WITHOUT_SERVICE.has(type)) return [];
    const [, service] = SERVICE.exec(nonEmptyText(endpoint, "ServiceName")) ?? [];
    if (service === undefined) return [];
    // A gateway leads to S3 and DynamoDB alone; whatever leads here has a private name, or says that it has none.
    if (type === "Gateway") throw new Misshapen("VpcEndpointType", "a type that leads to the service", type);
    return [
      fact(answered, "network_endpoint", idOf(answered, "vpc-endpoint", name), {
        mount: mountOf(answered),
        name,
        network: nonEmptyText(endpoint, "VpcId"),
        service,
        endpoint_type: type,
        state: nonEmptyText(endpoint, "State"),
        private_dns: flag(endpoint, "PrivateDnsEnabled"),
        policy_text: optionalText(endpoint, "PolicyDocument"),
        ext: ext({
          created_at: optionalInstant(endpoint, "CreationTimestamp"),
          service_region: optionalText(endpoint, "ServiceRegion"),
        }),
      }),
    ];
  });
}

const row = rowsOf("ec2", "regional", "arn:{partition}:ec2:{region}:{account}:");

const PAGED = {
  input: () => ({ MaxResults: 1000 }),
  pages: { token: "NextToken", input: "NextToken" },
} as const;

/** Amazon EC2: private networks, and the ways from them to where secrets are. */
export const ec2: Family = {
  id: "ec2",
  operations: [
    {
      ...row("networks", "Private networks (VPCs)", "DescribeVpcs"),
      ...PAGED,
      hides: ["network"],
      resource: "arn:{partition}:ec2:{region}:{account}:vpc/",
      entries: [
        {
          list: "Vpcs",
          id: (entry, answered) => idOf(answered, "vpc", optionalText(entry, "VpcId") ?? ""),
        },
      ],
      facts: networks,
    },
    {
      ...row(
        "endpoints",
        "Endpoints for Secrets Manager, Parameter Store and KMS, and their policies",
        "DescribeVpcEndpoints",
      ),
      ...PAGED,
      hides: ["network_endpoint"],
      resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/",
      entries: [
        {
          list: "VpcEndpoints",
          id: (entry, answered) => idOf(answered, "vpc-endpoint", optionalText(entry, "VpcEndpointId") ?? ""),
        },
      ],
      unread: ["/VpcEndpoints/*/Tags", "/VpcEndpoints/*/LastError", "/VpcEndpoints/*/FailureReason"],
      facts: endpoints,
    },
  ],
  roots: ["ec2.networks", "ec2.endpoints"],
};
