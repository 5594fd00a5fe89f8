import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { CountersignError, fileError, modeForOthers } from "../base/index.ts";
import { SecretBytes } from "../vault/index.ts";

/** Longest secret that is read from anywhere. */
export const MAX_SECRET_INPUT_BYTES = 1024 * 1024;

const ENTER = new Set([0x0a, 0x0d]);
const BACKSPACE = new Set([0x08, 0x7f]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const FIRST_PRINTABLE = 0x20;

/** Where secrets come from besides files: the process's own standard input. */
export interface SecretInput extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(mode: boolean): unknown;
  pause?(): unknown;
  /** Gives up what is still to come, so that nothing waits for it. */
  destroy?(): unknown;
  /** As a stream has it: its usual iterator closes the stream when a loop ends early, so that nobody could ask twice. */
  iterator?(options: { readonly destroyOnReturn: boolean }): AsyncIterable<Uint8Array>;
  /** Gives bytes back that the next question takes. */
  unshift?(bytes: Uint8Array): unknown;
}

/** Longest line that is typed. */
const MAX_LINE_BYTES = 4096;

interface FileRules {
  /** Refuse a file that others may read. */
  readonly ownerOnly: boolean;
  /** Keep all bytes of what is no UTF-8: it has no lines. A passphrase loses a line end in any case. */
  readonly binary?: boolean;
  /** A file of this many bytes is taken whole: a random key may end as a line does. */
  readonly keyBytes?: number;
}

/** A file's bytes, without the end of its last line. E_NOT_FOUND, E_INPUT, E_DISK. */
export async function secretFromFile(
  path: string,
  { ownerOnly, binary, keyBytes }: FileRules,
): Promise<SecretBytes> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile() || status.size > MAX_SECRET_INPUT_BYTES) {
        throw inputError(`a file of at most ${MAX_SECRET_INPUT_BYTES} bytes at ${path}`, "something else");
      }
      const mode = modeForOthers(status.mode);
      if (ownerOnly && mode !== undefined) {
        throw new CountersignError("E_INPUT", `expected ${path} to be its owner's alone, got mode ${mode}`, {
          fix: `chmod 600 ${path}`,
        });
      }
      const bytes = Buffer.allocUnsafeSlow(status.size);
      const { bytesRead } = await file.read(bytes, 0, status.size, 0);
      if (bytesRead === keyBytes) return SecretBytes.take(bytes);
      return binary === true ? textWithoutLineEnd(bytes, bytesRead) : withoutLineEnd(bytes, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

/**
 * All of standard input, without the end of its last line where it is text (UTF-8). E_INPUT when it is too long; E_INTERRUPTED when `signal` aborts,
 * also where the input ended by the same Ctrl-C: it may be a part of a secret.
 */
export async function secretFromStream(input: SecretInput, signal: AbortSignal): Promise<SecretBytes> {
  const bytes = Buffer.allocUnsafeSlow(MAX_SECRET_INPUT_BYTES);
  let length = 0;
  for await (const part of untilAborted(input, signal, "standard input")) {
    if (length + part.length > bytes.length) {
      bytes.fill(0);
      throw inputError(`at most ${MAX_SECRET_INPUT_BYTES} bytes on standard input`, "more");
    }
    bytes.set(part, length);
    part.fill(0);
    length += part.length;
  }
  return textWithoutLineEnd(bytes, length);
}

/** The parts of `input`, until it ends. E_INTERRUPTED when `signal` aborts, however long the next part takes. */
export async function* untilAborted(
  input: SecretInput,
  signal: AbortSignal,
  what: string,
): AsyncGenerator<Uint8Array> {
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined); // nobody waits for it where the input ends first
  const stop = (): void => {
    over.reject(interrupted(what));
  };
  signal.addEventListener("abort", stop, { once: true });
  const parts = (input.iterator?.({ destroyOnReturn: false }) ?? input)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await Promise.race([parts.next(), over.promise]);
      if (signal.aborted) throw interrupted(what);
      if (part.done === true) return;
      yield part.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Where a part is still to come, leaving waits for it: whoever is interrupted does not.
    if (signal.aborted) input.destroy?.();
    else await parts.return?.();
  }
}

