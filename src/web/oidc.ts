import * as oidc from "openid-client";
import { Agent, fetch as undiciFetch } from "undici";
import { CountersignError, messageOf, readBounded } from "../base/index.ts";
import type { SigningIn } from "./ports.ts";
import type { Identity } from "./session.ts";
import type { OidcSettings } from "./settings.ts";

/** How long the provider may take to answer. */
const TIMEOUT_S = 10;

/** How the library says that the metadata is of another issuer. */
const OTHER_ISSUER = "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED";

/** A file of authorities. */
const MAX_PEM_BYTES = 1024 * 1024;

/** More groups than that in one token are no list of groups. */
const MAX_GROUPS = 2000;

const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/;

/** Other letters may become somebody else's address in lower case, as the Kelvin sign does. */
const PLAIN = /^[\x21-\x7e]+$/;

export interface SentToProvider {
  readonly url: URL;
  readonly remembered: Omit<SigningIn, "expires_at" | "key" | "kind" | "next">;
}

/** Sign-in at the organisation's identity provider. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Origins that forms of ours are redirected to. */
  readonly origins: readonly string[];
  /** Where to send a browser, and what to remember of it. */
  send(): Promise<SentToProvider>;
  /** Who came back. E_FORBIDDEN: nobody that may sign in; the message may be shown. */
  receive(search: string, remembered: SigningIn): Promise<Identity>;
  /** Where to sign out there as well, if the provider offers it. */
  readonly end_session?: URL;
}

/**
 * Asks the provider for its metadata, which must be of the very issuer. E_UNREACHABLE where it does not answer, E_CONFIG where
 * it is another or not encrypted. `origin`: of this server, as browsers see it.
 */
export async function connectProvider(settings: OidcSettings, origin: string): Promise<IdentityProvider> {
  const config = await discovered(settings, issuerOf(settings.issuer));
  oidc.enableNonRepudiationChecks(config);
  const metadata = config.serverMetadata();
  const redirect_uri = `${origin}/sign-in/callback`;
  const end_session =
    metadata.end_session_endpoint === undefined
      ? undefined
      : oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${origin}/sign-in` });
  const endpoints = [metadata.authorization_endpoint, metadata.end_session_endpoint];
  return {
    issuer: settings.issuer,
    origins: [
      ...new Set(endpoints.flatMap((url) => (url === undefined ? [] : [new URL(url).origin]))),
    ].sort(),
    ...(end_session !== undefined && { end_session }),
    async send() {
      const code_verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri,
        scope: ["openid", ...(settings.scopes ?? ["email", "profile"])].join(" "),
        code_challenge: await oidc.calculatePKCECodeChallenge(code_verifier),
        code_challenge_method: "S256",
        state,
        nonce,
      });
      return { url, remembered: { code_verifier, state, nonce } };
    },
    async receive(search, { code_verifier, state, nonce }) {
      const claims = await claimsOf(config, settings, new URL(`${redirect_uri}${search}`), {
        pkceCodeVerifier: code_verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return identityOf(settings, claims);
    },
  };
}

function issuerOf(text: string): URL {
  const issuer = URL.canParse(text) ? new URL(text) : undefined;
  if (issuer?.protocol !== "https:")
    throw new CountersignError("E_CONFIG", `expected the issuer as an https address, got ${text}`, {
      fix: "set serve.oidc.issuer as the provider names it",
    });
  return issuer;
}

/** `fetch` that trusts the authorities of `ca_file` beside none; undefined where the public ones are meant. */
async function fetchOf({ ca_file }: OidcSettings): Promise<oidc.CustomFetch | undefined> {
  if (ca_file === undefined) return undefined;
  const ca = await readBounded(ca_file, { what: "certificates", maxBytes: MAX_PEM_BYTES, code: "E_CONFIG" });
  const dispatcher = new Agent({ connect: { ca } });
  const fetching = (url: string, options: oidc.CustomFetchOptions): unknown =>
    undiciFetch(url, { ...(options as Parameters<typeof undiciFetch>[1]), dispatcher });
  return fetching as oidc.CustomFetch;
}

async function discovered(settings: OidcSettings, issuer: URL): Promise<oidc.Configuration> {
  const fetching = await fetchOf(settings);
  try {
    const config = await oidc.discovery(issuer, settings.client_id, settings.client_secret, undefined, {
      timeout: TIMEOUT_S,
      ...(fetching !== undefined && { [oidc.customFetch]: fetching }),
    });
    if (config.serverMetadata().issuer !== settings.issuer) throw otherIssuer(settings);
    return config;
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    if ((error as { code?: unknown }).code === OTHER_ISSUER) throw otherIssuer(settings);
    throw new CountersignError("E_UNREACHABLE", `the identity provider ${settings.issuer} did not answer`, {
      fix: "check serve.oidc.issuer, and that this machine reaches it",
      cause: error,
    });
  }
}

function otherIssuer({ issuer }: OidcSettings): CountersignError {
  return new CountersignError("E_CONFIG", `what answers at ${issuer} says that it is another issuer`, {
    fix: "set serve.oidc.issuer exactly as the provider names it",
  });
}

/** Claims of the checked id_token, and of the userinfo endpoint where the token lacks those that are needed. */
async function claimsOf(
  config: oidc.Configuration,
  settings: OidcSettings,
  url: URL,
  checks: oidc.AuthorizationCodeGrantChecks,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const tokens = await oidc.authorizationCodeGrant(config, url, checks);
    const claims = tokens.claims();
    if (claims === undefined) throw new Error("no id_token");
    const needed = [
      settings.email_claim ?? "email",
      settings.groups_claim ?? "sub",
      "email_verified",
      "name",
    ];
    const lacking = needed.some((claim) => claims[claim] === undefined);
    if (!lacking || config.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims };
  } catch (error) {
    throw new CountersignError("E_FORBIDDEN", "The identity provider did not vouch for this sign-in.", {
      fix: "Sign in again from the start.",
      cause: new Error(messageOf(error), { cause: error }),
    });
  }
}

/** Who the claims say it is; E_FORBIDDEN where they do not say it well enough. */
export function identityOf(settings: OidcSettings, claims: Readonly<Record<string, unknown>>): Identity {
  const email = claims[settings.email_claim ?? "email"];
  if (typeof email !== "string" || !EMAIL.test(email))
    throw new CountersignError("E_FORBIDDEN", "The identity provider told no email for this account.");
  if (!PLAIN.test(email))
    throw new CountersignError(
      "E_FORBIDDEN",
      "The identity provider told an email with other letters than those of ASCII, which may look like somebody else's.",
    );
  if (claims["email_verified"] !== true && settings.trust_unverified_email !== true)
    throw new CountersignError(
      "E_FORBIDDEN",
      "The identity provider did not verify the email of this account.",
    );
  const groups = settings.groups_claim === undefined ? [] : claims[settings.groups_claim];
  const named = Array.isArray(groups) ? groups.filter((group) => typeof group === "string") : [];
  if (named.length > MAX_GROUPS)
    throw new CountersignError(
      "E_FORBIDDEN",
      "The identity provider told more groups than can be dealt with.",
    );
  const { name } = claims;
  return {
    email: email.toLowerCase(),
    name: typeof name === "string" && name !== "" ? name.slice(0, 200) : email.toLowerCase(),
    groups: named.sort(),
  };
}
