import { compareStrings, sha256 } from "../../base/index.ts";
import { refusal } from "../deciding/refusal.ts";

/** Longest word that an auditor gives, and the shortest that nobody guesses before. */
const MAX_NONCE = 200;
const MIN_NONCE = 8;

/** Most items of one sample. */
export const MAX_SAMPLE = 1000;

/** How a sample came about, so that anyone can draw it again. */
export interface Sample {
  readonly population_sha256: string;
  readonly population_count: number;
  readonly method: string;
  readonly nonce?: string;
  /** In the order in which they were drawn; of a list of ids, in its order. */
  readonly item_ids: readonly string[];
}

const BY_NONCE = "lowest SHA-256 of population digest, nonce and item id, each on a line of its own";
const BY_LIST = "ids that the auditor named";

/**
 * Draws from a sealed population by a word that the auditor gives afterwards, so that neither side can steer it: the items with the
 * lowest digests. `ids` are those of the whole population. E_REVIEW.
 */
export function sampleByNonce(population: SealedPopulation, nonce: string, size: number): Sample {
  const word = nonce.trim();
  if (word.length < MIN_NONCE || word.length > MAX_NONCE || /[\r\n]/.test(word)) {
    throw refusal(
      `a word of ${MIN_NONCE} to ${MAX_NONCE} characters on one line`,
      String(word.length),
      "The auditor makes it up after the population was sealed.",
    );
  }
  if (!Number.isInteger(size) || size < 1 || size > MAX_SAMPLE) {
    throw refusal(`a size of 1 to ${MAX_SAMPLE}`, String(size), "Ask for so many items.");
  }
  const { items_sha256, ids } = population;
  const drawn = [...ids]
    .map((id) => ({ id, rank: sha256(Buffer.from(`${items_sha256}\n${word}\n${id}\n`, "utf8")) }))
    .sort((a, b) => compareStrings(a.rank, b.rank))
    .slice(0, size);
  return { ...sealed(population), method: BY_NONCE, nonce: word, item_ids: drawn.map(({ id }) => id) };
}

/** A sample that the auditor named. E_REVIEW where an id is none of the population, or stands twice. */
export function sampleByIds(population: SealedPopulation, wanted: readonly string[]): Sample {
  const known = new Set(population.ids);
  const strange = wanted.find((id) => !known.has(id));
  if (strange !== undefined)
    throw refusal("ids of items of this campaign", strange, "items.csv names them all.");
  if (wanted.length === 0 || wanted.length > MAX_SAMPLE || new Set(wanted).size < wanted.length) {
    throw refusal(`1 to ${MAX_SAMPLE} ids, each once`, String(wanted.length), "Name each item once.");
  }
  return { ...sealed(population), method: BY_LIST, item_ids: [...wanted] };
}

/** What was sealed when the campaign was made. */
export interface SealedPopulation {
  readonly items_sha256: string;
  readonly ids: readonly string[];
}

function sealed({
  items_sha256,
  ids,
}: SealedPopulation): Pick<Sample, "population_count" | "population_sha256"> {
  return { population_sha256: items_sha256, population_count: ids.length };
}
