// What a fault is tried on: a folder that goes again, ports, and all that runs meanwhile.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The project. The script runs in `end2end`. */
export const root = resolve(process.cwd(), "..");

export class Ground {
  readonly folder = mkdtempSync(join(tmpdir(), "privacy-centre-faults-"));
  private readonly leaving: (() => unknown)[] = [];
  private kept = false;

  /** Does that when the trial is over, the last first. */
  after(work: () => unknown): void {
    this.leaving.unshift(work);
  }

  /** Leaves the logs for a look. */
  keep(): string {
    this.kept = true;
    return this.folder;
  }

  async leave(): Promise<void> {
    for (let work = this.leaving.shift(); work !== undefined; work = this.leaving.shift()) {
      try {
        await work();
      } catch (error) {
        // What can't be ended keeps nothing else from being ended.
        process.stderr.write(`${String(error)}\n`);
      }
    }
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Lets so many milliseconds pass: between two looks, or while a fault lasts. */
export const pass = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));

/** Looks again and again until it is so, and says after how many milliseconds it was. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, atMost = 60_000): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > atMost) throw new Error(`after ${atMost / 1000} s still not: ${what}`);
    await pass(25);
  }
  return performance.now() - began;
}
