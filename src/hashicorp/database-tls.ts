import type { FactOf } from "../facts/index.ts";
import { isLoopback, isObject } from "../base/index.ts";

type Protection = NonNullable<FactOf<"connection">["protection"]>;

const FLAG = ["true", "false"];

/** Parameters with no say in how, or with whom, a driver speaks: of them nothing is kept. */
const SILENT = "silent";

interface Driver {
  readonly schemes: readonly string[];
  /** Whether the driver reads names, and values, without regard to case. */
  readonly folds: { readonly names: boolean; readonly values: boolean };
  /** Parameters that say how it connects, with the values that are kept; any other value is `other`. */
  readonly kept: Readonly<Record<string, readonly string[]>>;
  /** Other names of these. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly silent: ReadonlySet<string>;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** Sources: the parameters that pgx, go-sql-driver/mysql, mongo-driver and go-mssqldb document, by which the plugins connect. */
const DRIVERS = {
  postgresql: {
    schemes: ["postgres", "postgresql"],
    folds: { names: false, values: false },
    kept: {
      sslmode: ["allow", "disable", "prefer", "require", "verify-ca", "verify-full"],
      sslrootcert: [],
    },
    aliases: {},
    silent: words(
      "application_name client_encoding connect_timeout datestyle dbname fallback_application_name search_path statement_timeout timezone",
    ),
  },
  mysql: {
    schemes: ["mysql"],
    folds: { names: false, values: true },
    kept: { allowFallbackToPlaintext: FLAG, tls: [...FLAG, "preferred", "skip-verify"] },
    aliases: {},
    silent: words(
      "charset checkConnLiveness clientFoundRows collation columnsWithAlias interpolateParams loc maxAllowedPacket multiStatements parseTime readTimeout rejectReadOnly timeout writeTimeout",
    ),
  },
  mongodb: {
    schemes: ["mongodb", "mongodb+srv"],
    folds: { names: true, values: false },
    kept: {
      replicaset: [],
      tls: FLAG,
      tlsallowinvalidcertificates: FLAG,
      tlsallowinvalidhostnames: FLAG,
      tlsinsecure: FLAG,
    },
    aliases: { ssl: "tls", sslinsecure: "tlsinsecure" },
    silent: words(
      "appname authmechanism authsource compressors connecttimeoutms heartbeatfrequencyms journal localthresholdms maxidletimems maxpoolsize minpoolsize readconcernlevel readpreference retryreads retrywrites serverselectiontimeoutms sockettimeoutms w wtimeoutms",
    ),
  },
  mssql: {
    schemes: ["sqlserver"],
    folds: { names: true, values: true },
    kept: { encrypt: [...FLAG, "disable", "mandatory", "optional", "strict"], trustservercertificate: FLAG },
    aliases: {},
    silent: new Set([
      "app name",
      "connection timeout",
      "database",
      "dial timeout",
      "keepalive",
      "packet size",
    ]),
  },
} as const satisfies Readonly<Record<string, Driver>>;

/** Plugins that come with the store. One of another name may connect as it likes. */
const PLUGINS: ReadonlyMap<string, keyof typeof DRIVERS> = new Map([
  ["mongodb-database-plugin", "mongodb"],
  ["mssql-database-plugin", "mssql"],
  ["mysql-aurora-database-plugin", "mysql"],
  ["mysql-database-plugin", "mysql"],
  ["mysql-legacy-database-plugin", "mysql"],
  ["mysql-rds-database-plugin", "mysql"],
  ["postgresql-database-plugin", "postgresql"],
  ["redshift-database-plugin", "postgresql"],
]);

const HOST = String.raw`(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?`;

/** One `@` at most, behind what names a user: what is written otherwise is not taken apart. */
const URL_ADDRESS = new RegExp(
  String.raw`^([a-z+]+)://(?:[^@/?#\s]*@)?(${HOST}(?:,${HOST})*)(?:/[^@?#]*)?(?:\?([^@#]*))?$`,
  "i",
);
/** The driver cuts at the last slash, so there is one. */
const MYSQL_ADDRESS = /^(?:[^@/\s()]*@)?(?:tcp\(([^@/()]*)\)|unix\([^@()]*\))\/[^@?/]*(?:\?([^@/]*))?$/;

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
    // Behind a name of SRV records stand hosts that the address does not tell.
    const local = scheme !== "mongodb+srv" && hosts.split(",").every(isHere);
    return described(scheme, local, query);
  }
  const dsn = MYSQL_ADDRESS.exec(text);
  if (dsn === null) return {};
  const [, host, query = ""] = dsn;
  return described("mysql", host === undefined || isHere(host), query);
}

