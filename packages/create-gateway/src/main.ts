#!/usr/bin/env node
import { create } from "./create.ts";
import { surroundings } from "./surroundings.ts";

process.exitCode = await create(process.argv.slice(2), surroundings());
