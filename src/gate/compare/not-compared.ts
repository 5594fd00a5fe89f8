import type { Provider } from "../declared.ts";

/** Of an input without a side before it, held against a snapshot. */
export const ADDS_ALONE =
  "tells what will be, and not what was: what it takes away from the snapshot is not compared";

/** Providers whose access nobody computes. */
export const UNCOMPUTED: ReadonlySet<string> = new Set<Provider>(["azure", "gcp"]);

export function notComputed(provider: Provider): string {
  return `who may do what in ${provider} is not computed`;
}
