import {
  attachReference,
  find,
  principalsSeen,
  type Detection,
  type EventFinding,
  type Period,
} from "../events/index.ts";
import type { Parameter, QueryEngine } from "../tables/index.ts";
import type { LoadedConfig } from "./config.ts";
import { referenceOf } from "./event-settings.ts";

/** Parameters of one run of detections, by detection. */
export type Given = ReadonlyMap<string, Record<string, Parameter>>;

interface Examined {
  readonly found: readonly EventFinding[];
  readonly reference: ReturnType<typeof referenceOf>;
}

/** Runs detections over the events of `engine`, with what the configuration says of the principals that these name. E_SQL, E_LIMIT. */
export async function examine(
  engine: QueryEngine,
  wanted: readonly Detection[],
  terms: { readonly config: LoadedConfig | undefined; readonly period: Period; readonly given: Given },
): Promise<Examined> {
  const { config, period, given } = terms;
  const reference = referenceOf(config, await principalsSeen(engine));
  await attachReference(engine, reference);
  const found: EventFinding[] = [];
  for (const detection of wanted) {
    for (const finding of await find(engine, detection, period, given.get(detection.id))) found.push(finding);
  }
  return { found, reference };
}

/** The parameters of the configuration, with the time zone of its business hours where a detection takes one. */
export function configuredParameters(wanted: readonly Detection[], config: LoadedConfig | undefined): Given {
  const zone = config?.value.events?.business_hours?.time_zone;
  return new Map(
    wanted.map(({ id, head }) => {
      const own: Record<string, Parameter> = { ...config?.value.events?.detections?.[id] };
      if (zone !== undefined && head.parameters?.["time_zone"] !== undefined) own["time_zone"] ??= zone;
      return [id, own] as const;
    }),
  );
}
