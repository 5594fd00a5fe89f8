import { describe, expect, it } from "vitest";
import { SOURCE, listed } from "./files.ts";

const HEADER =
  "Ticket,Requested for,Secrets,Actions,Justification,Requested by,Requested at,Ends at,High privilege,Approved by,Approved at,State";

async function requests(text: string, file = "requests.csv") {
  return await listed({ [file]: text }, { requests: [{ file }] });
}

describe("a register of requests", () => {
  it("in CSV tells of each", async () => {
    const { of, gaps } = await requests(
      `${HEADER}\nREQ-1,ada@x.io,kv/payments/*;kv/db,"read, list",Outage,ada@x.io,2026-09-01T10:00:00+02:00,2026-09-30,no,kim@x.io,2026-09-01T12:00:00Z,Approved\n`,
    );
    expect(gaps).toEqual([]);
    expect(of("access_request")).toMatchObject([
      {
        id: `${SOURCE}:requests.csv/REQ-1`,
        principal: "ada@x.io",
        secrets: ["kv/payments/*", "kv/db"],
        actions: ["read", "list"],
        requested_at: "2026-09-01T08:00:00.000Z",
        ends_at: "2026-10-01T12:00:00.000Z",
        high_privilege: false,
        manager_approval: { by: "kim@x.io", at: "2026-09-01T12:00:00.000Z", approved: true },
        state: "approved",
      },
    ]);
  });

  it("in JSON tells of each", async () => {
    const request = {
      request_id: "REQ-2",
      principal: "ada",
      secrets: ["kv/db"],
      actions: ["administer"],
      justification: "On call",
      requested_by: "ada@x.io",
      requested_at: "2026-09-01",
      high_privilege: true,
      manager_approval: { by: "kim@x.io", at: "2026-09-01T12:00:00Z", approved: true },
      security_approval: { by: "sec@x.io", at: "2026-09-01T13:00:00Z", approved: false },
      state: "requested",
    };
    const { of, gaps } = await requests(JSON.stringify([request]), "requests.json");
    expect(gaps).toEqual([]);
    expect(of("access_request")).toMatchObject([
      { high_privilege: true, security_approval: { approved: false }, state: "requested" },
    ]);
  });

  it.each([
    ["R,ada,kv/a,raed,J,b,2026-09-01,,no,,,approved", "expected actions of"],
    ["R,ada,kv/a,read,J,b,2026-09-01,,no,,,done", "expected a state of"],
    ["R,ada,kv/a,read,J,b,2026-09-01,,perhaps,,,approved", "expected yes or no in high_privilege"],
    ["R,ada,kv/a,read,J,b,2026-09-01,,no,kim,,approved", "expected a value in manager_at"],
    ["R,ada,,read,J,b,2026-09-01,,no,,,approved", "expected a value in secrets"],
  ])("with a row such as %s has a gap", async (row, fault) => {
    const { of, gaps } = await requests(`${HEADER}\n${row}\n`);
    expect(of("access_request")).toEqual([]);
    expect(gaps).toMatchObject([
      {
        hides: ["access_request"],
        detail: expect.stringContaining(`requests.csv, line 2: ${fault}`) as string,
      },
    ]);
  });

  it.each([
    ["secrets", "kv/\ud800", "expected text in secrets, got half a character"],
    ["principal", "ada\0", "expected text that can be kept in principal, got control characters"],
    ["justification", "so\u001b", "expected text that can be kept in justification, got control characters"],
    ["justification", "one line\nand another", undefined],
  ])(
    "with text in %s that no database keeps has a gap, and its other requests (%#)",
    async (field, text, fault) => {
      const request = {
        request_id: "REQ-1",
        principal: "ada",
        secrets: ["kv/db"],
        actions: ["read"],
        requested_by: "ada@x.io",
        requested_at: "2026-09-01",
        state: "requested",
      };
      const other = { ...request, request_id: "REQ-2", [field]: field === "secrets" ? [text] : text };
      const { of, told } = await requests(JSON.stringify([request, other]), "requests.json");
      expect(of("access_request")).toHaveLength(fault === undefined ? 2 : 1);
      expect(told).toEqual(fault === undefined ? [] : [`malformed: requests.json, entry 2: ${fault}`]);
    },
  );

  it("without requests is a gap", async () => {
    const { told } = await requests(`${HEADER}\n`);
    expect(told).toEqual(["malformed: requests.csv: expected requests, got none"]);
  });
});
