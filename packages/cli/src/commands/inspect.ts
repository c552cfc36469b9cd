import type { InspectedPlugin, Inspection } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import { channelState } from "../banner.ts";
import { exitCodes } from "../errors.ts";
import { withGateway } from "../opened.ts";
import type { Paint } from "../paint.ts";
import { formatTable } from "../table.ts";
import { createTerminal } from "../terminal.ts";

const args = projectArguments;

export const inspect: CommandDef<typeof args> = defineCommand({
  meta: {
    name: "inspect",
    description: "Show the gateway as it was resolved: plugins in order, channels, models, routes",
  },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    return withGateway(args, terminal, async ({ gateway }) => {
      const inspection = gateway.inspect();
      if (terminal.json) terminal.data(inspection);
      else terminal.line(formatInspection(inspection, terminal.paint));
      return exitCodes.ok;
    });
  },
});

export function formatInspection({ plugins, channels, models, routes, served }: Inspection, paint: Paint): string {
  const sections: [title: string, rows: string[][], empty: string][] = [
    ["Plugins, outermost first", plugins.map(pluginRow), "none"],
    [
      "Channels",
      channels.map((channel) => [channel.id, channelState(channel, paint), channel.speaks.join(", "), channel.baseURL]),
      "none",
    ],
    [
      "Models",
      models.map(({ name, kind, targets }) => [name, kind, targets.join(" → ")]),
      "none: ask for provider/model",
    ],
    ["Routes", routes.map(({ method, path, operation, owner }) => [method, path, operation, owner]), "none"],
  ];
  const blocks = sections.map(
    ([title, rows, empty]) => `${paint.bold(title)}\n${rows.length === 0 ? `  ${empty}` : formatTable(rows)}`,
  );
  return `${blocks.join("\n\n")}\n\n${served.length} models are served: sluice models`;
}

function pluginRow({ id, order, stages, uses, extras, hooks, onError }: InspectedPlugin): string[] {
  const notes = [
    order === "normal" ? "" : order,
    uses.length === 0 ? "" : `uses ${uses.join(", ")}`,
    extras.length === 0 ? "" : `extras ${extras.join(", ")}`,
    hooks.length === 0 ? "" : `hooks ${hooks.join(", ")}`,
    `fails ${onError}`,
  ];
  return [id, stages.join(" → ") || "no stage", notes.filter((note) => note !== "").join(" · ")];
}
