// A disk that is full, and has room again. It is one in memory of a few megabytes, of the data or of the keys alone.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Centre, type Storage, sqlite } from "./centre.js";
import { type Ground, until } from "./ground.js";
import { type Fault, Skipped, goesOn, somethingFails, trial } from "./trial.js";

function smallDisk(ground: Ground): string {
  const disk = join(ground.folder, "disk");
  mkdirSync(disk);
  if (process.getuid?.() !== 0) throw new Skipped("needs root, to mount a small disk");
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", disk], { encoding: "utf8" });
  if (mounted.status !== 0) throw new Skipped(`no small disk can be mounted: ${mounted.stderr?.trim()}`);
  ground.after(() => spawnSync("umount", ["--lazy", disk]));
  return disk;
}

/** Takes all room that is left, to the last byte. */
function fill(disk: string): () => void {
  const filler = join(disk, "filler");
  const file = openSync(filler, "a");
  for (let bytes = 1024 * 1024; bytes > 0; ) {
    try {
      if (writeSync(file, Buffer.alloc(bytes)) < bytes) bytes = Math.floor(bytes / 2);
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(file);
  return () => unlinkSync(filler);
}

async function dataFull(ground: Ground, storage: Storage, disk: string) {
  const centre = new Centre(ground, storage);
  await centre.start();
  return trial(ground, [centre], async (during) => {
    const empty = fill(disk);
    await somethingFails(during);
    await until("it says that it is not ready", async () => (await centre.readiness()) === 503, 10_000).catch((error: Error) => during.wrong.push(error.message));
    const page = await during.people[0].get("/settings/privacy/permissions");
    if (page?.status !== 200) during.wrong.push(`pages can't be read meanwhile: ${page?.status}`);
    empty();
  });
}

/** What needs no new key goes on: a change of a switch among them, and a "no" above all. */
async function keysFull(ground: Ground, storage: Storage, disk: string) {
  const centre = new Centre(ground, storage);
  await centre.start();
  return trial(ground, [centre], async (during) => {
    const empty = fill(disk);
    await until("it says that it is not ready", async () => (await centre.readiness()) === 503, 10_000).catch((error: Error) => during.wrong.push(error.message));
    await goesOn(during);
    empty();
  });
}

export const diskFull: Fault[] = [
  {
    name: "disk of the data full",
    run: async (ground) => {
      const disk = smallDisk(ground);
      return dataFull(ground, sqlite(disk, join(ground.folder, "keys")), disk);
    },
  },
  {
    name: "disk of the keys full",
    run: async (ground) => {
      const disk = smallDisk(ground);
      return keysFull(ground, sqlite(ground.folder, disk), disk);
    },
  },
];
