// PostgreSQL is stopped, or crashes, and starts again. Afterwards it is still in use: nobody may wrap its keys anew meanwhile.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Centre } from "./centre.js";
import { type Ground, pass } from "./ground.js";
import { Cluster } from "./postgres.js";
import { type During, type Fault, somethingFails, trial } from "./trial.js";

async function stop(ground: Ground, how: "fast" | "immediate") {
  const cluster = await Cluster.start(ground);
  const centre = new Centre(ground, cluster.storage());
  await centre.start();
  const fault = async (during: During) => {
    cluster.end(how);
    await somethingFails(during);
    await pass(2_000);
    cluster.begin();
  };
  return trial(ground, [centre], fault, async ({ wrong }) => {
    const key = join(ground.folder, "another-master-key");
    writeFileSync(key, Buffer.alloc(32, 8).toString("base64"));
    const rotated = await centre.command("rotate-keys", "--demo", "--new-master-key-file", key);
    if (rotated.code === 0 || !/in use/.test(rotated.said)) wrong.push(`rotate-keys beside a living server: ${rotated.said}`);
  });
}

export const postgresStopped: Fault[] = [
  { name: "PostgreSQL stopped", run: (ground) => stop(ground, "fast") },
  { name: "PostgreSQL crashed", run: (ground) => stop(ground, "immediate") },
];
