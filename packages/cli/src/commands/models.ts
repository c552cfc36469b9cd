import { dollarsFor, listLine, matchesGlob, type ListedModel, type PriceLine } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import { exitCodes } from "../errors.ts";
import { withGateway } from "../opened.ts";
import { count, dollars } from "../request-line.ts";
import { formatTable } from "../table.ts";
import { createTerminal } from "../terminal.ts";

const args = {
  glob: { type: "positional", required: false, description: 'Only these, e.g. "openai/*"' },
  ...projectArguments,
} as const;

export const models: CommandDef<typeof args> = defineCommand({
  meta: { name: "models", description: "List the models that this gateway serves" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    return withGateway(args, terminal, async ({ gateway }) => {
      const { glob = "*" } = args;
      const found = gateway.inspect().served.filter(({ id }) => matchesGlob(glob, id));
      if (terminal.json) for (const model of found) terminal.data(model);
      else if (found.length > 0) terminal.line(formatModels(found));
      else terminal.problem(`No served model matches "${glob}". \`sluice models\` lists them all.`);
      return found.length === 0 && args.glob !== undefined ? exitCodes.failed : exitCodes.ok;
    });
  },
});

export function formatModels(found: readonly ListedModel[]): string {
  return formatTable([["MODEL", "BY", "CONTEXT", "IN $/M", "OUT $/M", "PRICE OF"], ...found.map(modelRow)], "");
}

/** What is not known is said so; a missing price is never shown as 0. */
function modelRow({ id, ownedBy, info }: ListedModel): string[] {
  const { contextTokens, price } = info ?? {};
  const context = contextTokens === undefined ? "–" : count(contextTokens);
  if (!price) return [id, ownedBy, context, "no price", "", ""];
  const [input, output] = (["input_token", "output_token"] as const).map((unit) => perMillion(listLine(price, unit)));
  return [id, ownedBy, context, input ?? "", output ?? "", price.date ?? "undated"];
}

function perMillion(line: PriceLine | null): string {
  return line === null ? "–" : dollars(Number(dollarsFor(line, 1_000_000n)));
}
