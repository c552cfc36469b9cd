import { errors } from "@sluice/core";
import type { Json, JsonObject } from "@sluice/core";
import { amount, as, count, flag, list, object, text, words } from "../fields.ts";
import type { Kind } from "../fields.ts";

/**
 * Reads the members of one object of a request, in camelCase or snake_case. `null` counts as absent; a wrong type is a
 * 400 that names the field as the caller wrote it.
 */
export class Fields {
  readonly #owner: JsonObject;
  readonly #path: string;
  readonly #read = new Set<string>();

  constructor(owner: JsonObject, path = "") {
    this.#owner = owner;
    this.#path = path;
  }

  string(name: string): string | undefined {
    return this.#checked(name, text);
  }

  number(name: string): number | undefined {
    return this.#checked(name, amount);
  }

  integer(name: string): number | undefined {
    return this.#checked(name, count);
  }

  boolean(name: string): boolean | undefined {
    return this.#checked(name, flag);
  }

  strings(name: string): string[] | undefined {
    return this.#checked(name, words);
  }

  json(name: string): JsonObject | undefined {
    return this.#checked(name, object);
  }

  /** An object, to be read in turn. */
  object(name: string): Fields | undefined {
    const value = this.json(name);
    return value === undefined ? undefined : new Fields(value, this.pathOf(name));
  }

  /** An array of objects, each to be read in turn. */
  objects(name: string): Fields[] | undefined {
    const values = this.#checked(name, list);
    return values?.map((value, index) => {
      const path = `${this.pathOf(name)}[${index}]`;
      return new Fields(as(value, object, path), path);
    });
  }

  has(name: string): boolean {
    return this.#owner[this.#keyOf(name)] !== undefined;
  }

  /** The member as it came, without a check and without counting it as read. */
  peek(name: string): Json | undefined {
    return this.#owner[this.#keyOf(name)];
  }

  /** The member as it came, without a check. */
  raw(name: string): Json | undefined {
    this.#read.add(this.#keyOf(name));
    return this.#owner[this.#keyOf(name)];
  }

  /** The member is read by whoever asks for it. */
  leave(name: string): void {
    this.#read.add(this.#keyOf(name));
  }

  /** The whole object as it came. */
  whole(): JsonObject {
    return this.#owner;
  }

  /** Members that nobody has read, in camelCase and in order. */
  rest(): JsonObject {
    const unread = Object.keys(this.#owner).filter((key) => !this.#read.has(key) && this.#owner[key] !== undefined);
    return Object.fromEntries(unread.map((key) => [camel(key), this.#owner[key]]));
  }

  /** The same; nothing where there are none. */
  leftover(): JsonObject | undefined {
    const rest = this.rest();
    return Object.keys(rest).length === 0 ? undefined : rest;
  }

  invalid(name: string, problem: string): Error {
    return errors.REQUEST_INVALID(this.pathOf(name), problem);
  }

  pathOf(name: string): string {
    const key = name === "" ? "" : this.#keyOf(name);
    return this.#path === "" || key === "" ? this.#path + key : `${this.#path}.${key}`;
  }

  #checked<T>(name: string, kind: Kind<T>): T | undefined {
    const value = this.raw(name);
    return value === undefined || value === null ? undefined : as(value, kind, this.pathOf(name));
  }

  /** The spelling that the caller uses. */
  #keyOf(name: string): string {
    if (Object.hasOwn(this.#owner, name)) return name;
    const other = snake(name);
    return Object.hasOwn(this.#owner, other) ? other : name;
  }
}

export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
