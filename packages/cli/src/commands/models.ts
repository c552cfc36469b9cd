import { dollarsFor, filterModels, listLine, matchesGlob } from "@sluice/core";
import type { ListedModel, PriceChange, PriceLine, PriceUnit } from "@sluice/core";
import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import { errors, exitCodes } from "../errors.ts";
import { withGateway } from "../opened.ts";
import { count, dollars } from "../request-line.ts";
import { formatTable } from "../table.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

/** The filters of `/v1/models`, as flags. */
const filters = {
  provider: { type: "string", description: "Only of these providers", valueHint: "a,b" },
  search: { type: "string", description: "Only with this in the id or name", valueHint: "text" },
  input: { type: "string", description: "Only what takes all of these, e.g. image", valueHint: "a,b" },
  output: { type: "string", description: "Only what gives all of these, e.g. audio", valueHint: "a,b" },
  ability: { type: "string", description: "Only with all of these abilities, e.g. tools", valueHint: "a,b" },
  "min-context": { type: "string", description: "Tokens of context, at least", valueHint: "n" },
  "min-output": { type: "string", description: "Tokens of output, at least", valueHint: "n" },
  "max-input-price": { type: "string", description: "Dollars for a million tokens of input, at most", valueHint: "n" },
  "max-output-price": {
    type: "string",
    description: "Dollars for a million tokens of output, at most",
    valueHint: "n",
  },
  priced: { type: "boolean", description: "Only with a price, or with --no-priced only without" },
  status: { type: "string", description: "Only active, preview or deprecated", valueHint: "a,b" },
} as const;

const args = {
  glob: { type: "positional", required: false, description: 'Only these, e.g. "openai/*"' },
  ...projectArguments,
  ...filters,
  refresh: { type: "boolean", description: "Ask price sources for news, and show what changed" },
} as const;

type Flags = Record<keyof typeof filters, string | boolean | undefined>;

export const models: CommandDef<typeof args> = defineCommand({
  meta: { name: "models", description: "List the models that this gateway serves" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    return withGateway(args, terminal, async ({ gateway }) => {
      const { glob = "*", refresh } = args;
      // A price that was never looked up is in nobody's use, so the list comes first.
      const all = gateway.inspect().served;
      if (refresh) return showChanges(terminal, await gateway.refreshPrices());
      const found = filtered(all, args as Flags).filter(({ id }) => matchesGlob(glob, id));
      if (terminal.json) for (const model of found) terminal.data(model);
      else if (found.length > 0) terminal.line(formatModels(found));
      else terminal.problem(`No served model matches "${glob}" and the flags. \`sluice models\` lists them all.`);
      const asked =
        args.glob !== undefined ||
        Object.keys(filters).some((name) => (args as Flags)[name as keyof Flags] !== undefined);
      return found.length === 0 && asked ? exitCodes.failed : exitCodes.ok;
    });
  },
});

function filtered(all: readonly ListedModel[], flags: Flags): readonly ListedModel[] {
  const query = new URLSearchParams();
  for (const name of Object.keys(filters) as (keyof Flags)[]) {
    const value = flags[name];
    if (value !== undefined) query.set(name.replaceAll("-", "_"), String(value));
  }
  try {
    return filterModels(all, query);
  } catch (error) {
    const { param, message } = error as { param: string | null; message: string };
    throw errors.CLI_ARGUMENT(`--${(param ?? "").replaceAll("_", "-")}`, message, "See `sluice models --help`.");
  }
}

export function formatModels(found: readonly ListedModel[]): string {
  const head = ["MODEL", "BY", "CONTEXT", "OUTPUT", "IN $/M", "OUT $/M", "PRICE OF", "SOURCE"];
  return formatTable([head, ...found.map(modelRow)], "");
}

/** What is not known is said so; a missing price is never shown as 0. */
function modelRow({ id, ownedBy, info }: ListedModel): string[] {
  const { contextTokens, maxOutputTokens, price, status } = info ?? {};
  const name = status === undefined ? id : `${id} (${status})`;
  const facts = [name, ownedBy, countOf(contextTokens), countOf(maxOutputTokens)];
  if (!price) return [...facts, "no price", "", "", ""];
  const amounts = (["input_token", "output_token"] as const).map((unit: PriceUnit) =>
    perMillion(listLine(price, unit)),
  );
  const source = price.sourceVersion === null ? price.source : `${price.source} ${price.sourceVersion}`;
  return [...facts, ...amounts, price.date ?? "undated", source];
}

function countOf(tokens: number | undefined): string {
  return tokens === undefined ? "–" : count(tokens);
}

function perMillion(line: PriceLine | null): string {
  return line === null ? "–" : dollars(Number(dollarsFor(line, 1_000_000n)));
}

/** Ends as failed where something is staged: somebody has to look at it. */
function showChanges(terminal: Terminal, changes: readonly PriceChange[]): number {
  const isStaged = changes.some(({ state }) => state === "staged");
  if (terminal.json) for (const change of changes) terminal.data(change);
  else terminal.line(changes.length === 0 ? "Nothing changed." : formatChanges(changes));
  if (isStaged && !terminal.json) {
    const version = changes.find(({ after }) => after !== null)?.after?.sourceVersion ?? "the new version";
    terminal.problem(
      `Staged, because a price in use moves by more than 4×. Confirm ${version} in the config to take it.`,
    );
  }
  return isStaged ? exitCodes.failed : exitCodes.ok;
}

export function formatChanges(changes: readonly PriceChange[]): string {
  const head = ["MODEL", "IN $/M", "", "OUT $/M", "", "STATE", "SOURCE"];
  const rows = changes.map(({ provider, model, before, after, state, source }) => {
    const amounts = (["input_token", "output_token"] as const).flatMap((unit) => [
      before ? perMillion(listLine(before, unit)) : "new",
      `→ ${after ? perMillion(listLine(after, unit)) : "gone"}`,
    ]);
    return [`${provider}/${model}`, ...amounts, state, source];
  });
  return formatTable([head, ...rows], "");
}
