import { defineGateway, defineProvider } from "@sluice/core";
import { dialects } from "@sluice/dialects";
const up = defineProvider({ id: "up", name: "Up", dialects, speaks: ["openai-chat"], baseURL: "http://127.0.0.1:5901/v1", keyVariables: [], auth: { type: "none" }, models: [{ id: "m" }] });
export default defineGateway({ providers: [up(), up({ id: "up-2", priority: 1 }), up({ id: "up-3", priority: 1 })], receipt: "headers" });
