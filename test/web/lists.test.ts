import { describe, expect, it } from "vitest";
import { importedPage } from "../../src/web/pages/items.ts";
import { CAMPAIGN_ID, NOW, itemId } from "./desk-data.ts";
import { PEOPLE, site } from "./site.ts";

const LIST = `/campaigns/${CAMPAIGN_ID}/items`;

const boxes = (body: string): string[] =>
  [...body.matchAll(/name="items"\s+value="([^"]+)"/g)].map(([, value = ""]) => value);

describe("the list of items", () => {
  it("goes person by person, with a count and a button that ticks all of one", async () => {
    const { signedIn, desk, audit } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(LIST);
    const headings = [...body.matchAll(/<tr role="row" class="group">([\s\S]*?)<\/tr>/g)].map(
      ([, text = ""]) => text,
    );
    expect(headings).toHaveLength(17);
    expect(headings[0]).toContain("Ada Lindqvist");
    expect(headings[0]).toMatch(/3 items on this\s+page,\s+3\s+of\s+them\s+to\s+decide/);
    expect(headings[0]).not.toContain("next page");
    expect(headings.at(-1)).toContain("more may follow on the next page");
    const all_of = /name="all_of"\s+value="([^"]+)"/.exec(headings[1] ?? "")?.[1] ?? "";
    expect(all_of.split(".")).toEqual([itemId(3), itemId(4), itemId(5)]);
    const [first = ""] = boxes(body);
    const again = await rita.post(`${LIST}/select?page=1`, {
      all_of,
      items: first,
      justification: "typed before",
    });
    expect(again.statusCode).toBe(200);
    expect(again.body.match(/name="items"[^>]*checked/g)).toHaveLength(4);
    expect(again.body).toContain("typed before");
    expect(desk.calls).toEqual([]);
    expect(audit.entries.filter(({ action }) => action.startsWith("items."))).toEqual([]);
  });

  it("stays on the page from which it was sent", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(`${LIST}?page=2`);
    expect(boxes(body)).toHaveLength(8);
    expect(body).toContain(`action="${LIST}?whose=mine&amp;sort=risk&amp;page=2"`);
  });

  it("has no headings in orders that part a person's items", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    expect((await rita.get(`${LIST}?sort=secrets`)).body).not.toContain('class="group"');
    expect((await rita.get(`${LIST}?sort=principal`)).body).toContain('class="group"');
  });

  it("offers no box for what is decided, or asked of somebody else", async () => {
    const { signedIn, desk } = await site();
    desk.items_[0] = { ...desk.items_[0]!, state: "decided", outcome: "kept" };
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(LIST);
    expect(boxes(body)).toHaveLength(49);
    expect(body).toContain("nobody answered; kept by rule");
    expect(boxes((await (await signedIn(PEOPLE.compliance)).get(`${LIST}?whose=all`)).body)).toEqual([]);
  });
});

describe("a row of the list", () => {
  const rowsOf = (body: string): string[] => body.split("data-row").slice(1);

  it("is of a person where one is known, and tells two paths of theirs apart", async () => {
    const { signedIn, desk } = await site();
    const [first, second] = [desk.items_[0]!, desk.items_[1]!];
    const { person, ...nobody } = second.item.principal;
    expect(person).toBeDefined();
    desk.items_[1] = { ...second, item: { ...second.item, principal: nobody } };
    const statement = { ...first.item.statements[0]!, policy: "payments-admin", line: 8 };
    const other = { ...statement, through: [{ kind: "group" as const, name: "on-call" }] };
    desk.items_[2] = {
      ...desk.items_[2]!,
      item: {
        ...first.item,
        item_id: itemId(2),
        statements: [statement, statement, other, { ...other, line: 9 }],
        secrets: { ...first.item.secrets, count: 1, sample: ["vault-prod/kv/one"] },
      },
    };
    const rita = await signedIn(PEOPLE.reviewer);
    const [one = "", unknown = "", two = ""] = rowsOf((await rita.get(LIST)).body);
    expect(one).toContain(`href="${LIST}/${itemId(0)}"><bdi>Ada Lindqvist</bdi>`);
    expect(one).toContain("<bdi>role-0</bdi>, entity");
    expect(one).toContain("group payments-team, policy payments-read, line 3");
    expect(one).toMatch(
      /<code>vault-prod\/kv\/payments\/role-0\/0<\/code>, <code>[^<]*\/1<\/code> \+ 28 more/,
    );
    expect(unknown).toContain(`href="${LIST}/${itemId(1)}"><bdi>role-1</bdi>`);
    expect(two).toContain("group payments-team, policy payments-admin, line 8");
    expect(two).toContain("group on-call, policy payments-admin, line 8");
    expect(two).toContain("; 1 more");
    expect(two).toContain("<code>vault-prod/kv/one</code>");
    expect(two).not.toContain("+ ");
  });

  it("does not hide that what decides could not be read", async () => {
    const { signedIn, desk } = await site();
    const first = desk.items_[0]!;
    const unread = { actions: ["read" as const], through: [], policy: "unknown", note: "sealed" };
    desk.items_[0] = { ...first, item: { ...first.item, statements: [unread] } };
    desk.items_[1] = { ...desk.items_[1]!, item: { ...desk.items_[1]!.item, statements: [] } };
    const rita = await signedIn(PEOPLE.reviewer);
    const [one = "", words = ""] = rowsOf((await rita.get(LIST)).body);
    expect(one).toContain("not known: sealed");
    expect(one).not.toContain("policy unknown");
    expect(words).toContain("which allows kv/data/payments/*");
  });
});

