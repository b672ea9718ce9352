// A PostgreSQL of one's own, on this machine only, with everything written to disk.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Storage } from "./centre.js";
import { type Ground, freePort } from "./ground.js";
import { Skipped } from "./trial.js";

/** Where its programs are. */
function programs(): string {
  const versions = "/usr/lib/postgresql";
  const found = spawnSync("sh", ["-c", 'dirname "$(command -v initdb)"'], { encoding: "utf8" }).stdout.trim();
  if (found !== "" && found !== ".") return found;
  try {
    const newest = readdirSync(versions).sort((a, b) => Number(a) - Number(b)).at(-1);
    if (newest !== undefined) return join(versions, newest, "bin");
  } catch {
    // There is none.
  }
  throw new Skipped("PostgreSQL is not installed");
}

export class Cluster {
  private constructor(
    private readonly folder: string,
    private readonly bin: string,
    readonly port: number,
  ) {}

  static async start(ground: Ground): Promise<Cluster> {
    const bin = programs();
    const folder = join(ground.folder, "postgres");
    mkdirSync(folder);
    // It refuses root.
    if (process.getuid?.() === 0) {
      chmodSync(ground.folder, 0o711);
      const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
      chownSync(folder, id("-u"), id("-g"));
    }
    const cluster = new Cluster(folder, bin, await freePort());
    cluster.run("initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C");
    ground.after(() => {
      cluster.signal("SIGCONT");
      cluster.try("pg_ctl", "-D", cluster.data, "-m", "immediate", "stop");
    });
    cluster.begin();
    for (const name of ["data", "keys"]) cluster.ask(`CREATE DATABASE ${name}`);
    return cluster;
  }

  private get data(): string {
    return join(this.folder, "data");
  }

  private try(program: string, ...typed: string[]) {
    const [command, ...rest] = [...(process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : []), join(this.bin, program), ...typed];
    return spawnSync(command, rest, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  private run(program: string, ...typed: string[]): string {
    const { status, stdout, stderr } = this.try(program, ...typed);
    if (status !== 0) throw new Error(`${program}: ${stderr || stdout}`);
    return stdout;
  }

  /** Starts it, also again. */
  begin(): void {
    const options = `-c listen_addresses=127.0.0.1 -c port=${this.port} -c unix_socket_directories=${this.folder}`;
    this.run("pg_ctl", "-D", this.data, "-w", "-l", join(this.folder, "log"), "-o", options, "start");
  }

  /** Stops it: `fast` ends every connection, `immediate` is a crash. */
  end(how: "fast" | "immediate"): void {
    this.run("pg_ctl", "-D", this.data, "-w", "-m", how, "stop");
  }

  /** To all its processes: SIGSTOP pauses it, SIGCONT lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    let first: string;
    try {
      first = readFileSync(join(this.data, "postmaster.pid"), "utf8").split("\n")[0];
    } catch {
      return;
    }
    const children = spawnSync("ps", ["-o", "pid=", "--ppid", first], { encoding: "utf8" }).stdout.split("\n");
    for (const pid of [first, ...children].map(Number).filter((pid) => pid > 1)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended.
      }
    }
  }

  /** What a statement answers. */
  ask(statement: string): string {
    const beside = join(this.bin, "psql");
    // Where the server's programs were linked elsewhere, it is found as any other.
    return execFileSync(existsSync(beside) ? beside : "psql", ["-h", "127.0.0.1", "-p", String(this.port), "-U", "postgres", "-Atc", statement, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Its databases, reached at that port. */
  storage(port = this.port): Storage {
    const at = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;
    return { data: at("data"), keys: at("keys") };
  }
}
