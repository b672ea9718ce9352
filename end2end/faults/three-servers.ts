// Three servers on one PostgreSQL of 100 connections, all asked at once; one is killed and comes back, the others go on.
import { Centre } from "./centre.js";
import { Person } from "./people.js";
import { Cluster } from "./postgres.js";
import { type Fault, goesOn, trial } from "./trial.js";

const ASKED_AT_ONCE = 100;
const VISITS = "13800138002";

/** None if not even this can be asked. */
function connectionsLeft(cluster: Cluster): number {
  const taken = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'";
  try {
    return Number(cluster.ask(`SELECT current_setting('max_connections')::int - (${taken})`));
  } catch {
    return 0;
  }
}

export const threeServers: Fault[] = [
  {
    name: "three servers, one killed",
    run: async (ground) => {
      const cluster = await Cluster.start(ground);
      const centres = [0, 1, 2].map(() => new Centre(ground, cluster.storage()));
      for (const centre of centres) await centre.start();
      return trial(ground, centres, async (during) => {
        const { wrong } = during;
        const visitors = await Promise.all(centres.map(({ url }) => Person.signIn(url, VISITS)));
        const asked = visitors.flatMap((person) => Array.from({ length: ASKED_AT_ONCE }, () => person.get("/settings/privacy/consents")));
        const ledger = await centres[0].command("verify-ledger", "--demo");
        if (ledger.code !== 0) wrong.push(`a command has no connection: ${ledger.said}`);
        const left = connectionsLeft(cluster);
        if (left < 10) wrong.push(`only ${left} connections are left`);
        const failed = (await Promise.all(asked)).filter((answer) => answer?.status !== 200);
        if (failed.length > 0) wrong.push(`${failed.length} of ${asked.length} pages failed`);
        // The one that no writer is at.
        await centres[2].kill();
        await goesOn(during);
        await centres[2].start();
      });
    },
  },
];
