import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { processEnvironment } from "../../src/cli/environment.ts";
import { openDesk, type OpenedDesk } from "../../src/cli/review-desk.ts";
import { type OidcProvider, startOidcProvider } from "../counterparties/oidc.ts";
import { freePorts, startListening, type ServerProcess } from "../counterparties/server-process.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { command } from "../estate/command.ts";
import { launch } from "../web/browser.ts";
import { ACCOUNTS } from "./company.ts";
import { fillVault, type Estate } from "./estate.ts";
import { writePlace } from "./place.ts";
import { Player, type View } from "./player.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** All that a quarter is played with: a Vault, an identity provider, a browser, and the program in processes of its own. */
export class Stage {
  readonly dir: string;
  readonly cluster: VaultCluster;
  readonly estate: Estate;
  readonly #provider: OidcProvider;
  readonly #browser: Browser;
  readonly #port: number;
  /** The store's own program. */
  readonly #vault: string;
  readonly #inside = new Map<string, Promise<Player>>();
  #server: ServerProcess | undefined;

  private constructor(
    parts: Pick<Stage, "cluster" | "dir" | "estate"> & {
      readonly provider: OidcProvider;
      readonly browser: Browser;
      readonly port: number;
      readonly vault: string;
    },
  ) {
    this.dir = parts.dir;
    this.cluster = parts.cluster;
    this.estate = parts.estate;
    this.#provider = parts.provider;
    this.#browser = parts.browser;
    this.#port = parts.port;
    this.#vault = parts.vault;
  }

  /** `vault`: path of the server's program. */
  static async set(vault: string): Promise<Stage> {
    const dir = mkdtempSync(join(tmpdir(), "countersign-quarter-"));
    const settings = { binary: vault, dir: join(dir, "vault"), auditDevices: 1, shares: 1, threshold: 1 };
    const [cluster, browser, [port = 0]] = await Promise.all([
      startVaultCluster(settings),
      launch(),
      freePorts(1),
    ]);
    const provider = await startOidcProvider(dir, [`http://127.0.0.1:${port}/sign-in/callback`]);
    for (const [name, account] of Object.entries(ACCOUNTS)) provider.accounts.set(name, account);
    const estate = await fillVault(cluster);
    writePlace(dir, { cluster, provider, port });
    return new Stage({ dir, cluster, estate, provider, browser, port, vault });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get #env(): Readonly<Record<string, string>> {
    return { VAULT_TOKEN: this.estate.collectorToken, OIDC_SECRET: this.#provider.client_secret };
  }

  /** Runs a command of the program to its end, which must be good. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await command(args, this.#env, this.dir);
    if (code !== 0) throw new Error(`countersign ${args.join(" ")}: ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** What the store's log has to say, then the store itself. */
  async collect(): Promise<void> {
    await this.run("events", "ingest");
    await this.run("collect");
  }

  /** Starts `countersign serve`, again after it was killed. */
  async serve(): Promise<void> {
    this.#server = await startListening(
      {
        name: "countersign serve",
        command: process.execPath,
        args: ["--disable-warning=ExperimentalWarning", MAIN, "serve"],
        cwd: this.dir,
        logFile: join(this.dir, "serve.log"),
        env: this.#env,
      },
      { port: this.#port, limitMs: 30_000 },
    );
  }

  /** SIGKILL: it can do nothing before it ends. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stopServing(): Promise<void> {
    await this.#server?.stop();
  }

  serverLog(): string {
    return readFileSync(join(this.dir, "serve.log"), "utf8");
  }

  /** Somebody at their browser; whoever has come in stays signed in, also over an end of the server. */
  async enter(account: string, view: View = {}): Promise<Player> {
    const key = JSON.stringify([account, view]);
    const player = this.#inside.get(key) ?? Player.enter(this.#browser, this.origin, account, view);
    this.#inside.set(key, player);
    return await player;
  }

  /** Runs a command line that changes the store, as the platform's automation, with the store's own program. */
  async change(line: string): Promise<void> {
    const { address, caCertPath = "" } = this.cluster;
    const environment = {
      VAULT_ADDR: address,
      VAULT_CACERT: caCertPath,
      VAULT_TOKEN: this.estate.automationToken,
    };
    await promisify(execFile)("/bin/sh", ["-ec", line], {
      cwd: this.dir,
      env: { PATH: `${dirname(this.#vault)}:${process.env["PATH"] ?? ""}`, HOME: this.dir, ...environment },
    });
  }

  /** The same state, as a command of the program opens it beside the server. */
  async withDesk<T>(work: (opened: OpenedDesk) => Promise<T>): Promise<T> {
    const environment = {
      ...processEnvironment(new AbortController().signal),
      cwd: this.dir,
      env: this.#env,
    };
    const opened = await openDesk(environment, {});
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  }

  async strike(): Promise<void> {
    await this.#browser.close();
    await this.stopServing();
    await this.#provider.close();
    await this.cluster.stop();
    if (process.env["KEEP"] === undefined) rmSync(this.dir, { recursive: true, force: true });
  }
}
