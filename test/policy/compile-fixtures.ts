import { buildPolicies } from "../../src/policy/index.ts";
import { COMPILED, SCHEMAS, compiledFile } from "./fixtures.ts";

/** Compiles the fixtures that are kept compiled. Run after changing them; a test compares. */
for (const directory of COMPILED)
  await buildPolicies(directory, compiledFile(directory), { schemas: SCHEMAS });
