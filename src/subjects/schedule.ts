/**
 * How often a schedule expression fires: `rate(30 days)`, or `cron(0 4 1 * ? *)` with minutes, hours, day of month, month, day
 * of week and year, as EventBridge and Secrets Manager write them; or `0 4 1 * *`, as Vault takes it: without the year, Sunday
 * being 0, and where both days are named either of them. Days; of a cron the longest time between two of its days.
 * Absent for what is not understood whole, so that nothing is taken for a period that is none.
 */
export function schedulePeriodDays(expression: string): number | undefined {
  const [, kind, body = ""] = /^\s*(rate|cron)\(([^()]*)\)\s*$/i.exec(expression) ?? [];
  if (kind === undefined) return plainCronDays(expression.trim().split(/\s+/));
  return kind.toLowerCase() === "rate" ? rateDays(body.trim()) : cronDays(body.trim().split(/\s+/));
}

const DAYS_OF_UNIT = { minute: 1 / 1440, hour: 1 / 24, day: 1 } as const;

function rateDays(body: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})\s+(minute|hour|day)s?$/i.exec(body) ?? [];
  if (amount === undefined || unit === undefined || Number(amount) === 0) return undefined;
  return Number(amount) * DAYS_OF_UNIT[unit.toLowerCase() as keyof typeof DAYS_OF_UNIT];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Whole days that are looked through: two leap years and the longest time between them. */
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const DAY_COUNT = 3 * 1461;

type DayTest = (day: Date) => boolean;

function cronDays(fields: readonly string[]): number | undefined {
  const [, , dayOfMonth = "", , weekday = "", year] = fields;
  if (fields.length < 5 || fields.length > 6 || (year !== undefined && year !== "*")) return undefined;
  const ofMonth = dayOfMonthTest(dayOfMonth);
  const ofWeek = weekdayTest(weekday);
  if (ofMonth === undefined || ofWeek === undefined) return undefined;
  return daysBetween(fields, (day) => ofMonth(day) && ofWeek(day));
}

/** Source: the standard parser of github.com/robfig/cron v3, by which Vault reads `rotation_schedule`. */
function plainCronDays(fields: readonly string[]): number | undefined {
  const [, , dayOfMonth = "", , weekday = ""] = fields;
  const ofMonth = plainDays(dayOfMonth, 1, 31);
  const ofWeek = plainDays(weekday, 0, 6, WEEKDAYS);
  if (fields.length !== 5 || ofMonth === undefined || ofWeek === undefined) return undefined;
  const either = !namesEvery(dayOfMonth) && !namesEvery(weekday);
  return daysBetween(fields, (day) => {
    const tests = [ofMonth.has(day.getUTCDate()), ofWeek.has(day.getUTCDay())];
    return either ? tests.some(Boolean) : tests.every(Boolean);
  });
}

/** A step of more than one names days. */
function namesEvery(field: string): boolean {
  return field.split(",").some((part) => /^[*?](?:\/1)?$/.test(part));
}

function plainDays(field: string, least: number, most: number, names: readonly string[] = []) {
  return numbers(field === "?" ? "*" : field, least, most, names);
}

/** The longest time between two days that fit, in the months that the fields name. */
function daysBetween(fields: readonly string[], fits: DayTest): number | undefined {
  const [minutes = "", hours = "", , month = ""] = fields;
  if (numbers(minutes, 0, 59) === undefined || numbers(hours, 0, 23) === undefined) return undefined;
  const months = numbers(month, 1, 12, MONTHS);
  if (months === undefined) return undefined;
  const fires: DayTest = (day) => months.has(day.getUTCMonth() + 1) && fits(day);
  const days = Array.from({ length: DAY_COUNT }, (_, at) => at).filter((at) =>
    fires(new Date(FIRST_DAY + at * DAY_MS)),
  );
  const gaps = days.slice(1).map((day, at) => day - (days[at] ?? day));
  return gaps.length === 0 ? undefined : Math.max(...gaps);
}

const EVERY: DayTest = () => true;

function dayOfMonthTest(field: string): DayTest | undefined {
  if (field === "?" || field === "*") return EVERY;
  if (field.toUpperCase() === "L") return (day) => new Date(day.getTime() + DAY_MS).getUTCDate() === 1;
  const found = numbers(field, 1, 31);
  return found === undefined ? undefined : (day) => found.has(day.getUTCDate());
}

/** Sunday is 1. `2#1`: the first Monday of the month; `6L`: the last Friday. */
function weekdayTest(field: string): DayTest | undefined {
  if (field === "?" || field === "*") return EVERY;
  const [, named = "", nth, last] = /^(\w{1,3})(?:#([1-5])|(L))$/i.exec(field) ?? [];
  if (nth === undefined && last === undefined) {
    const found = numbers(field, 1, 7, WEEKDAYS);
    return found === undefined ? undefined : (day) => found.has(day.getUTCDay() + 1);
  }
  const found = numbers(named, 1, 7, WEEKDAYS);
  if (found === undefined) return undefined;
  const inMonth: DayTest =
    nth === undefined
      ? (day) => new Date(day.getTime() + 7 * DAY_MS).getUTCMonth() !== day.getUTCMonth()
      : (day) => Math.ceil(day.getUTCDate() / 7) === Number(nth);
  return (day) => found.has(day.getUTCDay() + 1) && inMonth(day);
}

/** The numbers that a field names: `*`, lists, ranges, steps, names. */
function numbers(
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [, range = "", step] = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const bounds = boundsOf(range, { least, most, names, open: step !== undefined });
    const every = step === undefined ? 1 : Number(step);
    if (bounds === undefined || every === 0) return undefined;
    for (let value = bounds[0]; value <= bounds[1]; value += every) found.add(value);
  }
  return found;
}

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
  /** Whether a single number begins a range to the end, as before a step. */
  readonly open: boolean;
}

function boundsOf(range: string, field: Field): readonly [number, number] | undefined {
  const { least, most, names, open } = field;
  if (range === "*" || (range === "" && open)) return [least, most];
  const [from, to, ...more] = range.split("-").map((text) => {
    const place = names.indexOf(text.toUpperCase());
    if (place >= 0) return place + least;
    return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  });
  if (from === undefined || more.length > 0) return undefined;
  const end = to ?? (open ? most : from);
  return from >= least && end <= most && from <= end ? [from, end] : undefined;
}
