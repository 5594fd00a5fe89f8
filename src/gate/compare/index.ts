export { JudgedAccess } from "./judged-access.ts";
export type { Collected } from "./overlay.ts";
