import { expect, test } from "vitest";
import { bare, patch, user } from "./_patching.ts";

test("what another vendor ran is not sent to this one, and that is said", () => {
  const provider_details = [
    { type: "server_tool_use", format: "anthropic", index: 0, data: { type: "server_tool_use" } },
  ];
  const { set, warnings } = patch({
    ...bare,
    messages: [user, { role: "assistant", content: "Yes.", provider_details }],
  });
  expect(set.messages).toEqual([user, { role: "assistant", content: "Yes." }]);
  expect(warnings).toMatchObject([{ code: "dropped_part", field: "messages" }]);
});
