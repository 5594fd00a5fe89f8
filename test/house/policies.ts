import { spawnSync } from "node:child_process";

/**
 * The Rego stage of `npm test`: check, test with coverage, format, through the same commands that users have. Without a
 * compiler (a machine without Go) the stage says so and passes, but never where CI=true.
 */
const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const NO_COMPILER = "E_COMPILER";

for (const args of [
  ["check", "policies"],
  ["test", "policies", "--coverage", "100"],
  ["format", "--check", "policies"],
]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "policy", ...args],
    { encoding: "utf8" },
  );
  process.stdout.write(`policy ${args.join(" ")}: ${stdout}${stderr}`);
  if (stderr.includes(NO_COMPILER) && process.env["CI"] !== "true") {
    process.stdout.write("skipped: no policy compiler on this machine; install Go and run again\n");
    break;
  }
  if (status !== 0) process.exitCode = 1;
}
