import { join } from "node:path";
import { computeGrants } from "../access/index.ts";
import { CountersignError, type Instant, type Sha256 } from "../base/index.ts";
import { listSnapshots, type FactOf } from "../facts/index.ts";
import {
  type Journal,
  ReviewDesk,
  type AccessRequest,
  type PeopleView,
  type PersonBehind,
  type SeenAccess,
  type WebhookPort,
} from "../review/index.ts";
import { openState, type StateDatabase, type StatePlace } from "../state/index.ts";
import { buildSubjects, reconciledPeople, RequestNames } from "../subjects/index.ts";
import type { LoadedConfig } from "./config.ts";
import { loadConfig, stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { withCredentials } from "./embedded-vault.ts";
import { evidenceContent, reviewJournal } from "./ledger-place.ts";
import { openSnapshot, type OpenedSnapshot } from "./snapshots.ts";
import { statePlace } from "./state-place.ts";
import { reportable } from "./unread.ts";

/** The access review with all that it works on. */
export interface OpenedDesk {
  readonly config: LoadedConfig;
  readonly desk: ReviewDesk;
  readonly state: StateDatabase;
  readonly journal: Journal;
  readonly access: () => Promise<SeenAccess>;
  /** A desk at which everything that is read is of one instant, and nothing can be done. */
  readonly frozen: <T>(work: (desk: ReviewDesk, state: StateDatabase) => Promise<T>) => Promise<T>;
  /** Bytes of the content-addressed store. E_NOT_FOUND, E_INTEGRITY, E_DISK. */
  readonly kept: (digest: Sha256) => Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Where the state is, its credential read. E_REFERENCE, E_CONFIG. */
export async function placeOfState(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig,
): Promise<StatePlace> {
  return await withCredentials(
    environment,
    { ...options, directory: config.directory, purpose: "review" },
    async (credentials) => await statePlace(environment, options, { config, credentials }),
  );
}

/** Opens state and ledger; what a killed process left unpublished is published first. E_CONFIG, E_DISK, E_UNREACHABLE, E_INTEGRITY. */
export async function openDesk(environment: Environment, options: ConfigOptions): Promise<OpenedDesk> {
  const config = await loadConfig(environment, options);
  const directory = stateDirectory(environment, options);
  const state = await openState(await placeOfState(environment, options, config));
  try {
    const journal = reviewJournal(state, directory, environment.ports.clock);
    const content = evidenceContent(directory);
    const snapshots = new Snapshots(environment, options, config);
    await journal.publish();
    const ports = {
      state,
      settings: config.value.review ?? {},
      clock: environment.ports.clock,
      access: async () => await snapshots.seen(),
      people: async () => await snapshots.people(),
      keep: async (bytes: Uint8Array) => await content.put(bytes),
      publish: async () => {
        await journal.publish();
      },
      ...webhookPort(environment, options, config),
    };
    return {
      config,
      desk: new ReviewDesk(ports),
      state,
      journal,
      access: async () => await snapshots.seen(),
      frozen: async (work) =>
        await state.snapshot(async (one) => await work(new ReviewDesk({ ...ports, state: one }), one)),
      kept: async (digest) => await content.get(digest),
      close: async () => {
        await state.close();
      },
    };
  } catch (thrown) {
    await state.close();
    throw thrown;
  }
}

/** Tries of one notice at a time: it is tried again later, too. */
const RETRIES = 2;

function webhookPort(
  environment: Environment,
  options: ConfigOptions,
  { value, directory }: LoadedConfig,
): { readonly webhook?: WebhookPort } {
  const { webhook } = value.review ?? {};
  if (webhook === undefined) return {};
  const public_url = value.serve?.public_url?.replace(/\/$/, "");
  return {
    webhook: {
      terms: async () => ({
        url: webhook.url,
        secret: await webhookSecret(environment, options, { reference: webhook.secret, directory }),
        clock: environment.ports.clock,
        retries: RETRIES,
        signal: environment.signal,
      }),
      ...(public_url === undefined ? {} : { public_url }),
    },
  };
}

/** What signs notices. E_REFERENCE. */
export async function webhookSecret(
  environment: Environment,
  options: ConfigOptions,
  { reference, directory }: { readonly reference: string; readonly directory: string },
): Promise<Uint8Array> {
  return await withCredentials(
    environment,
    { ...options, directory, purpose: "notify" },
    async (credentials) => Buffer.from(await credentials.read(reference), "utf8"),
  );
}

/** The newest snapshot, read once as long as it is the newest. */
class Snapshots {
  readonly #environment: Environment;
  readonly #options: ConfigOptions;
  readonly #config: LoadedConfig;
  #known: { readonly id: string | undefined; readonly seen: Promise<SeenAccess> } | undefined;

  constructor(environment: Environment, options: ConfigOptions, config: LoadedConfig) {
    this.#environment = environment;
    this.#options = options;
    this.#config = config;
  }

  /** E_NOT_FOUND, E_UNSEEN where nothing could be read, E_INTEGRITY. */
  async seen(): Promise<SeenAccess> {
    const id = await this.#newest();
    if (this.#known !== undefined && this.#known.id === id) return await this.#known.seen;
    const known = { id, seen: this.#read() };
    this.#known = known;
    try {
      return await known.seen;
    } catch (thrown) {
      // What failed is tried again by the next who asks.
      if (this.#known === known) this.#known = undefined;
      throw thrown;
    }
  }

  /** Nobody before the first snapshot. */
  async people(): Promise<PeopleView> {
    if ((await this.#newest()) === undefined) return { personOf: () => undefined, byEmail: new Map() };
    return (await this.seen()).people;
  }

  async #newest(): Promise<string | undefined> {
    const directory = join(stateDirectory(this.#environment, this.#options), "snapshots");
    return (await listSnapshots(directory)).at(-1);
  }

  async #read(): Promise<SeenAccess> {
    const snapshot = await openSnapshot(this.#environment, this.#options);
    if (reportable(snapshot) === "no") {
      const { snapshot_id } = snapshot.manifest;
      throw new CountersignError("E_UNSEEN", `expected a snapshot that read a store, got ${snapshot_id}`, {
        fix: "Mend what `countersign doctor` tells, and collect again: nobody reviews what nobody saw.",
      });
    }
    return seenOf(snapshot, this.#config);
  }
}

/** A snapshot as the review sees it. */
export function seenOf(
  { manifest, manifestSha256, facts }: OpenedSnapshot,
  config: LoadedConfig,
): SeenAccess {
  const { snapshot_id, taken_at } = manifest;
  const model = computeGrants(facts, { takenAt: taken_at });
  return {
    snapshot_id,
    snapshot_sha256: manifestSha256,
    as_of: taken_at,
    model,
    facts,
    subjects: () => buildSubjects(facts, model, config.rules, taken_at),
    people: peopleOf(facts, model, config, taken_at),
    requests: facts.of("access_request").map(requestOf),
  };
}

function peopleOf(
  facts: SeenAccess["facts"],
  model: SeenAccess["model"],
  { rules }: LoadedConfig,
  takenAt: Instant,
): PeopleView {
  if (facts.of("person").length === 0) {
    const known = new RequestNames(facts, { people: [], links: new Map() });
    return {
      personOf: () => undefined,
      byEmail: new Map(),
      isSame: (a, b) => known.isSame(a, b),
      namesOf: (id) => known.ofPrincipal(id),
    };
  }
  const { people, links, ambiguous, counts } = reconciledPeople(facts, model, rules, takenAt);
  const names = new RequestNames(facts, { people, links });
  const unclear = new Set(ambiguous.filter(mayHaveGone(people)).map(({ principal_id }) => principal_id));
  return {
    personOf: (id) => {
      const link = links.get(id);
      return link === undefined ? undefined : behindOf(link.person);
    },
    eventOf: (id) => {
      const link = links.get(id);
      if (link !== undefined) return eventOf(link.person);
      return unclear.has(id) ? { kind: "left", certain: false } : undefined;
    },
    byEmail: new Map(
      people.flatMap((person) => person.emails.map((email) => [email, byAddress(person, email)])),
    ),
    isSame: (a, b) => names.isSame(a, b),
    namesOf: (id) => names.ofPrincipal(id),
    named: (name) => {
      const person = names.personOf(name);
      return person === undefined || person.ambiguous ? undefined : behindOf(person);
    },
    reconciled: counts,
  };
}

type Person = ReturnType<typeof reconciledPeople>["people"][number];

/** Rows that cannot be told apart are perhaps several people: each address acts as itself, and is still of one person with the others. */
function byAddress(person: Person, email: string): PersonBehind {
  return behindOf(person.ambiguous ? { ...person, email } : person);
}

function behindOf({ person_id, name, email, title, manager_email, status, ...rest }: Person): PersonBehind {
  const { terminated_at, third_party } = rest;
  const others = rest.emails.filter((one) => one !== email);
  const moved_at = rest.status_from === "hr" && status !== "terminated" ? rest.moved_at : undefined;
  return {
    person_id,
    name,
    status,
    third_party,
    ...(email === undefined ? {} : { email }),
    ...(others.length === 0 ? {} : { other_emails: others }),
    ...(title === undefined ? {} : { title }),
    ...(manager_email === undefined ? {} : { manager_email }),
    ...(terminated_at === undefined ? {} : { terminated_at }),
    ...(moved_at === undefined ? {} : { moved_at }),
  };
}

/** Whether any of the people whom a principal fits may have left or moved: also whoever's rows cannot be told apart. */
function mayHaveGone(people: readonly Person[]): (of: { readonly person_ids: readonly string[] }) => boolean {
  const byId = new Map(people.map((person) => [person.id, person]));
  return ({ person_ids }) =>
    person_ids.some((id) => {
      const person = byId.get(id);
      return person === undefined || person.ambiguous || eventOf(person) !== undefined;
    });
}

/** Leaving goes before moving. Only HR tells of moves. */
function eventOf({ status, status_certain, status_from, terminated_at, moved_at }: Person) {
  const certain = status_certain;
  if (status === "terminated") {
    return { kind: "left" as const, certain, ...(terminated_at === undefined ? {} : { at: terminated_at }) };
  }
  if (status_from !== "hr" || moved_at === undefined) return undefined;
  return { kind: "moved" as const, certain, at: moved_at };
}

/** A request of a register, as the review has its own. */
function requestOf(fact: FactOf<"access_request">): AccessRequest {
  const { request_id, principal, secrets, actions, justification, requested_by, requested_at } = fact;
  const { starts_at, ends_at, high_privilege, manager_approval, security_approval, state } = fact;
  return {
    ...{ request_id, version: 0, principal, secrets, actions, justification, requested_by, requested_at },
    ...{ high_privilege, state },
    ...(starts_at === undefined ? {} : { starts_at }),
    ...(ends_at === undefined ? {} : { ends_at }),
    ...(manager_approval === undefined ? {} : { manager_approval }),
    ...(security_approval === undefined ? {} : { security_approval }),
  };
}
