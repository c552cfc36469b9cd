/**
 * The part of the Standard Schema specification that Sluice uses; zod, valibot, arktype and others implement it.
 * https://standardschema.dev (read 2026-11-20)
 */
export interface Schema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A record of named schemas: what a plugin claims of requests, models or channels. */
export type Schemas = Readonly<Record<string, Schema>>;

type OutputOf<S> = S extends Schema<infer Output> ? Output : never;
type InputOf<S> = S extends { readonly "~standard": { readonly types?: { readonly input: infer Input } | undefined } }
  ? Input
  : never;

type OptionalNames<S, T extends Record<keyof S, unknown>> = {
  [Name in keyof S]: undefined extends T[Name] ? Name : never;
}[keyof S];

type Optional<S, T extends Record<keyof S, unknown>> = Flat<
  { [Name in Exclude<keyof S, OptionalNames<S, T>>]: T[Name] } & {
    [Name in OptionalNames<S, T>]?: T[Name];
  }
>;

/** Shows an intersection as one object. */
export type Flat<T> = { [Name in keyof T]: T[Name] } & {};

/** What the schemas give after parsing: `Outputs<{ a: z.ZodNumber }>` is `{ a: number }`. */
export type Outputs<S extends Schemas> = Optional<S, { [Name in keyof S]: OutputOf<S[Name]> }>;

/** What the schemas take: fields with a default or `.optional()` may be left out. */
export type Inputs<S extends Schemas> = Optional<S, { [Name in keyof S]: InputOf<S[Name]> }>;

/** A parsed value, or the problem in words with the path inside the value. */
export type Parsed = { ok: true; value: unknown } | { ok: false; path: string; problem: string };

/** Validates with a synchronous schema. Throws `TypeError` for an asynchronous one: a claim must not wait. */
export function parseWith(schema: Schema, value: unknown): Parsed {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("Asynchronous schemas are not supported here.");
  if (result.issues === undefined) return { ok: true, value: result.value };
  const issue = result.issues[0];
  return { ok: false, path: pathOf(issue), problem: issue?.message ?? "is not valid" };
}

function pathOf(issue: SchemaIssue | undefined): string {
  const keys = (issue?.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  return keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
}
