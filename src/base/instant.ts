const BEGINNING =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/i;

const OFFSET = /^([+-])([01]\d|2[0-3]):([0-5]\d)$/;

const MINUTE_MS = 60_000;

/**
 * The first instant that `text` may mean, in UTC with milliseconds: RFC 3339 (section 5.6) or the beginning of one that ends
 * with a whole part, e.g. `2026-09`. Without an offset it is UTC. Undefined for anything else, and for days that no
 * calendar has.
 */
export function firstInstant(text: string): string | undefined {
  const found = BEGINNING.exec(text);
  if (found === null) return undefined;
  const [, year = "", month = "01", day = "01", hour = "00", minute = "00", second = "00"] = found;
  const [fraction = "", offset = "Z"] = found.slice(7);
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const localMs = Date.parse(local);
  // Some days that are none, e.g. 30 February, parse as a later one.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== local) return undefined;
  const minutes = offsetMinutes(offset.toUpperCase());
  return minutes === undefined ? undefined : new Date(localMs - minutes * MINUTE_MS).toISOString();
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === "Z") return 0;
  const [, sign, hours, minutes] = OFFSET.exec(offset) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/**
 * When something ends that ends with what `text` names, in UTC with milliseconds: of a day its last millisecond, else an instant of RFC
 * 3339. Undefined for anything else, coarser words too, and for days that no calendar has.
 */
export function endOf(text: string): string | undefined {
  const from = /^\d{4}-\d\d-\d\d(?:$|T)/i.test(text) ? firstInstant(text) : undefined;
  if (from === undefined || text.length > "2026-12-31".length) return from;
  return `${from.slice(0, "2026-12-31".length)}T23:59:59.999Z`;
}
