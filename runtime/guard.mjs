// Every script begins here: a clear sentence beats a syntax error from an old runtime.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `countersign: expected Node 24.7 or newer, got ${process.versions.node}. ` +
      "Run `npm ci`: it installs a private runtime for npm scripts where one is published for this platform; elsewhere install Node 24.\n",
  );
  process.exit(5);
}
