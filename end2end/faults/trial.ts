// A trial: people decide, a fault comes and goes, and then it is looked whether all that was acknowledged is there, how long it
// took until everything worked again, whether the ledger is whole, and whether it stops when it is asked to.
import { type Centre, STOPS_WITHIN } from "./centre.js";
import { type Ground, until } from "./ground.js";
import { Person } from "./people.js";

/** Everything works again within so many milliseconds after the cause has ended. */
const HEALS_WITHIN = 5_000;
const PEOPLE = ["13800138000", "13800138001"];
const PROBES = "13800138002";

/** What came of a fault. */
export type Seen = { acknowledged: number; lost: number; healed?: number; wrong: string[]; log?: string };
export type Row = Seen & { fault: string; result: "ok" | "NOT OK" | "skipped" };
export type Fault = { name: string; run: (ground: Ground) => Promise<Seen> };

/** It can't be tried on this machine. */
export class Skipped extends Error {}

/** While a fault lasts: the people who go on working, and what is found wrong. */
export type During = { people: Person[]; wrong: string[] };

/** A change is asked for and not acknowledged. */
export async function somethingFails({ people }: During, atMost?: number): Promise<void> {
  const failed = () => people.reduce((sum, person) => sum + person.failed, 0);
  const before = failed();
  await until("a change fails", () => failed() > before, atMost);
}

/** So many more changes are acknowledged. */
export async function goesOn({ people }: During, changes = 10): Promise<void> {
  const goals = people.map((person) => person.acknowledged + changes);
  await until("changes are acknowledged", () => people.every((person, n) => person.acknowledged >= goals[n]));
}

/** `fault` comes back when its cause has ended; `later` may look further. */
export async function trial(
  ground: Ground,
  centres: Centre[],
  fault: (during: During) => Promise<void>,
  later: (during: During) => Promise<void> = async () => {},
): Promise<Seen> {
  const at = (n: number) => centres[n % centres.length].url;
  const people = await Promise.all(PEOPLE.map((phone, n) => Person.signIn(at(n), phone)));
  const probes = await Promise.all(centres.map(({ url }) => Person.signIn(url, PROBES)));
  const during: During = { people, wrong: [] };
  const { wrong } = during;
  people.forEach((person) => person.work());
  ground.after(() => Promise.all(people.map((person) => person.rest())));
  await goesOn(during);
  await fault(during);

  // A yes and a no.
  const works = async (n: number) => (await centres[n].readiness()) === 200 && (await probes[n].decide("contacts", 1_000)) && (await probes[n].decide("contacts", 1_000));
  const left = new Set(centres.keys());
  const allWork = async () => {
    for (const n of left) if (await works(n)) left.delete(n);
    return left.size === 0;
  };
  const healed = await until("everything works again", allWork, 45_000).catch((error: Error) => wrong.push(error.message) && undefined);
  if (healed !== undefined && healed > HEALS_WITHIN) wrong.push(`it took more than ${HEALS_WITHIN / 1000} s to heal`);
  await Promise.all(people.map((person) => person.rest()));
  const lost = healed === undefined ? [] : (await Promise.all(people.map((person) => person.lost()))).flat();
  await later(during);
  const acknowledged = [...people, ...probes].reduce((sum, person) => sum + person.acknowledged, 0);
  for (const centre of centres) {
    const took = await centre.stop();
    if (took > STOPS_WITHIN) wrong.push(`it took ${Math.round(took / 1000)} s to stop`);
  }
  const ledger = await centres[0].command("verify-ledger", "--demo");
  if (ledger.code !== 0) wrong.push(`verify-ledger: ${ledger.said}`);
  const log = wrong.length + lost.length > 0 ? ground.keep() : undefined;
  return { acknowledged, lost: lost.length, healed, wrong: [...lost, ...wrong], log };
}
