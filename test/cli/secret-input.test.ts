import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { secretFromPrompt, secretFromStream, secretTypedTwice } from "../../src/cli/secret-input.ts";

/** A stream as a terminal is one: it stays open between the questions, and is closed by whoever leaves its iterator. */
function terminal(...typed: readonly (Buffer | string)[]) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  for (const part of typed) stream.write(part);
  return stream;
}

const silent = (): void => undefined;
const question = { label: "Passphrase", fix: "none", signal: new AbortController().signal };

async function twice(...typed: readonly (Buffer | string)[]): Promise<string> {
  using secret = await secretTypedTwice(terminal(...typed), silent, question);
  return secret.expose().toString("utf8");
}

describe("a secret typed at a terminal", () => {
  it("is asked for twice at one terminal", async () => {
    const input = terminal("first\r");
    const asking = secretTypedTwice(input, silent, question);
    setTimeout(() => input.write("first\r"), 20);
    using secret = await asking;
    expect(secret.expose().toString()).toBe("first");
    expect(input.destroyed).toBe(false);
  });

  it("loses nothing that was typed ahead", async () => {
    expect(await twice("first\rfirst\r")).toBe("first");
    expect(await twice("fi", "rst\rfir", "st\r")).toBe("first");
  });

  it("takes characters back whole", async () => {
    expect(await twice("fü\u007füx\r", "füx\r")).toBe("füx");
  });

  it("is refused where the two differ, and where it is too long", async () => {
    await expect(twice("first\r", "second\r")).rejects.toMatchObject({ code: "E_INPUT" });
    await expect(secretFromPrompt(terminal("x".repeat(4097)), silent, question)).rejects.toMatchObject({
      code: "E_INPUT",
    });
  });

  it("is ended by a signal, the terminal put back, and a question that nobody answers", async () => {
    const modes: boolean[] = [];
    const input = Object.assign(terminal("fir"), { setRawMode: (mode: boolean) => modes.push(mode) });
    const stop = new AbortController();
    const said: string[] = [];
    // What is typed as soon as the question shows must not be echoed.
    const say = (text: string): void => void said.push(`${text}, raw: ${modes.join()}`);
    const asking = secretFromPrompt(input, say, { ...question, signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 20);
    await expect(asking).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(modes).toEqual([true, false]);
    expect(input.destroyed).toBe(true);
    expect(said[0]).toBe("Passphrase: , raw: true");
  });

  it("is interrupted by Ctrl-C", async () => {
    await expect(secretFromPrompt(terminal("fir\u0003"), silent, question)).rejects.toMatchObject({
      code: "E_INTERRUPTED",
    });
  });
});

describe("a secret on standard input", () => {
  it("is no secret where a signal came, though the input ended: it may be a part of one", async () => {
    const stop = new AbortController();
    const input = new PassThrough();
    const reading = secretFromStream(input, stop.signal);
    input.write("half of");
    stop.abort();
    input.end();
    await expect(reading).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    using whole = await secretFromStream(PassThrough.from([Buffer.from("whole\n")]), question.signal);
    expect(whole.expose().toString()).toBe("whole");
  });
});
