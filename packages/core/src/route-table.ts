import { addRoute, createRouter, findRoute } from "rou3";
import type { RouterContext } from "rou3";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export interface Found<T> {
  data: T;
  params: Readonly<Record<string, string>>;
}

/** What answers which path. Fixed paths are one look-up in a map, however many there are. */
export class RouteTable<T> {
  readonly #router: RouterContext<T> = createRouter<T>();

  add(method: string, path: string, data: T): void {
    addRoute(this.#router, method, path, data);
  }

  find(method: string, path: string): Found<T> | null {
    const found = findRoute(this.#router, method, path);
    return found ? { data: found.data, params: found.params ?? {} } : null;
  }

  /** The methods that the path takes. */
  allowed(path: string): string[] {
    return methods.filter((method) => findRoute(this.#router, method, path) !== undefined);
  }
}
