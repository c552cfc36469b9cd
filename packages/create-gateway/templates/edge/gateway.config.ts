import { defineGateway } from "@sluice/core";
{{imports}}

export default defineGateway({
  // Keys come from .env here and from the worker's secrets there. A provider without one is passed over.
  providers: [{{providers}}],
  models: {
    // Tried in this order: the next one answers when the one before cannot.
    default: { targets: [{{targets}}] },
  },
});
