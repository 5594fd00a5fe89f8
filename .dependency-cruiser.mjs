// The layer rule: a file imports only lower ranks or its own folder; another folder is entered through its index.ts.
// ARCHITECTURE.md says what each folder owns. `test/house/layers.ts` runs this and refuses an empty run.
const RANKS = [
  ["base"],
  ["schema"],
  ["facts", "ledger", "vault", "state", "tables"],
  ["hashicorp"],
  ["connectors", "access", "events", "people", "policy", "secret-scan"],
  ["collect", "subjects"],
  ["controls", "review"],
  ["evidence"],
  ["render"],
  ["gate", "monitor"],
  ["web"],
  ["cli"],
];

const anyOf = (folders) => `^src/(${folders.join("|")})/`;

const upward = RANKS.flatMap((folders, rank) =>
  folders.map((folder) => ({
    name: `layer-${folder}`,
    severity: "error",
    comment: `src/${folder} has rank ${rank}: it may import lower ranks and itself`,
    from: { path: `^src/${folder}/` },
    to: { path: anyOf(RANKS.slice(rank).flat()), pathNot: `^src/${folder}/` },
  })),
);

const only = (name, modules, folders, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: "^src/", pathNot: anyOf(folders) },
  to: { path: modules },
});

export default {
  forbidden: [
    ...upward,
    {
      name: "index-only",
      severity: "error",
      comment: "another folder is entered through its index.ts",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] },
    },
    {
      name: "known-folder",
      severity: "error",
      comment: "a folder under src/ has a rank",
      from: { path: "^src/[^/]+/", pathNot: anyOf(RANKS.flat()) },
      to: {},
    },
    { name: "no-cycles", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    { name: "no-test-in-src", severity: "error", from: { path: "^src/" }, to: { path: "^test/" } },
    only(
      "network-only-in-adapters",
      "^(undici|http|https|node:http|node:https|node:net|net|node:tls|tls|dgram|node:dgram)$|node_modules/undici/",
      ["connectors", "ledger", "state", "tables", "review", "monitor", "web"],
      "the network is only in the connectors and the adapters",
    ),
    only(
      "wasm-only-in-policy",
      "node_modules/@open-policy-agent/|^node:wasi$|^wasi$",
      ["policy"],
      "Wasm is only in policy",
    ),
    only(
      "clouds-only-in-connectors",
      "node_modules/(@aws-sdk|@azure|@google-cloud|google-auth-library)/",
      ["connectors"],
      "the clouds' SDKs are only in the connectors",
    ),
    only("duckdb-only-in-tables", "node_modules/@duckdb/", ["tables"], "the engine is only in tables"),
    only(
      "databases-only-in-state",
      "^(node:)?sqlite$|node_modules/(kysely|pg|@types/pg)/",
      ["state"],
      "the databases are only in state",
    ),
    {
      name: "optional-packages-late",
      severity: "error",
      comment:
        "what only some users need is imported when it is used, so that nobody else waits for it or installs it",
      from: { path: "^src/" },
      to: {
        path: "node_modules/(@aws-sdk|@azure|@duckdb|@google-cloud|google-auth-library|age-encryption|pg)/",
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
