import type { Fact } from "../../../facts/index.ts";
import { Misshapen, nonEmptyText, objects } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Ask, type Family } from "../operation.ts";
import { asksOf, optionalText, rowsOf } from "../rows.ts";

/** States of a rule. Only the last is told of calls that read. Source: Rule, `State`, EventBridge API Reference. */
const STATES: Readonly<Record<string, boolean>> = {
  DISABLED: false,
  ENABLED: true,
  ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS: true,
};

/** Rules that look for something: one with a schedule alone starts something now and then. */
function rules(answered: Answered): Ask[] {
  return objects(answered.body, "Rules").flatMap((rule) => {
    const name = nonEmptyText(rule, "Name");
    const arn = nonEmptyText(rule, "Arn");
    const state = nonEmptyText(rule, "State");
    if (STATES[state] === undefined) throw new Misshapen("State", "a state of a rule", state);
    const pattern = optionalText(rule, "EventPattern");
    if (pattern === undefined) {
      nonEmptyText(rule, "ScheduleExpression");
      return [];
    }
    return asksOf(answered, ["events.targets"], {
      arn,
      name,
      bus: answered.params["bus"] ?? "",
      state,
      pattern,
    });
  });
}

/** One page of a rule's targets, with what the listing told of the rule. */
function rule(answered: Answered): Fact[] {
  const { arn = "", name = "", state = "", pattern, page_number } = answered.params;
  return [
    fact(answered, "watch", `${arn}${page_number === undefined ? "" : `#${page_number}`}`, {
      mount: mountOf(answered),
      name,
      watch_type: "event_rule",
      enabled: STATES[state] === true,
      pattern,
      target_count: objects(answered.body, "Targets").map((target) => nonEmptyText(target, "Arn")).length,
      ext: ext({ state }),
    }),
  ];
}

const row = rowsOf("events", "regional", "arn:{partition}:events:{region}:{account}:rule/");

const PAGES = { token: "NextToken", input: "NextToken" } as const;

/** Amazon EventBridge: rules that look at events, and how many places they tell. */
export const events: Family = {
  id: "events",
  operations: [
    {
      ...row("buses", "Event buses of the Region, which rules look at", "ListEventBuses"),
      hides: ["watch"],
      input: () => ({ Limit: 100 }),
      pages: PAGES,
      unread: ["/EventBuses/*/Description", "/EventBuses/*/Policy"],
      next: (answered) =>
        objects(answered.body, "EventBuses").flatMap((bus) => {
          const { partition = "" } = answered.params;
          return asksOf(answered, ["events.rules"], { partition, bus: nonEmptyText(bus, "Name") });
        }),
    },
    {
      ...row("rules", "Rules of an event bus", "ListRules"),
      hides: ["watch"],
      input: ({ bus }) => ({ EventBusName: bus, Limit: 100 }),
      pages: PAGES,
      entries: [{ list: "Rules", id: (entry) => optionalText(entry, "Arn") ?? "" }],
      unread: ["/Rules/*/Description"],
      next: rules,
    },
    {
      ...row("targets", "Places that a rule tells", "ListTargetsByRule"),
      hides: ["watch"],
      resource: "{arn}",
      input: ({ name, bus }) => ({ Rule: name, EventBusName: bus, Limit: 100 }),
      pages: PAGES,
      // What a target is handed is not judged, nor how it is called.
      unread: ["/Targets/*"],
      facts: rule,
    },
  ],
  roots: ["events.buses"],
};
