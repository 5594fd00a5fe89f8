import { join, relative, sep } from "node:path";
import { compareStrings, sortedBy } from "../base/index.ts";
import {
  PAGE_ITEMS,
  type AccessLogAnswer,
  type CredentialsAnswer,
  type IntegrityAnswer,
  type StateAnswer,
  type UpkeepAnswer,
  type UsesAnswer,
} from "../connectors/index.ts";
import type { OwnQuestion, OwnRecords } from "../facts/index.ts";
import { fsck, survey, type Holder, type Survey, type VaultFinding } from "../vault/index.ts";
import { answered, isGapLater, once } from "./own-answers.ts";
import { readUses, type Uses } from "./own-vault-log.ts";
import type { VaultSite } from "./embedded-vault.ts";
import { UNCHECKED } from "./vault-advice.ts";
import { refuseNothing } from "./vault-check.ts";
import { slotStates } from "./vault-slot-states.ts";

/** Most findings of one code that are named; all are counted. */
const MAX_NAMED = 20;

/** Most actors that are named; all are counted. */
const MAX_ACTORS = 200;

/** Longest text of an answer. */
const MAX_CHARS = 1024;

/**
 * What the embedded vault tells about itself. Nothing is written, no credential is opened but by the check, which hands
 * none out, and what answers name is picked field by field: sealed keys and digests of blobs stay where they are.
 */
export function ownRecords(siteOf: () => Promise<VaultSite>): OwnRecords {
  const site = once(siteOf);
  const surveyed = once(async () => {
    const { terms, holders } = await site();
    return await survey(terms, holders.map(({ provider }) => provider).filter(isHarmlessToTry));
  });
  const used = once(async () => {
    const uses = await readUses((await site()).terms);
    if (uses.logs === 0) await surveyed(); // without a vault there is no log, which is not an empty one
    return uses;
  });
  const answers: Readonly<Record<OwnQuestion["about"], (page: number) => Promise<unknown>>> = {
    state: async () => await stateOf(await site(), await surveyed()),
    credentials: async (page) => credentialsOf(await surveyed(), page),
    upkeep: async () => upkeepOf(await surveyed()),
    access_log: async () => {
      const found = await used();
      // Where there is no vault there is no log of it either: an empty one would say that nobody used it.
      if (found.logs === 0) await surveyed();
      return accessLogOf(found);
    },
    uses: async (page) => usesOf(await used(), page),
    integrity: async () => await integrityOf(await site(), used),
  };
  return {
    ask: async ({ about, page }) => await answered(async () => await answers[about](page)),
  };
}

/** Nobody is asked to type, and no wrong PIN counts against a token's limit at each collection. */
function isHarmlessToTry({ type, capabilities }: Holder["provider"]): boolean {
  return !capabilities.humanPresence && type !== "pkcs11";
}

async function stateOf({ terms, holders }: VaultSite, found: Survey): Promise<StateAnswer> {
  const wraps = new Map<string, boolean>();
  for (const { provider } of holders) {
    const identity = await provider.identity();
    wraps.set(`${provider.type} ${identity}`, provider.capabilities.authenticatedWrap);
  }
  const states = await slotStates(found, holders);
  return {
    format: "evlt/v1",
    vault_id: found.vault_id,
    epoch: found.epoch,
    fingerprint: found.fingerprint,
    generation: found.generation,
    created_at: found.created_at,
    root_made_at: found.upkeep.root_rotated ?? found.created_at,
    id_pinned: terms.pin?.vaultId !== undefined,
    fingerprint_pinned: terms.pin !== undefined,
    anchor_count: terms.anchors.length,
    slots: states.map(({ slot: { id, type, identity, purpose, created_at }, state }) => {
      const authenticated = wraps.get(`${type} ${identity}`);
      return {
        id,
        type,
        identity: short(identity),
        purpose,
        created_at,
        configured: authenticated !== undefined,
        opened: id === found.opened_by,
        ...(state === "opens" || state === "shut" ? { opens: state === "opens" } : {}),
        ...(authenticated === undefined ? {} : { authenticated_wrap: authenticated }),
      };
    }),
  };
}