function isHere(host: string): boolean {
  return isLoopback(host.replace(/:\d+$/, ""));
}

function described(scheme: string, local: boolean, query: string): object {
  const driver = Object.values<Driver>(DRIVERS).find(({ schemes }) => schemes.includes(scheme));
  const parameters = driver === undefined ? undefined : parametersOf(driver, query);
  return parameters === undefined ? {} : { scheme, local, parameters };
}

/**
 * Absent where one parameter is of no list: it may lead to another host, as `host` and `server` do, or take the encryption away.
 * A `;`, which some drivers take for a `&`, is in no name or value here.
 */
function parametersOf(driver: Driver, query: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  if (query.includes(";")) return undefined;
  for (const pair of query.split("&").filter((one) => one !== "")) {
    const [written = "", ...rest] = pair.split("=");
    const name = nameOf(driver, written.replace(/\+|%20/g, " "));
    if (name === undefined) return undefined;
    if (name === SILENT) continue;
    const given = rest.join("=");
    const value = driver.folds.values ? given.toLowerCase() : given;
    const known = driver.kept[name]?.find((one) => one === value) ?? "other";
    // Which of two counts differs between drivers.
    found[name] = (found[name] ?? known) === known ? known : "other";
  }
  return found;
}

/** The name to keep it by. */
function nameOf(driver: Driver, written: string): string | undefined {
  const name = driver.folds.names ? written.toLowerCase() : written;
  if (driver.silent.has(name)) return SILENT;
  const one = Object.hasOwn(driver.aliases, name) ? (driver.aliases[name] ?? name) : name;
  return Object.hasOwn(driver.kept, one) ? one : undefined;
}

/**
 * Who could read or answer in the database's place, by what `transportOf` kept; absent where that is not known: another plugin,
 * an address of another form, a parameter of no list, a setting whose default differs between versions. Sources: libpq, "SSL
 * Support"; the drivers' own documentation.
 */
export function protectionOf(plugin: string, kept: unknown): Protection | undefined {
  if (!isObject(kept) || !isObject(kept["parameters"])) return undefined;
  const kind = PLUGINS.get(plugin);
  if (kind === undefined || !DRIVERS[kind].schemes.some((one) => one === kept["scheme"])) return undefined;
  const parameters = kept["parameters"];
  const of = (name: string): unknown => parameters[name];
  // The members of a replica set say themselves where the others are.
  if (kept["local"] === true) return of("replicaset") === undefined ? "local" : undefined;
  const authority = kept["tls_ca"] === true || kept["tls_certificate_key"] === true;
  switch (kind) {
    case "postgresql":
      return byMode(of("sslmode"), authority || of("sslrootcert") !== undefined);
    case "mysql": {
      const falls = of("allowFallbackToPlaintext") ?? "false";
      if (falls !== "false") return falls === "true" ? "plain" : undefined;
      return byMysql(of("tls"), authority, kept["tls_skip_verify"] === true);
    }
    case "mongodb": {
      const checks = ["tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "tlsinsecure"].map(of);
      return encrypted(of("tls") ?? String(authority || kept["scheme"] === "mongodb+srv"), checks);
    }
    case "mssql":
      return encrypted(of("encrypt"), [of("trustservercertificate")]);
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
