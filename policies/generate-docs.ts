import { readFile, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeFileAtomically } from "../src/base/index.ts";
import { loadBundle } from "../src/policy/index.ts";
import { policyPages } from "./policy-pages.ts";

/** Writes `docs/policies/` from `policies/bundle.tar.gz`, and removes pages of policies that are gone. */
const docs = new URL("../docs/policies/", import.meta.url);
const { catalogue } = loadBundle(await readFile(new URL("bundle.tar.gz", import.meta.url)));
const pages = policyPages(catalogue);
for (const [name, text] of pages) await writeFileAtomically(fileURLToPath(new URL(name, docs)), text);
for (const name of await readdir(docs)) if (!pages.has(name)) await rm(new URL(name, docs));
