import { defineErrors } from "@sluice/core";

/** What the store of responses refuses. */
export const errors = defineErrors("SLUICE", {
  RESPONSES_NOT_FOUND: (id: string) => ({
    status: 404,
    message: `There is no response "${id}" of yours here.`,
    hint: "It was never stored, was deleted, is too old, or belongs to another key.",
    param: "response_id",
    wireCode: "not_found",
  }),
  RESPONSES_PREVIOUS_NOT_FOUND: (id: string) => ({
    status: 400,
    message: `There is no response "${id}" of yours to go on from.`,
    hint: "Send the conversation as input, or the id of a response that was stored: `store` must not be false.",
    param: "previous_response_id",
    wireCode: "previous_response_not_found",
  }),
  RESPONSES_UNSUPPORTED: (what: string, hint: string) => ({
    status: 400,
    message: `${what} is not offered here.`,
    hint,
    wireCode: "unsupported_operation",
  }),
});
