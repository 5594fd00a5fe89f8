import type { Connector } from "../facts/index.ts";
import type { Location } from "../base/index.ts";
import { aws, refuseMisspeltRegions } from "./aws/index.ts";
import { embedded } from "./embedded/index.ts";
import { hashicorp, settingsFromEnvironment, variableOfSetting } from "./hashicorp/index.ts";
import { people, refuseUnusablePeople } from "./people/index.ts";
import { review } from "./review/index.ts";

/** A connector whose settings were checked against its own schema: nothing more is known of them here. */
export type AnyConnector = Connector<unknown>;

const ALL: readonly AnyConnector[] = [aws, embedded, hashicorp, people, review];

/** Every connector, by the name that a source's `connector` key gives. */
export const connectors: ReadonlyMap<string, AnyConnector> = new Map(
  ALL.map((connector) => [connector.id, connector]),
);

/** What a connector's users have set in their environment, by connector. */
const ENVIRONMENTS: ReadonlyMap<string, FromEnvironment> = new Map<string, FromEnvironment>([
  // There is one AWS, one embedded vault, one state of reviews, and files: none has an address. AWS_* variables are the SDK's own to read.
  [aws.id, { settings: () => ({ address: "aws" }), variableOf: () => undefined }],
  [embedded.id, { settings: () => ({ address: "embedded-vault" }), variableOf: () => undefined }],
  [hashicorp.id, { settings: settingsFromEnvironment, variableOf: variableOfSetting }],
  [people.id, { settings: () => ({ address: "people" }), variableOf: () => undefined }],
  [review.id, { settings: () => ({ address: "review" }), variableOf: () => undefined }],
]);

interface FromEnvironment {
  readonly settings: (env: Environment) => Readonly<Record<string, unknown>>;
  readonly variableOf: (setting: string, env: Environment) => string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that the environment implies for a source of this connector; the configuration goes before them. E_CONFIG. */
export function environmentDefaults(connector: string, env: Environment): Readonly<Record<string, unknown>> {
  return ENVIRONMENTS.get(connector)?.settings(env) ?? {};
}

/** The variable that such a setting comes from, to name it where its value is of no use. */
export function environmentVariable(
  connector: string,
  setting: string,
  env: Environment,
): string | undefined {
  return ENVIRONMENTS.get(connector)?.variableOf(setting, env);
}

/** What a schema cannot tell of the settings in a configuration. E_CONFIG. */
export function refuseSlips(
  connector: string,
  settings: Readonly<Record<string, unknown>>,
  locate: (path: readonly string[]) => Location,
): void {
  if (connector === aws.id) refuseMisspeltRegions(settings, locate);
  if (connector === people.id) refuseUnusablePeople(settings, locate);
}

export * from "./aws/index.ts";
export * from "./azure/index.ts";
export * from "./embedded/index.ts";
export * from "./gcp/index.ts";
export * from "./hashicorp/index.ts";
export * from "./people/index.ts";
export * from "./review/index.ts";
export {
  MAX_USAGE_PAGES,
  USAGE_PAGE,
  type ActorTold,
  type DetectionTold,
  type RunTold,
  type SpansTold,
  type UsageTold,
} from "./ingested-log.ts";
export { Reference as CredentialReference } from "./reference.ts";
