// Connections that ask nothing or half of something, more than the server may open files; bodies that never end.
import { type Socket, connect } from "node:net";
import { Centre, sqlite } from "./centre.js";
import { pass, until } from "./ground.js";
import { ask } from "./people.js";
import { type Fault, trial } from "./trial.js";

const FILES = 1024;
const HELD = 2000;
const ADDRESSES = 40;
const HEAD = "GET / HTTP/1.1\r\nhost: a\r\n";
const BODY = "POST /signin HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nphone=";

/** So many hold a connection each, and each asks one of these. */
function held(name: string, parts: string[]): Fault {
  return {
    name,
    run: async (ground) => {
      const by = ["sh", "-c", `ulimit -n ${FILES}; exec "$0" "$@"`];
      const centre = new Centre(ground, sqlite(ground.folder), {}, by);
      await centre.start();
      const sockets: Socket[] = [];
      const hold = (n: number) => {
        // From many addresses: from one alone there are only so many.
        const socket = connect({ port: Number(new URL(centre.url).port), host: "127.0.0.1", localAddress: `127.0.1.${1 + (n % ADDRESSES)}` });
        socket.on("error", () => {});
        socket.write(parts[n % parts.length]);
        sockets.push(socket);
      };
      ground.after(() => sockets.forEach((socket) => socket.destroy()));
      const fault = async () => {
        for (let n = 0; n < HELD; n += 1) {
          hold(n);
          if (n % 50 === 0) await pass(10);
        }
        await until("somebody else is answered", async () => (await ask(`${centre.url}/healthz`, { from: "127.0.0.9" }, 1_000))?.status === 200, 5_000);
      };
      // They are still held when it is asked to stop.
      return trial(ground, [centre], fault);
    },
  };
}

export const halfRequests: Fault[] = [
  held(`${HELD} half requests, ${FILES} files`, ["", HEAD, BODY]),
  held(`${HELD} bodies that never end`, [BODY]),
];
