import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { Agent, type Dispatcher, request } from "undici";
import { createAuthority } from "./certificates.ts";

/** A person at the provider. */
export interface Account {
  readonly email: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly groups?: readonly string[];
}

export interface OidcProvider {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Of its certificate. */
  readonly ca_file: string;
  /** Publishes another key than it signs with: whoever checks signatures refuses its tokens. */
  publishOtherKey(): void;
  /** By account id, which whoever signs in types. */
  readonly accounts: Map<string, Account>;
  close(): Promise<void>;
}

/** The certified provider of npm, on loopback; its own forms for sign-in take any account that is in `accounts`. */
export async function startOidcProvider(
  dir: string,
  redirect_uris: readonly string[],
  codeSeconds = 60,
): Promise<OidcProvider> {
  const accounts = new Map<string, Account>();
  const authority = createAuthority(dir, "Test of sign-in");
  const { certPath, keyPath } = authority.issue("provider", "server");
  const server: Server = createServer({ cert: readFileSync(certPath), key: readFileSync(keyPath) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [client_id, client_secret] = ["countersign", "a-secret-of-the-test-that-is-long-enough"];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "test" };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id,
        client_secret,
        redirect_uris: [...redirect_uris],
        post_logout_redirect_uris: redirect_uris.map((uri) => uri.replace("/callback", "")),
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ["test"] },
    pkce: { required: () => true },
    ttl: {
      AuthorizationCode: codeSeconds,
      AccessToken: 300,
      IdToken: 300,
      Interaction: 300,
      Session: 300,
      Grant: 300,
    },
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_: unknown, id: string) => {
      const account = accounts.get(id);
      return account && { accountId: id, claims: () => ({ sub: id, ...account }) };
    },
  });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  let published: object | undefined;
  const answer = provider.callback();
  server.on("request", (asked, response) => {
    if (published === undefined || asked.url !== "/jwks") {
      answer(asked, response);
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(published));
  });
  return {
    issuer,
    client_id,
    client_secret,
    ca_file: authority.caCertPath,
    accounts,
    publishOtherKey: () => {
      published = { keys: [{ ...other, use: "sig", alg: "RS256", kid: "test" }] };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A browser at the provider: follows its redirects and fills in its forms until it is sent back to `until`. */
export async function signInAt(
  provider: OidcProvider,
  url: string,
  login: string,
  until: string,
): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(provider.ca_file) } });
  const cookies = new Map<string, string>();
  let next = url;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step += 1) {
    const answer: Dispatcher.ResponseData = await request(next, {
      dispatcher,
      method: form === undefined ? "GET" : "POST",
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(form !== undefined && { body: form.toString() }),
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const body = await answer.body.text();
    const { location } = answer.headers;
    if (typeof location === "string") {
      next = new URL(location, next).href;
      form = undefined;
      if (next.startsWith(until)) return next;
      continue;
    }
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(body) ?? [];
    const [, prompt = ""] = /name="prompt" value="([^"]+)"/.exec(body) ?? [];
    if (action === undefined)
      throw new Error(`expected a form of the provider, got ${answer.statusCode}: ${body.slice(0, 500)}`);
    next = new URL(action, next).href;
    form = new URLSearchParams(prompt === "login" ? { prompt, login, password: "any" } : { prompt });
  }
  throw new Error("expected to be sent back, got no end of redirects");
}
