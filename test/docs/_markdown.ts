/** What the documentation test reads of a Markdown page. */

export interface Block {
  /** `docs/start.md:12`, where the fence opens. */
  place: string;
  page: string;
  /** The line of the fence, from 1. */
  line: number;
  language: string;
  /** The words after the language: `run`, `output`, `file=plugins/x.ts`, … */
  marks: ReadonlySet<string>;
  /** The name that other blocks of the page import it by. */
  file: string | null;
  /** Why the block is not run here, or null. */
  notRun: string | null;
  code: string;
}

export interface Page {
  path: string;
  text: string;
  blocks: Block[];
  /** Ids of its headings, as GitHub and VitePress make them. */
  anchors: ReadonlySet<string>;
  links: { line: number; target: string }[];
  /** Inline code, in order. */
  spans: { line: number; text: string }[];
}

const fence = /^(\s*)(`{3,})(.*)$/;

export function readPage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { line: number; indent: string; ticks: string; info: string; code: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = fence.exec(line);
    if (open === null && mark) {
      open = { line: index + 1, indent: mark[1] ?? "", ticks: mark[2] ?? "", info: mark[3] ?? "", code: [] };
      prose.push("");
    } else if (open && mark && mark[2] === open.ticks && mark[3]?.trim() === "") {
      blocks.push(toBlock(path, open.line, open.info, open.code));
      open = null;
      prose.push("");
    } else if (open) {
      open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      prose.push("");
    } else {
      prose.push(line);
    }
  }
  if (open) throw new Error(`${path}:${open.line}: the block is never closed`);
  return { path, text, blocks, anchors: anchorsOf(prose), links: linksOf(prose), spans: spansOf(prose) };
}

function toBlock(page: string, line: number, info: string, code: string[]): Block {
  const notRun = /\bnot-run="([^"]+)"/.exec(info)?.[1] ?? null;
  const [language = "", ...words] = info
    .replace(/\bnot-run="[^"]*"/, "")
    .trim()
    .split(/\s+/);
  const file = words.find((word) => word.startsWith("file="))?.slice("file=".length) ?? null;
  return { place: `${page}:${line}`, page, line, language, marks: new Set(words), file, notRun, code: code.join("\n") };
}

function anchorsOf(prose: readonly string[]): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const line of prose) {
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function slugOf(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

function linksOf(prose: readonly string[]): Page["links"] {
  return prose.flatMap((text, index) => {
    const plain = text.replaceAll(/`[^`]*`/g, (code) => "`".repeat(code.length));
    return [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ line: index + 1, target: match[1] ?? "" }));
  });
}

function spansOf(prose: readonly string[]): Page["spans"] {
  return prose.flatMap((line, index) =>
    [...line.matchAll(/`([^`]+)`/g)].map((match) => ({ line: index + 1, text: match[1] ?? "" })),
  );
}

/** The paths of a drawn tree: a line is indented below its folder, a name ends at the first run of two blanks. */
export function treePaths(drawing: string): string[] {
  const paths: string[] = [];
  const folders: { indent: number; path: string }[] = [];
  for (const line of drawing.split("\n")) {
    const [, blanks = "", names = ""] = /^(\s*)(\S+(?: · \S+| \S+\/)*)/.exec(line) ?? [];
    if (names === "") continue;
    while (folders.length > 0 && (folders.at(-1)?.indent ?? 0) >= blanks.length) folders.pop();
    const parent = folders.at(-1)?.path ?? "";
    for (const name of names.split(/ · | /)) {
      paths.push(parent + name);
      if (name.endsWith("/")) folders.push({ indent: blanks.length, path: parent + name });
    }
  }
  return paths;
}
