import { errors } from "@sluice/core";
import type { JsonObject, VideosRequest } from "@sluice/core";
import { toDataUrl } from "../media.ts";
import { defined } from "../members.ts";
import { shapeOf } from "./shape.ts";

/**
 * What goes into a model of a vendor of many: the names on which most agree, and whatever else the client says, which wins.
 * Such vendors publish a schema for each model; a name that one does not know is refused there.
 */
export function videoInputs(request: VideosRequest, model: string, imageName: string): JsonObject {
  const { prompt, seconds, seed, image, origin } = request;
  if (image?.source.kind === "file") throw errors.REQUEST_UNSUPPORTED("input_reference.file_id", model);
  const { aspectRatio, resolution } = shapeOf(request);
  return defined({
    prompt,
    duration: seconds,
    aspect_ratio: aspectRatio,
    resolution,
    seed,
    [imageName]: image && (image.source.kind === "url" ? image.source.url : toDataUrl(image.source)),
    ...origin.rest,
  }) as JsonObject;
}

/** The length in what went in, where models call it so: `5`, `"5"`, `"8s"`. */
export function secondsIn({ duration, seconds = duration }: JsonObject): number | undefined {
  if (typeof seconds === "number") return seconds;
  const [, told = ""] = /^(\d+(?:\.\d+)?)s?$/.exec(typeof seconds === "string" ? seconds : "") ?? [];
  return told === "" ? undefined : Number(told);
}

/** The request with the length that really went in, for what is billed. */
export function withLength(request: VideosRequest, input: JsonObject): VideosRequest {
  const seconds = secondsIn(input) ?? request.seconds;
  return { ...request, ...(seconds === undefined ? {} : { seconds }) };
}
