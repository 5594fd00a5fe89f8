import type { Availability } from "./availability.ts";
import { ensurePythonPackage } from "./python-package.ts";

/** The `aws` program: version 1, since version 2 is not on PyPI. */
export async function ensureAwsCli(): Promise<Availability<string>> {
  return await ensurePythonPackage({
    name: "awscli",
    requirement: "awscli",
    version: "1.46.2",
    program: "aws",
  });
}
