import type { Instant } from "../../base/index.ts";
import type { CatalogueEntry } from "../../policy/index.ts";
import { requestRegister, type ClassificationRules, type RequestRegister } from "../../subjects/index.ts";
import type { Declared, PlacedChange } from "../declared.ts";
import type { Notice, UnreadPart } from "../verdict.ts";
import { accessChanges, needsRequest } from "./changes.ts";
import { compared } from "./compared.ts";
import type { Pair } from "./pair.ts";
import { ADDS_ALONE, UNCOMPUTED, notComputed } from "./not-compared.ts";
import { pairAgainst, type Collected } from "./overlay.ts";
import { ownPair, pairsWithBase } from "./pairs.ts";

/** Most things that are told of one comparison one by one. */
const MAX_TOLD = 20;

interface Terms {
  /** What a change is put on; absent: plans are compared with what they found. */
  readonly collected: Collected | undefined;
  readonly rules: ClassificationRules;
  readonly at: Instant;
}

type ReadSide = Parameters<typeof pairsWithBase>[0];

/** The same, with what was wrong with what could not be read. */
type FormerSide = Omit<ReadSide, "unread"> & { readonly unread: readonly UnreadPart[] };

/** What the gate compares of access, in the order in which it is asked, and what of that could not be. */
export class JudgedAccess {
  /** What is not known of both sides alike, or does not bear on who gains. */
  readonly notices: Notice[] = [];
  /** Of whose access nothing is said, or not all. */
  readonly unread: UnreadPart[] = [];
  readonly #terms: Terms;
  readonly #register: RequestRegister | undefined;
  #isUnasked = false;

  constructor(terms: Terms) {
    const { collected, rules, at } = terms;
    this.#terms = terms;
    this.#register = collected === undefined ? undefined : requestRegister(collected.facts, rules, at);
  }

  /** What an input does to a snapshot, where there is one; else what a plan itself tells of both sides. */
  ofInput(declared: Declared): PlacedChange[] {
    const { collected } = this.#terms;
    const { before, after, format, path, provider } = declared;
    if (collected === undefined || (before === undefined && after.facts.length === 0))
      return this.#own(declared);
    const pair = UNCOMPUTED.has(provider)
      ? { detail: notComputed(provider) }
      : pairAgainst(declared, collected);
    if ("detail" in pair) {
      const detail = `not held against snapshot ${collected.name}: ${pair.detail}`;
      this.unread.push({ path, format, reason: "unsupported", detail });
      return this.#own(declared);
    }
    if (before === undefined) this.#tell(`${path} ${ADDS_ALONE}`);
    return this.#changes(pair, collected.takenAt, this.#register);
  }

  /** What is otherwise than in a commit. Its files that could not be read are told, as far as they are `counted`. */
  sinceBase(
    now: ReadSide,
    former: FormerSide,
    ref: string,
    counted: (unread: UnreadPart) => boolean = () => true,
  ): PlacedChange[] {
    this.#tellAll(
      former.unread
        .filter(counted)
        .map(({ path, reason, detail }) => `${path} at ${ref} was not read (${reason}): ${detail}`),
      `files at ${ref}`,
    );
    return pairsWithBase(now, former, ref).flatMap((pair) => this.#changes(pair, this.#terms.at));
  }

  /** Policies that were not asked of something that is gained, since no register of requests is there, in order. */
  unasked(policies: readonly CatalogueEntry[]): string[] {
    if (!this.#isUnasked) return [];
    return policies
      .filter(({ needs }) => needs.includes("access_change") && needs.includes("access_request"))
      .map(({ policy_id }) => policy_id)
      .sort();
  }

  #own(declared: Declared): PlacedChange[] {
    const pair = ownPair(declared);
    return pair === undefined ? [] : this.#changes(pair, this.#terms.at);
  }

  #changes(pair: Pair, at: Instant, register?: RequestRegister): PlacedChange[] {
    const found = compared(pair, at);
    const { differences, count, cut, undecided, unseen } = found;
    const { format, path, against } = pair;
    if (cut || count > differences.length) {
      const detail = `more is otherwise than against ${against} than is looked at: the rest was left out`;
      this.unread.push({ path, format, reason: "limit", detail });
    }
    const open =
      undecided === 0 ? [] : [`${undecided} pairs of a principal and a thing are not known on either side`];
    this.#tellAll(
      [...unseen, ...open].map((detail) => `${path} against ${against}: ${detail}`),
      `${path} against ${against}`,
    );
    // On a snapshot with a register everything was asked.
    if (this.#register === undefined && differences.some(needsRequest)) this.#isUnasked = true;
    return accessChanges(found, this.#terms.rules, register);
  }

  #tellAll(messages: readonly string[], of: string): void {
    for (const message of messages.slice(0, MAX_TOLD)) this.#tell(message);
    const more = messages.length - MAX_TOLD;
    if (more > 0) this.#tell(`${of}: ${more} more`);
  }

  #tell(message: string): void {
    this.notices.push({ kind: "access_not_compared", message: message.slice(0, 1024) });
  }
}
