import * as prompts from "@clack/prompts";
import type { Wishes } from "./command.ts";
import { assertUsable } from "./directory.ts";
import { detectPackageManager } from "./package-manager.ts";
import { placeOf } from "./plan.ts";
import { foundKey, isRunning, providerChoices, type ProviderChoice } from "./providers.ts";
import type { Surroundings } from "./surroundings.ts";
import { starter, templateChoices } from "./templates.ts";

export interface Answers {
  wishes: Wishes;
  /** Variables whose keys may go into `.env`, because the box that named them was ticked. */
  storedKeys: string[];
}

/** Asks for what the command line left open: at most four questions, each with a default. Null when they left. */
export async function ask(wishes: Wishes, around: Surroundings): Promise<Answers | null> {
  prompts.intro("A new gateway", around.terminal);
  try {
    const directory = wishes.directory ?? (await askDirectory(wishes, around));
    const template = wishes.template ?? (await askTemplate(around));
    const boxes = wishes.providers ?? (template.providers ? await askProviders(around) : undefined);
    const storedKeys = wishes.providers === undefined && boxes !== undefined ? keysOf(boxes, around) : [];
    const settled = { ...wishes, directory, template, providers: boxes };
    return { wishes: { ...settled, ...(await askInstall(settled, around)) }, storedKeys };
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    prompts.cancel("Nothing was written.", around.terminal);
    return null;
  }
}

/** A way out of the questions that only `ask` takes. */
class Left extends Error {}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (prompts.isCancel(answer)) throw new Left();
  return answer as Exclude<T, symbol>;
}

async function askDirectory(wishes: Wishes, { cwd, terminal }: Surroundings): Promise<string> {
  const { folder } = wishes.template ?? starter;
  const answer = await prompts.text({
    ...terminal,
    message: "Project name",
    placeholder: folder,
    defaultValue: folder,
    validate: (typed) => problemOf(typed === undefined || typed === "" ? folder : typed),
  });
  return answered(answer);

  function problemOf(name: string): string | undefined {
    try {
      assertUsable(placeOf(name, cwd).directory, wishes.overwrite);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

async function askTemplate({ terminal }: Surroundings): Promise<typeof starter> {
  const answer = await prompts.select({
    ...terminal,
    message: "What are you building?",
    options: templateChoices.map((template) => ({ value: template, label: template.label, hint: template.hint })),
    initialValue: starter,
  });
  return answered(answer);
}

async function askProviders({ env, terminal }: Surroundings): Promise<string[]> {
  const running = await Promise.all(providerChoices.map(isRunning));
  const answer = await prompts.multiselect({
    ...terminal,
    message: "Providers beside mock, which is built in and needs no key (space to tick)",
    options: providerChoices.map((provider, index) => ({
      value: provider.id,
      label: provider.label + findingOf(provider, env, running[index] === true),
    })),
    required: false,
  });
  return answered(answer);
}

function findingOf(provider: ProviderChoice, env: Surroundings["env"], running: boolean): string {
  const key = foundKey(provider, env);
  if (key !== null) return ` — found ${key}; tick to copy it into .env`;
  return running && provider.probe !== undefined ? ` — running on :${new URL(provider.probe).port}` : "";
}

function keysOf(boxes: readonly string[], { env }: Surroundings): string[] {
  const ticked = providerChoices.filter(({ id }) => boxes.includes(id));
  return ticked.map((provider) => foundKey(provider, env)).filter((name) => name !== null);
}

async function askInstall(wishes: Wishes, { env, terminal }: Surroundings): Promise<Pick<Wishes, "install" | "start">> {
  const { install, start } = wishes;
  if (install !== undefined || start !== undefined) return { install, start };
  const manager = wishes.packageManager ?? detectPackageManager(env.npm_config_user_agent);
  const starts = wishes.template?.start !== null;
  const answer = answered(
    await prompts.confirm({ ...terminal, message: `Install with ${manager}${starts ? " and start" : ""}?` }),
  );
  return { install: answer, start: answer && starts };
}
