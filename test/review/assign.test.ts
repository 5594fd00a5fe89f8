import { describe, expect, it } from "vitest";
import {
  escalatedReviewer,
  firstReviewer,
  isOwnAccess,
  secondReviewer,
  type Assignable,
  type ReviewerDirectory,
} from "../../src/review/index.ts";
import { person } from "./made.ts";

const DIRECTORY: ReviewerDirectory = {
  owners: { payments: ["owner@example.com", "deputy@example.com"] },
  security: ["sec@example.com"],
  fallback: ["compliance@example.com"],
  people: new Map([
    ["ada@example.com", { status: "active", manager_email: "Grace@example.com" }],
    ["grace@example.com", { status: "active", manager_email: "cto@example.com" }],
    ["cto@example.com", { status: "active" }],
    ["owner@example.com", { status: "active" }],
  ]),
};

function item(own: Partial<Assignable["principal"]> = {}, owner = "payments"): Assignable {
  const principal = {
    id: "vault:ada",
    name: "ada",
    type: "entity",
    public: false,
    external: false,
    disabled: false,
    collector: false,
  };
  return {
    principal: { ...principal, ...own },
    secrets: { count: 1, sample: [], set_sha256: "", ...(owner === "" ? {} : { owner }) },
  };
}

function withStatus(status: "leave" | "terminated", ...emails: string[]): ReviewerDirectory {
  const people = new Map(DIRECTORY.people);
  for (const email of emails) people.set(email, { ...people.get(email), status });
  return { ...DIRECTORY, people };
}

describe("the first reviewer", () => {
  it("is the manager of the person behind, whatever the letter case", () => {
    expect(firstReviewer(item({ person: person() }), "manager", DIRECTORY)).toEqual({
      reviewer: "grace@example.com",
      because: "manager of ada@example.com",
    });
  });

  it("is the manager's manager where that one left, and the owner where none is known", () => {
    const above = firstReviewer(
      item({ person: person() }),
      "manager",
      withStatus("terminated", "grace@example.com"),
    );
    expect(above.reviewer).toBe("cto@example.com");
    const stranger = person({ manager_email: "nobody@example.com" });
    expect(firstReviewer(item({ person: stranger }), "manager", DIRECTORY).reviewer).toBe(
      "owner@example.com",
    );
  });

  it("is an owner of the secrets, never the person whose access it is", () => {
    const owner = person({ email: "owner@example.com" });
    expect(firstReviewer(item(), "owner", DIRECTORY)).toEqual({
      reviewer: "owner@example.com",
      because: "owns the secrets: payments",
    });
    expect(firstReviewer(item({ person: owner }), "owner", DIRECTORY).reviewer).toBe("deputy@example.com");
  });

  it("is not the principal itself, which bears its owner's name", () => {
    const own = item({ name: "auth/ldap/owner@example.com", owner: "owner@example.com" }, "");
    expect(firstReviewer(own, "manager", DIRECTORY).reviewer).toBe("compliance@example.com");
    expect(isOwnAccess(own, { who: "owner@example.com" })).toBe(true);
    // Without a roster, a login that is called as the reviewer's address begins is taken for the reviewer's.
    expect(isOwnAccess(item({ name: "auth/ldap/owner" }), { who: "owner@example.com" })).toBe(true);
    expect(
      isOwnAccess(item({ name: "auth/ldap/owner", person: person() }), { who: "owner@example.com" }),
    ).toBe(false);
  });

  it("is nobody, with what is missing, where no rule finds one", () => {
    const empty: ReviewerDirectory = { owners: {}, security: [], fallback: [], people: new Map() };
    const found = firstReviewer(item({}, ""), "manager", empty);
    expect(found).not.toHaveProperty("reviewer");
    expect(found.because).toBe(
      "nobody is known who could: no person is known behind the principal, nobody answers for the principal, the secrets have no owner, no fallback is configured",
    );
    const away = withStatus("leave", "owner@example.com", "deputy@example.com", "compliance@example.com");
    expect(firstReviewer(item(), "owner", away).because).toContain("is on leave");
  });

  it("takes an owner that is an email for that person, and no inherited name for a list", () => {
    expect(firstReviewer(item({}, "x@example.com"), "owner", DIRECTORY).reviewer).toBe("x@example.com");
    expect(firstReviewer(item({}, "constructor"), "owner", DIRECTORY).reviewer).toBe(
      "compliance@example.com",
    );
  });
});

describe("further reviewers", () => {
  it("are others than the first", () => {
    const taken = new Set(["owner@example.com"]);
    expect(secondReviewer(item(), "owner", DIRECTORY, taken).reviewer).toBe("deputy@example.com");
    const all = new Set(["owner@example.com", "deputy@example.com", "compliance@example.com"]);
    expect(secondReviewer(item(), "owner", DIRECTORY, all).reviewer).toBe("sec@example.com");
  });

  it("leave somebody of security for what security decides after them", () => {
    const asked = { ...item(), needs: { security: true } };
    const taken = new Set(["owner@example.com", "deputy@example.com", "compliance@example.com"]);
    const alone = secondReviewer(asked, "owner", DIRECTORY, taken);
    expect(alone.reviewer).toBeUndefined();
    expect(alone.because).toContain("sec@example.com alone is of security");
    const two = { ...DIRECTORY, security: ["sec@example.com", "sid@example.com"] };
    expect(secondReviewer(asked, "owner", two, taken).reviewer).toBe("sec@example.com");
    expect(
      secondReviewer(asked, "owner", two, new Set([...taken, "sid@example.com"])).reviewer,
    ).toBeUndefined();
    // Who is in a group nobody knows here.
    const grouped = { ...DIRECTORY, securityGroups: true };
    expect(secondReviewer(asked, "owner", grouped, taken).reviewer).toBe("sec@example.com");
  });

  it("are above whoever did not answer, then security, never whose access it is", () => {
    expect(escalatedReviewer(item({ person: person() }), "grace@example.com", DIRECTORY)).toEqual({
      reviewer: "cto@example.com",
      because: "manager of grace@example.com, who did not answer",
    });
    const cto = person({ email: "cto@example.com" });
    expect(escalatedReviewer(item({ person: cto }), "grace@example.com", DIRECTORY).reviewer).toBe(
      "sec@example.com",
    );
    expect(escalatedReviewer(item(), "cto@example.com", DIRECTORY).reviewer).toBe("sec@example.com");
  });
});
