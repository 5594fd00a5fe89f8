import { CountersignError, nearest, type Location } from "../../base/index.ts";

/**
 * How a Region is called: an area, perhaps what of it, one of the compass's points or the centre, a number. New ones come
 * every year and must pass, so this is the shape and no list.
 */
const REGION_NAME = /^[a-z]{2,5}(-[a-z]+)*-(central|(north|south)(east|west)?|east|west)-[0-9]+$/;

/** Regions that were there when this was written, to say which one was meant. Source: AWS, "AWS Regions", of each partition. */
export const KNOWN_REGIONS: readonly string[] = [
  "eu-central-1",
  "af-south-1",
  "ap-east-1",
  "ap-east-2",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-central-1",
  "ca-west-1",
  "cn-north-1",
  "cn-northwest-1",
  "eu-central-2",
  "eu-isoe-west-1",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eusc-de-east-1",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-gov-east-1",
  "us-gov-west-1",
  "us-iso-east-1",
  "us-iso-west-1",
  "us-isob-east-1",
  "us-isob-west-1",
  "us-isof-east-1",
  "us-isof-south-1",
  "us-west-1",
  "us-west-2",
];

/** The settings that name Regions, as far as they are told. */
interface RegionSettings {
  readonly home_region?: unknown;
  readonly regions?: unknown;
}

/**
 * Names in the configuration that no Region can have are slips: E_CONFIG with the one that was meant. Not so in a snapshot's
 * selection, which says what was asked for, so that this is no part of the settings' schema.
 */
export function refuseMisspeltRegions(
  { home_region: home, regions }: RegionSettings,
  locate: (path: readonly string[]) => Location,
): void {
  const list: readonly unknown[] = Array.isArray(regions) ? regions : [];
  const named = list.map((name, index) => [["regions", String(index)], name] as const);
  for (const [path, name] of [[["home_region"], home] as const, ...named]) {
    if (typeof name !== "string") continue;
    const slip = slipOf(name);
    if (slip === undefined && REGION_NAME.test(name)) continue;
    const near = slip ?? nearest(name, KNOWN_REGIONS);
    throw new CountersignError("E_CONFIG", `expected a Region's name, e.g. eu-central-1, got ${name}`, {
      location: locate(path),
      fix:
        near === undefined
          ? "Write it as AWS does; without regions, all that are enabled are read."
          : `Did you mean ${near}?`,
    });
  }
}

/**
 * The Region that was meant where the area's letters are swapped or there is one too many, such as `ue-central-1`. An area that is
 * not like one that is known may be new, and passes.
 */
function slipOf(name: string): string | undefined {
  const [area = "", ...rest] = name.split("-");
  const areas = new Set(KNOWN_REGIONS.map((known) => known.split("-", 1)[0] ?? ""));
  if (areas.has(area)) return undefined;
  return [...areas]
    .filter((known) => isSlip(area, known))
    .map((known) => [known, ...rest].join("-"))
    .find((meant) => KNOWN_REGIONS.includes(meant));
}

function isSlip(area: string, known: string): boolean {
  const letters = (text: string): string => Array.from(text).sort().join("");
  const isSwapped = letters(area) === letters(known);
  return isSwapped || Array.from(area, (_, at) => area.slice(0, at) + area.slice(at + 1)).includes(known);
}
