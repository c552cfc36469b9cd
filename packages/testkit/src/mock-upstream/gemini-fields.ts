import type { Json, JsonObject } from "@sluice/core";
import { isRecord } from "./fields.ts";
import { VendorError } from "./vendor-error.ts";

/**
 * The fields of a generateContent request, as far as they are read or refused here.
 *
 * A record names the fields of an object; an array holds the form of its items; `any` is JSON of the caller's own.
 */
type Form = "any" | "value" | readonly [Form] | { readonly [field: string]: Form };

// https://ai.google.dev/api/generate-content and /api/caching (read 2026-11).
// `properties`, `items` and `anyOf` recurse; see `inSchema`.
const schema: Form = jsonFields(
  `type format title description nullable enum maxItems minItems required minProperties maxProperties minLength maxLength
  pattern example default propertyOrdering minimum maximum`,
);
const blob: Form = { mimeType: "value", data: "value", displayName: "value" };
const part: Form = {
  text: "value",
  thought: "value",
  thoughtSignature: "value",
  inlineData: blob,
  fileData: { mimeType: "value", fileUri: "value", displayName: "value" },
  functionCall: { id: "value", name: "value", args: "any" },
  functionResponse: {
    id: "value",
    name: "value",
    response: "any",
    parts: "any",
    scheduling: "value",
    willContinue: "value",
  },
  executableCode: "any",
  codeExecutionResult: "any",
  toolCall: "any",
  toolResponse: "any",
  videoMetadata: "any",
  mediaResolution: "any",
  partMetadata: "any",
};
const content: Form = { role: "value", parts: [part] };
const request: Form = {
  model: "value",
  contents: [content],
  systemInstruction: content,
  tools: [
    {
      functionDeclarations: [
        {
          name: "value",
          description: "value",
          parameters: schema,
          parametersJsonSchema: "any",
          response: schema,
          responseJsonSchema: "any",
          behavior: "value",
        },
      ],
      ...jsonFields("googleSearch googleSearchRetrieval codeExecution urlContext computerUse fileSearch googleMaps"),
    },
  ],
  toolConfig: {
    functionCallingConfig: { mode: "value", allowedFunctionNames: "any" },
    retrievalConfig: "any",
    includeServerSideToolInvocations: "value",
  },
  safetySettings: "any",
  generationConfig: {
    ...jsonFields(`candidateCount stopSequences maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs
      logprobs responseMimeType responseModalities enableEnhancedCivicAnswers speechConfig imageConfig mediaResolution
      audioTimestamp responseFormat`),
    responseSchema: schema,
    responseJsonSchema: "any",
    thinkingConfig: { includeThoughts: "value", thinkingBudget: "value", thinkingLevel: "value" },
  },
  cachedContent: "value",
  serviceTier: "value",
  store: "value",
};

function jsonFields(names: string): Record<string, "any"> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, "any"] as const));
}

/** The body with camelCase names throughout, as the vendor reads it. Throws for a name that it does not know. */
export function normalized(body: JsonObject): JsonObject {
  return known(body, request, "") as JsonObject;
}

function known(value: Json, form: Form, path: string): Json {
  if (form === "any") return value;
  if (form === "value") {
    if (typeof value !== "object" || value === null) return value;
    throw unreadable(`Invalid value at '${path}'`, path);
  }
  if (Array.isArray(form)) {
    // A single object where a list is due is read as a list of one.
    const items = Array.isArray(value) ? value : [value];
    return items.map((item, at) => known(item, form[0] as Form, `${path}[${at}]`));
  }
  if (!isRecord(value)) throw unreadable(`Invalid value at '${path || "body"}' (expected an object)`, path);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]) => {
        const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
        const here = path === "" ? name : `${path}.${name}`;
        if (form === schema) return [camel, inSchema(camel, member as Json, here)];
        const field = (form as Record<string, Form>)[camel];
        if (field === undefined) throw unknownName(name, path);
        return [camel, known(member as Json, field, here)];
      }),
  );
}

function inSchema(name: string, value: Json, path: string): Json {
  if (name === "items") return known(value, schema, path);
  if (name === "anyOf") return known(value, [schema], path);
  if (name === "properties" && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, known(member as Json, schema, `${path}.${key}`)]),
    );
  }
  if (!(name in (schema as Record<string, Form>))) throw unknownName(name, path.slice(0, path.lastIndexOf(".")));
  return value;
}

function unknownName(name: string, path: string): VendorError {
  const at = path === "" ? "" : ` at '${path}'`;
  return unreadable(`Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`, path);
}

function unreadable(message: string, field: string): VendorError {
  const violation = {
    "@type": "type.googleapis.com/google.rpc.BadRequest",
    fieldViolations: [{ field, description: message }],
  };
  return new VendorError(400, message, { details: [violation] });
}
