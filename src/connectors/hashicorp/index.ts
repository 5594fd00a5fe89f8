import { FACT_KINDS, type FactKind } from "../../facts/index.ts";
import { withIngestedLog } from "../ingested-log.ts";
import { collect } from "./collect.ts";
import { EVERYTHING } from "./operation.ts";
import { REVISION, normalise } from "./normalise.ts";
import { OPERATIONS } from "./operations/index.ts";
import { OWN_TOKEN_RULES } from "./session.ts";
import { HashicorpSettings } from "./settings.ts";

const yielded = new Set<FactKind>([
  ...[...OPERATIONS.values()].flatMap(({ resource, hides }) => (resource === EVERYTHING ? [] : hides)),
  // Any answer may hold one.
  "pasted_credential",
]);

/** HashiCorp Vault and OpenBao, by their HTTP API. */
export const hashicorp = withIngestedLog<HashicorpSettings>({
  id: "hashicorp",
  revision: REVISION,
  settings: HashicorpSettings,
  selection: ({ namespace, mounts, node_config_files }) => ({
    ...(namespace === undefined ? {} : { namespace }),
    ...(mounts === undefined ? {} : { mounts }),
    ...(node_config_files === undefined ? {} : { node_config_files }),
  }),
  permissions: [
    ...[...OPERATIONS.values()].filter(({ needs }) => needs.length > 0),
    ...OWN_TOKEN_RULES.map(({ path, capabilities }) => ({ path, needs: capabilities })),
  ]
    .map(({ path, needs }) => `${path}: ${needs.join(", ")}`)
    .sort(),
  yields: FACT_KINDS.filter((kind) => yielded.has(kind)),
  collect,
  normalise,
});

export { isOfUnseenNodes } from "./operations/nodes.ts";
export { collectorPolicy, type CollectorScope } from "./collector-policy.ts";
export { hashicorpPermissions, operationsTable } from "./operations-table.ts";
export {
  refuseClearText,
  settingsFromEnvironment,
  variableOfSetting,
  HashicorpSettings,
  type AuthSettings,
} from "./settings.ts";
export { TransitKey, transitProvider } from "./transit-kek.ts";
