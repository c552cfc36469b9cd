import { describe, expect, test } from "vitest";
import { assertArguments, hostOf, portOf, projectArguments } from "../src/arguments.ts";

const known = {
  dir: { type: "positional", required: false },
  ...projectArguments,
  port: { type: "string", alias: "p" },
  host: { type: "string" },
} as const;

describe("arguments", () => {
  test.each([
    [["--port", "4000"]],
    [["-p", "4000"]],
    [["--port=4000", "dir"]],
    [["--host"]],
    [["--host", "--json"]],
    [["--no-json"]],
    [["--help"]],
    [["--", "--anything"]],
  ])("%j are taken", (rawArgs) => {
    expect(() => assertArguments("dev", rawArgs, known)).not.toThrow();
  });

  test.each([
    [["--prot", "1"], "SLUICE_CLI_UNKNOWN_FLAG", "Did you mean --port?"],
    [["-x"], "SLUICE_CLI_UNKNOWN_FLAG", "--help"],
    [["--port"], "SLUICE_CLI_ARGUMENT", "--help"],
    [["--port", "--json"], "SLUICE_CLI_ARGUMENT", "--help"],
    [["one", "two"], "SLUICE_CLI_ARGUMENT", "--help"],
  ])("%j are refused with %s", (rawArgs, code, hint) => {
    expect(() => assertArguments("dev", rawArgs, known)).toThrow(
      expect.objectContaining({ code, hint: expect.stringContaining(hint) }),
    );
  });

  test.each(["", "x", "-1", "1.5", "70000", "1e3"])("%j is no port", (value) => {
    expect(() => portOf(value)).toThrow(expect.objectContaining({ code: "SLUICE_CLI_ARGUMENT" }));
  });

  test("a port is a whole number, 0 included", () => {
    expect([portOf("0"), portOf("4000")]).toEqual([0, 4000]);
  });

  test("the server is open to this machine alone unless --host says more", () => {
    expect([hostOf(undefined), hostOf(""), hostOf("10.0.0.1")]).toEqual(["127.0.0.1", "0.0.0.0", "10.0.0.1"]);
  });
});
