import { counted, number } from "../../base/index.ts";
import type { Campaign, CampaignTerms, Reconciled } from "../../review/index.ts";
import { type Html, type Part, html } from "../html.ts";
import { listed } from "../words.ts";
import { badge, bullets, facts, note, table } from "./parts.ts";

/** How the population was made, and that nothing of the inventory is lost. */
export function population(campaign: Campaign): Html {
  const { population: made, snapshot_id, snapshot_sha256 } = campaign;
  const sides = [
    [thingsText(made.kinds), made.secrets],
    ["Principals", made.principals],
    ["Stores", made.stores],
  ] as const;
  return html`<section aria-labelledby="population">
    <h2 id="population">Population</h2>
    ${
      made.complete
        ? note("plain", "Complete: nothing that could not be read may hide access that is in scope.")
        : note(
            "bad",
            html`<h3>Not complete</h3>
              <p>${counted(made.gap_count, "gap")} may hide principals, secrets or access in scope:</p>
              ${bullets(made.gaps)}
              ${made.gap_count > made.gaps.length && html`<p>${number(made.gap_count - made.gaps.length)} more are in the snapshot.</p>`}`,
          )
    }
    ${
      made.unfitting !== undefined &&
      note(
        "warn",
        html`<h3>The scope names what is not there</h3>
          ${bullets(made.unfitting)}`,
      )
    }
    ${facts([
      ["Made by", html`<code>${made.query}</code>`],
      ["Snapshot", html`<code>${snapshot_id}</code>`],
      ["Digest of its manifest", html`<code class="digest">${snapshot_sha256}</code>`],
      ["Items", number(made.item_count)],
      ["Grants", number(made.grant_count)],
      ["Digest of all items", html`<code class="digest">${made.items_sha256}</code>`],
    ])}
    ${table({
      caption: "Reconciled with the inventory: each is in an item, or left out with a reason",
      columns: ["Of", "In the inventory", "In items", "Left out, and why", "Adds up"],
      rows: sides.map(([name, side]) => ({
        cells: [name, number(side.total), number(side.in_items), leftOut(side), addsUp(side)],
      })),
      empty: "",
    })}
    ${
      made.people !== undefined &&
      html`<h3>People and principals</h3>
        ${facts([
          ["People in the rosters", number(made.people.person_count)],
          ["of them with a principal", number(made.people.persons_with_principal)],
          ["Principals with a person", number(made.people.principals_with_person)],
          ["Principals with an owner alone", number(made.people.principals_with_owner_alone)],
          ["Principals with neither", number(made.people.principals_with_neither)],
          ["Ambiguous", number(made.people.ambiguous)],
        ])}`
    }
  </section>`;
}

/** `Secrets, keys and roles (20 secrets, 2 keys, 1 certificate role)`. */
function thingsText(kinds: Campaign["population"]["kinds"] = {}): string {
  const parts = Object.entries(kinds).map(([kind, count]) => counted(count, kind.replaceAll("_", " ")));
  return parts.length === 0 ? "Secrets, keys and roles" : `Secrets, keys and roles (${parts.join(", ")})`;
}

function leftOut({ excluded }: Reconciled): Part {
  const reasons = Object.entries(excluded).filter(([, count]) => count > 0);
  return reasons.length === 0
    ? "none"
    : bullets(reasons.map(([reason, count]) => `${number(count)}: ${reason}`));
}

function addsUp({ total, in_items, excluded }: Reconciled): Html {
  const sum = Object.values(excluded).reduce((left, right) => left + right, in_items);
  return sum === total
    ? badge(["yes", "good"])
    : badge([`no: ${number(Math.abs(total - sum))} unaccounted for`, "bad"]);
}

/** What was configured when the campaign was made. */
export function termsOf(terms: CampaignTerms): Html {
  const { scope } = terms;
  const narrowed = Object.entries(scope).map(
    ([of, values]) => `${of.replaceAll("_", " ")}: ${listed(values as readonly string[])}`,
  );
  return html`<details>
    <summary>Terms of the campaign</summary>
    ${facts([
      ["Template", terms.template],
      ["Evidence for", listed(terms.frameworks)],
      ["Scope", narrowed.length === 0 ? "everything" : bullets(narrowed)],
      [
        "Asked first",
        terms.assign === "manager"
          ? "the manager of the person behind the principal"
          : "who owns the secrets",
      ],
      ["Time to decide", counted(terms.due_days, "day")],
      ["Time to remove", counted(terms.remediation_days, "day")],
      ["Where nobody answers", `${terms.no_answer}, ${counted(terms.grace_days, "day")} after the due date`],
      ["Items in one decision", `at most ${number(terms.bulk_limit)}`],
      ["Handed on", `at most ${counted(terms.delegation_limit, "time")}`],
      ["Two people", terms.two_people.length === 0 ? "for nothing by name" : listed(terms.two_people)],
      ["Unused", `after ${counted(terms.unused_days, "day")} without use`],
      [
        "Rubber-stamping",
        `from ${counted(terms.rubber_stamp.min_decisions, "decision")}, ${Math.round(terms.rubber_stamp.certified_share * 100)} % certified and a median below ${counted(terms.rubber_stamp.median_seconds, "second")}`,
      ],
    ])}
  </details>`;
}
