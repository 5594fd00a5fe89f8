import { readdir } from "node:fs/promises";
import { CountersignError, digestOf, nearest } from "../base/index.ts";
import {
  loadMappings,
  ownMapping,
  withOwnPolicies,
  type Mapping,
  type OwnControl,
} from "../controls/index.ts";
import type { EvidenceHead, Rules } from "../evidence/index.ts";
import {
  ofSnapshots,
  resolveParams,
  unitedBundle,
  type Bundle,
  type ParamSettings,
} from "../policy/index.ts";
import { readBundle } from "./bundle.ts";
import type { LoadedConfig } from "./config.ts";
import {
  loadConfig,
  packagePath,
  productVersion,
  type ConfigOptions,
  type Environment,
} from "./environment.ts";
import { ownControls } from "./own-controls.ts";
import { ownBundles } from "./own-policies.ts";
import { requireFrameworks } from "./review-settings.ts";

type Params = ReturnType<typeof resolveParams>;

/** Everything that judges a snapshot, read and held against the configuration. */
export interface Rulebook {
  /** Our policies and the organisation's own. */
  readonly bundle: Bundle;
  /** Policy id → digest of the organisation's own bundle that holds it. */
  readonly ownBundles: ReadonlyMap<string, string>;
  readonly settings: ParamSettings;
  readonly params: Params;
  readonly defaultParams: Params;
  /** Frameworks in scope, and the own controls that name policies. */
  readonly mappings: readonly Mapping[];
  readonly ownControls: readonly OwnControl[];
  readonly rules: Rules;
  readonly digests: EvidenceHead["digests"];
}

/** A configuration and what it judges with. */
export interface Prepared {
  readonly config: LoadedConfig;
  readonly rulebook: Rulebook;
}

/** Reads the configuration and checks all of it, before anything that takes time. What `readRulebook` throws. */
export async function prepare(environment: Environment, options: ConfigOptions): Promise<Prepared> {
  const config = await loadConfig(environment, options);
  return { config, rulebook: await readRulebook(environment, config) };
}

/** E_CONFIG, E_MAPPING and what `ownBundles` throws, with line and column where it stands in the configuration. */
export async function readRulebook({ terminal }: Environment, config: LoadedConfig): Promise<Rulebook> {
  const ours = ofSnapshots(await readBundle());
  const own = await ownBundles(config, ours, terminal.err);
  const bundle = unitedBundle([ours, ...own.map((each) => each.bundle)]);
  const all = await loadMappings(packagePath("mappings"), bundle.catalogue.policies);
  const controls = ownControls(config, all, bundle.catalogue);
  const entity = config.value.entity?.name ?? "not stated";
  const ownOnes = ownMapping(controls, entity, new Map());
  const scoped = scopedMappings(config, all);
  const settings = config.value.parameters ?? {};
  const params = resolveParams(bundle.catalogue, settings, (path) =>
    config.locateKey(["parameters", ...path]),
  );
  const mappingDigests = Object.fromEntries(scoped.map(({ framework, sha256 }) => [framework.id, sha256]));
  const ownDigests = own.map(({ path, bundle: { digest, catalogue } }) => {
    return { path, sha256: digest, policy_count: catalogue.policies.length };
  });
  return {
    bundle,
    ownBundles: new Map(
      own.flatMap(({ bundle: { digest, catalogue } }) =>
        catalogue.policies.map(({ policy_id }) => [policy_id, digest] as const),
      ),
    ),
    settings,
    params,
    defaultParams: resolveParams(bundle.catalogue),
    mappings: [
      ...scoped.map((mapping) => withOwnPolicies(mapping, controls)),
      ...(ownOnes === undefined ? [] : [ownOnes]),
    ],
    ownControls: controls,
    rules: {
      product_version: productVersion(),
      policy_bundle: ours.digest,
      ...(own.length === 0 ? {} : { own_policies: digestOf(ownDigests.map(({ sha256 }) => sha256).sort()) }),
      parameters: digestOf(params),
      classification: digestOf(config.rules),
      mappings: digestOf(ownOnes === undefined ? mappingDigests : [mappingDigests, testedControls(controls)]),
    },
    digests: {
      policy_bundle: ours.digest,
      ...(own.length === 0 ? {} : { own_policies: ownDigests }),
      configuration: config.digest,
      parameters: digestOf(params),
      mappings: mappingDigests,
    },
  };
}

/** What of the own controls decides which policy speaks for what. */
const testedControls = (controls: readonly OwnControl[]) =>
  controls.map(({ id, answers = [], policies = [] }) => ({ id, answers, policies }));

function scopedMappings(config: LoadedConfig, all: readonly Mapping[]): readonly Mapping[] {
  const wanted = config.value.frameworks;
  const known = all.map(({ framework }) => framework.id);
  requireFrameworks(config, known);
  if (wanted === undefined) return all;
  const unknown = wanted.find((framework) => !known.includes(framework));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw new CountersignError("E_CONFIG", `expected a framework of ${known.join(", ")}, got ${unknown}`, {
      location: config.locate(["frameworks", String(wanted.indexOf(unknown))]),
      ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
    });
  }
  return all.filter(({ framework }) => wanted.includes(framework.id));
}

/** Ids of the frameworks that there are mappings for: their files are named so. */
export async function frameworkIds(): Promise<string[]> {
  const files = await readdir(packagePath("mappings"));
  return files
    .filter((name) => name.endsWith(".yaml") && name !== "families.yaml")
    .map((name) => name.slice(0, -".yaml".length))
    .sort();
}
