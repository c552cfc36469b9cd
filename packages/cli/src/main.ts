#!/usr/bin/env node
import * as loader from "node:module";

// Halves the start of every command (0.63 s → 0.32 s from source, two cores), so the rest is imported after it.
if ("enableCompileCache" in loader) loader.enableCompileCache();
const { main } = await import("./command-line.ts");

process.exitCode = await main(process.argv.slice(2));
