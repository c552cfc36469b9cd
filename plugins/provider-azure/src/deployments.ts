import type { AnyDialect, Dialect, OperationDialect } from "@sluice/core";

/**
 * A dialect below `/openai` with its `api-version`, as it was before the v1 API: most paths name the deployment.
 *
 * https://learn.microsoft.com/en-us/azure/foundry/openai/reference (read 2026-11)
 */
export function onDeployments(dialect: AnyDialect, version: string): AnyDialect {
  return isChat(dialect) ? chatOnDeployments(dialect, version) : operationOnDeployments(dialect, version);
}

function isChat(dialect: AnyDialect): dialect is Dialect {
  return (dialect.operation ?? "chat") === "chat";
}

function chatOnDeployments(dialect: Dialect, version: string): Dialect {
  const { upstream } = dialect;
  if (!upstream) return dialect;
  const path: typeof upstream.path = (target, stream) => placed(upstream.path(target, stream), target.model, version);
  return { ...dialect, upstream: { ...upstream, path } };
}

function operationOnDeployments(dialect: OperationDialect, version: string): OperationDialect {
  const { upstream } = dialect;
  if (!upstream) return dialect;
  const route: typeof upstream.route = (request, target) => {
    const given = upstream.route(request, target);
    return { ...given, path: placed(given.path, target.model, version) };
  };
  return { ...dialect, upstream: { ...upstream, route } };
}

/** What belongs to no deployment has its model in the body. */
const free = /^\/(responses|files|batches|videos)(\/|$)/;

function placed(path: string, model: string, version: string): string {
  const deployed = free.test(path) ? path : `/deployments/${encodeURIComponent(model)}${path}`;
  return `${deployed}?api-version=${encodeURIComponent(version)}`;
}
