import { SUBJECT_KINDS, inputSchema } from "../src/subjects/index.ts";
import { writeFileAtomically } from "../src/base/index.ts";

/** Writes `policies/schemas/<kind>.json`, against which the Rego is type-checked. Run after changing a subject. */
for (const kind of SUBJECT_KINDS) {
  const path = new URL(`schemas/${kind}.json`, import.meta.url).pathname;
  await writeFileAtomically(path, `${JSON.stringify(inputSchema(kind), null, 2)}\n`);
}
