import { FACT_KINDS, type Connector, type FactKind } from "../../facts/index.ts";
import { HIDES } from "./answers.ts";
import { collect } from "./collect.ts";
import { REVISION, normalise } from "./normalise.ts";
import { PeopleSettings, selectionOf } from "./settings.ts";

const yielded = new Set<FactKind>([...Object.values(HIDES).flat(), "pasted_credential"]);

/** Lists of people, and registers of requests for access: who is behind a principal, and who asked for what it has. */
export const people: Connector<PeopleSettings> = {
  id: "people",
  revision: REVISION,
  settings: PeopleSettings,
  selection: selectionOf,
  permissions: ["read each file that is named"],
  yields: FACT_KINDS.filter((kind) => yielded.has(kind)),
  // Files are read at once: whether they can be is told by reading them.
  probes: () => "always",
  collect,
  normalise,
};

export { MAX_FILE_BYTES as MAX_ROSTER_BYTES, MAX_ROWS as MAX_ROSTER_ROWS } from "./answers.ts";
export { FIELDS as PEOPLE_FIELDS } from "./columns.ts";
export { statedRequest } from "./stated-request.ts";
export { refuseUnusablePeople } from "./settings.ts";
