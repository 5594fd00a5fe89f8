import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CountersignError, fileError, readBounded } from "../base/index.ts";
import { buildBundle, loadBundle, type Bundle } from "../policy/index.ts";
import { SUBJECT_KINDS } from "../subjects/index.ts";
import type { LoadedConfig } from "./config.ts";
import { packagePath } from "./environment.ts";

/** Largest bundle that is read. */
const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;

/** A bundle of the organisation's own, as `policies` of the configuration names it. */
export interface OwnBundle {
  readonly path: string;
  readonly bundle: Bundle;
}

/**
 * The bundles that the configuration names, in its order; directories are compiled. One that cannot be had ends the
 * command: E_NOT_FOUND, E_BUNDLE, E_POLICY, E_COMPILER, E_DISK. E_CONFIG for a policy that has the id of another, or is about
 * what there is none of. `tell` gets what the compiler could not check.
 */
export async function ownBundles(
  config: Pick<LoadedConfig, "value" | "directory" | "locate">,
  ours: Bundle,
  tell: (note: string) => void,
): Promise<OwnBundle[]> {
  const held = new Map(ours.catalogue.policies.map(({ policy_id }) => [policy_id, "a policy of ours"]));
  const bundles: OwnBundle[] = [];
  for (const [index, path] of (config.value.policies ?? []).entries()) {
    const location = config.locate(["policies", String(index)]);
    const bundle = await ownBundle(resolve(config.directory, path), tell).catch((thrown: unknown) => {
      if (!(thrown instanceof CountersignError)) throw thrown;
      const { code, message, fix, cause } = thrown;
      throw new CountersignError(code, `own policies ${path}: ${message}`, {
        location: thrown.location ?? location,
        cause,
        ...(fix === undefined ? {} : { fix }),
      });
    });
    for (const { policy_id, subject } of bundle.catalogue.policies) {
      const holder = held.get(policy_id);
      if (holder !== undefined) {
        throw new CountersignError(
          "E_CONFIG",
          `expected policy ids of their own in ${path}, got ${policy_id}, which ${holder} has`,
          { location, fix: "Rename the policy: its folder, its files and its package." },
        );
      }
      if (!SUBJECT_KINDS.some((kind) => kind === subject)) {
        throw new CountersignError(
          "E_CONFIG",
          `expected policies about ${SUBJECT_KINDS.join(", ")} in ${path}, got ${policy_id} about ${subject}`,
          { location, fix: "Nothing of that kind is collected, so such a policy would judge nothing." },
        );
      }
      held.set(policy_id, path);
    }
    bundles.push({ path, bundle });
  }
  return bundles;
}

async function ownBundle(path: string, tell: (note: string) => void): Promise<Bundle> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError(thrown, path, "read");
  });
  if (!found.isDirectory()) {
    const terms = { what: "a policy bundle", maxBytes: MAX_BUNDLE_BYTES, code: "E_BUNDLE" } as const;
    return loadBundle(await readBounded(path, terms), { own: true });
  }
  const { bytes, unchecked } = await buildBundle(path, schemasFor(path));
  for (const what of unchecked) tell(`${path}: not checked: ${what}\n`);
  return loadBundle(bytes, { own: true });
}

/** Subjects are described by our schemas, unless a directory of policies brings its own. */
export function schemasFor(directory: string): { readonly schemas?: string } {
  return existsSync(join(directory, "schemas")) ? {} : { schemas: packagePath("policies", "schemas") };
}
