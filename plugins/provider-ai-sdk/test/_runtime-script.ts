import { talk } from "./_runtime-talk.ts";

const [baseURL = "", nobody = ""] = process.argv.slice(2);
console.log(JSON.stringify(await talk(baseURL, nobody)));
