import type { Instant } from "../../base/index.ts";
import { makingOf } from "./making.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import { refuseOlder } from "./seen-worse.ts";
import { entry } from "../record/entries.ts";
import { populate } from "../population/making.ts";
import type { Campaign, ReviewItem, Revocation } from "../model.ts";
import { itemOf, revocationOf, revocationRow } from "../record/records.ts";
import { refusal } from "../deciding/refusal.ts";
import { demandsAt, isOver, requireAsDecided } from "../remediation/revocations.ts";
import { standingPaths, type Standing } from "../remediation/standing.ts";
import type { Actor } from "../roles.ts";
import { RevocationVerifier, type Verdict } from "../remediation/verify.ts";

/** Looks in a later snapshot for what had to go. */
export async function verifyRevocations(
  desk: DeskState,
  actor: Actor,
  campaign: Campaign,
  seen: SeenAccess,
): Promise<void> {
  refuseOlder(campaign, seen);
  const { campaign_id } = campaign;
  const all = (await desk.ports.state.revocations(campaign_id)).map(revocationOf);
  const { snapshot_id, snapshot_sha256, as_of } = seen;
  const rows = all.filter((one) => tellsOf(as_of, one));
  if (all.length > 0 && rows.length === 0) {
    throw refusal(
      "a snapshot later than what was decided, and no older than the last that was asked",
      `${snapshot_id}, of ${as_of}`,
      "Run `countersign collect`, then try again.",
    );
  }
  const verifier = new RevocationVerifier({
    ...seen,
    subjects: seen.subjects(),
    asOf: as_of,
    ...(isRostered(seen.people) ? { personOf: seen.people.personOf } : {}),
  });
  const also = await othersOf(desk, campaign_id, seen);
  const standing = await standingOf(desk, campaign, rows, seen);
  const next = [];
  for (const revocation of rows) {
    const targets = await desk.secretsOf(revocation.set_sha256);
    const [placed] = await desk.items(actor, campaign_id, [revocation.item_id]);
    if (placed !== undefined) requireAsDecided(campaign, placed.found, revocation);
    const principal = placed?.found.item.principal;
    const { store_id, principal_id, from_at } = revocation;
    const demands = demandsAt(revocation, placed?.found.item.actions ?? revocation.actions, targets, as_of);
    const verdict = verifier.verify({
      store_id,
      principal_id,
      demands,
      from_at,
      standing: standing.get(revocation.item_id) ?? [],
      ...(principal === undefined ? {} : { principal, also: also(principal.person?.person_id, store_id) }),
    });
    next.push(judged(revocation, verdict, seen));
  }
  const at = desk.now();
  const results = next.map(({ item_id, state }) => ({ item_id, state }));
  await desk.commit({
    entries: [
      entry(
        "revocations_verified",
        { campaign_id, by: actor.who, at },
        { snapshot_id, snapshot_sha256, results },
        results.map(({ item_id }) => item_id),
      ),
    ],
    revocations: next.map(revocationRow),
  });
}

/** Where the paths stand still that were revoked as a whole, or have ended, by item: what came under them has to be gone as well. */
export async function standingOf(
  desk: DeskState,
  { campaign_id, terms, population }: Campaign,
  revocations: readonly Revocation[],
  seen: SeenAccess,
): Promise<ReadonlyMap<string, readonly Standing[]>> {
  const whole = new Set(
    revocations
      .filter((one) => one.kind !== "reduce" || isOver(one, seen.as_of))
      .map(({ item_id }) => item_id),
  );
  if (whole.size === 0) return new Map();
  const known = new Set<string>();
  const revoked: ReviewItem[] = [];
  for await (const row of desk.ports.state.everyItem({ campaign_id })) {
    known.add(row.item_id);
    if (whole.has(row.item_id)) revoked.push(itemOf(row).item);
  }
  const making = await makingOf(desk, seen, terms, population.query, campaign_id);
  return standingPaths(revoked, (id) => known.has(id), populate(making));
}

/** A revocation with what a snapshot shows of it. */
function judged(
  { removed_at, ...rest }: Revocation,
  { state, remaining, remaining_count }: Verdict,
  { snapshot_id, snapshot_sha256, as_of }: SeenAccess,
): Revocation {
  // What was gone before what is left had to end is not all.
  const isSame = isOver(rest, rest.checked?.as_of ?? as_of) === isOver(rest, as_of);
  const since = isSame ? (removed_at ?? as_of) : as_of;
  return {
    ...rest,
    ...(state === "removed" ? { removed_at: since } : {}),
    version: rest.version + 1,
    state,
    checked: { snapshot_id, snapshot_sha256, as_of, remaining, remaining_count },
  };
}

/** Whether what a snapshot shows says anything of a revocation: it is later than the decision, and not older than what is known. */
export function tellsOf(
  as_of: Instant,
  { decided_at, checked }: Pick<Revocation, "checked" | "decided_at">,
): boolean {
  const at = Date.parse(as_of);
  return at > Date.parse(decided_at) && (checked === undefined || at >= Date.parse(checked.as_of));
}

function isRostered({ byEmail, reconciled }: SeenAccess["people"]): boolean {
  return byEmail.size > 0 || reconciled !== undefined;
}

/** What a campaign knows to be somebody's who has nothing any more by the later rosters: who left them still has their logins. */
async function othersOf(
  desk: DeskState,
  campaign_id: string,
  { model, people }: SeenAccess,
): Promise<(person: string | undefined, store: string) => readonly string[]> {
  const linked = new Set(model.principals.map(({ id }) => people.personOf(id)?.person_id));
  const found = new Map<string, Set<string>>();
  for await (const row of desk.ports.state.everyItem({ campaign_id })) {
    const { principal, store_id } = itemOf(row).item;
    const { person_id } = principal.person ?? {};
    if (person_id === undefined || linked.has(person_id)) continue;
    const key = `${store_id} ${person_id}`;
    found.set(key, (found.get(key) ?? new Set()).add(principal.id));
  }
  return (person, store) => (person === undefined ? [] : [...(found.get(`${store} ${person}`) ?? [])]);
}
