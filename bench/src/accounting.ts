import { readFileSync, readdirSync } from "node:fs";

/** What processes have used, as the kernel counts it: the subject's own word is not asked for. Linux only. */
export interface Usage {
  /** User and system time of all threads, in microseconds. */
  cpuMicros: number;
  rssBytes: number;
  files: number;
}

// The unit of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node runs on.
const microsPerTick = 10_000;
const pageBytes = 4096;

export function usageOf(pid: number): Usage {
  return familyOf(pid).map(usageOfOne).reduce(sum);
}

function usageOfOne(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the command in parentheses and may hold anything.
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0] = [fields[11], fields[12]];
  const pages = fields[21] ?? 0;
  return {
    cpuMicros: (user + system) * microsPerTick,
    rssBytes: pages * pageBytes,
    files: readdirSync(`/proc/${pid}/fd`).length,
  };
}

function sum(left: Usage, right: Usage): Usage {
  return {
    cpuMicros: left.cpuMicros + right.cpuMicros,
    rssBytes: left.rssBytes + right.rssBytes,
    files: left.files + right.files,
  };
}

/** A process and all its descendants: a subject may have workers. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}
