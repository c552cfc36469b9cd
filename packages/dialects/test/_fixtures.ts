import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { isObject, type JsonObject } from "@sluice/core";

/** The recorded files of a dialect. */
export interface Fixtures {
  /** The names of the fixtures with an ending. */
  fixtureNames: (ending: string) => string[];
  /** The bytes of a fixture without its first line, which tells where its facts come from. */
  fixtureBytes: (file: string) => Uint8Array;
  fixtureJson: (file: string) => JsonObject;
}

export function fixturesOf(dialect: string): Fixtures {
  const folder = `${import.meta.dirname}/../fixtures/${dialect}`;
  return { fixtureNames, fixtureBytes, fixtureJson };

  function fixtureNames(ending: string): string[] {
    return globSync(`${folder}/*${ending}`)
      .map((file) => basename(file, ending))
      .toSorted();
  }

  function fixtureBytes(file: string): Uint8Array {
    const bytes = new Uint8Array(readFileSync(`${folder}/${file}`));
    return bytes.subarray(bytes.indexOf(10) + 1);
  }

  function fixtureJson(file: string): JsonObject {
    const value: unknown = JSON.parse(new TextDecoder().decode(fixtureBytes(file)));
    if (!isObject(value)) throw new TypeError(`${file} is not an object`);
    return value;
  }
}
