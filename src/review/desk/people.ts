import type { GrantPrincipal } from "../../access/index.ts";
import { compareStrings, endDay, type CountersignError } from "../../base/index.ts";
import { whoOf, type Who } from "../deciding/same-person.ts";
import type { DeskState } from "./ports.ts";
import { DecisionsInForce } from "./in-force.ts";
import { WAITING } from "./reading.ts";
import { reviewerPaces } from "../deciding/rubber-stamp.ts";
import type { Actor } from "../roles.ts";
import type { Page, Paged, PersonView, ReviewerProgress } from "../views.ts";

/** Reviewers at work, and people of the rosters. */
export class DeskPeople {
  readonly #desk: DeskState;
  readonly #inForce: DecisionsInForce;

  constructor(desk: DeskState) {
    this.#desk = desk;
    this.#inForce = new DecisionsInForce(desk.ports.state);
  }

  /** Who comes by an address, as the rosters of the newest snapshot know them; where it read nothing, whoever they say. */
  async whoIs(address: string): Promise<Who> {
    try {
      return whoOf((await this.#desk.ports.people()).byEmail, address);
    } catch (thrown) {
      const { code } = thrown as Partial<CountersignError>;
      if (code === "E_NOT_FOUND" || code === "E_UNSEEN") return { who: address.toLowerCase() };
      throw thrown;
    }
  }

  /** Everybody who is asked or has decided, with how: rubber-stamping shows here. In order of emails. */
  async reviewers(actor: Actor, id: string, { offset, limit }: Page): Promise<Paged<ReviewerProgress>> {
    this.#desk.require(actor, "read_all");
    const { terms, signed_off } = await this.#desk.campaign(id);
    const { state } = this.#desk.ports;
    const { decisions, answeredByRule } = await this.#inForce.of(id);
    const byWhom = Map.groupBy(decisions, ({ by }) => by);
    const asked = new Map<string, { total: number; done: number }>();
    const ask = (reviewer: string, total: number, done: number): void => {
      const known = asked.get(reviewer) ?? { total: 0, done: 0 };
      asked.set(reviewer, { total: known.total + total, done: known.done + done });
    };
    // The same as `askedOn` of each item, without reading them all.
    for (const { values, count } of await state.counts({ campaign_id: id, state: WAITING }, ["reviewer"]))
      ask(values[0] ?? "", count, 0);
    for (const [who, own] of byWhom) {
      const items = new Set(own.map(({ item_id }) => item_id)).size;
      ask(who, items, items);
    }
    for (const who of answeredByRule) ask(who, 1, 1);
    const paces = new Map(reviewerPaces(decisions, terms.rubber_stamp).map((pace) => [pace.reviewer, pace]));
    const all = [...new Set([...asked.keys(), ...paces.keys()])]
      .filter((who) => who !== "")
      .sort(compareStrings);
    const rows = all.slice(offset, offset + limit).map((reviewer): ReviewerProgress => {
      const pace = paces.get(reviewer);
      const own = byWhom.get(reviewer) ?? [];
      const last = own
        .map(({ at }) => at)
        .sort()
        .at(-1);
      const signed = signed_off.findLast(({ by }) => by === reviewer);
      return {
        reviewer,
        progress: asked.get(reviewer) ?? { total: 0, done: 0 },
        decided: own.length,
        certified: pace?.certified_count ?? 0,
        ...(pace?.median_seconds === undefined ? {} : { median_s: pace.median_seconds }),
        largest_bulk: own.reduce((largest, { bulk_size }) => Math.max(largest, bulk_size), 0),
        rubber_stamp: pace?.flagged ?? false,
        ...(last === undefined ? {} : { last_decision_at: last }),
        ...(signed === undefined ? {} : { signed_off_at: signed.at }),
      };
    });
    return { total: all.length, rows };
  }

  /** Whether anything is known of an address: a row of the rosters, a place in the settings, or items that it is asked about. */
  async isKnown(email: string): Promise<boolean> {
    const { state, people } = this.#desk.ports;
    if ((await people()).byEmail.has(email) || (await this.#desk.assignment()).names(email)) return true;
    for (const { campaign_id } of await state.campaigns()) {
      const [asked] = await state.counts({ campaign_id, reviewer: [email] }, []);
      if ((asked?.count ?? 0) > 0) return true;
    }
    return false;
  }

  /** People of the rosters of the newest snapshot, with the principals that they are behind. */
  async people(actor: Actor, query: Page & { readonly search?: string }): Promise<Paged<PersonView>> {
    this.#desk.require(actor, "read_all");
    const { model, people } = await this.#desk.ports.access();
    const behind = new Map<string, GrantPrincipal[]>();
    for (const principal of model.principals) {
      const person = people.personOf(principal.id);
      if (person === undefined) continue;
      const known = behind.get(person.person_id);
      if (known === undefined) behind.set(person.person_id, [principal]);
      else known.push(principal);
    }
    const wanted = query.search?.trim().toLowerCase() ?? "";
    // Once each, however many addresses they have.
    const each = new Map([...people.byEmail.values()].map((one) => [`${one.person_id}\n${one.email}`, one]));
    const all = [...each.values()]
      .filter(({ name, email = "", title = "" }) =>
        `${name} ${email} ${title}`.toLowerCase().includes(wanted),
      )
      .sort((a, b) => compareStrings(a.name, b.name) || compareStrings(a.person_id, b.person_id));
    const rows = all.slice(query.offset, query.offset + query.limit).map((person): PersonView => {
      const principals = behind.get(person.person_id) ?? [];
      const live = principals.filter(({ disabled }) => !disabled);
      const left =
        person.status === "terminated" && live.length > 0
          ? [
              `left ${person.terminated_at === undefined ? "at a time that no roster states" : endDay(person.terminated_at)}, and ${live.length} principals are not disabled`,
            ]
          : [];
      const moved = principals.map(({ id }) => people.eventOf?.(id)).find((event) => event?.kind === "moved");
      const moves = moved?.at === undefined ? [] : [`changed job or manager on ${endDay(moved.at)}`];
      return {
        ...person,
        principals: principals.map(({ id, name, store_id }) => ({ id, name, store_id })),
        remarks: [...left, ...moves],
      };
    });
    return { total: all.length, rows };
  }
}
