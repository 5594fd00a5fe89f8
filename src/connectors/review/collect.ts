import {
  isGap,
  recordBytes,
  type CollectIo,
  type ConnectorContext,
  type Gap,
  type RawRecord,
  type ReviewQuestion,
} from "../../facts/index.ts";
import { compileSchema } from "../../schema/index.ts";
import { REVIEW_HIDES, RegisterAnswer, type PagedReviewQuestion } from "./answers.ts";

const registers = compileSchema(RegisterAnswer);

/** Prefix of every operation's name. */
export const OPERATION = "review.";

/** Who reads: nobody's account, but whoever may read the state directory, or its database. */
const CALLER = "state of the access reviews";

/** In the order in which they are asked. */
const PAGED: readonly PagedReviewQuestion[] = [
  "campaigns",
  "reviewers",
  "revocations",
  "decisions",
  "requests",
];

/** Asks what there is, then every page of it. Without the register each question is put once, so that its gap says why. */
export async function* collect(
  _settings: unknown,
  { source, reviews }: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<RawRecord | Gap> {
  const ask = async (about: ReviewQuestion["about"], page = 1): Promise<RawRecord | Gap> =>
    await io.call(
      {
        operation: `${OPERATION}${about}`,
        scope: source,
        params: about === "register" ? {} : { page },
        hides: REVIEW_HIDES[about],
        resource: `${source}:`,
        // Answers of two runs are of two states of one database: pages of them do not belong together.
        fresh: true,
      },
      async () => await reviews.ask({ about, page }),
    );
  io.identify(CALLER);
  const register = await ask("register");
  yield register;
  const pages = isGap(register) ? undefined : registerIn(register)?.pages;
  for (const about of PAGED) {
    for (let page = 1; page <= (pages?.[about] ?? 1); page += 1) yield await ask(about, page);
  }
}

/** What is kept of the register; undefined where it is not shaped as one. */
function registerIn(record: RawRecord): RegisterAnswer | undefined {
  const body = jsonOf(record);
  return registers.fits(body) ? body : undefined;
}

/** The kept answer; undefined where it is no JSON. */
export function jsonOf(record: RawRecord): unknown {
  try {
    return JSON.parse(recordBytes(record).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
