import { REMOTE_DATA_JSON_URL } from "@pydantic/genai-prices";
import { fetchTable } from "./fetch-table.ts";
import type { Disposer, PluginHost, PriceSource } from "@sluice/core";
import type { PricesOptions } from "./index.ts";
import { shippedTable, sourceName, TableSource } from "./source.ts";

/** Opens the source that the options ask for, and keeps it fresh until it is closed. */
export function openSource(
  { update = false, confirm }: PricesOptions,
  { ports }: PluginHost,
): { source: PriceSource; close: Disposer } {
  const { logger: log, timers } = ports;
  const confirmed = confirm === undefined ? {} : { confirm };
  if (update === false) return { source: new TableSource(shippedTable(), { log, ...confirmed }), close: () => {} };

  const { url = REMOTE_DATA_JSON_URL, everyHours = 24 } = update;
  const source = new TableSource(shippedTable(), {
    log,
    ...confirmed,
    fetch: () => fetchTable(url, sourceName, ports),
  });
  let cancel = () => {};
  let isClosed = false;
  const look = async () => {
    await source.refresh().catch((error: unknown) => log.warn("no newer prices", { error: String(error) }));
    if (!isClosed) cancel = timers.set(everyHours * 3_600_000, () => void look());
  };
  void look();
  const close = () => {
    isClosed = true;
    cancel();
  };
  return { source, close };
}
