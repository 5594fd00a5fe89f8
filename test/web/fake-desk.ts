import { CountersignError, sha256 } from "../../src/base/index.ts";
import type {
  AccessRequest,
  Campaign,
  CampaignItem,
  Choice,
  Decision,
  Revocation,
} from "../../src/review/model.ts";
import type {
  Actor,
  CampaignSummary,
  CampaignView,
  Desk,
  ExportFormat,
  ItemQuery,
  ItemView,
  JournalLine,
  Page,
  PersonAsked,
  PersonReport,
  Paged,
  RequestView,
  RevocationPage,
  Seen,
  Stated,
  StatedRequest,
  Who,
} from "../../src/review/index.ts";
import {
  CAMPAIGN_ID,
  NOW,
  campaign,
  campaignItem,
  changeShown,
  itemId,
  reviewersShown,
  revocation,
} from "./desk-data.ts";

const OVERSIGHT = ["admin", "auditor", "compliance", "management", "security"];

function refusal(
  code: "E_CONFLICT" | "E_FORBIDDEN" | "E_NOT_FOUND" | "E_REVIEW",
  message: string,
): CountersignError {
  return new CountersignError(code, message);
}

function paged<T>(all: readonly T[], { offset, limit }: Page): Paged<T> {
  return { total: all.length, rows: all.slice(offset, offset + limit) };
}

/** The port of the pages in memory, with as much of the rules as the pages show. `calls`: every act, with who did it. */
export class FakeDesk implements Desk {
  readonly calls: { readonly act: string; readonly who: string }[] = [];
  readonly samples: JournalLine[] = [];
  readonly items_: CampaignItem[];
  campaign_: Campaign;
  request_: AccessRequest;
  signed = false;
  proposed_: RevocationPage["proposed"] = { snapshot_id: "2026-10-10T060000Z-4d5e6f" };
  /** What must go beside the third item's, by the place of its item. */
  readonly revoked_ = new Map<number, Partial<Revocation>>();

  constructor(options: { readonly reviewer?: string; readonly name?: string; readonly count?: number } = {}) {
    const { reviewer = "rita@example.com", name, count = 60 } = options;
    this.items_ = Array.from({ length: count }, (_, at) =>
      campaignItem(at, at < count - 2 ? reviewer : "someone-else@example.com", name),
    );
    this.campaign_ = campaign(name);
    this.request_ = {
      request_id: "req-1",
      version: 1,
      principal: name ?? "ada@example.com",
      secrets: [name ?? "vault-prod/kv/payments/*"],
      actions: ["read"],
      justification: name ?? "to look into incident 1234",
      requested_by: "ada@example.com",
      requested_at: "2026-10-10T08:00:00.000Z",
      ends_at: "2026-10-20T23:59:59.999Z",
      high_privilege: true,
      state: "requested",
    };
  }

  whoIs(address: string): Promise<Who> {
    return Promise.resolve({ who: address });
  }

