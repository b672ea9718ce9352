// A line between a server and its PostgreSQL that can be cut, and that can fall silent.
import { type Server, type Socket, connect, createServer } from "node:net";
import { type Ground, freePort } from "./ground.js";

export class Line {
  private server?: Server;
  private readonly pairs = new Set<[Socket, Socket]>();
  private silent = false;

  private constructor(
    readonly port: number,
    private readonly target: number,
  ) {}

  static async to(ground: Ground, target: number): Promise<Line> {
    const line = new Line(await freePort(), target);
    await line.open();
    ground.after(() => line.cut());
    return line;
  }

  /** New connections are taken, also after a cut. */
  open(): Promise<void> {
    this.server = createServer((ours) => {
      const theirs = connect(this.target, "127.0.0.1");
      const pair: [Socket, Socket] = [ours, theirs];
      this.pairs.add(pair);
      for (const [from, to] of [pair, [theirs, ours]]) {
        from.on("error", () => {});
        from.on("close", () => {
          this.pairs.delete(pair);
          to.destroy();
        });
        from.pipe(to);
        if (this.silent) from.pause();
      }
    });
    return new Promise((listening) => this.server!.listen(this.port, "127.0.0.1", listening));
  }

  /** Every connection ends, and none is taken. */
  cut(): void {
    this.server?.close();
    for (const pair of this.pairs) pair.forEach((socket) => socket.destroy());
  }

  /** Nothing passes any more, and nobody is told. */
  fallSilent(): void {
    this.silent = true;
    for (const pair of this.pairs) {
      for (const [from, to] of [pair, [pair[1], pair[0]]]) {
        from.unpipe(to);
        from.pause();
      }
    }
  }

  /** The connections from before are dead, as after a router was started anew; others pass. */
  forget(): void {
    this.silent = false;
    for (const pair of this.pairs) pair.forEach((socket) => socket.destroy());
  }
}
