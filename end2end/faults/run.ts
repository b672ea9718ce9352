// The faults that a centre has to bear, tried on the release program: `make faults`. One file per fault. Nothing leaves this
// machine, and all that is made goes again. With words behind it only the faults that hold one of them: `node built/run.js disk`.
import { clock } from "./clock.js";
import { diskFull } from "./disk-full.js";
import { halfRequests } from "./half-requests.js";
import { kills } from "./kills.js";
import { postgresCut } from "./postgres-cut.js";
import { postgresPaused } from "./postgres-paused.js";
import { postgresStopped } from "./postgres-stopped.js";
import { threeServers } from "./three-servers.js";
import { Ground } from "./ground.js";
import { type Fault, type Row, Skipped } from "./trial.js";

const faults: Fault[] = [...kills, ...diskFull, ...postgresStopped, ...postgresCut, ...postgresPaused, ...clock, ...threeServers, ...halfRequests];

const wanted = process.argv.slice(2);
const chosen = faults.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) throw new Error(`no fault holds one of these words; there are: ${faults.map(({ name }) => name).join(", ")}`);
let ground: Ground | undefined;
// Broken off, it leaves nothing behind, either.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.once(signal, () => void Promise.resolve(ground?.leave()).then(() => process.exit(1)));
const rows: Row[] = [];
const began = performance.now();
for (const fault of chosen) {
  process.stderr.write(`${fault.name} …\n`);
  const here = new Ground();
  ground = here;
  try {
    const seen = await fault.run(here);
    rows.push({ fault: fault.name, result: seen.wrong.length === 0 ? "ok" : "NOT OK", ...seen });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const result = error instanceof Skipped ? "skipped" : "NOT OK";
    rows.push({ fault: fault.name, result, acknowledged: 0, lost: 0, wrong: [why], ...(result === "NOT OK" && { log: here.keep() }) });
  } finally {
    await here.leave();
  }
}

const seconds = (millis?: number) => (millis === undefined ? "" : `${(millis / 1000).toFixed(1)} s`);
const cells = rows.map(({ fault, result, acknowledged, lost, healed }) => [fault, result, String(acknowledged), String(lost), seconds(healed)]);
const head = ["fault", "result", "acknowledged", "lost", "healed after"];
const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column].length)));
const print = (row: string[]) => console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
print(head);
print(widths.map((width) => "-".repeat(width)));
rows.forEach(({ wrong, log }, n) => {
  print(cells[n]);
  for (const line of log === undefined ? wrong : [...wrong, `logs: ${log}`]) console.log(`    ${line.trim()}`);
});
console.log(`${rows.length} faults in ${Math.round((performance.now() - began) / 1000)} s`);
// What can't be tried here is not known to be borne.
process.exitCode = rows.every(({ result }) => result === "ok") ? 0 : 1;
