import { describe, expect, it } from "vitest";
import { inWordsOfFile } from "../../src/gate/file-words.ts";
import { notKnown } from "../../src/gate/resources/values.ts";

const place = { file: "stack.yaml", line: 1, column: 1, end_line: 1, end_column: 2 };
const declared = {
  source: "change",
  declarations: new Map([
    ["change:arn:aws:kms:this-region:000000000001:key/Key", { address: "Key", place }],
    ["change:arn:aws:iam::000000000001:role/open", { address: "Open", place }],
  ]),
};
const told = (message: string): string => inWordsOfFile(message, declared);

describe("a sentence in the words of the file", () => {
  it("calls a thing as the file does, in the place of an id that is made up", () => {
    expect(told("only the key arn:aws:kms:this-region:000000000001:key/Key keeps out everyone")).toBe(
      "only the key Key keeps out everyone",
    );
    expect(told("1 policy: change:arn:aws:iam::000000000001:role/open#inline/read, more")).toBe(
      "1 policy: read of Open, more",
    );
    expect(told("1 policy: change:arn:aws:iam::000000000001:role/open#elsewhere")).toBe(
      "1 policy: what else Open holds",
    );
  });

  it("leaves what is not declared as it is", () => {
    const other = "what policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess says is not in the file";
    expect(told(other)).toBe(other);
  });

  it("calls attributes as the file does", () => {
    const called = { kms_key_id: "KmsKeyId" };
    expect(notKnown({ address: "Db", called }, "kms_key_id", undefined)).toMatch(/^KmsKeyId of Db /);
    expect(notKnown({ address: "Db", called }, "constructor", undefined)).toMatch(/^constructor of Db /);
    expect(notKnown({ address: "aws_x.db" }, "kms_key_id", undefined)).toMatch(/^kms_key_id of aws_x\.db /);
  });
});
