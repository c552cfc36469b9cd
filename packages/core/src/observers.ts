import { createHooks } from "hookable";
import type { Hookable } from "hookable";
import type { GatewayHooks } from "./hooks.ts";
import type { Plugin } from "./plugin.ts";
import type { Logger } from "./ports.ts";

export type Emit = <Name extends keyof GatewayHooks>(name: Name, ...args: Parameters<GatewayHooks[Name]>) => void;

/** Who watches a gateway: hooks of plugins and of the host. Off the request path, each isolated from the others. */
export class Observers {
  readonly hooks: Hookable<GatewayHooks> = createHooks<GatewayHooks>();
  readonly #logger: Logger;

  constructor(plugins: readonly Plugin[], logger: Logger) {
    this.#logger = logger;
    for (const plugin of plugins) {
      for (const [name, observe] of Object.entries(plugin.definition.hooks)) {
        this.hooks.hook(name as keyof GatewayHooks, this.#inNameOf(plugin, name, observe) as never);
      }
    }
  }

  emit: Emit = (name, ...args) => {
    this.hooks.callHookWith(
      (observers) => {
        for (const observe of observers) this.#isolated(name, observe as (...args: unknown[]) => unknown, args);
      },
      name,
      args as never,
    );
  };

  /** A plugin broke: into the log, and to whoever watches for it. */
  pluginFailed = (plugin: string, stage: string, error: unknown, requestId: string | null): void => {
    this.#logger.error(`the plugin "${plugin}" failed in ${stage}`, { plugin, stage, requestId, error: textOf(error) });
    this.emit("plugin:error", { plugin, stage, error, requestId });
  };

  #inNameOf(plugin: Plugin, name: string, observe: (...args: never[]) => unknown) {
    const failed = (error: unknown) => {
      // An observer of errors that itself fails must not observe that.
      if (name === "plugin:error") throw error;
      this.pluginFailed(plugin.id, `hook ${name}`, error, null);
    };
    return (...args: never[]) => settled(() => observe(...args), failed);
  }

  #isolated(name: string, observe: (...args: unknown[]) => unknown, args: readonly unknown[]): void {
    void settled(
      () => observe(...args),
      (error) => this.#logger.error(`a hook on ${name} failed`, { error: textOf(error) }),
    );
  }
}

/** Runs the work, which may return a promise; nothing is awaited where it does not. */
function settled(work: () => unknown, onError: (error: unknown) => void): unknown {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(onError) : result;
  } catch (error) {
    return onError(error);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
