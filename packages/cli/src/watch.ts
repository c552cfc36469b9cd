import { readFileSync, watch as watchFolder, type FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";

/** Watches files by their content, and through their folders: editors replace files, and some are yet to be made. */
export interface FileWatch {
  /** Watches these files from now on, and no others. */
  set(files: readonly string[]): void;
  close(): void;
}

const quietMs = 60;

/** Calls back with the changed files once no more changes come. */
export function watchFiles(onChange: (files: string[]) => void): FileWatch {
  const folders = new Map<string, FSWatcher>();
  let contents = new Map<string, string | null>();
  let timer: NodeJS.Timeout | undefined;

  return { set, close };

  function set(files: readonly string[]): void {
    contents = new Map(
      files.map((file) => [file, contents.has(file) ? (contents.get(file) ?? null) : contentOf(file)]),
    );
    const wanted = new Set(files.map(dirname));
    for (const [folder, watcher] of folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      folders.delete(folder);
    }
    for (const folder of wanted) if (!folders.has(folder)) open(folder);
  }

  function open(folder: string): void {
    try {
      const watcher = watchFolder(folder, (_event, name) => {
        const isOurs = name === null || [...contents.keys()].some((file) => basename(file) === name);
        if (isOurs) schedule();
      });
      // A folder that goes away ends its watch; the files in it are gone, which the others have told by then.
      watcher.on("error", () => folders.delete(folder));
      folders.set(folder, watcher);
    } catch {
      // The folder of a file that an import asked for in vain may not exist.
    }
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(compare, quietMs);
  }

  function compare(): void {
    const changed: string[] = [];
    for (const [file, before] of contents) {
      const now = contentOf(file);
      if (now === before) continue;
      contents.set(file, now);
      changed.push(file);
    }
    if (changed.length > 0) onChange(changed);
  }

  function close(): void {
    clearTimeout(timer);
    for (const watcher of folders.values()) watcher.close();
    folders.clear();
  }
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
