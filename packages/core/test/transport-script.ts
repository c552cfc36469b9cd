import { type ContractRun, contractLines } from "./transport-contract.ts";

console.log(await contractLines(JSON.parse(process.argv[2] ?? "{}") as ContractRun));
