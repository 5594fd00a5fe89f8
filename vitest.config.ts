import { defineConfig } from "vitest/config";

const include = (folder: string): string[] => [`test/${folder}/**/*.test.ts`];

export default defineConfig({
  test: {
    // One for each core of a small machine; by itself the runner leaves one of two idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/property/**", "test/conformance/**", "test/fault/**"],
          // For what hangs, not for what is slow: several start processes, on machines that do other work.
          testTimeout: 120_000,
        },
      },
      { test: { name: "property", include: include("property"), testTimeout: 120_000 } },
      { test: { name: "conformance", include: include("conformance"), testTimeout: 120_000 } },
      { test: { name: "fault", include: include("fault"), testTimeout: 120_000 } },
      {
        test: {
          name: "integration",
          include: include("integration"),
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
