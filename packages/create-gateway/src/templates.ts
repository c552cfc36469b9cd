/** What can be built. The id is the folder under `templates/`. */
export interface TemplateChoice {
  id: string;
  label: string;
  hint: string;
  /** Whether its config has providers to choose. */
  providers: boolean;
  /** The script that starts it, where there is a server to start. */
  start: string | null;
  /** The script to run first. */
  first: string;
}

export const starter: TemplateChoice = {
  id: "starter",
  label: "Starter",
  hint: "a gateway with a plugin, a routing rule and tests",
  providers: true,
  start: "dev",
  first: "dev",
};

export const templateChoices: readonly TemplateChoice[] = [
  starter,
  { id: "edge", label: "Edge", hint: "Cloudflare Workers", providers: true, start: "dev", first: "dev" },
  { id: "plugin", label: "Plugin", hint: "a package for other gateways", providers: false, start: null, first: "test" },
];

export function findTemplate(id: string): TemplateChoice | undefined {
  return templateChoices.find((template) => template.id === id);
}
