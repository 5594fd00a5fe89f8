import { join } from "node:path";
import { CountersignError, counted, nodeFileSystem } from "../base/index.ts";
import {
  askedManagement,
  askedManagementText,
  campaignOf,
  checkWebhookSecret,
  roleSettings,
  rolesOf,
  undelivered,
  webhookUrl,
} from "../review/index.ts";
import { openState } from "../state/index.ts";
import type { LoadedConfig } from "./config.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { ok, warning, type Finding } from "./probing.ts";
import { reviewJournal } from "./ledger-place.ts";
import { placeOfState, webhookSecret } from "./review-desk.ts";

/** A check of `doctor`, by its name. */
export interface ReviewCheck {
  readonly name: string;
  readonly look: () => Finding | Promise<Finding>;
}

/** What is weak about the access review, where one is configured. Nothing is changed, nor published. */
export function reviewChecks(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig,
): ReviewCheck[] {
  const { review, serve } = config.value;
  if (review === undefined && serve === undefined) return [];
  return [
    { name: "review roles", look: () => rolesFinding(config) },
    { name: "review owners", look: () => ownersFinding(config) },
    { name: "review state", look: async () => await stateFinding(environment, options, config) },
    { name: "review notices", look: async () => await noticesFinding(environment, options, config) },
    ...(serve === undefined ? [] : [{ name: "review server", look: () => serverFinding(config) }]),
  ];
}

/** Whom campaigns cannot do without. Groups are known to the identity provider alone. */
function rolesFinding({ value }: LoadedConfig): Finding {
  const roles = roleSettings(value.review ?? {});
  const isEmpty = (role: "admin" | "compliance" | "management" | "security"): boolean =>
    (roles[role]?.people ?? []).length + (roles[role]?.groups ?? []).length === 0;
  const missing = [
    ...(isEmpty("compliance") ? ["compliance, who runs campaigns"] : []),
    ...(isEmpty("security") ? ["security, who decides on what is critical"] : []),
    ...(isEmpty("admin") && isEmpty("management") ? ["management or admin, who acknowledges results"] : []),
  ];
  if (missing.length > 0)
    return warning(`nobody is ${missing.join("; nobody is ")}`, "Name people or groups under review.roles.");
  const people = Object.values(roles).flatMap((holders) => holders.people ?? []);
  const alone = [...new Set(people.map((email) => email.toLowerCase()))].filter((email) => {
    const given = Object.values(roles).filter(({ people: named = [] }) =>
      named.some((one) => one.toLowerCase() === email),
    );
    return rolesOf(roles, email, []).includes("auditor") && given.length > 1;
  });
  return alone.length === 0
    ? ok(counted(people.length, "person", "people"))
    : warning(
        `${alone.join(", ")}: an auditor, and so nothing else`,
        "Take them out of the other roles, or out of auditor: who decides cannot attest.",
      );
}

/** Owners behind whom nobody is known: their items go to the fallback, or to nobody. */
function ownersFinding({ value, rules }: LoadedConfig): Finding {
  const { owners = {}, fallback = [] } = value.review ?? {};
  const named = [...new Set(rules.owners.map(({ owner }) => owner))].sort();
  const unknown = named.filter((owner) => (owners[owner] ?? []).length === 0 && !owner.includes("@"));
  if (unknown.length > 0) {
    return warning(
      `nobody is behind ${unknown.join(", ")}`,
      "Write the people's addresses under review.owners: else their items go to review.fallback.",
    );
  }
  return fallback.length === 0
    ? warning("no fallback", "Name somebody under review.fallback: items that nobody is found for wait else.")
    : ok(`${counted(named.length, "owner")} of rules, fallback ${fallback.join(", ")}`);
}

/** Journal against ledger, items that nobody is asked about, and campaigns that nobody could acknowledge. */
async function stateFinding(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig,
): Promise<Finding> {
  const directory = stateDirectory(environment, options);
  const place = await placeOfState(environment, options, config);
  if ("file" in place && !(await isThere(join(directory, "state.db")))) return ok("none yet");
  const state = await openState(place);
  try {
    const { entries, outstanding } = await reviewJournal(state, directory, environment.ports.clock).verify();
    const open = (await state.campaigns()).filter(({ state: at }) => at === "created" || at === "in_review");
    const unassigned: string[] = [];
    for (const { campaign_id } of open) {
      const waiting = ["open", "second_reviewer", "security"];
      const [found] = await state.counts({ campaign_id, without: ["reviewer"], state: waiting }, []);
      if ((found?.count ?? 0) > 0) unassigned.push(`${campaign_id}: ${counted(found?.count, "item")}`);
    }
    if (outstanding > 0) {
      return warning(
        `${counted(outstanding, "entry", "entries")} of the journal not in the ledger yet`,
        "Run `countersign review check`: it puts there what a killed process left.",
      );
    }
    if (unassigned.length > 0) {
      return warning(
        `nobody is asked about ${unassigned.join("; ")}`,
        "Name somebody: countersign review reassign, or review.fallback.",
      );
    }
    for (const campaign of (await state.campaigns()).map(campaignOf)) {
      const management = await askedManagement(state, config.value.review ?? {}, campaign);
      if (management.length === 0) continue;
      const { what, fix } = askedManagementText(management);
      return warning(`${campaign.campaign_id}: ${what}`, fix);
    }
    return ok(`${counted(entries, "entry", "entries")} in journal and ledger`);
  } finally {
    await state.close();
  }
}

/** Whether anybody is told of what waits for them, and what of it did not arrive. */
async function noticesFinding(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig,
): Promise<Finding> {
  const { webhook } = config.value.review ?? {};
  if (webhook === undefined) {
    return ok("no review.webhook: reminders and escalations are shown, and sent to nobody");
  }
  const { directory } = config;
  const secret = await webhookSecret(environment, options, { reference: webhook.secret, directory });
  checkWebhookSecret(secret);
  const to = webhookUrl(webhook.url).host;
  const place = await placeOfState(environment, options, config);
  if ("file" in place && !(await isThere(place.file))) return ok(`to ${to}; none yet`);
  const state = await openState(place);
  try {
    const { waiting, failed, given_up, since = "", why = "" } = await undelivered(state);
    if (failed + given_up === 0) return ok(`to ${to}; ${waiting === 0 ? "all" : `all but ${waiting}`} sent`);
    return warning(
      `${counted(failed, "notice")} could not be delivered to ${to}, ${given_up} given up, since ${since}: ${why}`,
      "Mend the other side, then countersign review notify; with --again also what was given up.",
    );
  } finally {
    await state.close();
  }
}

async function isThere(file: string): Promise<boolean> {
  return await nodeFileSystem.status(file).then(
    () => true,
    (thrown: unknown) => {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw thrown;
    },
  );
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Beyond this machine it refuses to serve without TLS; here that is said beforehand. */
function serverFinding({ value, locate }: LoadedConfig): Finding {
  const { host = "127.0.0.1", tls, behind_proxy = false, oidc } = value.serve ?? {};
  if (!LOOPBACK.test(host) && tls === undefined && !behind_proxy) {
    throw new CountersignError("E_CONFIG", `expected TLS to listen on ${host}, got none`, {
      location: locate(["serve", "host"]),
      fix: "Set serve.tls, or serve.behind_proxy where a proxy ends TLS: docs/serve.md.",
    });
  }
  const how = tls !== undefined ? "TLS of its own" : behind_proxy ? "TLS of a proxy" : "this machine alone";
  return ok(`${host}, ${how}; people sign in by ${oidc === undefined ? "links" : oidc.issuer}`);
}
