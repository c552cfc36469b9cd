import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineConfig } from "vitest/config";

const packages = globSync("{packages,plugins}/*/package.json", { cwd: import.meta.dirname }).map((file) =>
  dirname(file),
);

export default defineConfig({
  test: {
    // The second fails the run while the public table differs from the results.
    reporters: ["default", "./test/compat/table.ts"],
    include: ["{src,test}/**/*.test.ts"],
    // What hangs must fail, what a busy machine delays must not. No test proves anything by these.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "repository", include: ["test/**/*.test.ts"] } },
      ...packages.map((root) => ({ extends: true as const, test: { name: basename(root), root } })),
    ],
  },
});