describe("who runs the campaign", () => {
  it("finds what nobody decides on, and asks somebody", async () => {
    const { signedIn, desk } = await site();
    const { reviewer, ...nobody } = desk.items_[4]!;
    desk.items_[4] = nobody;
    expect(reviewer).toBeDefined();
    const cora = await signedIn(PEOPLE.compliance);
    expect((await cora.get(`/campaigns/${CAMPAIGN_ID}`)).body).toContain(
      `${LIST}?whose=all&amp;unassigned=true`,
    );
    const list = (await cora.get(`${LIST}?whose=all&unassigned=true`)).body;
    expect(list.match(/data-row/g)).toHaveLength(1);
    const path = `${LIST}/${itemId(4)}`;
    expect((await cora.get(path)).body).toContain("Ask somebody else");
    const seen = { version: "1", seen_sha256: nobody.seen_sha256 };
    const answer = await cora.post(`${path}/reassign`, {
      ...seen,
      to: "Kim@Example.com",
      reason: "runs the service",
    });
    expect(answer.headers.location).toBe(`${path}?told=reassigned`);
    expect(desk.items_[4].reviewer).toBe("kim@example.com");
    expect(
      (await cora.post(`${path}/reassign`, { ...seen, to: "x@example.com", reason: "late" })).statusCode,
    ).toBe(409);
  });
});

describe("an item", () => {
  it("says what became of it during the review, whose secrets it is about and why it is privileged", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(`${LIST}/${itemId(9)}`);
    for (const text of [
      "It joined the campaign on",
      "what was decided before does not count",
      "Nobody answered in time",
      "<bdi>billing</bdi>, <bdi>payments</bdi>, and 3 more; 3 secrets without an owner",
      "critical: 20 critical, 10 without a tier",
      "it can write",
    ])
      expect(body).toContain(text);
    expect(body).toContain(`datetime="${NOW}"`);
  });
});

describe("samples", () => {
  it("are drawn by a word or by ids, kept, and refused with what was typed", async () => {
    const { signedIn, desk } = await site();
    const path = `/campaigns/${CAMPAIGN_ID}/samples`;
    const audrey = await signedIn(PEOPLE.auditor);
    expect((await audrey.get(path)).body).toContain("None was drawn yet");
    const drawn = await audrey.post(path, { nonce: "a word of mine", size: "3" });
    expect(drawn.headers.location).toBe(`${path}?told=sampled`);
    await audrey.post(path, { ids: `${itemId(7)}\r\n ${itemId(8)}` });
    const { body } = await audrey.get(path);
    expect(body).toContain("a word of mine");
    expect(body).toContain(`${LIST}/${itemId(8)}`);
    const calls = desk.calls.length;
    for (const typed of [
      { ids: "nothing of it" },
      { nonce: "a word of mine" },
      { size: "3" },
      { nonce: "a word", size: "3", ids: itemId(1) },
    ]) {
      const answer = await audrey.post(path, typed);
      expect(answer.statusCode).toBe(422);
      for (const value of Object.values(typed)) expect(answer.body).toContain(value);
    }
    expect(desk.calls).toHaveLength(calls);
    const sam = await signedIn(PEOPLE.security);
    expect((await sam.get(path)).body).not.toContain("Draw by a word");
  });
});

