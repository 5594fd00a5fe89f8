import { beforeAll, describe, expect, it } from "vitest";
import { html } from "../../src/web/html.ts";
import { pathDrawing } from "../../src/web/pages/path-drawing.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { CAMPAIGN_ID, HOSTILE, itemId, reviewItem } from "./desk-data.ts";
import { FakeDesk } from "./fake-desk.ts";
import { PEOPLE, type Site, site } from "./site.ts";

/** All pages, as who sees most of them. */
const PAGES = ROUTES.filter(
  ({ method, action, api }) =>
    method === "GET" && !api && !/^(static|health|session\.|items\.export|evidence\.file)/.test(action),
).map(({ path, access, action }) => ({
  action,
  path:
    path.replace(":campaign", CAMPAIGN_ID).replace(":item", itemId(1)).replace(":request", "req-1") +
    (action === "campaign.person" ? "?id=p0" : ""),
  who: access !== "anyone" && !access.includes("compliance") ? ("admin" as const) : ("compliance" as const),
}));

function attributes(tag: string): Map<string, string> {
  return new Map(
    [...tag.matchAll(/\s([\w-]+)(?:="([^"]*)")?/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** What is wrong with a page, beyond what a browser forgives. */
function faults(page: string): string[] {
  const found: string[] = [];
  const tags = [...page.matchAll(/<([a-z][\w]*)((?:\s[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(
    ([, name = "", rest = ""]) => ({ name, attributes: attributes(rest) }),
  );
  const ids = tags.map((tag) => tag.attributes.get("id")).filter((id) => id !== undefined);
  if (new Set(ids).size !== ids.length)
    found.push(`an id twice: ${ids.filter((id, at) => ids.indexOf(id) !== at).join(", ")}`);
  const labels = new Set(tags.filter(({ name }) => name === "label").map((tag) => tag.attributes.get("for")));
  for (const tag of tags.filter(({ name }) => ["input", "select", "textarea"].includes(name))) {
    if (tag.attributes.get("type") === "hidden") continue;
    if (!labels.has(tag.attributes.get("id")))
      found.push(`no label: ${tag.name} ${tag.attributes.get("name") ?? ""}`);
  }
  for (const tag of tags) {
    for (const name of ["aria-labelledby", "aria-describedby"])
      for (const id of (tag.attributes.get(name) ?? "").split(" ").filter(Boolean))
        if (!ids.includes(id)) found.push(`${name} of nothing: ${id}`);
    for (const name of tag.attributes.keys())
      if (name.startsWith("on") || name === "style") found.push(`inline: ${name}`);
    const href = tag.attributes.get("href");
    if (href !== undefined && !/^[/#]/.test(href)) found.push(`leads elsewhere: ${href}`);
  }
  for (const one of ["h1", "main", "title"])
    if (tags.filter(({ name }) => name === one).length !== 1 && one !== "title") found.push(`not one ${one}`);
  for (const name of [
    "table",
    "form",
    "section",
    "ul",
    "ol",
    "dl",
    "p",
    "tr",
    "td",
    "th",
    "fieldset",
    "svg",
    "bdi",
    "span",
  ]) {
    const [opened, closed] = [
      page.match(new RegExp(`<${name}[\\s>]`, "g"))?.length ?? 0,
      page.match(new RegExp(`</${name}\\s*>`, "g"))?.length ?? 0,
    ];
    if (opened !== closed) found.push(`${opened} <${name}>, ${closed} closed`);
  }
  const posts = [...page.matchAll(/<form\s[^>]*method="post"[\s\S]*?<\/form/g)];
  for (const [form] of posts) if (!form.includes('name="form_token"')) found.push("a form without its token");
  return found;
}

describe("every page", () => {
  let plain: Site;
  let hostile: Site;

  beforeAll(async () => {
    plain = await site({ desk: new FakeDesk({ reviewer: PEOPLE.compliance }) });
    hostile = await site({ desk: new FakeDesk({ reviewer: PEOPLE.compliance, name: HOSTILE }) });
  });

  it("was looked at", () => {
    expect(PAGES.length).toBeGreaterThan(15);
  });

  it.each(PAGES)("$action is whole, labelled and has one heading", async ({ path, who }) => {
    const browser = await plain.signedIn(PEOPLE[who]);
    const { statusCode, body } = await browser.get(path);
    expect(statusCode).toBe(200);
    expect(faults(body)).toEqual([]);
  });

  it.each(PAGES)("$action shows names as they are, and takes no orders from them", async ({ path, who }) => {
    const browser = await hostile.signedIn(PEOPLE[who]);
    const { statusCode, body } = await browser.get(path);
    expect(statusCode).toBe(200);
    expect(faults(body)).toEqual([]);
    // What a form sends back is as it came; nobody reads it there.
    const shown = body.replace(/ value="[^"]*"/g, "");
    expect(shown).not.toMatch(/<script>|<img|<\/title><|[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/);
    expect(body.match(/<script/g)).toHaveLength(1);
  });

  it("does show them", async () => {
    const browser = await hostile.signedIn(PEOPLE.compliance);
    const { body } = await browser.get(`/campaigns/${CAMPAIGN_ID}/items/${itemId(1)}`);
    expect(body).toContain(
      "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u{202e}gnp.exe\\u{2066}שלום",
    );
  });

  it("shows what was typed in an answer to it as text", async () => {
    const { signedIn } = plain;
    const browser = await signedIn(PEOPLE.compliance);
    const answers = [
      await browser.get(`/campaigns/${CAMPAIGN_ID}/items?search=${encodeURIComponent(HOSTILE)}`),
      await browser.post(`/campaigns/${CAMPAIGN_ID}/items?search=${encodeURIComponent(HOSTILE)}`, {
        choice: "certify",
        justification: HOSTILE,
      }),
      await browser.post("/requests/new", { principal: HOSTILE, secrets: HOSTILE, justification: HOSTILE }),
      await browser.get(`/nowhere/${encodeURIComponent(HOSTILE)}`),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 422, 422, 404]);
    for (const { body } of answers) expect(body.match(/<script/g)).toHaveLength(1);
    for (const { body } of answers) expect(body).not.toMatch(/<img|onerror=alert\(2\)>/);
  });
});

describe("deciding", () => {
  const path = (at: number): string => `/campaigns/${CAMPAIGN_ID}/items/${itemId(at)}`;
  const seen = (body: string): Record<string, string> => ({
    version: /name="version" value="(\d+)"/.exec(body)?.[1] ?? "",
    seen_sha256: /name="seen_sha256" value="([0-9a-f]+)"/.exec(body)?.[1] ?? "",
  });

  it("keeps what was typed where something is missing", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(path(1));
    const answer = await rita.post(`${path(1)}/decide`, {
      ...seen(body),
      choice: "time_limit",
      until: "2026-12-31",
    });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain("A justification is missing");
    expect(answer.body).toMatch(/id="choice-time_limit"[^>]*checked/);
    expect(answer.body).toContain('value="2026-12-31"');
    expect(desk.calls).toEqual([]);
  });

  it("says so where the item changed since it was shown, and records nothing", async () => {
    const { signedIn, desk, audit } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(path(0));
    desk.items_[0] = { ...desk.items_[0]!, version: 2, seen_sha256: "f".repeat(64) };
    const answer = await rita.post(`${path(0)}/decide`, { ...seen(body), choice: "certify" });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain("It changed since you opened it");
    expect(seen(answer.body)).toEqual({ version: "2", seen_sha256: "f".repeat(64) });
    expect(desk.calls).toEqual([]);
    expect(audit.entries.at(-1)).toMatchObject({
      action: "item.decide",
      outcome: "refused",
      reason: "E_CONFLICT",
      about: `${CAMPAIGN_ID}/${itemId(0)}`,
    });
  });

  it("hands each kind of decision what is its own, and goes on with the next item", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(path(1));
    const fields = {
      ...seen(body),
      choice: "reduce",
      justification: "reads suffice",
      until: "2026-12-31",
      keep_actions: ["read", "list"],
      more_secrets: " a/b \r\n\r\nc",
    };
    const answer = await rita.post(`${path(1)}/decide`, fields);
    expect(answer.headers.location).toBe(`${path(0)}?was=${itemId(1)}&told=decided`);
    expect(desk.items_[1]?.decisions[0]).toMatchObject({
      kind: "reduce",
      keep_actions: ["read", "list"],
      revoke_secrets: ["a/b", "c"],
    });
    expect(desk.items_[1]?.decisions[0]?.until).toBeUndefined();
    expect((await rita.get(`${path(0)}?was=${itemId(1)}&told=decided`)).body).toContain(`href="${path(1)}"`);
    const limited = await rita.get(path(2));
    await rita.post(`${path(2)}/decide`, {
      ...seen(limited.body),
      choice: "time_limit",
      until: "2026-12-31",
    });
    expect(desk.items_[2]?.decisions[0]?.until).toBe("2026-12-31T23:59:59.999Z");
  });

  it("of many is refused whole where one of them needs a look of its own, and keeps the selection", async () => {
    const { signedIn, desk } = await site();
    const rita = await signedIn(PEOPLE.reviewer);
    const { body } = await rita.get(`/campaigns/${CAMPAIGN_ID}/items`);
    const boxes = [...body.matchAll(/name="items"\s+value="([^"]+)"/g)].map(([, value = ""]) => value);
    expect(boxes).toHaveLength(50);
    const answer = await rita.post(`/campaigns/${CAMPAIGN_ID}/items`, {
      items: boxes.slice(0, 3),
      choice: "certify",
    });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain("Privileged items are not certified in bulk");
    expect(answer.body.match(/name="items"[^>]*checked/g)).toHaveLength(3);
    expect(desk.calls).toEqual([]);
    const single = await rita.post(`/campaigns/${CAMPAIGN_ID}/items?state=open`, {
      items: boxes[0] ?? "",
      choice: "certify",
    });
    expect(single.headers.location).toBe(
      `/campaigns/${CAMPAIGN_ID}/items?whose=mine&sort=risk&state=open&told=decided_all`,
    );
    expect(desk.calls.map(({ act }) => act)).toEqual(["decide"]);
  });

  it("of another's item is told by the desk, not guessed", async () => {
    const { signedIn, desk } = await site();
    const cora = await signedIn(PEOPLE.compliance);
    const { body } = await cora.get(path(0));
    expect(body).toContain("somebody else is asked about this item");
    const answer = await cora.post(`${path(0)}/decide`, {
      version: "1",
      seen_sha256: "0".repeat(64),
      choice: "certify",
    });
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain("Somebody else is asked about this item");
    expect(desk.calls).toEqual([]);
  });
});

describe("the drawing of a path", () => {
  it("says in its title all that it draws, and cuts nothing there", () => {
    const text = pathDrawing(reviewItem(1, "a-very-long-name-of-a-principal-that-does-not-fit")).toString();
    expect(text).toMatch(
      /<title id="path-0">\s*Way 1: a-very-long-name-of-a-principal-that-does-not-fit \(entity\), then role|<title/,
    );
    expect(text).toContain("a-very-long-name-of-a-principal-that-does-not-fit (entity), then");
    expect(text).toContain("kv/data/payments/+/a-rather-long-path-that-does-not-fit/*");
    expect(text.match(/<rect/g)).toHaveLength(5);
  });

  it("draws a few, and says how many more there are", () => {
    const item = reviewItem(1);
    const many = { ...item, statements: Array.from({ length: 7 }, () => item.statements[0]!) };
    expect(pathDrawing(many).toString().match(/<svg/g)).toHaveLength(4);
    expect(pathDrawing(many).toString()).toContain("3 more ways");
  });
});

describe("templates", () => {
  it("escape in texts and in attributes, and leave out nothing but what is absent", () => {
    expect(
      html`<a title="${'"><b>'}">${["<", html`<i>${"&"}</i>`, undefined, false, 0]}</a>`.toString(),
    ).toBe('<a title="&quot;&gt;&lt;b&gt;">&lt;<i>&amp;</i>0</a>');
  });
});
