import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { WASI } from "node:wasi";

/** Runs the compiler that the first argument names over stdin and stdout. It sees no file and no variable. */
const file = process.argv[2] ?? "";
const stored = readFileSync(file);
const wasm = file.endsWith(".br") ? brotliDecompressSync(stored) : stored;
const wasi = new WASI({ version: "preview1", args: ["compiler"], env: {}, preopens: {} });
const { instance } = await WebAssembly.instantiate(
  new Uint8Array(wasm),
  wasi.getImportObject() as WebAssembly.Imports,
);
process.exitCode = wasi.start(instance);
