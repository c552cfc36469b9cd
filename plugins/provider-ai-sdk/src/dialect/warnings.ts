import { stringOf } from "@sluice/core";
import type { JsonObject, Warning } from "@sluice/core";

/** A warning of the package, as the receipt has it. */
export function decodeWarning(warning: JsonObject): Warning {
  const feature = stringOf(warning["feature"]) ?? stringOf(warning["setting"]);
  const said = stringOf(warning["details"]) ?? stringOf(warning["message"]);
  const code = codes[stringOf(warning["type"]) ?? ""] ?? "upstream_warning";
  const what = feature === undefined ? "" : `${feature}: `;
  const message = `${what}${said ?? sayings[code] ?? "the package warns."}`;
  return { code, message, ...(feature === undefined ? {} : { field: feature }) };
}

const codes: Readonly<Record<string, string>> = {
  unsupported: "dropped_parameter",
  compatibility: "changed_parameter",
};

const sayings: Readonly<Record<string, string>> = {
  dropped_parameter: "the package does not take it for this model.",
  changed_parameter: "the package does it in another way.",
};