/** What is asked of a person. */
interface Question {
  readonly label: string;
  /** What to do where nobody can be asked. */
  readonly fix: string;
  /** Ends the question: of SIGTERM, and of SIGINT where somebody sends it. */
  readonly signal: AbortSignal;
}

/** A line typed without echo. E_INPUT where nobody can type, and for too long a line; E_INTERRUPTED on Ctrl-C and signals. */
export async function secretFromPrompt(
  input: SecretInput,
  say: (text: string) => void,
  { label, fix, signal }: Question,
): Promise<SecretBytes> {
  if (input.isTTY !== true || input.setRawMode === undefined) {
    throw new CountersignError("E_INPUT", `expected a terminal to ask at (${label}), got none`, { fix });
  }
  input.setRawMode(true); // first: what is typed in answer to the question must not show
  try {
    say(`${label}: `);
    return await typedLine(input, label, signal);
  } finally {
    input.setRawMode(false);
    input.pause?.();
    say("\n");
  }
}

async function typedLine(input: SecretInput, label: string, signal: AbortSignal): Promise<SecretBytes> {
  const bytes = Buffer.allocUnsafeSlow(MAX_LINE_BYTES);
  let length = 0;
  try {
    for await (const part of untilAborted(input, signal, label)) {
      for (const [at, byte] of part.entries()) {
        if (byte === CTRL_C) throw interrupted(label);
        if (ENTER.has(byte) || byte === CTRL_D) {
          if (at + 1 < part.length) input.unshift?.(Uint8Array.from(part.subarray(at + 1))); // typed ahead
          part.fill(0);
          return SecretBytes.copyOf(bytes.subarray(0, length));
        }
        if (BACKSPACE.has(byte)) length = previousCharacter(bytes, length);
        else if (byte >= FIRST_PRINTABLE) {
          if (length === bytes.length) throw inputError(`a line of at most ${MAX_LINE_BYTES} bytes`, "more");
          bytes[length++] = byte;
        }
      }
      part.fill(0);
    }
    return SecretBytes.copyOf(bytes.subarray(0, length));
  } finally {
    bytes.fill(0);
  }
}

/** As `secretFromPrompt`, for what must not hold a typing error. E_INPUT where the two differ. */
export async function secretTypedTwice(
  input: SecretInput,
  say: (text: string) => void,
  question: Question,
): Promise<SecretBytes> {
  const first = await secretFromPrompt(input, say, question);
  using second = await secretFromPrompt(input, say, { ...question, label: "The same again" });
  if (first.expose().equals(second.expose())) return first;
  first[Symbol.dispose]();
  throw new CountersignError("E_INPUT", "expected the same twice, got two", {
    fix: "Try again; nothing was kept. Several lines are given in a file or on standard input.",
  });
}

/** Where the last UTF-8 character begins. */
function previousCharacter(bytes: Buffer, length: number): number {
  let at = Math.max(0, length - 1);
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

/** Takes over `bytes`. */
/** As `withoutLineEnd`, but for bytes that are no UTF-8: what looks like a line end is one of them. */
function textWithoutLineEnd(bytes: Buffer, length: number): SecretBytes {
  if (isUtf8(bytes.subarray(0, length))) return withoutLineEnd(bytes, length);
  const secret = SecretBytes.copyOf(bytes.subarray(0, length));
  bytes.fill(0);
  return secret;
}

function withoutLineEnd(bytes: Buffer, length: number): SecretBytes {
  let end = length;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (end < length && bytes[end - 1] === 0x0d) end -= 1;
  const secret = SecretBytes.copyOf(bytes.subarray(0, end));
  bytes.fill(0);
  return secret;
}

function interrupted(what: string): CountersignError {
  return new CountersignError("E_INTERRUPTED", `interrupted while asking for ${what}`);
}

function inputError(expected: string, got: string): CountersignError {
  return new CountersignError("E_INPUT", `expected ${expected}, got ${got}`);
}
