import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Authority {
  readonly caCertPath: string;
  /** Issues a certificate for a loopback server or a client; returns the PEM files. */
  issue(name: string, use: "server" | "client"): { readonly certPath: string; readonly keyPath: string };
}

const DAYS = "30";

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`;

/** A throwaway certificate authority in `dir`, by the `openssl` command (3.0 or later). */
export function createAuthority(dir: string, commonName: string): Authority {
  const config = join(dir, "openssl.cnf");
  writeFileSync(config, CONFIG);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  const request = (name: string, section: string, subject: string, signer: readonly string[]) => {
    const keyPath = join(dir, `${name}.key`);
    const certPath = join(dir, `${name}.pem`);
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", keyPath);
    // prettier-ignore
    openssl("req", "-x509", "-new", "-key", keyPath, "-out", certPath, "-days", DAYS, "-config", config,
      "-extensions", section, "-subj", `/CN=${subject}`, ...signer);
    return { certPath, keyPath };
  };
  const ca = request("ca", "ca", commonName, []);
  return {
    caCertPath: ca.certPath,
    issue: (name, use) => request(name, use, name, ["-CA", ca.certPath, "-CAkey", ca.keyPath]),
  };
}
