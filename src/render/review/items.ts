import { counted, endInstant } from "../../base/index.ts";
import { decisionText, needsText, outcomeText, usageText, type ReportItem } from "../../review/index.ts";
import { fine, para, strong, type Cell } from "../pdf/blocks.ts";
import { count } from "../pdf/report.ts";
import { facts, table } from "../pdf/table.ts";
import { fileText, short, MAX_STEPS, type Part } from "./printed.ts";

/** What was decided on what, the weighty items one by one. */
export const items: Part = (document, printed) => {
  const { details } = printed;
  document.startSection("landscape");
  document.heading(1, "Items and decisions", { anchor: "items" });
  document.paragraph(
    "body",
    `Printed one by one: what is privileged, for emergencies, critical, or was not certified: ${counted(details.printed.length, "item")}` +
      (details.left_out === 0
        ? ""
        : `, and ${counted(details.left_out, "more of these", "more of these")} in items.csv alone`) +
      ". All others are counted below by what they have in common. items.csv has every item, decisions.csv every decision, undone ones too.",
  );
  facts(document, [
    ["Every item", fileText(printed, "items.csv")],
    ["Every decision", fileText(printed, "decisions.csv")],
    ["Secrets of each set", fileText(printed, "secrets.csv")],
  ]);
  table(document, {
    dense: true,
    columns: [
      { title: "Item, principal, person", share: 0.2, names: true },
      { title: "Access and path", share: 0.29 },
      { title: "Marks, usage, recommendation", share: 0.2 },
      { title: "Decisions", share: 0.26 },
      { title: "Mark", share: 0.05, blank: true },
    ],
    rows: details.printed.map(itemRow),
  });
  document.heading(2, "All other items");
  table(document, {
    dense: true,
    columns: [
      { title: "Store", share: 0.24, names: true },
      { title: "Tier", share: 0.16 },
      { title: "Outcome", share: 0.24 },
      { title: "First reviewer", share: 0.24 },
      { title: "Items", share: 0.12, align: "right" },
    ],
    rows: details.groups.map((group) => [
      group.store_id,
      group.tier,
      group.outcome,
      group.reviewer,
      count(group.count),
    ]),
  });
};

function itemRow({ found }: ReportItem): Cell[] {
  const { item, decisions, reviewer, assigned_because } = found;
  const { principal, secrets } = item;
  const person = principal.person;
  const who =
    person === undefined
      ? "no person is known behind it"
      : [
          person.name,
          person.title,
          person.status === "active" ? undefined : `▲ ${person.status}`,
          person.third_party ? "third party" : undefined,
          `manager ${person.manager_email ?? "not known"}`,
        ]
          .filter((part) => part !== undefined)
          .join(", ");
  const path = item.path.slice(0, MAX_STEPS);
  const more = item.path.length - path.length;
  const marks = [
    ...(item.privileged ? [`privileged: ${(item.privileged_because ?? []).join("; ")}`] : []),
    ...(item.break_glass ? ["for emergencies"] : []),
    ...(item.ends_at === undefined ? [] : [`ends ${endInstant(item.ends_at)}`]),
    `${item.change.replaceAll("_", " ")}, risk ${item.risk}`,
  ];
  return [
    [para("dense", strong(principal.name)), fine(who), para("fineCode", `${principal.type} ${item.item_id}`)],
    [
      para(
        "dense",
        `${item.store_id}, tier ${secrets.tier ?? "not known"}, owner ${secrets.owner ?? "not assigned"}: ${counted(secrets.count, "secret")}, e.g. ${secrets.sample[0] ?? ""}`,
      ),
      para(
        "dense",
        `${item.actions.join(", ")} (${item.certainty})${item.conditions.length === 0 ? "" : `, if ${item.conditions.slice(0, MAX_STEPS).join("; ")}`}`,
      ),
      ...path.map((step) => fine(step)),
      ...(more > 0 ? [fine(`and ${counted(more, "further step")}: items.csv`)] : []),
    ],
    [
      para("dense", marks.join("; ")),
      fine(usageText(item.usage, secrets.count)),
      fine(`recommended: ${item.recommendation.kind}, ${item.recommendation.reason}`),
      fine(needsText(item.needs)),
    ],
    [
      para("dense", strong(outcomeText(found))),
      ...decisions.flatMap((one) => [
        para("dense", `${one.by}, ${one.level}: ${decisionText(one)}`),
        fine(
          `${one.at}, ${one.channel}${one.bulk_size > 1 ? `, one of ${one.bulk_size}` : ""}, saw ${short(one.seen_sha256)}`,
        ),
      ]),
      ...(found.state === "decided" || found.state === "gone"
        ? []
        : [fine(`▲ waits for ${reviewer ?? "nobody"}: ${assigned_because}`, "unknown")]),
    ],
    "",
  ];
}
