import { Misshapen, flag, nonEmptyText, objects, optionalTexts, texts, type Json } from "../../shape.ts";
import { listOrNone } from "../rows.ts";

type Direction = "reads" | "writes";

const DIRECTIONS = ["reads", "writes"] as const;

/** What one selector takes of the management events. */
interface Taken {
  readonly directions: readonly Direction[];
  /** Sources of events that it leaves out. */
  readonly excluded: readonly string[];
  /** Whether it leaves out more, in ways that are not told here. */
  readonly narrowed: boolean;
}

interface Selection {
  readonly management_reads: boolean;
  readonly management_writes: boolean;
  readonly excluded_sources: string[];
  readonly narrowed: boolean;
}

/** Source: EventSelector, `ReadWriteType`. */
const READ_WRITE: Readonly<Record<string, readonly Direction[]>> = {
  All: DIRECTIONS,
  ReadOnly: ["reads"],
  WriteOnly: ["writes"],
};

/**
 * What the selectors of a trail or an event data store take together: an event is taken where any one of them takes it.
 * Throws `Misshapen`; a sink always has selectors of one sort or the other.
 */
export function selectionOf(body: Json): Selection {
  const found = listOrNone(body, "EventSelectors").map(basicSelector);
  found.push(...listOrNone(body, "AdvancedEventSelectors").map(advancedSelector));
  if (found.length === 0) throw new Misshapen("EventSelectors", "selectors of either sort", []);
  return together(found.flat());
}

function together(selectors: readonly Taken[]): Selection {
  const taking = (direction: Direction) =>
    selectors.filter(({ directions }) => directions.includes(direction));
  const excluded = DIRECTIONS.flatMap((direction) => {
    const [first, ...others] = taking(direction);
    return (first?.excluded ?? []).filter((source) => others.every((each) => each.excluded.includes(source)));
  });
  // What another selector takes whole is not narrowed by this one.
  const narrowed = DIRECTIONS.some((direction) => {
    const found = taking(direction);
    return (
      found.some((each) => each.narrowed) &&
      !found.some((each) => !each.narrowed && each.excluded.length === 0)
    );
  });
  return {
    management_reads: taking("reads").length > 0,
    management_writes: taking("writes").length > 0,
    excluded_sources: [...new Set(excluded)].sort(),
    narrowed,
  };
}

function basicSelector(selector: Json): Taken[] {
  const type = nonEmptyText(selector, "ReadWriteType");
  const directions = READ_WRITE[type];
  if (directions === undefined) throw new Misshapen("ReadWriteType", "All, ReadOnly or WriteOnly", type);
  if (!flag(selector, "IncludeManagementEvents")) return [];
  return [
    // Empty where none is left out.
    { directions, excluded: texts(selector, "ExcludeManagementEventSources"), narrowed: false },
  ];
}

const OPERATORS = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"] as const;

/** One field of an advanced selector that is compared by one operator alone; undefined: by others too. */
function only(field: Json, operator: (typeof OPERATORS)[number]): readonly string[] | undefined {
  const used = OPERATORS.filter((each) => (optionalTexts(field, each) ?? []).length > 0);
  return used.length === 1 && used[0] === operator ? texts(field, operator) : undefined;
}

/** Every field of a selector must hold. Source: "Advanced event selectors", AWS CloudTrail User Guide. */
function advancedSelector(selector: Json): Taken[] {
  const fields = objects(selector, "FieldSelectors").map((field) => ({
    name: nonEmptyText(field, "Field"),
    field,
  }));
  const categories = fields.find(({ name }) => name === "eventCategory");
  if (categories === undefined) throw new Misshapen("FieldSelectors", "fields with eventCategory", undefined);
  const taken = only(categories.field, "Equals");
  if (taken === undefined) throw new Misshapen("eventCategory", "equal to a category of events", undefined);
  if (!taken.includes("Management")) return [];
  let directions: readonly Direction[] = DIRECTIONS;
  let narrowed = false;
  const excluded: string[] = [];
  for (const { name, field } of fields) {
    if (name === "eventCategory") continue;
    const equal = name === "readOnly" ? only(field, "Equals") : undefined;
    const others = name === "eventSource" ? only(field, "NotEquals") : undefined;
    if (equal?.every((value) => value === "true" || value === "false") === true)
      directions = DIRECTIONS.filter((each) => equal.includes(each === "reads" ? "true" : "false"));
    else if (others !== undefined) excluded.push(...others);
    else narrowed = true;
  }
  // What more is left out, nobody can tell from the sources.
  return [{ directions, excluded: narrowed ? [] : excluded, narrowed }];
}
