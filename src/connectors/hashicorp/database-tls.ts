import type { FactOf } from "../../facts/index.ts";
import { isLoopback } from "../../base/index.ts";
import { isObject } from "./json.ts";

type Protection = NonNullable<FactOf<"connection">["protection"]>;

const FLAG = ["true", "false"];

/** Parameters of an address that say how the plugin connects, with the values that are kept; any other value is `other`. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  encrypt: [...FLAG, "disable", "mandatory", "optional", "strict"],
  ssl: FLAG,
  sslmode: ["allow", "disable", "prefer", "require", "verify-ca", "verify-full"],
  tls: [...FLAG, "preferred", "skip-verify"],
  tlsallowinvalidcertificates: FLAG,
  tlsallowinvalidhostnames: FLAG,
  tlsinsecure: FLAG,
  trustservercertificate: FLAG,
};

const SCHEMES: readonly string[] = [
  "mongodb",
  "mongodb+srv",
  "mysql",
  "postgres",
  "postgresql",
  "redshift",
  "sqlserver",
];

const HOST = String.raw`(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?`;

/** One `@` at most, behind what names a user: what is written otherwise is not taken apart. */
const URL_ADDRESS = new RegExp(
  String.raw`^([a-z+]+)://(?:[^@/?#\s]*@)?(${HOST}(?:,${HOST})*)(?:/[^@?#]*)?(?:\?([^@#]*))?$`,
  "i",
);
const MYSQL_ADDRESS = /^(?:[^@/\s()]*@)?(tcp|unix)\(([^@()]*)\)\/[^@?]*(?:\?([^@]*))?$/i;

/**
 * What a connection's details say of its transport, and nothing else: each value is one of a list here, so that no credential can
 * be among them, however it is written. Hosts are kept as whether all of them are this machine.
 */
export function transportOf(details: unknown): unknown {
  if (!isObject(details)) return undefined;
  const present = (name: string): boolean => typeof details[name] === "string" && details[name] !== "";
  return {
    ...addressOf(details["connection_url"]),
    tls_ca: present("tls_ca"),
    tls_certificate_key: present("tls_certificate_key"),
    tls_skip_verify: details["tls_skip_verify"] === true,
  };
}

function addressOf(text: unknown): object {
  if (typeof text !== "string") return {};
  const url = URL_ADDRESS.exec(text);
  if (url !== null) {
    const [, scheme = "", hosts = "", query = ""] = url;
    const local = hosts.split(",").every((host) => isLoopback(host.replace(/:\d+$/, "")));
    const known = SCHEMES.find((one) => one === scheme.toLowerCase());
    return known === undefined ? {} : { scheme: known, local, parameters: parametersOf(query) };
  }
  const dsn = MYSQL_ADDRESS.exec(text);
  if (dsn === null) return {};
  const [, network = "", host = "", query = ""] = dsn;
  const local = network.toLowerCase() === "unix" || isLoopback(host.replace(/:\d+$/, ""));
  return { scheme: "mysql", local, parameters: parametersOf(query) };
}

function parametersOf(query: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [given, value] of new URLSearchParams(query)) {
    const name = given.toLowerCase();
    const values = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (values === undefined) continue;
    const known = values.find((one) => one === value.toLowerCase());
    found[name] = name in found || known === undefined ? "other" : known;
  }
  return found;
}

/**
 * Who could read or answer in the database's place, by what `transportOf` kept; absent where that is not known: another plugin,
 * an address of another form, a setting whose default differs between versions. Sources: libpq, "SSL Support"; the drivers
 * go-sql-driver/mysql, mongo-driver and go-mssqldb, which the plugins connect by.
 */
export function protectionOf(plugin: string, kept: unknown): Protection | undefined {
  if (!isObject(kept) || !isObject(kept["parameters"])) return undefined;
  const parameters = kept["parameters"];
  const of = (name: string): unknown => parameters[name];
  if (kept["local"] === true) return "local";
  const authority = kept["tls_ca"] === true || kept["tls_certificate_key"] === true;
  const kind = /^(?:aws-)?(mongodb|mssql|mysql|postgresql|redshift)\b/.exec(plugin)?.[1];
  switch (kind) {
    case "postgresql":
    case "redshift":
      return byMode(of("sslmode"), authority);
    case "mysql":
      return byMysql(of("tls"), authority, kept["tls_skip_verify"] === true);
    case "mongodb": {
      const given = of("tls") ?? of("ssl");
      const checks = ["tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "tlsinsecure"].map(of);
      return encrypted(given ?? String(authority || kept["scheme"] === "mongodb+srv"), checks);
    }
    case "mssql":
      return encrypted(of("encrypt"), [of("trustservercertificate")]);
    default:
      return undefined;
  }
}

/** `verify-ca` takes whomever the authority signed for, which may be everyone: not known. So is a mode that is not written. */
function byMode(mode: unknown, authority: boolean): Protection | undefined {
  if (mode === "disable" || mode === "allow" || mode === "prefer") return "plain";
  if (mode === "verify-full") return "verified";
  return mode === "require" && !authority ? "unverified" : undefined;
}

/** An authority or a certificate of its own takes the place of the parameter. */
function byMysql(tls: unknown, authority: boolean, skips: boolean): Protection | undefined {
  if (authority) return tls === undefined ? (skips ? "unverified" : "verified") : undefined;
  if (tls === undefined || tls === "false" || tls === "preferred") return "plain";
  if (tls === "skip-verify") return "unverified";
  return tls === "true" ? "verified" : undefined;
}

/** `unchecked`: settings that take any certificate. */
function encrypted(given: unknown, unchecked: readonly unknown[]): Protection | undefined {
  if (given === "false" || given === "disable" || given === "optional") return "plain";
  if (given !== "true" && given !== "mandatory" && given !== "strict") return undefined;
  if (unchecked.includes("true")) return "unverified";
  return unchecked.includes("other") ? undefined : "verified";
}
