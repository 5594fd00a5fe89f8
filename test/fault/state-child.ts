/**
 * A process that decides in an access review, to be killed. Arguments: the directory with journal and chain, where it kills
 * itself (a `Point`, or `never`; `opened`: ends well once it has opened it), at which commit, and the URL of a PostgreSQL database, if any. Starts as a server does, then commits
 * and publishes for ever; each commit that was acknowledged is a line with its number.
 */
import { writeSync } from "node:fs";
import { openJournal } from "../review/journal-place.ts";
import { CAMPAIGN, campaignRow, entryOf, itemRow } from "../state/rows.ts";

/** Items that each commit adds: several statements of one transaction. */
const ITEMS = 900;

const [root = "", point = "never", at = "0", url] = process.argv.slice(2);

let commits = 0;

function dieAt(here: string): void {
  if (point === here && commits === Number(at)) process.kill(process.pid, "SIGKILL");
}

const place = await openJournal(root, url);
const { state, journal, content, leaves } = place;
if (point === "opened") {
  await state.close();
  process.exit(0);
}

const put = content.put.bind(content);
content.put = async (bytes) => {
  const digest = await put(bytes);
  dieAt("document kept");
  return digest;
};
const appendAll = leaves.appendAll.bind(leaves);
leaves.appendAll = async (all) => {
  const heads = [];
  for (const { type, payload } of all) {
    // One by one, to die between two of a commit.
    heads.push(await appendAll([{ type, payload }]));
    dieAt("leaf appended");
  }
  return heads.at(-1)!;
};
const mark = state.markPublished.bind(state);
state.markPublished = async (first, last) => {
  await mark(first, last);
  dieAt("marked");
};

await journal.publish();
const before = (await state.campaign(CAMPAIGN))?.version ?? 0;
for (let version = before + 1; ; version += 1) {
  commits += 1;
  const items = Array.from({ length: ITEMS }, (_, n) => itemRow(version * ITEMS + n));
  const last = items[ITEMS - 1]!;
  // Read when most of the transaction is done.
  Object.defineProperty(last, "search", {
    enumerable: true,
    get: () => {
      dieAt("within the transaction");
      return "";
    },
  });
  const entries = [entryOf(2 * version - 1), entryOf(2 * version)];
  await state.commit({ campaigns: [campaignRow(version)], items, entries });
  dieAt("committed");
  await journal.publish();
  writeSync(1, `${version}\n`);
}
