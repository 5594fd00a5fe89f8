// The one place where the pages take the review's words from.
export * from "../review/model.ts";
