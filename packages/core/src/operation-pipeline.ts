import { commonOf } from "./abilities.ts";
import type { Answer } from "./answer.ts";
import { asOperation } from "./answer.ts";
import { errors } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Outgoing } from "./incoming.ts";
import type { ResolvedModel } from "./models.ts";
import { parseExtras, readOperationBody } from "./operation-body.ts";
import { callOperation } from "./operation-call.ts";
import type { Dispatched } from "./operation-sending.ts";
import type { OperationRequest } from "./operation.ts";
import { mustKeep } from "./keeping.ts";
import { askStages, attemptPlan, makePlan, refuse, resolve, setDeadline, writingOf } from "./pipeline.ts";
import type { Call, Runtime } from "./pipeline.ts";
import type { Plan } from "./plan.ts";
import { writeResult } from "./result-output.ts";
import { clientOf } from "./result-writing.ts";
import { isLater } from "./soon.ts";

/** One request that is no chat, from headers to last byte: the steps of `answerChat`, with whole answers and other bodies. */
export async function answerOperation(runtime: Runtime, exchange: Exchange): Promise<Outgoing> {
  const { stages, settings } = runtime;
  try {
    const admitted = stages.admit(exchange);
    if (isLater(admitted)) await admitted;
    await decode(runtime, exchange);
    const model = pinned(runtime, exchange) ?? resolve(runtime, exchange);
    const asked = askStages(runtime, exchange);
    const early = isLater(asked) ? await asked : asked;
    const plan = early ? null : makePlan(runtime, exchange, model);
    setDeadline(exchange, plan?.policy ?? settings.policy);

    const call = callOnce(runtime, exchange);
    const work = stages.respond(exchange.view, () =>
      early ? Promise.resolve<Answer>(early) : attemptPlan(runtime, exchange, plan as Plan, call),
    );
    const answer = stages.aroundAnswers ? exchange.inTime(settings.timeouts.stageMs, work) : work;
    return await writeResult(writingOf(runtime, exchange), asOperation(await answer));
  } catch (thrown) {
    return refuse(runtime, exchange, thrown);
  }
}

async function decode({ settings, ports, extras }: Runtime, exchange: Exchange): Promise<void> {
  const client = clientOf(exchange);
  const input = await readOperationBody(exchange.incoming, client, settings.body, ports.timers);
  if (input.type === "json") exchange.body = input.body;
  if (input.type === "form") exchange.form = input.parts;
  const fields = input.type === "form" ? parseExtras(input.fields, extras.names, settings.body.depth) : input.fields;
  exchange.taken = extras.take(fields, client.fields, exchange.call.headers);
  for (const warning of exchange.taken.warnings) exchange.record.warn(warning);
  exchange.record.tags = exchange.taken.extras.tags ?? {};
  const files = exchange.form?.filter(({ filename }) => filename !== null) ?? [];
  exchange.decoded(client.decodeRequest({ fields: exchange.taken.json, files }, exchange.call));
}

/** What belongs to one channel is asked of it alone, as if its target had been named. */
function pinned({ models: known }: Runtime, exchange: Exchange): ResolvedModel | null {
  const { pinned: pin, model: name, stream, repeatable } = exchange.request as OperationRequest;
  if (!pin) return null;
  const { fallback, models } = exchange.taken?.extras ?? {};
  if (fallback ?? models)
    throw errors.REQUEST_INVALID("fallback", "makes no sense: nobody else knows what is asked for");
  const asked = `${pin.channel}/${pin.model}`;
  const target = repeatable === false ? known.offered(pin.channel, pin.model) : known.at(pin.channel, pin.model);
  if (!target) throw errors.ROUTE_NO_TARGET(asked, ["its channel is not ready"]);
  exchange.record.requestedModel = asked;
  exchange.record.stream = stream;
  const why = `it belongs to ${pin.channel}`;
  const model = { name, route: null, targets: [target], skipped: [], settings: {}, why, common: commonOf([target]) };
  exchange.model = model;
  return model;
}

function callOnce({ settings, ports }: Runtime, exchange: Exchange): Call {
  const dispatched: Dispatched = { failure: null };
  return ({ target }, policy, open) =>
    callOperation(
      {
        target,
        request: exchange.request as OperationRequest,
        original: exchange.patched ? null : { body: exchange.body, form: exchange.form, taken: exchange.taken },
        clientHeaders: exchange.call.headers,
        policy,
        limits: settings.limits,
        life: exchange.life,
        ports,
        requireParameters: mustKeep(target, exchange.taken?.extras.require_parameters, settings),
        dispatched,
      },
      open,
    );
}
