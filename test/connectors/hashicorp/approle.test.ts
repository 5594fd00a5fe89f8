import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { isGap, type Fact, type RawRecord } from "../../../src/facts/index.ts";
import { TOKEN_FIELDS } from "./fake-server.ts";
import { recordWith } from "./replays.ts";

const factsOf = (record: RawRecord): Fact[] =>
  hashicorp.normalise(record).filter((item): item is Fact => !isGap(item));

describe("an AppRole", () => {
  const role = (data: object) =>
    recordWith(
      { operation: "approle.role", params: { mount: "auth/approle/", name: "app" } },
      {
        data: {
          ...TOKEN_FIELDS,
          bind_secret_id: false,
          secret_id_bound_cidrs: null,
          secret_id_num_uses: 0,
          secret_id_ttl: 0,
          ...data,
        },
      },
    );
  const open = (data: object) =>
    factsOf(role(data)).flatMap((fact) => (fact.kind === "auth_role" ? [fact.unauthenticated] : []));

  it.each([
    { what: "asks for nothing", data: {}, unauthenticated: true },
    { what: "asks for a secret id", data: { bind_secret_id: true }, unauthenticated: false },
    { what: "names a network", data: { token_bound_cidrs: ["203.0.113.0/24"] }, unauthenticated: false },
    { what: "names every network", data: { token_bound_cidrs: ["0.0.0.0/0"] }, unauthenticated: true },
    {
      what: "names every network otherwise",
      data: { token_bound_cidrs: ["10.0.0.0/0"] },
      unauthenticated: true,
    },
    {
      what: "names every network by halves",
      data: { token_bound_cidrs: ["0.0.0.0/1", "128.0.0.0/1"] },
      unauthenticated: true,
    },
    {
      what: "names every network by quarters",
      data: { token_bound_cidrs: ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] },
      unauthenticated: true,
    },
    {
      what: "names what is no network",
      data: { token_bound_cidrs: ["intranet"] },
      unauthenticated: true,
    },
    {
      what: "names one among all",
      data: { token_bound_cidrs: ["203.0.113.0/24", "::/0"] },
      unauthenticated: true,
    },
    {
      what: "bounds its secret ids",
      data: { secret_id_bound_cidrs: ["203.0.113.0/24"] },
      unauthenticated: false,
    },
  ])("that $what says whether anyone may come in: $unauthenticated", ({ data, unauthenticated }) => {
    expect(open(data)).toEqual([unauthenticated]);
  });
});
