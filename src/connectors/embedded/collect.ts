import {
  isGap,
  recordBytes,
  type CollectIo,
  type ConnectorContext,
  type Gap,
  type OwnQuestion,
  type RawRecord,
} from "../../facts/index.ts";
import { compileSchema } from "../../schema/index.ts";
import { CredentialsAnswer, HIDES, StateAnswer, UsesAnswer } from "./answers.ts";

const states = compileSchema(StateAnswer);
const paged = { credentials: compileSchema(CredentialsAnswer), uses: compileSchema(UsesAnswer) };

/** Who reads a vault that no key opens: its files alone tell what they look like. */
const NOBODY = "no key, by its files alone";

/** Prefix of every operation's name. */
export const OPERATION = "embedded.";

/**
 * Puts every question, each of which may fail by itself: a vault that no key opens here still tells what its files and its
 * access log look like.
 */
export async function* collect(
  _settings: unknown,
  { source, own }: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<RawRecord | Gap> {
  const ask = async (about: OwnQuestion["about"], page = 1): Promise<RawRecord | Gap> => {
    const params = about in paged ? { page } : {};
    const call = { operation: `${OPERATION}${about}`, scope: source, params, hides: HIDES[about] };
    return await io.call({ ...call, resource: `${source}:` }, async () => await own.ask({ about, page }));
  };
  const state = await ask("state");
  const caller = isGap(state) ? undefined : openedBy(state);
  if (caller !== undefined) io.identify(caller);
  yield state;
  yield await ask("upkeep");
  const integrity = await ask("integrity");
  // Damage is told where nothing opens the vault: whoever judges must not take that for a store that was silent.
  if (caller === undefined && !isGap(integrity)) io.identify(NOBODY);
  yield integrity;
  yield await ask("access_log");
  for (const about of ["credentials", "uses"] as const) {
    const first = await ask(about);
    yield first;
    const pages = isGap(first) ? 1 : pagesOf(about, first);
    for (let page = 2; page <= pages; page += 1) yield await ask(about, page);
  }
}

/** Whose key opened the vault; absent where the answer does not say, of which `normalise` makes a gap. */
function openedBy(record: RawRecord): string | undefined {
  const body = jsonOf(record);
  if (!states.fits(body)) return undefined;
  const slot = body.slots.find(({ opened }) => opened);
  return slot === undefined ? undefined : `${slot.type} ${slot.identity}`;
}

function pagesOf(about: keyof typeof paged, record: RawRecord): number {
  const body = jsonOf(record);
  return paged[about].fits(body) ? body.pages : 1;
}

/** The kept answer; undefined where it is no JSON. */
export function jsonOf(record: RawRecord): unknown {
  try {
    return JSON.parse(recordBytes(record).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
