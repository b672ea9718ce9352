// `kill -9` in the midst of work, again and again.
import { Centre, type Storage, sqlite } from "./centre.js";
import { type Ground, pass } from "./ground.js";
import { Cluster } from "./postgres.js";
import { type Fault, goesOn, trial } from "./trial.js";

const KILLS = 8;

async function kill(ground: Ground, storage: Storage) {
  const centre = new Centre(ground, storage);
  await centre.start();
  return trial(ground, [centre], async (during) => {
    for (let round = 0; round < KILLS; round += 1) {
      await goesOn(during);
      await pass(Math.random() * 200);
      await centre.kill();
      await centre.start();
    }
  });
}

export const kills: Fault[] = [
  { name: "killed 8 times, SQLite", run: (ground) => kill(ground, sqlite(ground.folder)) },
  { name: "killed 8 times, PostgreSQL", run: async (ground) => kill(ground, (await Cluster.start(ground)).storage()) },
];
