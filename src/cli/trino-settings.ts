import { resolve } from "node:path";
import { CountersignError, readBounded, type Location } from "../base/index.ts";
import { CredentialReference, refuseClearText } from "../connectors/index.ts";
import { Type, closed, type CredentialSource, type Static } from "../facts/index.ts";
import type { TrinoSettings as TrinoTerms } from "../tables/index.ts";

const Identifier = (description: string) => Type.String({ pattern: "^[a-z_][a-z0-9_]{0,127}$", description });

/** `events.trino` of `countersign.yaml`. */
export const TrinoSettings = closed({
  address: Type.String({
    pattern: "^https?://[^/@\\s]+/?$",
    description: "of the coordinator or the gateway before it, e.g. https://trino.example.com:8443",
  }),
  insecure_http: Type.Optional(
    Type.Boolean({
      description: "true: ask over an unencrypted http address of another host, which is refused otherwise",
    }),
  ),
  catalog: Type.String({
    pattern: "^[a-z0-9_-]{1,128}$",
    description: "a catalog with the Hive connector",
  }),
  schema: Identifier("a schema of it, for the event table alone"),
  user: Type.String({ pattern: "^[^:\\s]{1,256}$", description: "user of the cluster" }),
  password: Type.Optional(CredentialReference("password of the user")),
  token: Type.Optional(CredentialReference("JSON web token, instead of a password")),
  ca_cert_file: Type.Optional(
    Type.String({ description: "PEM file with the authorities to trust; default: those of Node" }),
  ),
  client_cert_file: Type.Optional(Type.String({ description: "PEM certificate to show to the server" })),
  client_key_file: Type.Optional(Type.String({ description: "PEM private key of client_cert_file" })),
  timeout_s: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 86_400,
      description: "longest that one statement may take; default: 600",
    }),
  ),
  files: Type.Optional(
    closed({
      directory: Type.String({
        minLength: 1,
        description: "where `events publish` writes the table's files, e.g. a mounted share",
      }),
      location: Type.String({
        pattern: "^[a-z][a-z0-9+.-]*://[^'\\s]*$",
        description:
          "how the cluster calls that place, e.g. s3://bucket/prefix, file:///mnt/share or local:///events",
      }),
    }),
  ),
});

export type TrinoSettings = Static<typeof TrinoSettings>;

/** What is looked at of a read configuration. */
interface Configured {
  readonly directory: string;
  readonly locate: (path: readonly string[]) => Location;
}

const USUAL_TIMEOUT_S = 600;

/** Largest PEM file: the authorities of a whole operating system take a quarter of it. */
const MAX_PEM_BYTES = 1024 * 1024;

/** Settings as the engine takes them, with credentials and certificates read. E_CONFIG, E_REFERENCE, E_NOT_FOUND. */
export async function trinoTerms(
  settings: TrinoSettings,
  { directory, locate }: Configured,
  credentials: CredentialSource,
): Promise<TrinoTerms> {
  const { address, catalog, schema, user, password, token, timeout_s = USUAL_TIMEOUT_S } = settings;
  const at = (key: string) => locate(["events", "trino", key]);
  refuseClearText(settings, at("address"));
  if (password !== undefined && token !== undefined) {
    throw new CountersignError("E_CONFIG", "expected a password or a token for Trino, got both", {
      location: at("token"),
    });
  }
  if (address.startsWith("http:") && (password !== undefined || token !== undefined)) {
    throw new CountersignError(
      "E_CONFIG",
      `expected an https address where a credential is sent, got ${address}`,
      {
        location: at("address"),
        fix: "Trino takes passwords and tokens over TLS alone.",
      },
    );
  }
  const pem = async (path: string): Promise<string> => {
    const terms = { what: "PEM certificates or keys", maxBytes: MAX_PEM_BYTES, code: "E_CONFIG" } as const;
    return (await readBounded(resolve(directory, path), terms)).toString("utf8");
  };
  const { ca_cert_file, client_cert_file, client_key_file } = settings;
  return {
    address,
    catalog,
    schema,
    user,
    timeoutMs: timeout_s * 1000,
    ...(password === undefined ? {} : { password: await credentials.read(password) }),
    ...(token === undefined ? {} : { token: await credentials.read(token) }),
    ...(ca_cert_file === undefined ? {} : { ca: await pem(ca_cert_file) }),
    ...(client_cert_file === undefined ? {} : { cert: await pem(client_cert_file) }),
    ...(client_key_file === undefined ? {} : { key: await pem(client_key_file) }),
  };
}
