// A clock that is a day ahead and is put right, under a running server: libfaketime tells it the time.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Centre, sqlite } from "./centre.js";
import { type During, type Fault, Skipped, goesOn, trial } from "./trial.js";

function libfaketime(): string {
  const libraries = "/usr/lib";
  const folders = readdirSync(libraries).map((name) => join(libraries, name, "faketime"));
  for (const folder of folders) {
    try {
      if (readdirSync(folder).includes("libfaketimeMT.so.1")) return join(folder, "libfaketimeMT.so.1");
    } catch {
      // Not there.
    }
  }
  throw new Skipped("needs libfaketime (apt-get install faketime)");
}

export const clock: Fault[] = [
  {
    name: "clock a day ahead, then right",
    run: async (ground) => {
      const library = libfaketime();
      const file = join(ground.folder, "time");
      const set = (offset: string) => writeFileSync(file, `${offset}\n`);
      set("+0");
      // Only the server's clock: what is set for the operator's commands is the machine's.
      const by = ["env", `LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${file}`, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"];
      const centre = new Centre(ground, sqlite(ground.folder), {}, by);
      await centre.start();
      const fault = async (during: During) => {
        const [person] = during.people;
        set("+1d");
        await goesOn(during);
        await person.stepUp();
        const ahead = await person.get("/settings/account/password");
        if (ahead?.status !== 200) during.wrong.push(`a day ahead nobody can prove who they are: ${ahead?.status}`);
        await person.post("/settings/account/phone/present-code", {});
        set("+0");
      };
      return trial(ground, [centre], fault, async ({ people: [person], wrong }) => {
        const counts = await person.get("/settings/account/password");
        if (counts === undefined || counts.status === 200) wrong.push(`a proof from the future counts: ${counts?.status ?? "no answer"}`);
        const code = await person.post("/settings/account/phone/present-code", {});
        const pause = /(\d{4,})\s*秒/.exec(code?.text ?? "");
        if (pause !== null) wrong.push(`a code is refused for ${pause[1]} seconds`);
      });
    },
  },
];