  #own({ who }: Actor): CampaignItem[] {
    return this.items_.filter(({ reviewer }) => reviewer === who);
  }

  #overlooks({ roles }: Actor): boolean {
    return roles.some((role) => OVERSIGHT.includes(role));
  }

  #find(actor: Actor, campaign: string, id: string): CampaignItem {
    const found = this.items_.find(({ item }) => item.item_id === id);
    if (
      campaign !== CAMPAIGN_ID ||
      found === undefined ||
      (found.reviewer !== actor.who && !this.#overlooks(actor))
    )
      throw refusal("E_NOT_FOUND", "There is no such item for you.");
    return found;
  }

  #act(actor: Actor, campaign: string, act: string, { item_id, version, seen_sha256 }: Seen): CampaignItem {
    const found = this.#find(actor, campaign, item_id);
    if (found.reviewer !== actor.who) throw refusal("E_FORBIDDEN", "Somebody else is asked about this item.");
    if (found.version !== version || found.seen_sha256 !== seen_sha256)
      throw refusal("E_CONFLICT", "It changed.");
    this.calls.push({ act, who: actor.who });
    return found;
  }

  #replace(row: CampaignItem): void {
    const at = this.items_.findIndex(({ item }) => item.item_id === row.item.item_id);
    this.items_[at] = { ...row, version: row.version + 1 };
  }

  #summary(actor: Actor): CampaignSummary {
    const of = (rows: readonly CampaignItem[]) => ({
      total: rows.length,
      done: rows.filter(({ state }) => state !== "open").length,
    });
    const { campaign_id, state, as_of, due_at, terms } = this.campaign_;
    return {
      campaign_id,
      state,
      as_of,
      title: terms.title,
      ...(due_at !== undefined && { due_at }),
      own: of(this.#own(actor)),
      ...(this.#overlooks(actor) && { all: of(this.items_) }),
    };
  }

  campaigns(actor: Actor) {
    return Promise.resolve([this.#summary(actor)]);
  }

  async campaign(actor: Actor, campaign: string): Promise<CampaignView> {
    if (campaign !== CAMPAIGN_ID || !this.#overlooks(actor))
      throw refusal("E_NOT_FOUND", "There is no such campaign for you.");
    const states = { open: 0, second_reviewer: 0, security: 0, decided: 0, gone: 0 };
    for (const { state } of this.items_) states[state] += 1;
    return Promise.resolve({
      campaign: this.campaign_,
      summary: this.#summary(actor),
      states,
      unassigned: 2,
      revocations: { open: 1, removed: 2, still_reachable: 1, unverifiable: 0 },
      may: actor.roles.includes("compliance") ? ["remind", "end_review", "close"] : [],
    });
  }

  templates() {
    return Promise.resolve([{ name: "quarterly", title: "Quarterly access review", due_from: NOW }]);
  }

  async items(actor: Actor, campaign: string, query: ItemQuery) {
    if (campaign !== CAMPAIGN_ID) throw refusal("E_NOT_FOUND", "There is no such campaign for you.");
    const whole = query.whose === "all" && this.#overlooks(actor) ? this.items_ : this.#own(actor);
    const found = whole.filter(
      ({ item, state, reviewer }) =>
        (query.state === undefined || state === query.state) &&
        (query.risk === undefined || item.risk === query.risk) &&
        (query.unassigned !== true || reviewer === undefined) &&
        (query.privileged === undefined || item.privileged === query.privileged) &&
        (query.search === undefined || item.principal.name.includes(query.search)),
    );
    const done = this.#own(actor).every(({ state }) => state !== "open");
    return Promise.resolve({
      ...paged(found, query),
      campaign: this.#summary(actor),
      stores: ["vault-prod"],
      tiers: ["critical", "standard"],
      bulk_limit: 50,
      sign_off: done && !this.signed ? { may: true } : { may: false, why_not: "items are open" },
    });
  }

  async item(actor: Actor, campaign: string, id: string): Promise<ItemView> {
    const item = this.#find(actor, campaign, id);
    const own = item.reviewer === actor.who;
    const next = this.#own(actor).find(({ state, item: other }) => state === "open" && other.item_id !== id);
    return Promise.resolve({
      item,
      campaign: this.#summary(actor),
      history: item.decisions.map(({ at, by, kind }) => ({
        number: 7,
        at,
        by,
        what: kind,
        sha256: sha256(at),
      })),
      may: {
        decide: own && item.state === "open",
        hand_on: own && item.state === "open",
        reassign:
          item.state === "open" && actor.roles.some((role) => role === "admin" || role === "compliance"),
        undo: own && item.state !== "open" && !this.signed,
        why_not: own ? [] : ["somebody else is asked about this item"],
        ...(item.item.privileged && { justify: "Required: the access is privileged." }),
      },
      ...(next !== undefined && { next: next.item.item_id }),
    });
  }

  async secrets(actor: Actor, campaign: string, id: string, page: Page) {
    const { item } = this.#find(actor, campaign, id);
    const all = Array.from({ length: item.secrets.count }, (_, at) => `${item.principal.name}/${at}`);
    return Promise.resolve(paged(all, page));
  }

  reviewers(_: Actor, __: string, page: Page) {
    return Promise.resolve(paged(reviewersShown(this.request_.principal), page));
  }

  revocations(_: Actor, __: string, page: Page) {
    const of = (at: number) => {
      const principal = this.items_[at]?.item.principal;
      const person = principal?.person;
      return {
        revocation: { ...revocation(at), ...this.revoked_.get(at) },
        principal_name: principal?.name ?? "",
        ...(person !== undefined && { person_name: person.name }),
        changes: [changeShown(principal?.name ?? "")],
      };
    };
    const list = paged([of(2), ...[...this.revoked_.keys()].map(of)], page);
    return Promise.resolve({ ...list, proposed: this.proposed_ });
  }

  journal(_: Actor, __: string, page: Page & { readonly kind?: string }) {
    if (page.kind === "sampled") return Promise.resolve(paged(this.samples, page));
    const line = {
      number: 1,
      at: NOW,
      by: "cora@example.com",
      kind: "started",
      what: `made ${this.campaign_.terms.title}`,
      about: [{ item_id: itemId(2), name: this.items_[2]?.item.principal.name ?? "" }],
      about_count: 5,
      sha256: sha256("1"),
      published: true,
    };
    return Promise.resolve(paged([line], page));
  }

  requests(actor: Actor, query: Page) {
    return this.request(actor, "req-1").then((row) => paged([row], query));
  }

  async request(actor: Actor, id: string): Promise<RequestView> {
    if (id !== "req-1") throw refusal("E_NOT_FOUND", "There is no such request for you.");
    return Promise.resolve({
      request: this.request_,
      asked_of_actor: actor.roles.includes("security") ? "security" : undefined,
    });
  }

  people(_: Actor, page: Page) {
    const person = {
      person_id: "p1",
      name: this.request_.principal,
      email: "ada@example.com",
      status: "active",
      third_party: false,
      principals: [{ id: "e1", name: this.request_.principal, store_id: "vault-prod" }],
      remarks: [this.request_.justification],
    } as const;
    return Promise.resolve(paged([person], page));
  }

  person(actor: Actor, campaign: string, asked: PersonAsked): Promise<PersonReport> {
    const whole = this.#overlooks(actor) ? this.items_ : this.#own(actor);
    const items = whole.filter(({ item: { principal } }) =>
      "id" in asked ? principal.person?.person_id === asked.id : principal.person?.email === asked.email,
    );
    const principal = items[0]?.item.principal;
    const person = principal?.person;
    if (campaign !== CAMPAIGN_ID || principal === undefined || person === undefined)
      return Promise.reject(refusal("E_NOT_FOUND", "There is no such person for you."));
    const reach = { readable_secret_count: 3, writable_secret_count: 0, administers: false, disabled: false };
    const login = { id: principal.id, name: principal.name, store_id: "vault-prod", ...reach };
    const requests = [{ request: this.request_, asked_of_actor: undefined }];
    return Promise.resolve({
      person,
      campaign: this.#summary(actor),
      items,
      item_count: items.length,
      ...(this.#overlooks(actor) && { overview: { logins: [login], requests, request_count: 1 } }),
    });
  }

  exportItems(actor: Actor, _: string, format: ExportFormat) {
    this.calls.push({ act: "export", who: actor.who });
    return Promise.resolve({
      name: `items.${format}`,
      type: "text/csv",
      bytes: Buffer.from("item_id,decision\n"),
    });
  }

  async decide(actor: Actor, campaign: string, seen: Seen, choice: Choice): Promise<void> {
    const row = this.#find(actor, campaign, seen.item_id);
    if (row.item.privileged && choice.justification === undefined)
      throw refusal("E_REVIEW", "A justification is missing: the access is privileged.");
    const found = this.#act(actor, campaign, "decide", seen);
    const decision: Decision = {
      ...choice,
      item_id: seen.item_id,
      level: "reviewer",
      by: actor.who,
      at: NOW,
      channel: "web",
      seen_sha256: seen.seen_sha256,
      bulk_size: 1,
    };
    this.#replace({ ...found, state: "decided", outcome: choice.kind, decisions: [decision] });
    return Promise.resolve();
  }

  async decideAll(actor: Actor, campaign: string, seen: readonly Seen[], choice: Choice): Promise<void> {
    const privileged = seen.some(({ item_id }) => this.#find(actor, campaign, item_id).item.privileged);
    if (choice.kind === "certify" && privileged)
      throw refusal("E_REVIEW", "Privileged items are not certified in bulk.");
    for (const one of seen) await this.decide(actor, campaign, one, choice);
  }

  async handOn(actor: Actor, campaign: string, seen: Seen, to: string): Promise<void> {
    this.#replace({ ...this.#act(actor, campaign, "handOn", seen), reviewer: to });
    return Promise.resolve();
  }

  async reassign(actor: Actor, campaign: string, seen: Seen, to: string): Promise<void> {
    const found = this.#find(actor, campaign, seen.item_id);
    if (found.version !== seen.version || found.seen_sha256 !== seen.seen_sha256)
      throw refusal("E_CONFLICT", "It changed.");
    this.calls.push({ act: "reassign", who: actor.who });
    this.#replace({ ...found, reviewer: to });
    return Promise.resolve();
  }

  sample(
    { who }: Actor,
    _: string,
    by: { readonly nonce: string; readonly size: number } | { readonly ids: readonly string[] },
  ) {
    const all = this.items_.map(({ item }) => item.item_id);
    const item_ids = "nonce" in by ? all.slice(0, by.size) : by.ids;
    if (item_ids.some((id) => !all.includes(id)))
      throw refusal("E_REVIEW", "An id is none of this campaign.");
    this.calls.push({ act: "sample", who });
    const sample = {
      population_sha256: sha256("items"),
      population_count: all.length,
      method: "nonce" in by ? "lowest SHA-256" : "ids that the auditor named",
      item_ids,
      ...("nonce" in by && { nonce: by.nonce }),
    };
    this.samples.push({
      number: this.samples.length + 2,
      at: NOW,
      by: who,
      kind: "sampled",
      what: "drew",
      sha256: sha256("2"),
      published: true,
      sample,
      about: [],
      about_count: 0,
    });
    return Promise.resolve(sample);
  }

  async undo(actor: Actor, campaign: string, seen: Seen): Promise<void> {
    const found = { ...this.#act(actor, campaign, "undo", seen) };
    delete (found as { outcome?: unknown }).outcome;
    this.#replace({ ...found, state: "open", decisions: [] });
    return Promise.resolve();
  }

  signOffOwn({ who }: Actor): Promise<void> {
    this.calls.push({ act: "signOffOwn", who });
    this.signed = true;
    return Promise.resolve();
  }

  start({ who }: Actor): Promise<string> {
    this.calls.push({ act: "start", who });
    return Promise.resolve(CAMPAIGN_ID);
  }

  async act(actor: Actor, campaign: string, act: string, version: number): Promise<void> {
    if (campaign !== CAMPAIGN_ID) throw refusal("E_NOT_FOUND", "There is no such campaign for you.");
    if (version !== this.campaign_.version) throw refusal("E_CONFLICT", "The campaign changed.");
    this.calls.push({ act, who: actor.who });
    return Promise.resolve();
  }

  noteTicket({ who }: Actor): Promise<void> {
    this.calls.push({ act: "noteTicket", who });
    return Promise.resolve();
  }

  importDecisions({ who }: Actor, _: string, format: ExportFormat, bytes: Uint8Array) {
    this.calls.push({ act: `import ${format} ${bytes.length}`, who });
    const refused = [{ row: 3, reason: this.request_.justification }];
    return Promise.resolve({ accepted: 1, handed_on: 0, skipped: 10, refused, dry_run: false });
  }

  ask({ who }: Actor): Promise<string> {
    this.calls.push({ act: "ask", who });
    return Promise.resolve("req-1");
  }

  readonly stated_: AccessRequest[] = [];

  stateRequest(integration: string, stated: StatedRequest): Promise<Stated> {
    this.calls.push({ act: "stateRequest", who: integration });
    const request = { ...stated, version: 1, stated_by: integration };
    this.stated_.push(request);
    return Promise.resolve({ request, recorded: true });
  }

  statedRequests(integration: string, page: Page) {
    return Promise.resolve(
      paged(
        this.stated_.filter(({ stated_by }) => stated_by === integration),
        page,
      ),
    );
  }

  answer({ who }: Actor): Promise<void> {
    this.calls.push({ act: "answer", who });
    return Promise.resolve();
  }
}
