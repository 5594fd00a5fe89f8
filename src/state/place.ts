/** Where state is kept: a file of SQLite, or a PostgreSQL server by URL (`postgres://…?sslmode=verify-full`). */
export type StatePlace = { readonly file: string } | { readonly url: string };

/** Most rows of one answer; where ids are named, as many as they are. */
export const MAX_PAGE = 200;
