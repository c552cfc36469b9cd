/** What can be built. The id is the folder under `templates/`. */
export interface TemplateChoice {
  id: string;
  label: string;
  hint: string;
  /** The folder when none is named. */
  folder: string;
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
  folder: "my-gateway",
  providers: true,
  start: "dev",
  first: "dev",
};

const edge: TemplateChoice = { ...starter, id: "edge", label: "Edge", hint: "a gateway for Cloudflare Workers" };

const plugin: TemplateChoice = {
  id: "plugin",
  label: "Plugin",
  hint: "a package for other people's gateways",
  folder: "my-plugin",
  providers: false,
  start: null,
  first: "test",
};

export const templateChoices: readonly TemplateChoice[] = [starter, edge, plugin];

export function findTemplate(id: string): TemplateChoice | undefined {
  return templateChoices.find((template) => template.id === id);
}
