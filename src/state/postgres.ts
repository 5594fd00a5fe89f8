import { PostgresDialect, type Dialect, type PostgresPoolClient } from "kysely";
import { cleaned } from "./text.ts";

/** Connections to the server, at most. */
const MAX_CONNECTIONS = 10;
const CONNECT_MS = 10_000;

/** A dialect over a pool of connections to `url`, whose `sslmode` says whether and how TLS is spoken. */
export async function postgresDialect(url: string): Promise<Dialect> {
  // Most installations have no server, and wait for none of its code.
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: "countersign",
  });
  // The server may go while a connection idles; who asks next learns of it.
  pool.on("error", () => undefined);
  return new PostgresDialect({
    pool: {
      options: pool.options,
      end: async () => await pool.end(),
      connect: async (): Promise<PostgresPoolClient> => {
        const client = await pool.connect();
        const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> =>
          await client.query(sql, parameters.map(cleaned));
        return {
          query: query as PostgresPoolClient["query"],
          release: (destroy) => client.release(destroy),
        };
      },
    },
  });
}
