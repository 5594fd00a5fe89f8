import { CallFailure, type ConnectorContext, type SendLimits } from "../../facts/index.ts";
import { isObject, type Json } from "./json.ts";
import { authOf, type AuthSettings, type ConnectionSettings } from "./settings.ts";
import type { Transport } from "./transport.ts";
import type { Reply } from "./failure.ts";

/** What the collector may do to its own token: the only writes besides the login. */
export const OWN_TOKEN_RULES = [
  { path: "auth/token/renew-self", capabilities: ["update"], title: "Renews the collector's own token" },
  {
    path: "auth/token/revoke-self",
    capabilities: ["update"],
    title: "Ends the token that the collector's login minted",
  },
] as const;

/** Longest wait for the renewal or the revocation of our own token. */
const OWN_TOKEN_MS = 10_000;
const OWN_TOKEN_BYTES = 1024 * 1024;

/** A token is renewed when this share of its life has passed. */
const RENEW_AFTER = 2 / 3;

interface Held {
  readonly token: string;
  /** True when a login of ours minted it: then we revoke it. */
  readonly minted: boolean;
}

interface Lease {
  readonly fromMs: number;
  readonly seconds: number;
}

/** The collector's own login. Nothing of it is recorded, and nothing happens before the first request needs a token. */
export class Session {
  readonly #settings: ConnectionSettings;
  readonly #context: Pick<ConnectorContext, "credentials">;
  readonly #transport: Transport;
  #held: Promise<Held> | undefined;
  #lease: Lease | undefined;

  constructor(
    settings: ConnectionSettings,
    context: Pick<ConnectorContext, "credentials">,
    transport: Transport,
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#transport = transport;
  }

  /** The token, by a login where none is held yet. Throws `CallFailure` when the login fails, E_REFERENCE. */
  async token(limits: SendLimits): Promise<string> {
    this.#held ??= this.#login(limits);
    try {
      return (await this.#held).token;
    } catch (thrown) {
      // A later attempt logs in anew.
      this.#held = undefined;
      throw thrown;
    }
  }

  /** Notes the remaining life of the token, as `lookup-self` told it at that instant. */
  observe(self: Json, at: string): void {
    const { ttl, renewable } = self;
    if (renewable !== true || typeof ttl !== "number" || ttl <= 0) return;
    this.#lease = { fromMs: Date.parse(at), seconds: ttl };
  }

  /** Renews the token when most of its life has passed at `at`. A failed renewal shows in the calls that follow. */
  async keepAlive(at: string): Promise<void> {
    const lease = this.#lease;
    if (this.#held === undefined || lease === undefined) return;
    const nowMs = Date.parse(at);
    if (nowMs - lease.fromMs < lease.seconds * 1000 * RENEW_AFTER) return;
    const reply = await this.#own("auth/token/renew-self");
    const seconds = reply === undefined ? undefined : authOfReply(reply)?.["lease_duration"];
    // After a refusal there is nothing to renew any more.
    this.#lease = typeof seconds === "number" && seconds > 0 ? { fromMs: nowMs, seconds } : undefined;
  }

  /** Revokes the token when a login of ours minted it. Best effort: it ends by itself otherwise. */
  async end(): Promise<void> {
    const held = await this.#held?.catch(() => undefined);
    if (held?.minted === true) await this.#own("auth/token/revoke-self");
    this.#held = undefined;
  }

  async #own(path: string): Promise<Reply | undefined> {
    const held = await this.#held;
    if (held === undefined) return undefined;
    const limits = { signal: AbortSignal.timeout(OWN_TOKEN_MS), maxBytes: OWN_TOKEN_BYTES };
    try {
      return await this.#transport.send(
        { method: "POST", path, namespace: this.#namespace(), token: held.token, body: {} },
        limits,
      );
    } catch {
      return undefined;
    }
  }

  #namespace(): string {
    return this.#settings.namespace ?? "";
  }

  async #login(limits: SendLimits): Promise<Held> {
    const auth = authOf(this.#settings);
    const read = (reference: string) => this.#context.credentials.read(reference);
    if (auth.method === "token") return { token: await read(auth.token), minted: false };
    const reply = await this.#transport.send(
      {
        method: "POST",
        path: loginPath(auth),
        namespace: this.#namespace(),
        body: await loginBody(auth, read),
      },
      limits,
    );
    const token = authOfReply(reply)?.["client_token"];
    if (typeof token === "string" && token !== "") return { token, minted: true };
    throw loginFailure(auth, reply);
  }
}

type Login = Exclude<AuthSettings, { method: "token" }>;

function loginPath(auth: Login): string {
  const mount = (auth.mount ?? auth.method).split("/").map(encodeURIComponent).join("/");
  const user = auth.method === "userpass" ? `/${encodeURIComponent(auth.username)}` : "";
  return `auth/${mount}/login${user}`;
}

async function loginBody(
  auth: Login,
  read: (reference: string) => Promise<string>,
): Promise<Record<string, string>> {
  switch (auth.method) {
    case "approle": {
      const secretId = auth.secret_id === undefined ? {} : { secret_id: await read(auth.secret_id) };
      return { role_id: await read(auth.role_id), ...secretId };
    }
    case "userpass":
      return { password: await read(auth.password) };
    case "jwt":
      return { jwt: await read(auth.jwt), ...(auth.role === undefined ? {} : { role: auth.role }) };
    case "cert":
      return auth.name === undefined ? {} : { name: auth.name };
  }
}

function authOfReply(reply: Reply): Json | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(reply.body).toString("utf8"));
    const auth = isObject(body) ? body["auth"] : undefined;
    return isObject(auth) ? auth : undefined;
  } catch {
    return undefined;
  }
}

/** A refused login. The answer is not passed on: it is no evidence, and may speak of the credential. */
function loginFailure(auth: Login, reply: Reply): CallFailure {
  const where = `auth/${auth.mount ?? auth.method}/login`;
  const { status, retryAfterMs } = reply;
  if (status === 429 || status >= 500) {
    const reason = status === 429 ? "throttled" : "unavailable";
    return new CallFailure(
      reason,
      `the login at ${where} failed (${status})`,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
  if (status === 200) {
    return new CallFailure("denied", `the login at ${where} gave no token: it may want a second factor`, {
      fix: "Give the collector a login without a second factor, bound by network and policy instead.",
    });
  }
  return new CallFailure("denied", `the login at ${where} was refused (${status})`, {
    fix: "Check the method's mount and role, and the credential behind its reference.",
  });
}
