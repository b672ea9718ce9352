// The line to PostgreSQL is cut, or falls silent and its connections are dead afterwards.
import { Centre } from "./centre.js";
import { type Ground, pass } from "./ground.js";
import { Cluster } from "./postgres.js";
import { Line } from "./proxy.js";
import { type Fault, somethingFails, trial } from "./trial.js";

async function behindALine(ground: Ground, fault: (line: Line) => Promise<void>) {
  const cluster = await Cluster.start(ground);
  const line = await Line.to(ground, cluster.port);
  const centre = new Centre(ground, cluster.storage(line.port));
  await centre.start();
  return trial(ground, [centre], async (during) => {
    const failing = somethingFails(during);
    await fault(line);
    await failing;
  });
}

export const postgresCut: Fault[] = [
  {
    name: "line to PostgreSQL cut",
    run: (ground) =>
      behindALine(ground, async (line) => {
        line.cut();
        await pass(3_000);
        await line.open();
      }),
  },
  {
    name: "line to PostgreSQL silent, then dead",
    run: (ground) =>
      behindALine(ground, async (line) => {
        line.fallSilent();
        await pass(8_000);
        line.forget();
      }),
  },
];
