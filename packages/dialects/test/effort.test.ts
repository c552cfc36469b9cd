import { expect, test } from "vitest";
import { budgetOf, effortOf, nearestEffort } from "../src/effort.ts";

test.for(["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const)(
  "%s survives the way to a budget",
  (effort) => {
    expect(effortOf(budgetOf(effort, 64_000), 64_000)).toBe(effort);
  },
);

test("a budget between two efforts is the lower one", () => {
  expect(effortOf(budgetOf("high", 32_000) - 1, 32_000)).toBe("medium");
  expect(effortOf(1, 32_000)).toBe("minimal");
});

test("an effort that is not offered goes to the nearest below, and up only where nothing is below", () => {
  expect(nearestEffort("xhigh", ["low", "medium", "high"])).toEqual({ effort: "high", changed: true });
  expect(nearestEffort("minimal", ["none", "low", "high"])).toEqual({ effort: "low", changed: true });
  expect(nearestEffort("none", ["low", "high"])).toEqual({ effort: "low", changed: true });
  expect(nearestEffort("medium", ["low", "medium"])).toEqual({ effort: "medium", changed: false });
});
