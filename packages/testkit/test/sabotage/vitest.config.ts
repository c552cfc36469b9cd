import { defineConfig } from "vitest/config";

/** Suites that must fail: run by `suites-catch.test.ts`, never by themselves. */
export default defineConfig({ test: { root: import.meta.dirname, include: ["*.sabotage.ts"], testTimeout: 30_000 } });
