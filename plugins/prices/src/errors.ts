import { defineErrors } from "@sluice/core";

/** What can go wrong with a table of prices. */
export const errors = defineErrors("SLUICE", {
  PRICES_UNREADABLE: (url: string, problem: string) => ({
    status: 502,
    message: `The prices at ${url} could not be read: ${problem}.`,
    hint: "The prices that were known stay in force. Look at the address, or wait for the table to be repaired.",
  }),
});
