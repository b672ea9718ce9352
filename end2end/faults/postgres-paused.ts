// PostgreSQL stands still for a while, and goes on as if nothing had been.
import { Centre } from "./centre.js";
import { pass } from "./ground.js";
import { Cluster } from "./postgres.js";
import { type Fault, somethingFails, trial } from "./trial.js";

export const postgresPaused: Fault[] = [
  {
    name: "PostgreSQL paused",
    run: async (ground) => {
      const cluster = await Cluster.start(ground);
      const centre = new Centre(ground, cluster.storage());
      await centre.start();
      return trial(ground, [centre], async (during) => {
        cluster.signal("SIGSTOP");
        await somethingFails(during);
        await pass(5_000);
        cluster.signal("SIGCONT");
      });
    },
  },
];
