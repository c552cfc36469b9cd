import { defineGateway } from "@sluice/core";
{{imports}}
import { caller } from "./plugins/caller.ts";
import { paidFirst } from "./routes/paid-first.ts";

export default defineGateway({
  // Keys come from the environment or .env. A provider without one is passed over.
  providers: [{{providers}}],
  models: {
    // Tried in this order: the next one answers when the one before cannot.
    default: { targets: [{{targets}}] },
  },
  plugins: [caller(), paidFirst({ target: "{{paid}}" })],
});
