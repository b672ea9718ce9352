// Connections that ask nothing or half of something, more than the server may open files; bodies that never end.
import { type Socket, connect } from "node:net";
import { Centre, sqlite } from "./centre.js";
import { pass, until } from "./ground.js";
import { ask } from "./people.js";
import { type Fault, trial } from "./trial.js";

const FILES = 1024;
const HELD = 2000;
const PARTS = ["", "GET / HTTP/1.1\r\nhost: a\r\n", "POST /signin HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nphone="];

export const halfRequests: Fault[] = [
  {
    name: "2000 half requests, 1024 files",
    run: async (ground) => {
      const by = ["sh", "-c", `ulimit -n ${FILES}; exec "$0" "$@"`];
      const centre = new Centre(ground, sqlite(ground.folder), {}, by);
      await centre.start();
      const held: Socket[] = [];
      const hold = (n: number) => {
        // From many addresses: from one alone there are only so many.
        const socket = connect({ port: Number(new URL(centre.url).port), host: "127.0.0.1", localAddress: `127.0.1.${1 + (n % 20)}` });
        socket.on("error", () => {});
        socket.write(PARTS[n % PARTS.length]);
        held.push(socket);
      };
      ground.after(() => held.forEach((socket) => socket.destroy()));
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
  },
];
