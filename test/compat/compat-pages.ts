import { markdownTable } from "../../scripts/_page-parts.ts";
import { count, countsOf, type Cell } from "./marks.ts";

const front = "docs/compatibility.md";
const folder = "docs/compatibility";

/** The pages of the table, by their path from the root. The same results give the same bytes. */
export function compatPages(cells: readonly Cell[]): Map<string, string> {
  const pages = new Map([[front, frontPage(cells)]]);
  for (const [endpoint, own] of by(cells, ({ endpoint }) => endpoint)) pages.set(pathOf(endpoint), page(endpoint, own));
  return pages;
}

function pathOf(endpoint: string): string {
  return `${folder}/${endpoint.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.md`;
}

const legend = `- ✔ arrives, and nothing is reported as lost
- partial: arrives, and the receipt says what was lost or changed on the way; it stands below the table
- ✗ is refused before any call, with a 400 that says what cannot be carried
- – was not asked for: that client or that provider has no such thing`;

function frontPage(cells: readonly Cell[]): string {
  const rows = [...by(cells, ({ endpoint }) => endpoint)].flatMap(([endpoint, all]) =>
    [...by(all, ({ client }) => client)].map(([client, own]) => [
      `[${endpoint}](${pathOf(endpoint).replace("docs/", "")})`,
      client,
      ...(["✔", "partial", "✗"] as const).map((mark) => String(count(own, mark))),
    ]),
  );
  return `# Compatibility

You will know what each client gets from each provider, and where that was tried.

Every cell is the result of tests: a client's own library or a framework asks a running gateway, behind which servers speak and check
as the vendors do. No vendor was called, and no cell is written by hand: \`npm run compat\` writes these pages, and a test run fails
while they differ from its results.

**${countsOf(cells)}**

${legend}

${markdownTable(["Endpoint", "Client", "✔", "partial", "✗"], rows)}
`;
}

function page(endpoint: string, cells: readonly Cell[]): string {
  const clients = [...by(cells, ({ client }) => client)].map(([client, own]) => {
    const groups = [...by(own, ({ group }) => group)].map(([group, rows]) => section(group, rows));
    return `## ${client}\n\n${groups.join("\n\n")}`;
  });
  return `# Compatibility: ${endpoint}

You will know what each client gets from each provider here. What the marks mean: [compatibility](../compatibility.md).

${countsOf(cells)} The first word of a row leads to its test.

${clients.join("\n\n")}
`;
}

function section(group: string, cells: readonly Cell[]): string {
  const providers = [...new Set(cells.map(({ provider }) => provider))];
  const notes = cells
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ feature, provider, reasons }) => `- ${feature}, ${provider}: ${reasons.map(reasonIn).join(", ")}`);
  const table = providers.length > widest ? tableByProvider(cells) : tableByFeature(cells, providers);
  return [`### ${group}`, table, ...(notes.length > 0 ? [notes.join("\n")] : [])].join("\n\n");
}

/** With more providers than fit beside each other, they stand below each other. */
const widest = 8;

function tableByFeature(cells: readonly Cell[], providers: readonly string[]): string {
  const rows = [...by(cells, ({ feature }) => feature)].map(([feature, own]) => [
    linked(feature, own),
    ...providers.map((provider) => own.find((cell) => cell.provider === provider)?.mark ?? "–"),
  ]);
  return markdownTable(["Feature", ...providers], rows);
}

function tableByProvider(cells: readonly Cell[]): string {
  const features = [...new Set(cells.map(({ feature }) => feature))];
  const rows = [...by(cells, ({ provider }) => provider)].map(([provider, own]) => [
    linked(provider, own),
    ...features.map((feature) => own.find((cell) => cell.feature === feature)?.mark ?? "–"),
  ]);
  return markdownTable(["Provider", ...features], rows);
}

/** The first cell of a row leads to the test of its cells. */
function linked(name: string, [first]: readonly Cell[]): string {
  return `[${name}](../../${first?.file ?? ""})`;
}

/** Codes of the receipt as code, sentences of a refusal as they are. */
function reasonIn(reason: string): string {
  return reason.includes(" cannot ") || reason.endsWith(".") ? reason : `\`${reason}\``;
}

function by<Key>(cells: readonly Cell[], keyOf: (cell: Cell) => Key): Map<Key, Cell[]> {
  return Map.groupBy(cells, keyOf);
}
