import { emitKeypressEvents } from "node:readline";
import type { LiveGateway } from "./live.ts";
import type { Terminal } from "./terminal.ts";

/** The keys of `sluice dev`, where someone sits at a terminal. */
export function listenToKeys(terminal: Terminal, live: LiveGateway, reload: () => Promise<void>): void {
  const actions: Record<string, () => void> = {
    h: () => terminal.line("  m list the models · r read the config again · q quit"),
    m: () =>
      terminal.line(
        live
          .current()
          .gateway.inspect()
          .served.map(({ id }) => `  ${id}`)
          .join("\n"),
      ),
    r: () => void reload(),
    q: () => process.kill(process.pid, "SIGINT"),
  };
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  process.stdin.on("keypress", (_text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    if (key.ctrl) return key.name === "c" ? actions["q"]?.() : undefined;
    actions[key.name ?? ""]?.();
  });
}
