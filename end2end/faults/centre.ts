// A server as its operator runs it, and the operator's commands.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Ground, freePort, root } from "./ground.js";
import { ask } from "./people.js";

const binary = process.env.SERVER_BINARY ?? join(root, "target/release/privacy-centre");
/** 32 bytes that guard nothing. */
const MASTER_KEY = Buffer.alloc(32, 7).toString("base64");
/** A stop takes no longer, in milliseconds. */
export const STOPS_WITHIN = 20_000;

/** Where data and keys are. */
export type Storage = { data: string; keys: string };

/** SQLite below a folder. */
export function sqlite(folder: string, keysFolder = join(folder, "keys")): Storage {
  return { data: `sqlite:${folder}/centre.db`, keys: `sqlite:${keysFolder}/keys.db` };
}

export class Centre {
  private process?: ChildProcess;
  url = "";

  /** `by` is typed before the program: what starts it in another way. */
  constructor(
    private readonly ground: Ground,
    private readonly storage: Storage,
    private readonly settings: Record<string, string> = {},
    private readonly by: string[] = [],
  ) {
    ground.after(() => this.kill());
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      PRIVACY_CENTRE__SERVER__SITE_ROOT: join(root, "target/site"),
      ...process.env,
      PRIVACY_CENTRE__STORAGE__DATA: this.storage.data,
      PRIVACY_CENTRE__STORAGE__KEYS: this.storage.keys,
      PRIVACY_CENTRE__VAULT__MASTER_KEY: MASTER_KEY,
      PRIVACY_CENTRE__LIMITS__TRIES_PER_ADDRESS: "10000",
      PRIVACY_CENTRE__LIMITS__TRIES_PER_ACCOUNT: "10000",
      ...this.settings,
    };
  }

  /** Starts it, always at the same address, and waits until it says that it listens. */
  async start(): Promise<void> {
    if (this.url === "") this.url = `http://127.0.0.1:${await freePort()}`;
    mkdirSync(join(this.ground.folder, "logs"), { recursive: true });
    const log = openSync(join(this.ground.folder, "logs", `${new URL(this.url).port}.log`), "a");
    const [program, ...typed] = [...this.by, binary, "serve", "--demo", "--listen", new URL(this.url).host];
    const child = spawn(program, typed, { env: this.environment, stdio: ["ignore", "pipe", log] });
    this.process = child;
    const lines = createInterface({ input: child.stdout! });
    await new Promise<void>((listening, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`the server ended with ${code} at its start`)));
      lines.on("line", (line) => line.startsWith("listening on ") && listening());
    });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Asks it to stop, and says how many milliseconds that took. */
  async stop(): Promise<number> {
    const began = performance.now();
    await this.end("SIGTERM");
    return performance.now() - began;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN + 5_000);
    await ended;
    clearTimeout(late);
  }

  /** What `/readyz` answers; 0: nothing. */
  async readiness(): Promise<number> {
    return (await ask(`${this.url}/readyz`, {}, 1_000))?.status ?? 0;
  }

  /** An operator's command: its exit code and the last line of what it said. */
  async command(...typed: string[]): Promise<{ code: number | null; said: string }> {
    const child = spawn(binary, typed, { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
    const code = await new Promise<number | null>((ended) => child.once("close", ended));
    return { code, said: said.trim().split("\n").at(-1)! };
  }
}
