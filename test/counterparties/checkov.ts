import { missing, type Availability } from "./availability.ts";
import { ensurePythonPackage } from "./python-package.ts";

/** checkov, which the gate's benchmark runs beside it: from PyPI into the cache of counterparties (291 MB). */
export async function ensureCheckov(): Promise<Availability<string>> {
  try {
    return await ensurePythonPackage({
      name: "checkov",
      requirement: "checkov",
      version: "3.3.30",
      program: "checkov",
    });
  } catch (thrown) {
    return missing(`pip could not fetch checkov: ${(thrown as Error).message.split("\n")[0] ?? ""}`);
  }
}

/** `node test/counterparties/checkov.ts` installs it ahead of the benchmark, and prints its path. */
if (import.meta.main) {
  const checkov = await ensureCheckov();
  console.log("found" in checkov ? checkov.found : `missing: ${checkov.missing}`);
}
