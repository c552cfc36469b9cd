export { adaptSchema } from "./adapt.ts";
export type { AdaptedSchema } from "./adapt.ts";
export { fromOpenApi } from "./open-api.ts";
export type { SchemaLoss } from "./place.ts";
export type { SchemaTarget } from "./targets.ts";
export { mismatch } from "./validate.ts";
export type { Mismatch } from "./validate.ts";
