import { createGateway, type Gateway } from "@sluice/core";
import { openProject, type Project, type ProjectOptions, type Snapshot } from "./config.ts";
import type { Terminal } from "./terminal.ts";
import { exitCodeOf } from "./errors.ts";

/** A project's gateway, ready in this process. */
export interface Opened extends Snapshot {
  project: Project;
  gateway: Gateway;
}

/** Opens a gateway from what the project's files say now. Throws what is wrong with them; leaves nothing open then. */
export async function openGateway(project: Project, terminal: Terminal): Promise<Opened> {
  const snapshot = await project.load();
  terminal.guard(snapshot.env);
  const gateway = createGateway(snapshot.definition, { env: snapshot.env, logger: terminal.logger });
  try {
    await gateway.ready;
  } catch (error) {
    await gateway.close({ graceMs: 0 });
    throw error;
  }
  return { ...snapshot, project, gateway };
}

/** Opens a project's gateway for one command and closes it after. What is thrown ends in a frame and its exit code. */
export async function withGateway(
  options: ProjectOptions,
  terminal: Terminal,
  use: (opened: Opened) => Promise<number>,
): Promise<number> {
  const project = openProject(options);
  // The timers of a gateway do not keep a process alive, and a mock that waits has nothing else.
  const awake = setInterval(() => {}, 60_000);
  try {
    const opened = await openGateway(project, terminal);
    try {
      return await use(opened);
    } finally {
      await opened.gateway.close({ graceMs: 0 });
    }
  } catch (error) {
    await terminal.thrown(error, { config: project.file(), files: project.files() });
    return exitCodeOf(error);
  } finally {
    clearInterval(awake);
    project.close();
  }
}
