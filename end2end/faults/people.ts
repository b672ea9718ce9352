// People who decide, and remember what the centre has acknowledged to them.
import { type IncomingHttpHeaders, request } from "node:http";
import { pass } from "./ground.js";

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };
type Ask = { form?: Record<string, string>; cookie?: string; from?: string };

const PASSWORD = "yidian-demo-2026";
const PAGE = "/settings/privacy/permissions";
const SWITCHES = ["location", "microphone", "calendar", "camera"];

/** One request on a connection of its own; nothing if no whole answer comes in time. */
export function ask(url: string, { form, cookie, from }: Ask = {}, atMost = 10_000): Promise<Answer | undefined> {
  const { origin } = new URL(url);
  const body = form && new URLSearchParams(form).toString();
  const headers = {
    ...(cookie !== undefined && { cookie }),
    ...(body !== undefined && { origin, "content-type": "application/x-www-form-urlencoded", "content-length": String(Buffer.byteLength(body)) }),
  };
  return new Promise((answered) => {
    const nothing = () => answered(undefined);
    const sent = request(url, { method: body === undefined ? "GET" : "POST", headers, agent: false, localAddress: from }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("error", nothing);
      response.on("end", () => answered({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.setTimeout(atMost, () => sent.destroy());
    setTimeout(() => sent.destroy(), atMost).unref();
    sent.on("error", nothing);
    sent.on("close", nothing);
    sent.end(body);
  });
}

export class Person {
  /** How many changes were acknowledged, and how many were not. */
  acknowledged = 0;
  failed = 0;
  /** Of each switch: what was acknowledged last, and what was asked for since without an answer. */
  private readonly known = new Map<string, { on: boolean; asked?: boolean }>();
  private readonly wrong: string[] = [];
  private working = false;
  private loops: Promise<void>[] = [];

  private constructor(
    private readonly url: string,
    private readonly cookie: string,
  ) {}

  static async signIn(url: string, phone: string): Promise<Person> {
    const answer = await ask(`${url}/signin`, { form: { phone, by: "password", password: PASSWORD } });
    const cookies = answer?.headers["set-cookie"]?.map((line) => line.split(";")[0]) ?? [];
    const session = cookies.find((cookie) => cookie.includes("session="));
    if (session === undefined) throw new Error(`${phone} could not sign in: ${answer?.status ?? "no answer"}`);
    return new Person(url, session);
  }

  get(path: string): Promise<Answer | undefined> {
    return ask(this.url + path, { cookie: this.cookie });
  }

  post(path: string, form: Record<string, string>, atMost?: number): Promise<Answer | undefined> {
    return ask(this.url + path, { form, cookie: this.cookie }, atMost);
  }

  /** Proves again who it is. */
  async stepUp(): Promise<void> {
    await this.post("/step-up", { by: "password", password: PASSWORD, next: "/settings" });
  }

  /** Turns a switch, and says whether that was acknowledged. */
  async decide(purpose: string, atMost?: number): Promise<boolean> {
    const known = this.known.get(purpose) ?? { on: false };
    this.known.set(purpose, known);
    const on = !known.on;
    known.asked = on;
    const answer = await this.post(PAGE, { purpose, granted: String(on) }, atMost);
    if (answer?.headers.location?.startsWith("/signin")) this.wrong.push("somebody was signed out");
    const done = answer?.status === 303 && answer.headers.location === PAGE;
    if (done) {
      this.known.set(purpose, { on });
      this.acknowledged += 1;
    } else {
      this.failed += 1;
    }
    return done;
  }

  /** Turns switches, two at a time, until it is told to rest. */
  work(): void {
    this.working = true;
    const loop = async (purposes: string[]) => {
      for (let step = 0; this.working; step += 1) {
        if (!(await this.decide(purposes[step % purposes.length]))) await pass(50);
      }
    };
    this.loops = [loop(SWITCHES.slice(0, 2)), loop(SWITCHES.slice(2))];
  }

  async rest(): Promise<void> {
    this.working = false;
    await Promise.all(this.loops);
  }

  /** What was acknowledged and is not there. */
  async lost(): Promise<string[]> {
    const page = await this.get(PAGE);
    const shown = new Map<string, boolean>();
    // The form asks for the other state.
    const forms = /name="purpose" value="(\w+)"[^]*?name="granted" value="(true|false)"/g;
    for (const [, purpose, other] of page?.text.matchAll(forms) ?? []) shown.set(purpose, other === "false");
    const isLost = ([purpose, { on, asked }]: [string, { on: boolean; asked?: boolean }]) =>
      shown.get(purpose) !== on && (asked === undefined || shown.get(purpose) !== asked);
    const lost = [...this.known].filter(isLost).map(([purpose, { on }]) => `${purpose} was acknowledged as ${on}, and reads ${shown.get(purpose)}`);
    return [...lost, ...this.wrong];
  }
}
