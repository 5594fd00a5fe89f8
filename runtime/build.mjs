// Builds what is published: `dist/` from `src/` (whose types `npm test -- types` checks), and beside it the packed policy compiler where Go is there to build it.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync, statSync } from "node:fs";
import { bundle } from "./bundled.mjs";

const root = new URL("../", import.meta.url).pathname;

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

rmSync(`${root}dist`, { recursive: true, force: true });
await bundle(root);
chmodSync(`${root}dist/cli/main.js`, 0o755);
// SQL is read as it stands, beside what reads it.
cpSync(`${root}src/events`, `${root}dist/events`, {
  recursive: true,
  filter: (path) => path.endsWith(".sql") || statSync(path).isDirectory(),
});

// What browsers load is served as it stands.
cpSync(`${root}src/web/static`, `${root}dist/web/static`, { recursive: true });

const packer = ["--disable-warning=ExperimentalWarning", "src/policy/compiler/build.ts"];
if (run(process.execPath, ...packer, "--pack", "dist/policy/compiler") !== 0) {
  process.stderr.write(
    "The package is built without the policy compiler: `policy check|test|build` will need opa.\n",
  );
  // A release without it would be half a product.
  if (process.env.CI === "true") process.exit(1);
}
