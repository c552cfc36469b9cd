import { relative, resolve } from "node:path";
import type { Wishes } from "./command.ts";
import { isInsideRepository } from "./directory.ts";
import { errors } from "./errors.ts";
import { guessName, nameOfFolder, problemOfName } from "./name.ts";
import { detectPackageManager, type PackageManager } from "./package-manager.ts";
import { chosenProviders, type ProviderChoice } from "./providers.ts";
import type { Surroundings } from "./surroundings.ts";
import { starter, type TemplateChoice } from "./templates.ts";

export interface Place {
  /** Absolute. */
  directory: string;
  /** The package name that follows from the folder's. */
  name: string;
}

/** Everything that is decided before anything is written. */
export interface ProjectPlan extends Place {
  /** From where the person is; empty for the folder they are in. */
  folder: string;
  template: TemplateChoice;
  /** Beside mock, which is in every project. */
  providers: ProviderChoice[];
  /** Variables whose keys a person allowed into `.env`. */
  storedKeys: string[];
  packageManager: PackageManager;
  install: boolean;
  git: boolean;
  start: boolean;
  overwrite: boolean;
}

/** Where a folder is and what the project in it is called. Throws for a name that npm would refuse. */
export function placeOf(folder: string, cwd: string): Place {
  const name = nameOfFolder(folder, cwd);
  const problem = problemOfName(name);
  if (problem !== null) throw errors.BAD_NAME(name === "" ? folder : name, problem, guessName(name));
  return { directory: resolve(cwd, folder), name };
}

/** Fills what was neither said nor asked with defaults. Throws for wishes that contradict each other. */
export function planProject(wishes: Wishes, storedKeys: string[], around: Surroundings): ProjectPlan {
  const template = wishes.template ?? starter;
  if (!template.providers && wishes.providers !== undefined) throw errors.NO_PROVIDERS(template.id);
  if (wishes.start === true && template.start === null) throw errors.NOTHING_TO_START(template.id);
  if (wishes.start === true && wishes.install === false) throw errors.NEEDS_INSTALL();
  const { directory, name } = placeOf(wishes.directory ?? template.folder, around.cwd);

  return {
    directory,
    folder: relative(around.cwd, directory),
    name,
    template,
    providers: chosenProviders(wishes.providers ?? []),
    storedKeys,
    packageManager: wishes.packageManager ?? detectPackageManager(around.env.npm_config_user_agent),
    install: wishes.install ?? true,
    git: wishes.git ?? !isInsideRepository(directory),
    start: wishes.start ?? false,
    overwrite: wishes.overwrite,
  };
}
