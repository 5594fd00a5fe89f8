const UNIT_S: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

const INTEGER = /^[+-]?[0-9]+$/;
const DAYS = /^[+-]?[0-9]+d$/;
const GO_DURATION = /^([+-]?)((?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Go keeps durations as 64-bit nanoseconds. */
const MAX_S = 9_223_372_036.854_775;

/**
 * Seconds in a duration as Vault writes it: a number of seconds, `"90"`, `"7d"`, `"1h30m"`, `"1500ms"`, or the empty
 * string for 0. `undefined` where the server would refuse it. Source: go-secure-stdlib `parseutil.ParseDurationSecond`.
 */
export function durationSeconds(text: string): number | undefined {
  if (text === "") return 0;
  if (INTEGER.test(text)) return bounded(Number(text));
  if (DAYS.test(text)) return bounded(Number(text.slice(0, -1)) * 86_400);
  const match = GO_DURATION.exec(text);
  if (match === null) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of (match[2] ?? "").matchAll(PART)) {
    seconds += Number(amount) * (UNIT_S[unit ?? ""] ?? 0);
  }
  return bounded(match[1] === "-" ? -seconds : seconds);
}

function bounded(seconds: number): number | undefined {
  return Math.abs(seconds) <= MAX_S ? seconds : undefined;
}
