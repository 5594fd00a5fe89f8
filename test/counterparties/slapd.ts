import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findExecutable, missing, type Availability } from "./availability.ts";
import type { Authority } from "./certificates.ts";
import { freePorts, startListening } from "./server-process.ts";

const START_LIMIT_MS = 30_000;
const SBIN = ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"];
const SCHEMAS = ["core", "cosine", "inetorgperson"];

/** The `slapd` program of OpenLDAP. */
export function ensureSlapd(): Availability<string> {
  const binary = findExecutable("slapd", SBIN);
  return binary === undefined ? missing("no OpenLDAP server (Debian: slapd)") : { found: binary };
}

export interface LdapSettings {
  readonly binary: string;
  /** An empty directory. */
  readonly dir: string;
  readonly authority: Authority;
  /** `dc=example,dc=com` */
  readonly suffix: string;
  readonly admin: { readonly dn: string; readonly password: string };
  /** The directory's content, as LDIF, its suffix entry first. */
  readonly ldif: string;
}

export interface LdapServer {
  /** `ldap://127.0.0.1:<port>`; StartTLS with a certificate of the authority is offered, not demanded. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSlapd(settings: LdapSettings): Promise<LdapServer> {
  const { dir, binary } = settings;
  const data = join(dir, "data");
  mkdirSync(data, { recursive: true });
  const { certPath, keyPath } = settings.authority.issue("ldap", "server");
  const config = join(dir, "slapd.conf");
  writeFileSync(
    config,
    [
      ...SCHEMAS.map((name) => `include /etc/ldap/schema/${name}.schema`),
      "modulepath /usr/lib/ldap",
      "moduleload back_mdb",
      `pidfile ${join(dir, "slapd.pid")}`,
      `TLSCACertificateFile ${settings.authority.caCertPath}`,
      `TLSCertificateFile ${certPath}`,
      `TLSCertificateKeyFile ${keyPath}`,
      "database mdb",
      `suffix "${settings.suffix}"`,
      `rootdn "${settings.admin.dn}"`,
      `rootpw ${settings.admin.password}`,
      `directory ${data}`,
      "",
    ].join("\n"),
  );
  const ldif = join(dir, "content.ldif");
  writeFileSync(ldif, settings.ldif);
  // slapd takes the part of slapadd when it is told so.
  execFileSync(binary, ["-T", "add", "-f", config, "-l", ldif], { stdio: ["ignore", "pipe", "pipe"] });
  const port = (await freePorts(1))[0]!;
  const url = `ldap://127.0.0.1:${port}`;
  const server = await startListening(
    {
      name: "slapd",
      command: binary,
      args: ["-h", url, "-f", config, "-d", "0"],
      cwd: dir,
      logFile: join(dir, "slapd.log"),
    },
    { port, limitMs: START_LIMIT_MS },
  );
  return { url, stop: () => server.stop() };
}