describe("the overview of a campaign", () => {
  it("says what can be done right after the state, before all that is known", async () => {
    const { signedIn } = await site();
    const cora = await signedIn(PEOPLE.compliance);
    const { body } = await cora.get(`/campaigns/${CAMPAIGN_ID}`);
    const places = ['class="badge warn">in review', "What you can do", "Access as of", "Items by state"].map(
      (text) => body.indexOf(text),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe("the page of reviewers", () => {
  it("tells what those did who were asked as one of a role", async () => {
    const { signedIn } = await site();
    const cora = await signedIn(PEOPLE.compliance);
    const { body } = await cora.get(`/campaigns/${CAMPAIGN_ID}/reviewers`);
    const sam = body.slice(body.lastIndexOf("sam@example.com"));
    expect(sam).toMatch(/7 of 7/);
    expect(body).not.toContain("no items");
  });
});

describe("the page of revocations", () => {
  it("tells what to change as text, and why where that is not to be had", async () => {
    const { desk, signedIn } = await site();
    const cora = await signedIn(PEOPLE.compliance);
    const path = `/campaigns/${CAMPAIGN_ID}/revocations`;
    const { body } = await cora.get(path);
    expect(body).toContain("# - path &quot;kv/data/payments/*&quot; {\n# + path");
    expect(body).toContain("Two others lose it as well.");
    desk.proposed_ = { why_not: "the snapshot was not read" };
    const blind = (await cora.get(path)).body;
    expect(blind).toContain("cannot be told: the snapshot was not read");
    expect(blind).not.toContain("is proposed on snapshot");
  });

  const limited = (from_at: string) => ({
    kind: "time_limit" as const,
    state: "open" as const,
    from_at,
    due_at: from_at,
  });

  it("shows whose access it is, what is asked for, and when a time limit ends", async () => {
    const { signedIn, desk } = await site();
    desk.revoked_.set(3, limited("2026-12-01T23:59:59.999Z"));
    desk.revoked_.set(6, limited("2026-10-11T23:59:59.999Z"));
    desk.revoked_.set(9, { kind: "reduce", state: "open", actions: ["write"] });
    const cora = await signedIn(PEOPLE.compliance);
    const { body } = await cora.get(`/campaigns/${CAMPAIGN_ID}/revocations`);
    const [, plain = "", ahead = "", over = "", reduced = ""] = body.split('<th role="rowheader"');
    expect(plain).toContain(`href="${LIST}/${itemId(2)}"><bdi>Ada Lindqvist</bdi>`);
    expect(plain).toMatch(/<bdi>role-2<\/bdi> on <bdi>vault-prod/);
    expect(plain).toContain('<span class="badge bad">revoke</span>');
    expect(ahead).toContain("<bdi>Kofi Mensah</bdi>");
    expect(ahead).toContain('<span class="badge plain">time limit</span>');
    expect(ahead).toContain('<span class="badge plain">ends on 2026-12-01</span>');
    expect(ahead).toContain("until then:");
    expect(ahead).not.toMatch(/not known to be gone|still reachable/);
    expect(over).toContain("not known to be gone");
    expect(over).not.toContain("ends on");
    expect(reduced).toContain('<span class="badge warn">reduce</span>');
    expect(reduced).toMatch(/write on 30 secrets/);
  });
});

describe("a list that came back", () => {
  it("is told with what was handed on, refused, and left open", () => {
    const refused = [{ row: 3, reason: "expected a day, got maybe" }];
    const { main } = importedPage("q4", { accepted: 0, handed_on: 1, skipped: 10, refused, dry_run: false });
    const text = String(main).replaceAll(/\s+/g, " ");
    expect(text).toContain("0 decisions recorded, 1 item handed on, 1 line refused, 10 lines left open");
    expect(text).toContain("expected a day, got maybe");
  });
});

describe("a reviewer at work", () => {
  it("goes on to the next item after handing one on, and is told the limit of a bulk decision before it is refused", async () => {
    const { signedIn } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(LIST);
    expect(body).toMatch(/At most 50\s+items at once/);
    const [id = "", version = "", seen_sha256 = ""] = (boxes(body)[0] ?? "").split(".");
    const answer = await rita.post(`${LIST}/${id}/hand-on`, {
      ...{ version, seen_sha256, to: "ben@example.com" },
      reason: "he owns this service",
    });
    expect(answer.headers.location).toMatch(new RegExp(`^${LIST}/[0-9a-f]{32}\\?told=handed_on$`));
  });
});
