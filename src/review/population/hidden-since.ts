import { compareStrings, counted } from "../../base/index.ts";
import { MAX_ITEM_SAMPLE, type ReviewItem } from "../model.ts";
import { riskOf } from "./assess-item.ts";
import type { PopulationItem } from "./population-input.ts";
import { setDigest } from "./population.ts";

/**
 * An item of a later snapshot with those secrets that it had before and that something hides there: nobody may decide on less because
 * less could be read. Where nothing else came or went the secrets are those of before.
 */
export function withHidden(
  { item, targets }: PopulationItem,
  before: ReviewItem,
  hidden: readonly string[],
): PopulationItem {
  const all = [...new Set([...targets, ...hidden])].sort(compareStrings);
  const set_sha256 = setDigest(all);
  const secrets = set_sha256 === before.secrets.set_sha256 ? before.secrets : together(item, before, all);
  const why = `${counted(hidden.length, "secret")} of before may be hidden in the later snapshot, and stay asked about`;
  const { recommendation } = item;
  const next: ReviewItem = {
    ...item,
    secrets,
    risk: riskOf({ ...item, secrets }),
    recommendation: recommendation.kind === "certify" ? { kind: "examine", reason: why } : recommendation,
    unknowns: [...item.unknowns, why],
  };
  return { item: next, targets: all };
}

/** What is said of all of them is what was said of both parts; else nothing is, and who decides is asked as on critical ones. */
function together(now: ReviewItem, before: ReviewItem, all: readonly string[]): ReviewItem["secrets"] {
  const same = (["owner", "tier", "environment"] as const).flatMap((name) => {
    const value = now.secrets[name];
    return value !== undefined && value === before.secrets[name] ? [[name, value] as const] : [];
  });
  const sample = all.slice(0, MAX_ITEM_SAMPLE);
  return { ...Object.fromEntries(same), count: all.length, sample, set_sha256: setDigest(all) };
}
