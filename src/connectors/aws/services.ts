import { CountersignError, invariant, optionalPackage } from "../../base/index.ts";
import { isObject, type Json } from "../shape.ts";

/** A client of the SDK, as far as asking one question takes it. */
export interface SdkClient {
  send(command: SdkCommand, options: { readonly abortSignal: AbortSignal }): Promise<object>;
  destroy(): void;
  readonly config: {
    readonly credentials?: unknown;
    endpointProvider?: (params: Json, ...more: unknown[]) => unknown;
  };
}

export interface SdkCommand {
  readonly middlewareStack: {
    add(middleware: unknown, options: { step: "deserialize"; priority: "low"; name: string }): void;
  };
}

/** One service's package: its client, and a command for each action. */
export interface Sdk {
  client(config: Json): SdkClient;
  command(action: string, input: Json): SdkCommand;
}

/** The services that are asked, by the prefix of their IAM actions, each with the package that speaks to it, loaded when it is first used. */
const SERVICES = {
  acm: ["@aws-sdk/client-acm", () => import("@aws-sdk/client-acm"), "ACMClient"],
  "acm-pca": ["@aws-sdk/client-acm-pca", () => import("@aws-sdk/client-acm-pca"), "ACMPCAClient"],
  cloudtrail: ["@aws-sdk/client-cloudtrail", () => import("@aws-sdk/client-cloudtrail"), "CloudTrailClient"],
  cloudwatch: ["@aws-sdk/client-cloudwatch", () => import("@aws-sdk/client-cloudwatch"), "CloudWatchClient"],
  ec2: ["@aws-sdk/client-ec2", () => import("@aws-sdk/client-ec2"), "EC2Client"],
  events: ["@aws-sdk/client-eventbridge", () => import("@aws-sdk/client-eventbridge"), "EventBridgeClient"],
  guardduty: ["@aws-sdk/client-guardduty", () => import("@aws-sdk/client-guardduty"), "GuardDutyClient"],
  iam: ["@aws-sdk/client-iam", () => import("@aws-sdk/client-iam"), "IAMClient"],
  kms: ["@aws-sdk/client-kms", () => import("@aws-sdk/client-kms"), "KMSClient"],
  organizations: [
    "@aws-sdk/client-organizations",
    () => import("@aws-sdk/client-organizations"),
    "OrganizationsClient",
  ],
  s3: ["@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"), "S3Client"],
  // One API of two packages: what is asked of a whole account has its own.
  "s3-control": ["@aws-sdk/client-s3-control", () => import("@aws-sdk/client-s3-control"), "S3ControlClient"],
  secretsmanager: [
    "@aws-sdk/client-secrets-manager",
    () => import("@aws-sdk/client-secrets-manager"),
    "SecretsManagerClient",
  ],
  securityhub: [
    "@aws-sdk/client-securityhub",
    () => import("@aws-sdk/client-securityhub"),
    "SecurityHubClient",
  ],
  ssm: ["@aws-sdk/client-ssm", () => import("@aws-sdk/client-ssm"), "SSMClient"],
  sts: ["@aws-sdk/client-sts", () => import("@aws-sdk/client-sts"), "STSClient"],
} as const satisfies Record<string, readonly [string, () => Promise<object>, string]>;

export type ServiceName = keyof typeof SERVICES;

type Constructor<T> = new (input: Json) => T;

/** Loads a service's package. E_RUNTIME with what to install where it is missing. */
export async function loadSdk(service: ServiceName): Promise<Sdk> {
  const [name, load, client] = SERVICES[service];
  const exported: unknown = await optionalPackage<object>(name, load);
  invariant(isObject(exported), `expected ${name} to be a module`);
  const constructorOf = (called: string): unknown => {
    const found = exported[called];
    if (typeof found === "function") return found;
    throw new CountersignError("E_RUNTIME", `expected ${name} to have ${called}, got none`, {
      fix: `Install a newer one beside countersign: npm install ${name}`,
    });
  };
  return {
    client: (config) => {
      const made = new (constructorOf(client) as Constructor<SdkClient>)({
        ...config,
        ...onlyOf(service, config),
      });
      const { endpoint } = config;
      if (typeof endpoint !== "string") return atItsOwn(made);
      return service === "s3-control" ? withoutAccount(made, endpoint) : made;
    },
    command: (action, input) => new (constructorOf(`${action}Command`) as Constructor<SdkCommand>)(input),
  };
}

/** A bucket may be in any Region, which S3 tells by a redirect. Another address has no name for each bucket. */
function onlyOf(service: ServiceName, config: Json): Json {
  return service === "s3"
    ? { followRegionRedirects: true, forcePathStyle: config["endpoint"] !== undefined }
    : {};
}

/** AWS has a name for each account, e.g. `111122223333.s3-control.us-east-1.amazonaws.com`; another address has none. */
function withoutAccount(client: SdkClient, endpoint: string): SdkClient {
  const { config } = client;
  const own = config.endpointProvider;
  if (own !== undefined) {
    config.endpointProvider = (params, ...more) => ({
      // How it is signed.
      ...(own({ ...params, Endpoint: undefined }, ...more) as object),
      url: new URL(endpoint),
    });
  }
  return client;
}

/** Clients from before `serviceConfiguredEndpoint` follow AWS_ENDPOINT_URL and profiles: their own rules alone shall count. */
function atItsOwn(client: SdkClient): SdkClient {
  const { config } = client;
  const own = config.endpointProvider;
  if (own !== undefined) {
    config.endpointProvider = (params, ...more) => own({ ...params, Endpoint: undefined }, ...more);
  }
  return client;
}
