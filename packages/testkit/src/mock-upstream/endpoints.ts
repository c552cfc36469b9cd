import type { JsonObject } from "@sluice/core";
import { isRecord, unknownField, words } from "./fields.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorCall } from "./vendor.ts";

/** An endpoint that generates no text: its whole answer is made from its request. */
export interface Endpoint {
  dialect: Vendor["dialect"];
  /** Whose key, errors and headers it has. */
  like: Vendor;
  owns: (call: VendorCall) => boolean;
  /** @default the `model` of the body */
  modelOf?: (call: VendorCall, body: unknown) => string;
  /** Top-level fields that are taken; any other is refused, as strict vendors do. */
  fields: ReadonlySet<string>;
  answer: (body: JsonObject, model: string) => JsonObject;
}

/** The endpoint as a vendor of its own. */
export function endpoint({ like, fields, answer, ...own }: Endpoint): Vendor {
  const modelOf = own.modelOf ?? ((_call: VendorCall, body: unknown) => (isRecord(body) ? words(body["model"]) : ""));
  return {
    ...like,
    dialect: own.dialect,
    owns: own.owns,
    modelOf,
    list: () => null,
    serve(call, body) {
      if (!isRecord(body)) throw new VendorError(400, "We could not parse the JSON body of your request.");
      const strange = unknownField(body, fields);
      if (strange !== undefined)
        throw new VendorError(400, `Unrecognized request argument supplied: ${strange}`, { param: strange });
      const model = modelOf(call, body);
      if (model === "") throw new VendorError(400, "you must provide a model parameter", { param: "model" });
      if (model.startsWith("missing"))
        throw new VendorError(404, `The model \`${model}\` does not exist.`, { code: "model_not_found" });
      return { type: "json", json: answer(body, model) };
    },
  };
}

/** Refuses a request as the vendor would, naming the field. */
export function must(holds: boolean, param: string, message = `Invalid value for ${param}.`): void {
  if (!holds) throw new VendorError(400, message, { param });
}
