import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CountersignError, EXIT, messageOf, type ExitCode } from "../base/index.ts";
import { Email, roleSettings, rolesOf, wholeDesk, type StatedRequest } from "../review/index.ts";
import { withoutSecrets } from "../collect/index.ts";
import { statedRequest } from "../connectors/index.ts";
import { compileSchema, listSnapshots } from "../facts/index.ts";
import {
  LINK_MINUTES,
  offerLink,
  startServer,
  storedAudit,
  storedSessions,
  type OidcSettings,
  type WebSettings,
} from "../web/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { LoadedConfig } from "./config.ts";
import { withCredentials } from "./embedded-vault.ts";
import { stateDirectory, type Environment } from "./environment.ts";
import { ReportRoom } from "./report-room.ts";
import { openDesk, type OpenedDesk } from "./review-desk.ts";

const DEFAULT_PORT = 8443;

const random = (count: number): Uint8Array => randomBytes(count);

/** Serves the access review until it is interrupted. E_CONFIG, E_RUNTIME, and what opening the desk throws. */
export async function serve(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const opened = await openDesk(environment, options);
  const { terminal, signal, ports } = environment;
  try {
    const settings = await webSettings(environment, options, opened.config);
    const running = await startServer({
      desk: wholeDesk(opened.desk),
      sessions: storedSessions(opened.state),
      audit: storedAudit(opened.state),
      clock: ports.clock,
      random,
      settings,
      readRequest: readStated,
      reports: await ReportRoom.open({
        directory: join(stateDirectory(environment, options), "web-evidence"),
        stateNow: async () => await stateNow(environment, options, opened),
        clock: ports.clock,
        config: options.config,
        signal,
      }),
      signal,
      onError: (error, request_id) => {
        terminal.err(`countersign: request ${request_id}: ${messageOf(error)}\n`);
      },
    });
    if (options.json === true) terminal.out(`${JSON.stringify({ origin: running.origin })}\n`);
    else terminal.out(servingText(running.origin, settings));
    await running.closed;
    return EXIT.pass;
  } finally {
    await opened.close();
  }
}

function servingText(origin: string, { oidc }: WebSettings): string {
  const how =
    oidc === undefined
      ? "Let somebody in: countersign serve link <email> prints a link that is good once."
      : `People sign in at ${oidc.issuer}.`;
  return `Access reviews at ${origin}\n${how}\nCtrl-C ends the server.\n`;
}

/** Prints a link by which one person signs in once. E_INPUT, E_CONFIG where people sign in at an identity provider. */
export async function serveLink(
  environment: Environment,
  email: string,
  options: CommonOptions,
): Promise<ExitCode> {
  // Judged as it was written: lower case makes other letters than those of ASCII somebody else's.
  const who = email.trim().toLowerCase();
  if (!compileSchema(Email).fits(email.trim())) {
    throw new CountersignError("E_INPUT", `expected an email, got ${JSON.stringify(email.slice(0, 100))}`, {
      fix: "Write it as in the rosters and in review.roles, e.g. mia.hart@example.com.",
    });
  }
  const opened = await openDesk(environment, options);
  try {
    const { serve: settings = {} } = opened.config.value;
    if (settings.oidc !== undefined) {
      throw new CountersignError(
        "E_CONFIG",
        "expected people to sign in by links, got an identity provider",
        {
          location: opened.config.locate(["serve", "oidc"]),
          fix: "Sign in there, or take serve.oidc out of the configuration.",
        },
      );
    }
    const path = await offerLink(storedSessions(opened.state), environment.ports.clock, random, who);
    const link = `${originOf(settings)}${path}`;
    environment.terminal.out(
      options.json === true
        ? `${JSON.stringify({ email: who, link, minutes: LINK_MINUTES })}\n`
        : `${link}\n`,
    );
    const roles = rolesOf(roleSettings(opened.config.value.review ?? {}), who, []);
    const known = roles.some((role) => role !== "reviewer") || (await opened.desk.people.isKnown(who));
    if (!known) {
      environment.terminal.err(
        `Nobody knows ${who}: it has no role, stands in no roster, and is asked about no item. Whoever signs in by it sees nothing.\n`,
      );
    }
    environment.terminal.err(`Good once, for ${LINK_MINUTES} minutes. Hand it to ${who} alone.\n`);
    return EXIT.pass;
  } finally {
    await opened.close();
  }
}

type Settings = NonNullable<LoadedConfig["value"]["serve"]>;

function originOf({ public_url, host = "127.0.0.1", port = DEFAULT_PORT, tls }: Settings): string {
  if (public_url !== undefined) return public_url.replace(/\/$/, "");
  return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Changes with whatever evidence is made of: the journal, and who the people of the newest snapshot are. */
async function stateNow(
  environment: Environment,
  options: CommonOptions,
  { state }: OpenedDesk,
): Promise<string> {
  const { last } = await state.journalEnds();
  const snapshots = await listSnapshots(join(stateDirectory(environment, options), "snapshots"));
  return `${last} ${snapshots.at(-1) ?? ""}`;
}

/** A request that a system sends, by the rules of registers, and without anything that looks like a credential. E_INPUT. */
async function readStated(body: unknown): Promise<StatedRequest> {
  const stated = statedRequest(body);
  const text = JSON.stringify(body);
  if ((await withoutSecrets(text, text.length)) !== text) {
    throw new CountersignError("E_INPUT", "expected no credential in a request, got what looks like one", {
      fix: "Name secrets by their paths; their values belong in no request.",
    });
  }
  return stated;
}

async function webSettings(
  environment: Environment,
  options: CommonOptions,
  config: LoadedConfig,
): Promise<WebSettings> {
  const { serve: settings = {}, review = {}, entity } = config.value;
  const { oidc, port = DEFAULT_PORT, ...rest } = settings;
  const place = { ...options, directory: config.directory, purpose: "serve" };
  const provider = oidc === undefined ? undefined : await withSecret(environment, place, oidc);
  const integrations = await withCredentials(environment, place, async (credentials) => {
    const found: { name: string; secret: string }[] = [];
    for (const { name, secret } of review.integrations ?? [])
      found.push({ name, secret: await credentials.read(secret) });
    return found;
  });
  return {
    ...rest,
    port,
    integrations,
    roles: roleSettings(review),
    ...(entity === undefined ? {} : { organisation: entity.name }),
    ...(provider === undefined ? {} : { oidc: provider }),
  };
}

async function withSecret(
  environment: Environment,
  place: CommonOptions & { readonly directory: string; readonly purpose: string },
  oidc: OidcSettings,
): Promise<OidcSettings> {
  return await withCredentials(environment, place, async (credentials) => ({
    ...oidc,
    client_secret: await credentials.read(oidc.client_secret),
  }));
}
