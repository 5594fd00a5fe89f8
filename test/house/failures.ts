import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** The file of failed tests, one line each, that `npm test` prints again as its last lines. */
export const FAILURES_FILE = "COUNTERSIGN_TEST_FAILURES";

/** Most characters of an error's first line. */
const MAX_MESSAGE = 200;

const firstLine = (message = ""): string => (message.split("\n")[0] ?? "").slice(0, MAX_MESSAGE);

function* failuresOf(module: TestModule): Generator<string> {
  const file = module.relativeModuleId;
  for (const { message } of module.errors()) yield `${file}: ${firstLine(message)}`;
  for (const test of module.children.allTests("failed"))
    yield `${file} > ${test.fullName}: ${firstLine(test.result().errors?.[0]?.message)}`;
  for (const suite of module.children.allSuites())
    for (const { message } of suite.errors()) yield `${file} > ${suite.fullName}: ${firstLine(message)}`;
}

/** So that the names of what failed do not drown in a log of thousands of lines. */
export default class Failures implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message?: string }[]): void {
    const path = process.env[FAILURES_FILE];
    if (path === undefined) return;
    const lines = [
      ...modules.flatMap((module) => [...failuresOf(module)]),
      ...errors.map(({ message }) => `outside of any test: ${firstLine(message)}`),
    ];
    for (const line of lines) appendFileSync(path, `${line}\n`);
  }
}
