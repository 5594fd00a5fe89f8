#!/usr/bin/env node
import "./hardening.ts";
import { keepCompiledCode } from "./compiled-code.ts";

// Before the rest is loaded: what is loaded earlier is compiled anew at each run.
keepCompiledCode(process.env);
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv);
