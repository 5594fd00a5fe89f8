import {
  CountersignError,
  canonicalJson,
  compareStrings,
  endOf,
  sha256,
  textFault,
} from "../../base/index.ts";
import { GRANT_ACTIONS } from "../../access/index.ts";
import { patternTest } from "../../subjects/index.ts";
import { MAX_JUSTIFICATION, MIN_JUSTIFICATION } from "../deciding/decide.ts";
import { notThere, type DeskState, type SeenAccess } from "./ports.ts";
import { keptRequests } from "./making.ts";
import { entry } from "../record/entries.ts";
import type { AccessRequest, Approval, PersonBehind } from "../model.ts";
import { answered, faultOf, sameBy } from "../deciding/requests.ts";
import { addressesOf, isAmong, isTheirs, personNamedIn } from "../deciding/same-person.ts";
import { requestOf, requestRow } from "../record/records.ts";
import { forbidden, refusal } from "../deciding/refusal.ts";
import { actedBy, mayDo, type Actor } from "../roles.ts";
import type { PeopleView } from "./people-view.ts";
import type { NewRequest, Page, Paged, RequestView, Stated, StatedRequest } from "../views.ts";

const MAX_SECRETS = 100;
const MAX_NAME = 500;

/** The register of access requests: who asks, who approves, until when. */
export class DeskRequests {
  readonly #desk: DeskState;

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  /** Of others only for who may read all, or is asked to approve. */
  async requests(
    actor: Actor,
    query: Page & { readonly state?: AccessRequest["state"] },
  ): Promise<Paged<RequestView>> {
    this.#desk.require(actor, "read_own");
    const kept = await keptRequests(this.#desk);
    const ids = new Set(kept.map(({ request_id }) => request_id));
    const listed = (await this.#registered()).filter(({ request_id }) => !ids.has(request_id));
    const all = [...kept, ...listed]
      .filter(({ state }) => query.state === undefined || state === query.state)
      .sort((a, b) => (a.requested_at < b.requested_at ? 1 : -1));
    const seen: RequestView[] = [];
    for (const request of all) {
      const view = await this.#view(actor, request);
      if (view !== undefined) seen.push(view);
    }
    return { total: seen.length, rows: seen.slice(query.offset, query.offset + query.limit) };
  }

  async request(actor: Actor, id: string): Promise<RequestView> {
    this.#desk.require(actor, "read_own");
    const [row] = await this.#desk.ports.state.requests({ request_id: id });
    const found =
      row === undefined
        ? (await this.#registered()).find(({ request_id }) => request_id === id)
        : requestOf(row);
    const view = found === undefined ? undefined : await this.#view(actor, found);
    if (view === undefined) throw notThere("request", id);
    return view;
  }

  /** Id of the new request. */
  async ask(actor: Actor, wanted: NewRequest): Promise<string> {
    this.#desk.require(actor, "request_access");
    refuseBadRequest(wanted, this.#desk.now());
    const requested_at = this.#desk.now();
    const principal = wanted.principal.trim();
    const asked = { ...wanted, principal, requested_by: actor.who, requested_at };
    const request: AccessRequest = {
      ...asked,
      request_id: `req-${sha256(Buffer.from(JSON.stringify(asked), "utf8")).slice(0, 16)}`,
      version: 1,
      actions: GRANT_ACTIONS.filter((action) => wanted.actions.includes(action)),
      secrets: [...new Set(wanted.secrets)].sort(),
      justification: wanted.justification.trim(),
      high_privilege: isHighPrivilege(wanted),
      state: "requested",
    };
    await this.#desk.commit({
      entries: [entry("request_made", { by: actor.who, at: requested_at }, request)],
      requests: [requestRow(request)],
    });
    return request.request_id;
  }

  /** Records what an integration states, its approvals as its word. */
  async stateRequest(integration: string, stated: StatedRequest): Promise<Stated> {
    const { request_id } = stated;
    const request: AccessRequest = { ...stated, version: 1, stated_by: integration };
    const [row] = await this.#desk.ports.state.requests({ request_id });
    if (row !== undefined) {
      const known = requestOf(row);
      if (canonicalJson(known) === canonicalJson(request)) return { request: known, recorded: false };
      throw taken(request_id, known.stated_by === integration ? "stated otherwise before" : "another's");
    }
    const registered = (await this.#registered()).some((one) => one.request_id === request_id);
    if (registered) throw taken(request_id, "one of a register");
    const by = { by: integrationName(integration), at: this.#desk.now() };
    await this.#desk.commit({
      entries: [entry("request_made", by, request)],
      requests: [requestRow(request)],
    });
    return { request, recorded: true };
  }

  /** What an integration stated, and nothing of others. */
  async statedRequests(
    integration: string,
    { offset, limit, state }: Page & { readonly state?: AccessRequest["state"] },
  ): Promise<Paged<AccessRequest>> {
    const own = (await keptRequests(this.#desk))
      .filter((request) => request.stated_by === integration && (state ?? request.state) === request.state)
      .sort(
        (a, b) =>
          compareStrings(b.requested_at, a.requested_at) || compareStrings(a.request_id, b.request_id),
      );
    return { total: own.length, rows: own.slice(offset, offset + limit) };
  }

  async answer(
    actor: Actor,
    id: string,
    version: number,
    approved: boolean,
    remark: string | undefined,
  ): Promise<void> {
    this.#desk.require(actor, "approve_request");
    const { request, asked_of_actor: as } = await this.request(actor, id);
    if (request.version !== version) {
      throw refusal(
        `version ${version} of ${id}`,
        `version ${request.version}`,
        "Look at it again.",
        "E_CONFLICT",
      );
    }
    if (as === undefined) {
      throw forbidden(
        "somebody whose approval is missing",
        actor.who,
        "The manager approves first, then security.",
      );
    }
    const at = this.#desk.now();
    const said = remark?.trim() ?? "";
    refuseUnkept("remark", [said], { lines: true });
    if (said.length > MAX_JUSTIFICATION) {
      throw refusal(
        `a remark of at most ${MAX_JUSTIFICATION} characters`,
        String(said.length),
        "Shorten it.",
      );
    }
    const approval: Approval = { ...actedBy(actor), at, approved, ...(said === "" ? {} : { remark: said }) };
    const next = answered(request, as, approval);
    await this.#desk.commit({
      entries: [entry("request_answered", { by: actor.who, at }, { request_id: id, as, approval })],
      requests: [requestRow(next)],
    });
  }

  /** Those of registers, as of the newest snapshot; none before the first that read something. */
  async #registered(): Promise<readonly AccessRequest[]> {
    return (await this.#seen())?.requests ?? [];
  }

  /** Undefined before the first snapshot that read something. */
  async #seen(): Promise<SeenAccess | undefined> {
    try {
      return await this.#desk.ports.access();
    } catch (thrown) {
      const { code } = thrown as Partial<CountersignError>;
      if (code === "E_NOT_FOUND" || code === "E_UNSEEN") return undefined;
      throw thrown;
    }
  }

  async #view(actor: Actor, request: AccessRequest): Promise<RequestView | undefined> {
    const asked_of_actor = await this.#asks(actor, request);
    const people = await this.#desk.ports.people();
    const own = isTheirs(actor, request.requested_by);
    if (!own && asked_of_actor === undefined && !mayDo(actor, "read_all")) return undefined;
    const approval_fault = faultOf(request, this.#desk.now(), people);
    return {
      request,
      asked_of_actor,
      ...(approval_fault === undefined ? {} : { approval_fault }),
      ...((await this.#fitsNothing(request)) ? { fits_nothing: true as const } : {}),
    };
  }

  /** Whether an open request fits nothing that the newest snapshot has; where none was read, nobody says so. */
  async #fitsNothing({ secrets, state }: AccessRequest): Promise<boolean> {
    if (state !== "requested") return false;
    const seen = await this.#seen();
    if (seen === undefined) return false;
    const fits = patternTest(secrets);
    return !seen.model.targets.some(({ id }) => fits(id) || fits(id.slice(id.indexOf(":") + 1)));
  }

  /** Nobody approves what they asked for, or what is for themselves, nor twice. */
  async #asks(actor: Actor, request: AccessRequest): Promise<RequestView["asked_of_actor"]> {
    // One of a register, or of an integration, is answered where it is kept.
    const isHere = request.version > 0 && request.stated_by === undefined;
    if (!isHere || request.state !== "requested" || !mayDo(actor, "approve_request")) return undefined;
    const people = await this.#desk.ports.people();
    const isSame = sameBy(people);
    const person = personNamed(people, request.principal);
    const involved = [request.requested_by, request.principal, person?.email ?? ""];
    if (addressesOf(actor).some((address) => involved.some((one) => isSame(address, one)))) return undefined;
    if (request.manager_approval === undefined) {
      const manager =
        person?.manager_email ?? people.byEmail.get(request.requested_by)?.manager_email ?? undefined;
      if (manager !== undefined) return isTheirs(actor, manager) ? "manager" : undefined;
      // Nobody manages a service that nobody asked for as a person of the rosters: those who are asked in the last resort.
      return isAmong(actor, this.#desk.ports.settings.fallback ?? []) ? "manager" : undefined;
    }
    const { by } = request.manager_approval;
    const twice = addressesOf(actor).some((address) => isSame(address, by));
    return actor.roles.includes("security") && !twice ? "security" : undefined;
  }
}

/** Whose access a request is for, by any name of theirs or of a principal. */
function personNamed({ byEmail, named, personOf }: PeopleView, name: string): PersonBehind | undefined {
  return named?.(name) ?? personNamedIn(byEmail, name) ?? personOf(name);
}

/** As who an integration acts, in the journal and in the log of the server: no email has a colon before its `@`. */
export function integrationName(integration: string): string {
  return `integration:${integration}`;
}

function taken(request_id: string, whose: string): CountersignError {
  return refusal(
    `a request ${request_id} that is new or the same`,
    whose,
    "State it under another id.",
    "E_CONFLICT",
  );
}

/** More than reading. */
function isHighPrivilege({ actions }: NewRequest): boolean {
  return actions.some((action) => action !== "read" && action !== "list");
}

/** E_REVIEW. */
function refuseUnkept(
  field: string,
  texts: readonly string[],
  form: { readonly lines?: boolean } = {},
): void {
  const [fault] = texts.flatMap((text) => textFault(text, form) ?? []);
  if (fault !== undefined)
    throw refusal(`text that can be kept in ${field}`, fault, "Take it out, or type it anew.");
}

function refuseBadRequest(wanted: NewRequest, now: string): void {
  const { principal, secrets, actions, justification, starts_at, ends_at } = wanted;
  const name = principal.trim();
  if (name === "" || name.length > MAX_NAME)
    throw refusal("whose access it is", name.slice(0, 40), "Name a principal or an email.");
  if (
    secrets.length === 0 ||
    secrets.length > MAX_SECRETS ||
    secrets.some((one) => one === "" || one.length > 2048)
  ) {
    throw refusal(`1 to ${MAX_SECRETS} secrets`, String(secrets.length), "Name secrets, or patterns with *.");
  }
  if (actions.length === 0) throw refusal("at least one action", "none", "Say what the access is for.");
  refuseUnkept("principal", [name]);
  refuseUnkept("secrets", secrets);
  refuseUnkept("justification", [justification], { lines: true });
  const length = justification.trim().length;
  if (length < MIN_JUSTIFICATION || length > MAX_JUSTIFICATION) {
    throw refusal(
      `a justification of ${MIN_JUSTIFICATION} to ${MAX_JUSTIFICATION} characters`,
      String(length),
      "Say what the business needs it for.",
    );
  }
  const [from, to] = [starts_at, ends_at].map((at) =>
    at === undefined ? undefined : Date.parse(endOf(at) ?? ""),
  );
  if (Number.isNaN(from) || Number.isNaN(to))
    throw refusal("days that the calendar has", "others", "Write 2026-12-31, e.g.");
  if (to !== undefined && (to <= Date.parse(now) || (from !== undefined && to <= from))) {
    throw new CountersignError("E_REVIEW", `expected an end after now and the start, got ${ends_at}`, {
      fix: "Ask for a later end.",
    });
  }
}
