import type { JsonObject } from "@sluice/core";

/** What a vendor answers instead of the model: written in the vendor's own shape by `Vendor.errorBody`. */
export class VendorError extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
  readonly details: JsonObject[];

  constructor(status: number, message: string, more: { code?: string; param?: string; details?: JsonObject[] } = {}) {
    super(message);
    this.name = "VendorError";
    this.status = status;
    this.code = more.code ?? null;
    this.param = more.param ?? null;
    this.details = more.details ?? [];
  }
}
