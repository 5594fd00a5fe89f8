import { join } from "node:path";
import type { UsesAnswer } from "../connectors/index.ts";
import { CallFailure } from "../facts/index.ts";
import { accessLogNames, readAccessLog, type AccessEvent, type VaultTerms } from "../vault/index.ts";

/** Most logs that are read. */
const MAX_LOGS = 200_000;

type Use = Omit<UsesAnswer["items"][number], "name">;

/** What all access logs say together. */
export interface Uses {
  readonly logs: number;
  readonly events: number;
  readonly failures: number;
  /** Absent where there is no event. */
  readonly span: { readonly first_at: string; readonly last_at: string } | undefined;
  readonly actors: ReadonlyMap<
    string,
    { readonly events: number; readonly failures: number; readonly reveals: number }
  >;
  readonly byName: ReadonlyMap<string, Use>;
  /** The instant of the last event, by log. */
  readonly ends: ReadonlyMap<string, string>;
}

/** Reads every access log, its chain proven. E_INTEGRITY where one is damaged: its part of the counts is not known. */
export async function readUses({ directory, files }: Pick<VaultTerms, "directory" | "files">): Promise<Uses> {
  const place = join(directory, "log");
  const names = await accessLogNames(place, files);
  if (names.length > MAX_LOGS)
    throw new CallFailure("limit", `expected at most ${MAX_LOGS} access logs, got ${names.length}`);
  const tally = new Tally();
  for (const name of names) {
    const { events } = await readAccessLog(place, name, files);
    for (const event of events) tally.add(event);
    const last = events.at(-1);
    if (last !== undefined) tally.ends.set(name, last.at);
  }
  return { logs: names.length, ...tally.total() };
}

class Tally {
  readonly ends = new Map<string, string>();
  readonly #actors = new Map<string, { events: number; failures: number; reveals: number }>();
  readonly #byName = new Map<string, Use>();
  #events = 0;
  #failures = 0;
  #first: string | undefined;
  #last: string | undefined;

  add(event: AccessEvent): void {
    const { actor, at, name, outcome, operation } = event;
    const failed = outcome === "done" ? 0 : 1;
    this.#events += 1;
    this.#failures += failed;
    if (this.#first === undefined || at < this.#first) this.#first = at;
    this.#last = later(this.#last, at);
    const counts = this.#actors.get(actor) ?? { events: 0, failures: 0, reveals: 0 };
    counts.events += 1;
    counts.failures += failed;
    counts.reveals += operation === "reveal" && failed === 0 ? 1 : 0;
    this.#actors.set(actor, counts);
    if (name !== undefined) this.#byName.set(name, used(this.#byName.get(name) ?? UNUSED, event));
  }

  total() {
    const [first_at, last_at] = [this.#first, this.#last];
    return {
      events: this.#events,
      failures: this.#failures,
      span: first_at === undefined || last_at === undefined ? undefined : { first_at, last_at },
      actors: this.#actors,
      byName: this.#byName,
      ends: this.ends,
    };
  }
}

const UNUSED: Use = { reads: 0, reveals: 0, writes: 0, failures: 0 };

function used(use: Use, { operation, outcome, at, actor }: AccessEvent): Use {
  if (outcome !== "done") return { ...use, failures: use.failures + 1 };
  switch (operation) {
    case "read":
      return { ...use, reads: use.reads + 1, last_read_at: later(use.last_read_at, at) };
    case "reveal": {
      const reveals = use.reveals + 1;
      const known = use.last_reveal;
      return {
        ...use,
        reveals,
        last_reveal: known !== undefined && known.at > at ? known : { at, by: actor },
      };
    }
    case "put":
    case "remove":
      return { ...use, writes: use.writes + 1 };
    default:
      return use;
  }
}

function later(known: string | undefined, at: string): string {
  return known === undefined || at > known ? at : known;
}
