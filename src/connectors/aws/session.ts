import type { ConnectorContext, SendLimits } from "../../facts/index.ts";
import { nonEmptyText, objectAt, type Json } from "../shape.ts";
import { ask, askUnkept } from "./asking.ts";
import { ExpiredCredentials, type Asked } from "./failure.ts";
import type { Operation, Place } from "./operation.ts";
import { loadSdk, type Sdk, type SdkClient, type ServiceName } from "./services.ts";
import { homeRegionOf, type AwsSettings } from "./settings.ts";

/** The name under which CloudTrail shows what an assumed role did for us. */
const SESSION_NAME = "countersign";

/** What the SDK's clients take as credentials. */
interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials, or what finds them anew. */
type Credentials = Identity | ((...args: unknown[]) => Promise<unknown>);

interface Opened {
  readonly sdk: Sdk;
  readonly client: SdkClient;
}

/** What belongs to one set of credentials: all of it is left behind when they have expired. */
class Generation {
  readonly identities = new Map<string, Promise<Credentials>>();
  readonly clients = new Map<string, Promise<Opened>>();

  async end(): Promise<void> {
    for (const each of await Promise.allSettled(this.clients.values())) {
      if (each.status === "fulfilled") each.value.client.destroy();
    }
  }
}

/**
 * The collector's own identities: the first one, and the role of each other account. Nothing of a login is recorded, and
 * nothing happens before the first question. Credentials are kept until AWS says that they have expired; there is no clock
 * here.
 */
export class Session {
  readonly #settings: AwsSettings;
  readonly #credentials: ConnectorContext["credentials"];
  readonly #left: Generation[] = [];
  #current = new Generation();
  #own: { readonly account: string; readonly partition: string } | undefined;

  constructor(settings: AwsSettings, { credentials }: Pick<ConnectorContext, "credentials">) {
    this.#settings = settings;
    this.#credentials = credentials;
  }

  /** Tells in which account no role has to be assumed, and in which partition the roles of others are. */
  own(account: string, partition: string): void {
    this.#own = { account, partition };
  }

  /** The answer to one question; credentials that have expired are made anew once. Throws `CallFailure`, E_REFERENCE, E_RUNTIME. */
  async ask(operation: Operation, place: Place, input: Json, limits: SendLimits): ReturnType<typeof ask> {
    const used = this.#current;
    const once = async (): ReturnType<typeof ask> =>
      await ask(await this.#opened(operation.service, place, limits), operation, input, limits);
    try {
      return await once();
    } catch (thrown) {
      if (!(thrown instanceof ExpiredCredentials)) throw thrown;
      this.#renew(used);
      return await once();
    }
  }

  /** Closes what was opened. */
  async end(): Promise<void> {
    for (const generation of [...this.#left, this.#current]) await generation.end();
  }

  /** Forgets all credentials, unless another question's failure has just done so. */
  #renew(used: Generation): void {
    if (used !== this.#current) return;
    // Questions that are under way still use them.
    this.#left.push(used);
    this.#current = new Generation();
  }

  async #opened(service: ServiceName, { account, region }: Place, limits: SendLimits): Promise<Opened> {
    const member = account === this.#own?.account ? undefined : account;
    return await kept(this.#current.clients, `${service}/${member ?? ""}/${region ?? ""}`, async () =>
      this.#open(await loadSdk(service), region, await this.#identity(member, limits)),
    );
  }

  #open(sdk: Sdk, region: string | undefined, credentials: Credentials | undefined): Opened {
    const { endpoint } = this.#settings;
    const client = sdk.client({
      region: region ?? homeRegionOf(this.#settings),
      // The runner asks again by itself, within its own bounds.
      maxAttempts: 1,
      // Only the configuration says where questions go: no variable or profile leads them elsewhere unseen.
      serviceConfiguredEndpoint: () => Promise.resolve(undefined),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    });
    return { sdk, client };
  }

  /** Credentials in an account, or of the first identity. */
  async #identity(member: string | undefined, limits: SendLimits): Promise<Credentials> {
    return await kept(this.#current.identities, member ?? "", async () => {
      const { assume_role, accounts } = this.#settings;
      if (member !== undefined && accounts !== undefined) {
        const role = `arn:${this.#own?.partition ?? "aws"}:iam::${member}:role/${accounts.role_name}`;
        return await this.#assumed(
          role,
          accounts.external_id,
          await this.#identity(undefined, limits),
          limits,
        );
      }
      const base = await this.#base(limits);
      if (assume_role === undefined) return base;
      return await this.#assumed(assume_role.role_arn, assume_role.external_id, base, limits);
    });
  }

  async #base(limits: SendLimits): Promise<Credentials> {
    const { credentials } = this.#settings;
    const read = (reference: string) => this.#credentials.read(reference);
    if (credentials === undefined) return await this.#found();
    if ("web_identity" in credentials) {
      const { role_arn, token_file } = credentials.web_identity;
      const input = { RoleArn: role_arn, WebIdentityToken: await read(`file:${token_file}`) };
      return await this.#handedOut("AssumeRoleWithWebIdentity", input, undefined, limits);
    }
    const { access_key_id, secret_access_key, session_token } = credentials;
    return {
      accessKeyId: await read(access_key_id),
      secretAccessKey: await read(secret_access_key),
      ...(session_token === undefined ? {} : { sessionToken: await read(session_token) }),
    };
  }

  /** The SDK's default chain, of one client for all of them: each would else search, and log in, by itself. */
  async #found(): Promise<Credentials> {
    const { client } = await kept(this.#current.clients, "default chain", async () =>
      this.#open(await loadSdk("sts"), undefined, undefined),
    );
    return client.config.credentials as Exclude<Credentials, Identity>;
  }

  async #assumed(
    RoleArn: string,
    externalId: string | undefined,
    base: Credentials,
    limits: SendLimits,
  ): Promise<Identity> {
    const ExternalId = externalId === undefined ? undefined : await this.#credentials.read(externalId);
    return await this.#handedOut(
      "AssumeRole",
      { RoleArn, ...(ExternalId === undefined ? {} : { ExternalId }) },
      base,
      limits,
    );
  }

  async #handedOut(
    action: "AssumeRole" | "AssumeRoleWithWebIdentity",
    input: Json,
    credentials: Credentials | undefined,
    limits: SendLimits,
  ): Promise<Identity> {
    const opened = this.#open(await loadSdk("sts"), undefined, credentials);
    const asked: Asked = { service: "sts", action, needs: [`sts:${action}`] };
    try {
      const output = await askUnkept(opened, asked, { ...input, RoleSessionName: SESSION_NAME }, limits);
      const handed = objectAt(output, "Credentials");
      return {
        accessKeyId: nonEmptyText(handed, "AccessKeyId"),
        secretAccessKey: nonEmptyText(handed, "SecretAccessKey"),
        sessionToken: nonEmptyText(handed, "SessionToken"),
      };
    } finally {
      opened.client.destroy();
    }
  }
}

/** What `make` made under this name before; a failure is not kept. */
async function kept<T>(map: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(name) ?? make();
  map.set(name, known);
  try {
    return await known;
  } catch (thrown) {
    // A later question tries anew.
    map.delete(name);
    throw thrown;
  }
}
