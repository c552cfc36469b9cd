import { isObject } from "@sluice/core";
import type { Json, JsonObject, ProviderTool, Warning } from "@sluice/core";

/** What vendors run themselves and more than one of them has. */
type Kind = "web-search" | "web-fetch" | "code-execution";

interface Form {
  /** Whether a tool of this wire is this one. */
  is(item: JsonObject): boolean;
  /** The tool in this wire with the settings that it has, by their common names. */
  write(settings: Settings): JsonObject;
  /** Its settings by their common names; what has none stays under its own. */
  read(item: JsonObject): Settings;
}

type Settings = Readonly<Record<string, Json>>;

const isNamed = (item: JsonObject, name: RegExp) => typeof item["type"] === "string" && name.test(item["type"]);

/** A tool by its `type`, e.g. `web_search_20260318`; settings are members beside it. */
const typed = (is: RegExp, base: JsonObject, shared: readonly string[] = []): Form => ({
  is: (item) => isNamed(item, is),
  write: (settings) => ({ ...base, ...only(settings, shared) }),
  read: ({ type: _type, name: _name, ...settings }) => settings as Settings,
});

/** A tool by its one member, e.g. `{ googleSearch: {} }`. */
const keyed = (names: readonly string[]): Form => ({
  is: (item) => names.some((name) => item[name] !== undefined),
  write: () => ({ [names[0] as string]: {} }),
  read: (item) => {
    const settings = names.map((name) => item[name]).find(isObject);
    return (settings ?? {}) as Settings;
  },
});

const place = ["user_location"];

/** The same tool in each wire. Chat has it as an option of the request, and of some of OpenAI's models alone. */
const forms: Readonly<Record<Kind, Readonly<Record<string, Form>>>> = {
  "web-search": {
    anthropic: typed(/^web_search_\d{8}$/, { type: "web_search_20250305", name: "web_search" }, [
      "allowed_domains",
      "blocked_domains",
      ...place,
    ]),
    gemini: keyed(["googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval"]),
    "openai-responses": {
      is: (item) => isNamed(item, /^web_search(_preview)?(_\d{4}_\d\d_\d\d)?$/),
      write: ({ allowed_domains, ...settings }) => ({
        type: "web_search",
        ...(allowed_domains === undefined ? {} : { filters: { allowed_domains } }),
        ...only(settings, [...place, "search_context_size"]),
      }),
      read: ({ type: _type, filters, ...settings }) =>
        ({ ...settings, ...(isObject(filters) ? filters : {}) }) as Settings,
    },
    "openai-chat": {
      is: (item) => item["web_search_options"] !== undefined,
      write: (settings) => ({ web_search_options: only(settings, ["search_context_size"]) }),
      read({ web_search_options: options }) {
        const { user_location: at, ...settings } = (isObject(options) ? options : {}) as JsonObject;
        // Here the place stands one level deeper.
        const where =
          isObject(at) && isObject(at["approximate"]) ? { type: "approximate", ...at["approximate"] } : undefined;
        return { ...settings, ...(where ? { user_location: where } : {}) } as Settings;
      },
    },
  },
  "web-fetch": {
    anthropic: typed(/^web_fetch_\d{8}$/, { type: "web_fetch_20250910", name: "web_fetch" }),
    gemini: keyed(["urlContext", "url_context"]),
  },
  "code-execution": {
    anthropic: typed(/^code_execution_\d{8}$/, { type: "code_execution_20250825", name: "code_execution" }),
    gemini: keyed(["codeExecution", "code_execution"]),
    "openai-responses": typed(/^code_interpreter$/, { type: "code_interpreter", container: { type: "auto" } }),
  },
};

/** Settings that only say what is so anyway. */
const idle: Readonly<Record<string, Json>> = { search_context_size: "medium" };

/**
 * The tool in the wire of `dialect`: as it is where it is that dialect's, else the vendor's own of the same kind, with a
 * warning for settings that it has no place for. Null where there is none.
 */
export function hostedTool(tool: ProviderTool, dialect: string, warn: (warning: Warning) => void): JsonObject | null {
  if (tool.format === dialect || isForeignForm(tool.item, dialect)) return tool.item;
  for (const kind of Object.values(forms)) {
    const from = kind[tool.format];
    const to = kind[dialect];
    if (!from?.is(tool.item) || to === undefined) continue;
    const settings = from.read(tool.item);
    const written = to.write(settings);
    const told = JSON.stringify(written);
    const lost = Object.entries(settings).filter(
      ([name, value]) => !told.includes(`"${name}"`) && value !== null && value !== idle[name] && !isEmpty(value),
    );
    for (const [name] of lost) {
      const message = `The upstream's own tool of this kind has no setting ${name}.`;
      warn({ code: "dropped_parameter", message, field: `tools.${name}` });
    }
    return written;
  }
  return null;
}

/** Clients of chat name the tools of other vendors in those vendors' words. */
export function isForeignForm(item: JsonObject, dialect: string): boolean {
  if (dialect === "anthropic") return isNamed(item, /_\d{8}$/);
  return dialect === "gemini" && item["type"] === undefined && Object.keys(item).some((name) => geminiTools.has(name));
}

/** The tools that Gemini runs, in both spellings. */
const geminiTools: ReadonlySet<string> = new Set([
  "googleSearch",
  "google_search",
  "googleSearchRetrieval",
  "google_search_retrieval",
  "urlContext",
  "url_context",
  "codeExecution",
  "code_execution",
  "googleMaps",
  "google_maps",
  "fileSearch",
  "file_search",
  "computerUse",
  "computer_use",
  "enterpriseWebSearch",
  "enterprise_web_search",
  "retrieval",
]);

function only(settings: Settings, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
}

function isEmpty(value: Json): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}
