/** A verdict for the person at the terminal: what is wrong, and what to do now. */
export class CreateError extends Error {
  readonly code: string;
  readonly hint: string;
  /** 1 failed · 2 wrong usage. */
  readonly exitCode: 1 | 2;

  constructor(code: string, exitCode: 1 | 2, message: string, hint: string) {
    super(message);
    this.name = "CreateError";
    this.code = `SLUICE_CREATE_${code}`;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

export const errors = {
  UNKNOWN_FLAG: (flag: string) =>
    new CreateError("UNKNOWN_FLAG", 2, `There is no flag ${flag}.`, "`npm create gateway -- --help` lists every flag."),
  FLAG_NEEDS_VALUE: (flag: string, example: string) =>
    new CreateError("FLAG_NEEDS_VALUE", 2, `${flag} needs a value.`, `For example ${flag} ${example}.`),
  FLAG_TAKES_NO_VALUE: (flag: string) =>
    new CreateError("FLAG_TAKES_NO_VALUE", 2, `${flag} takes no value.`, `Write ${flag} or --no-${flag.slice(2)}.`),
  TOO_MANY_ARGUMENTS: (argument: string) =>
    new CreateError(
      "TOO_MANY_ARGUMENTS",
      2,
      `One folder is enough: what is "${argument}"?`,
      "npm passes flags on only after a separator: npm create gateway my-gateway -- --template edge",
    ),
  UNKNOWN_CHOICE: (flag: string, value: string, known: readonly string[]) =>
    new CreateError("UNKNOWN_CHOICE", 2, `${flag} does not know "${value}".`, `It knows ${known.join(", ")}.`),
  NO_PROVIDERS: (template: string) =>
    new CreateError(
      "NO_PROVIDERS",
      2,
      `The ${template} template takes no providers.`,
      "Leave --providers out; its tests run on the mock provider.",
    ),
  NEEDS_INSTALL: () =>
    new CreateError("NEEDS_INSTALL", 2, "--start needs the packages.", "Leave --no-install out, or --start."),
  NOTHING_TO_START: (template: string) =>
    new CreateError("NOTHING_TO_START", 2, `The ${template} template has no server to start.`, "Leave --start out."),
  BAD_NAME: (name: string, problem: string, guess: string) =>
    new CreateError("BAD_NAME", 2, `"${name}" is no package name: ${problem}.`, `Try ${guess}.`),
  NOT_EMPTY: (directory: string, sample: string) =>
    new CreateError(
      "NOT_EMPTY",
      2,
      `${directory} is not empty: it holds ${sample}.`,
      "Name another folder, or write over the template's files with --overwrite; .env is kept.",
    ),
  NOT_A_FOLDER: (directory: string) =>
    new CreateError("NOT_A_FOLDER", 2, `${directory} is a file.`, "Name another folder."),
  CANNOT_WRITE: (file: string, problem: string) =>
    new CreateError(
      "CANNOT_WRITE",
      1,
      `${file} could not be written: ${problem}.`,
      "Make room for it, then run the same command with --overwrite.",
    ),
  COMMAND_FAILED: (command: string, problem: string) =>
    new CreateError(
      "COMMAND_FAILED",
      1,
      `\`${command}\` ${problem}.`,
      "The project's files are complete: run it again in the project's folder.",
    ),
};
