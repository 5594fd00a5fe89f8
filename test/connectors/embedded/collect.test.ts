import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/base/index.ts";
import { embedded } from "../../../src/connectors/index.ts";
import { CallFailure, type ConnectorContext, type OwnQuestion } from "../../../src/facts/index.ts";
import { collectAll, contextOf, plainIo } from "../hashicorp/plain-io.ts";
import { ANSWERS, CREDENTIALS, SOURCE } from "./answers.ts";

const SETTINGS = { address: "embedded-vault" } as const;

function asked(answer: (question: OwnQuestion) => unknown): ConnectorContext {
  const ask = (question: OwnQuestion) => {
    const body = Buffer.from(canonicalJson(answer(question)), "utf8");
    return Promise.resolve({ status: 200, media_type: "application/json", body });
  };
  return { ...contextOf({}, SOURCE), own: { ask: async (question) => await ask(question) } };
}

describe("collecting the embedded vault", () => {
  it("puts every question once and says whose key opened it", async () => {
    const io = plainIo();
    const { gaps, facts } = await collectAll(
      embedded,
      SETTINGS,
      asked(({ about }) => ANSWERS[about]),
      io,
    );
    expect(gaps).toEqual([]);
    expect(io.callers).toEqual(["passphrase default"]);
    expect(io.calls.map(({ operation }) => operation).sort()).toEqual(
      Object.keys(ANSWERS).map((about) => `embedded.${about}`),
    );
    const kinds = new Set(facts.map(({ kind }) => kind));
    expect(embedded.yields.filter((kind) => !kinds.has(kind))).toEqual(["pasted_credential"]);
  });

  it("gives the same facts again", async () => {
    const once = async () =>
      await collectAll(
        embedded,
        SETTINGS,
        asked(({ about }) => ANSWERS[about]),
        plainIo(),
      );
    expect(await once()).toEqual(await once());
  });

  it("asks for every page that the first one tells of", async () => {
    const [item] = CREDENTIALS.items;
    const paged = asked(({ about, page }) =>
      about === "credentials"
        ? { page, pages: 3, items: [{ ...item, name: `vault/number-${page}` }] }
        : ANSWERS[about],
    );
    const { facts } = await collectAll(embedded, SETTINGS, paged, plainIo());
    const names = facts.flatMap((fact) => (fact.kind === "secret" ? [fact.name] : []));
    expect(names).toEqual(["vault/number-1", "vault/number-2", "vault/number-3"]);
  });

  it("goes on where one question fails, and hides what that one would have told", async () => {
    const shut = asked(({ about }) => {
      if (about === "access_log" || about === "integrity") return ANSWERS[about];
      throw new CallFailure("denied", "no configured key opens it");
    });
    const io = plainIo();
    const { gaps, facts } = await collectAll(embedded, SETTINGS, shut, io);
    expect(io.callers).toEqual(["no key, by its files alone"]);
    expect(gaps.map(({ operation, resource, reason }) => [operation, resource, reason])).toEqual(
      ["state", "upkeep", "credentials", "uses"].map((about) => [
        `embedded.${about}`,
        `${SOURCE}:`,
        "denied",
      ]),
    );
    expect(facts.map(({ kind }) => kind).sort()).toEqual(["access_log", "integrity_check", "sink"]);
  });

  it("where every question fails, nobody was asked as anyone, and all is a gap", async () => {
    const shut = asked(() => {
      throw new CallFailure("denied", "the state directory may not be read");
    });
    const io = plainIo();
    const { gaps, facts } = await collectAll(embedded, SETTINGS, shut, io);
    expect(io.callers).toEqual([]);
    expect(facts).toEqual([]);
    expect(gaps.map(({ operation }) => operation).sort()).toEqual(
      Object.keys(ANSWERS).map((about) => `embedded.${about}`),
    );
  });
});
