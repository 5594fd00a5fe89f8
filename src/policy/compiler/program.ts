import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CountersignError, fileError, messageOf } from "../../base/index.ts";

/** Bounds of what an outside program says. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_STDERR_CHARS = 4096;

/** All that a program gets of the environment: how to find programs, and where to put temporary files. No credentials. */
const PASSED_ON = ["PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot"];

/** What a program left behind. */
export interface ProgramResult {
  /** Undefined where it did not end within its time. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** Its beginning, for messages. */
  readonly stderr: string;
}

export interface ProgramCall {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly cwd?: string;
  /** The environment; without it nothing but what finds programs and temporary files. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Shared memory: there where a container's file system is read-only as a whole. */
const SHARED_MEMORY = "/dev/shm";

async function scratchDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "countersign-"));
  } catch (thrown) {
    return await mkdtemp(join(SHARED_MEMORY, "countersign-")).catch(() => {
      throw fileError(thrown, tmpdir(), "write");
    });
  }
}

/**
 * Runs a program to its end. Input and output pass through files: WASI writes to a pipe without waiting and loses what
 * does not fit. It is ended when its time is over. Undefined when there is no such program. E_COMPILER when it answers too
 * much, or is ended by someone else.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramResult | undefined> {
  const directory = await scratchDirectory();
  const handles: FileHandle[] = [];
  try {
    await writeFile(join(directory, "in"), call.stdin ?? "");
    handles.push(await open(join(directory, "in"), "r"), await open(join(directory, "out"), "w"));
    const ended = await spawned(
      call,
      handles.map(({ fd }) => fd),
    );
    if (ended === undefined) return undefined;
    const { size } = await stat(join(directory, "out"));
    if (size > MAX_ANSWER_BYTES) {
      throw new CountersignError(
        "E_COMPILER",
        `expected at most ${MAX_ANSWER_BYTES} bytes from ${call.file}, got ${size}`,
      );
    }
    return { ...ended, stdout: await readFile(join(directory, "out"), "utf8") };
  } catch (thrown) {
    throw fileError(thrown, directory, "write");
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
    await rm(directory, { recursive: true, force: true });
  }
}

function leastEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
}

function spawned(
  call: ProgramCall,
  [stdin, stdout]: readonly number[],
): Promise<Omit<ProgramResult, "stdout"> | undefined> {
  const { file, args, cwd, env = leastEnvironment(), timeoutMs } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: [stdin ?? "ignore", stdout ?? "ignore", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < MAX_STDERR_CHARS) stderr += text.slice(0, MAX_STDERR_CHARS - stderr.length);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(undefined);
      else
        reject(
          new CountersignError("E_COMPILER", `expected ${file} to start, got ${messageOf(error)}`, {
            cause: error,
          }),
        );
    });
    child.on("close", (code, signal) => {
      if (code !== null || child.killed) resolve({ exitCode: code ?? undefined, stderr });
      else
        reject(
          new CountersignError(
            "E_COMPILER",
            `expected ${file} to end by itself, got ${signal ?? "no exit code"}`,
          ),
        );
    });
  });
}
