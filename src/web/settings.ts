import { CountersignError, isLoopback } from "../base/index.ts";
import type { RoleSettings } from "../review/index.ts";

/** Of an OpenID Connect provider. */
export interface OidcSettings {
  /** Issuer, exactly as its `iss` says it. */
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Claim that holds the email; default `email`. */
  readonly email_claim?: string;
  /** Claim that holds the groups; without it nobody has a role by a group. */
  readonly groups_claim?: string;
  /** Asked beside `openid`; default `email profile`. */
  readonly scopes?: readonly string[];
  /** File in PEM with the authorities of the provider's certificate, where it is not of a public one. */
  readonly ca_file?: string;
  /** Takes an email although the provider does not say that it verified it. */
  readonly trust_unverified_email?: boolean;
}

export interface LimitSettings {
  /** Requests of one address in a minute; many people may stand behind one. */
  readonly address_per_minute: number;
  readonly user_per_minute: number;
  /** Acts (POST) of one user in a minute. */
  readonly acts_per_minute: number;
  /** Requests of one integration in a minute. */
  readonly api_per_minute: number;
  /** Attempts at signing in of one address in a minute. */
  readonly sign_in_per_minute: number;
}

export const DEFAULT_LIMITS: LimitSettings = {
  address_per_minute: 3000,
  user_per_minute: 600,
  acts_per_minute: 120,
  api_per_minute: 120,
  sign_in_per_minute: 60,
};

export interface WebSettings {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Origin that browsers see, e.g. `https://review.example.com`. Default: the loopback address. */
  readonly public_url?: string;
  /** Files in PEM. */
  readonly tls?: { readonly cert_file: string; readonly key_file: string };
  /** A proxy before it terminates TLS. */
  readonly behind_proxy?: boolean;
  /** Addresses or networks of that proxy, whose `X-Forwarded-For` is believed; default loopback alone. */
  readonly proxies?: readonly string[];
  readonly roles: RoleSettings;
  /** Absent: one-time links. */
  readonly oidc?: OidcSettings;
  readonly idle_minutes?: number;
  readonly session_hours?: number;
  readonly limits?: Partial<LimitSettings>;
  /** Systems that may use the API, with their tokens. */
  readonly integrations?: readonly { readonly name: string; readonly secret: string }[];
  /** Name of the organisation, in the header. */
  readonly organisation?: string;
}

export const DEFAULT_IDLE_MINUTES = 30;
export const DEFAULT_SESSION_HOURS = 10;

/** Settings with which the server may listen; E_CONFIG says what is missing. */
export interface Binding {
  readonly host: string;
  readonly port: number;
  /** Whether browsers come by https. */
  readonly secure: boolean;
  readonly public_url?: URL;
  /** What is believed about the client's address: nobody, or these networks. */
  readonly trusted_proxies: readonly string[] | false;
}

/**
 * Refuses to listen where somebody could read along: beyond loopback only with TLS of its own, or behind a proxy that has it.
 */
export function bindingOf(settings: WebSettings): Binding {
  const host = settings.host ?? "127.0.0.1";
  const publicUrl = settings.public_url === undefined ? undefined : originOf(settings.public_url);
  const behind = settings.behind_proxy === true;
  if (behind && publicUrl?.protocol !== "https:")
    throw refusal("behind_proxy: true needs public_url to be https", "set serve.public_url to https://…");
  if (behind && settings.tls !== undefined)
    throw refusal("TLS is terminated by the proxy or here, not both", "remove serve.tls or behind_proxy");
  if (!isLoopback(host) && host !== "::1") {
    if (settings.tls === undefined && !behind)
      throw refusal(
        `listening on ${host} without TLS lets others read sessions`,
        "set serve.tls (cert_file, key_file), or behind_proxy: true with an https public_url, or listen on 127.0.0.1",
      );
    if (publicUrl === undefined)
      throw refusal(
        `listening on ${host} needs public_url: requests for any other host are refused`,
        "set serve.public_url to the address that people type",
      );
    if (behind && (settings.proxies ?? []).length === 0)
      throw refusal(
        `listening on ${host} behind a proxy needs to know the proxy`,
        "set serve.proxies to its addresses: nobody else's X-Forwarded-For is believed",
      );
  }
  const secure = settings.tls !== undefined || behind;
  if (publicUrl !== undefined && (publicUrl.protocol === "https:") !== secure)
    throw refusal(
      `public_url is ${publicUrl.protocol.slice(0, -1)}, and what listens is not`,
      "set serve.tls, or behind_proxy: true where a proxy has the certificate",
    );
  const trusted = behind ? (settings.proxies ?? ["127.0.0.1", "::1"]) : false;
  return {
    host,
    port: settings.port,
    secure,
    trusted_proxies: trusted,
    ...(publicUrl !== undefined && { public_url: publicUrl }),
  };
}

function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === "/" &&
    url.username + url.password + url.search + url.hash === "";
  if (!plain)
    throw refusal(`expected public_url as https://host[:port], got ${text}`, "name the origin alone");
  return url;
}

function refusal(message: string, fix: string): CountersignError {
  return new CountersignError("E_CONFIG", message, { fix });
}
