/** A provider that the scaffolder offers. `sluice` knows more; these are the ones people start with. */
export interface ProviderChoice {
  id: string;
  /** For people. */
  label: string;
  package: string;
  /** The name that the package exports. */
  factory: string;
  /** The variables that its key is read from, first wins; empty where no key is needed. */
  variables: readonly string[];
  /** How such a key looks, for `.env.example`. */
  keyLooks: string;
  /** Upstream ids for the generated alias: what everybody gets, and what paid requests get. */
  everyday: string;
  best: string;
  /** Answers when the provider runs on this machine. */
  probe?: string;
}

export const providerChoices: readonly ProviderChoice[] = [
  {
    id: "openai",
    label: "OpenAI",
    package: "@sluice/provider-openai",
    factory: "openai",
    variables: ["OPENAI_API_KEY"],
    keyLooks: "sk-…",
    everyday: "gpt-6-luna",
    best: "gpt-6-sol",
  },
  {
    id: "anthropic",
    label: "Anthropic",
    package: "@sluice/provider-anthropic",
    factory: "anthropic",
    variables: ["ANTHROPIC_API_KEY"],
    keyLooks: "sk-ant-…",
    everyday: "claude-haiku-5-5",
    best: "claude-sonnet-5-5",
  },
  {
    id: "gemini",
    label: "Gemini",
    package: "@sluice/provider-gemini",
    factory: "gemini",
    variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    keyLooks: "AIza…",
    everyday: "gemini-3.8-flash",
    best: "gemini-4-argon",
  },
  {
    id: "deepseek",
    label: "DeepSeek",
    package: "@sluice/provider-compatible",
    factory: "deepseek",
    variables: ["DEEPSEEK_API_KEY"],
    keyLooks: "sk-…",
    everyday: "deepseek-v4-flash",
    best: "deepseek-v4-pro",
  },
  {
    id: "ollama",
    label: "Ollama",
    package: "@sluice/provider-compatible",
    factory: "ollama",
    variables: [],
    keyLooks: "",
    everyday: "llama3.2",
    best: "qwen3",
    probe: "http://127.0.0.1:11434/api/version",
  },
];

export const providerIds: readonly string[] = ["mock", ...providerChoices.map(({ id }) => id)];

/** The choices behind the ids, in the order of the table. `mock` is in every project and is not among them. */
export function chosenProviders(ids: readonly string[]): ProviderChoice[] {
  return providerChoices.filter(({ id }) => ids.includes(id));
}

/** The variable that holds a key for this provider here. The key itself is not read. */
export function foundKey(provider: ProviderChoice, env: Readonly<Record<string, string | undefined>>): string | null {
  return provider.variables.find((name) => env[name] !== undefined && env[name] !== "") ?? null;
}

/** Whether a provider of this machine answers within a quarter of a second. */
export async function isRunning(provider: ProviderChoice): Promise<boolean> {
  if (provider.probe === undefined) return false;
  return fetch(provider.probe, { signal: AbortSignal.timeout(250) }).then(
    (response) => response.ok,
    () => false,
  );
}