function credentialsOf({ entries }: Survey, page: number): CredentialsAnswer {
  return paged(entries, page, ({ name, created_at, max_age_days, note, versions }) => ({
    name,
    created_at,
    ...(max_age_days === undefined ? {} : { max_age_days }),
    ...(note === undefined ? {} : { note }),
    versions: versions.map(({ version, created_at: at, content_type }) => ({
      version,
      created_at: at,
      content_type,
    })),
  }));
}

function upkeepOf({ created_at, upkeep }: Survey): UpkeepAnswer {
  return { created_at, done: upkeep };
}

function accessLogOf({ logs, events, failures, span, actors }: Uses): AccessLogAnswer {
  const named = sortedBy(actors.entries(), ([actor]) => actor).sort(([, a], [, b]) => b.events - a.events);
  return {
    log_count: logs,
    event_count: events,
    failure_count: failures,
    ...(span === undefined ? {} : { span }),
    actor_count: actors.size,
    actors: named.slice(0, MAX_ACTORS).map(([actor, counts]) => ({ actor, ...counts })),
  };
}

/** Names that nothing was ever done with may be anything that somebody typed: they are in the counts of failures alone. */
function usesOf({ byName }: Uses, page: number): UsesAnswer {
  const real = [...byName].filter(([, { reads, reveals, writes }]) => reads + reveals + writes > 0);
  return paged(
    sortedBy(real, ([name]) => name),
    page,
    ([name, use]) => ({ name, ...use }),
  );
}

function paged<T, R>(all: readonly T[], page: number, shown: (item: T) => R) {
  const from = (page - 1) * PAGE_ITEMS;
  return {
    page,
    pages: Math.max(1, Math.ceil(all.length / PAGE_ITEMS)),
    items: all.slice(from, from + PAGE_ITEMS).map(shown),
  };
}

async function integrityOf(site: VaultSite, used: () => Promise<Uses>): Promise<IntegrityAnswer> {
  const { terms, ledger } = site;
  const report = await fsck({ ...terms, ledger, alsoPrivate: terms.anchors.map(({ name }) => name) });
  refuseNothing(report, site);
  const byCode = [...Map.groupBy(report.findings, ({ code }) => code)].sort(([a], [b]) =>
    compareStrings(a, b),
  );
  const ends = await lastEvents(used);
  return {
    looked_at: { ...report.counts },
    codes: byCode.flatMap(([code, findings]) => {
      const severity = findings[0]?.severity;
      return severity === undefined
        ? []
        : [{ code, severity, means: meaningOf({ code, severity }), count: findings.length }];
    }),
    findings: byCode.flatMap(([, findings]) =>
      findings.slice(0, MAX_NAMED).map((one) => named(one, site, ends)),
    ),
  };
}

function meaningOf({
  code,
  severity,
}: Pick<VaultFinding, "code" | "severity">): "damage" | "other" | "unchecked" {
  if (severity !== "error") return "other";
  return UNCHECKED.includes(code) ? "unchecked" : "damage";
}

/** Where each access log ends; nothing where one of them is damaged, of which the check itself tells. */
async function lastEvents(used: () => Promise<Uses>): Promise<ReadonlyMap<string, string>> {
  try {
    return (await used()).ends;
  } catch (thrown) {
    if (isGapLater(thrown)) return new Map();
    throw thrown;
  }
}

/** A name of an access log begins with when its session did. */
const BEGINNING = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/;

function named({ code, path }: VaultFinding, { terms }: VaultSite, ends: ReadonlyMap<string, string>) {
  const log = path.startsWith(join(terms.directory, "log") + sep)
    ? path.slice(terms.directory.length + 5)
    : "";
  const [, year, month, day, hour, minute, second, ms] = BEGINNING.exec(log) ?? [];
  const begun = year === undefined ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  const at = ends.get(log) ?? begun;
  return { code, path: short(placeOf(path, terms.directory)), ...(at === undefined ? {} : { at }) };
}

/** Below the state directory by its own name, whoever's machine it is; else as configured. */
function placeOf(path: string, vaultDirectory: string): string {
  const below = relative(join(vaultDirectory, ".."), path);
  return below.startsWith("..") ? path : below.split(sep).join("/");
}

function short(text: string): string {
  return text.slice(0, MAX_CHARS).toWellFormed();
}
