// The way to the server: actions go out, answers come in, one number each. Knows the addresses that are asked, Gradio's
// hooks, and when the page comes for more; what an answer changes is in `state.js`.

import { rememberChoice } from "./link.js";
import { bytesOf, VERSION } from "./protocol.js";
import { own, refusalOf } from "./said.js";
import { chosen, cutOff, hasMap, opened, reached, stayed, take, waited, wantedClass, wish } from "./state.js";
import { openWith, store } from "./store.js";

/** @import { Answer, Choice, Opening, Said } from "./protocol.js" */
/** @import { State } from "./state.js" */

/** @typedef {{element: HTMLElement, props: Record<string, any>, trigger: (event: string, data?: object) => void,
 *   server: Record<string, (value: object) => Promise<any>>, upload: (file: File) => Promise<{path: string}>,
 *   watch: (name: string, act: () => void) => void}} Gradio what Gradio gives to a component's script */

const REST = 100; // ms after which the rest of the page learns of a class whose map is here
const BUSY = 1000; // ms until the page says that it is computing, where no picture and no sentence came
const DOUBT = 2500; // ms without an answer
const PATIENCE = 3000; // ms after which a further class is asked for although the answer to the last one is missing
const SILENCE = 20000; // ms until the page says that no answer came
export const AFTER_PAINT = 60; // ms for what takes a browser a while and no picture waits for

/** @type {Gradio} */
let gradio;
const timers = { busy: 0, rest: 0, doubt: 0, later: 0, silence: 0 };
let since = 0; // when the last action went out
let away = false; // whether the server could not be reached for the last action
let place = ""; // below the page's address, where what is asked goes; "": it goes by Gradio's events
const session = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");

export const clock = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Open the page with what came with it, and listen. @param {Gradio} given */
export function mount(given) {
  gradio = given;
  /** @type {Opening} */
  const opening = JSON.parse(gradio.props.opening);
  place = opening.place;
  store.change(opened, opening);
  if (!place) {
    gradio.watch("answer", () => receive(JSON.parse(gradio.props.answer)));
    watchRefusals();
  }
  store.subscribe(follow);
  openWith(opening);
}

/** Call a function of the server. @param {string} name @param {object} value @returns {Promise<any>} */
export const call = (name, value) => {
  const asked = { ...value, version: VERSION };
  return place ? ask(name, asked) : gradio.server[name](asked);
};

/** What the server does not carry out; `said` says why. */
class Refused extends Error {
  /** @param {Said | null} said */
  constructor(said) {
    super(said?.text);
    this.said = said;
  }
}

/** Ask at the page's own address; `by` is who asks. @param {string} name @param {object} value @param {string} [by] */
const post = (name, value, by = session) =>
  fetch(new URL(`${place}/${name}`, document.baseURI), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ session_hash: by, data: value }),
  });

/** What an answer holds, if it was not refused. @param {Response} answer @returns {Promise<any>} */
async function foundIn(answer) {
  const found = await answer.json();
  if (answer.ok) return found;
  throw new Refused(refusalOf(found));
}

/** @param {string} name @param {object} value @returns {Promise<any>} */
const ask = async (name, value) => foundIn(await post(name, value));

/** Whether a second picture can be asked for: not where a GPU is lent to one action after the other. */
export const hasSecond = () => Boolean(place);

/**
 * Ask for a second picture, beside the first one and without disturbing it: for the server another visitor's.
 * @param {"act" | "more" | "stop"} what @param {object} wish @returns {Promise<any>}
 */
export const askSecond = async (what, wish) => foundIn(await post(what, { ...wish, version: VERSION }, `${session}-2`));

/**
 * A file that the server makes; or what it says instead.
 * @param {string} name of the function @param {object} value @returns {Promise<{file?: Blob, name?: string}>}
 */
export async function fileOf(name, value) {
  const asked = { ...value, visitor: session, version: VERSION };
  if (!place) {
    const found = await gradio.server[name](asked);
    return found.base64 ? { file: new Blob([bytesOf(found.base64)], { type: found.kind }), name: found.name } : found;
  }
  const answer = await post(name, asked);
  const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
  return named ? { file: await answer.blob(), name: decodeURIComponent(named[1]) } : foundIn(answer);
}

/** Send a file. @param {File} file */
export const upload = (file) => gradio.upload(file);

/**
 * What the page has got. A number that comes with another model is that model's own: then the classes are sent again.
 * @param {State} state
 */
function namesShown({ wanted, confirmed }) {
  if (!confirmed?.findings || wanted.class === null || wanted.model === confirmed.choice.model)
    return confirmed?.shown ?? {};
  return { ...confirmed.shown, labels: "" };
}

/** @param {"act" | "more" | "stop"} what */
function send(what) {
  const { wanted, asked, sent } = store.state;
  const value = {
    ...wanted,
    version: VERSION,
    request_id: asked,
    shown: namesShown(store.state),
    own: sent?.upload ?? "",
  };
  if (!place) {
    gradio.props.value = value;
    return gradio.trigger(what === "act" ? "input" : what, {});
  }
  ask(what, value).then(receive, (error) => error instanceof Refused && refused(error.said, asked)); // else see `ping`
}

/** Carry out an action: a change of the choice. @param {Partial<Choice>} changes */
export function act(changes) {
  for (const timer of Object.values(timers)) clearTimeout(timer);
  since = performance.now();
  away = false;
  store.change(wish, changes, clock());
  send("act");
  timers.busy = window.setTimeout(() => store.change(waited, own("working")), BUSY);
  timers.doubt = window.setTimeout(ping, DOUBT);
  timers.silence = window.setTimeout(() => {
    if (store.state.pending && store.state.progress === 1) store.set({ message: own("noAnswer") });
  }, SILENCE);
}

/** Choose a class: it is shown at once if its map is here, else asked for; the last of several wishes counts. @param {number} index */
export function chooseClass(index) {
  if (!store.state.confirmed || index === wantedClass(store.state) || !(index >= 0)) return;
  clearTimeout(timers.rest);
  store.change(chosen, index); // `follow` asks for what is not here
  if (hasMap(store.state, index)) timers.rest = window.setTimeout(rested, REST);
}

/** The person rests on a class or turns to something else: what is on its way has the class before. */
export function rested() {
  clearTimeout(timers.rest);
  const { pending, wanted } = store.state;
  if (pending && pending.choice.class !== wanted.class) act({ class: wanted.class });
}

/** Stop what runs with what it has. */
export function stop() {
  if (store.state.stopping === store.state.asked) return;
  store.set({ stopping: store.state.asked });
  send("stop");
}

/** Ask for a class whose map is not here, one at a time; and write the address. @param {State} state @param {State} before */
function follow(state, before) {
  const { pending, confirmed, arriving } = state;
  const missing = confirmed && !arriving && !hasMap(state, wantedClass(state));
  const out = pending?.onlyClass && performance.now() - since < PATIENCE;
  const newer = !pending || pending.choice.class !== state.wanted.class;
  if (missing && newer && !out) return act({ class: wantedClass(state) });
  if (!state.pending && before.confirmed && state.wanted !== before.wanted) rememberChoice(state.wanted);
}

// ---- answers ----

/** @param {Answer | null} answer */
function receive(answer) {
  if (!answer?.version) return; // of an action that a later one overtook
  if (answer.version !== VERSION) return store.change(stayed, own("reload"));
  store.change(take, answer);
  if (answer.request_id !== store.state.asked) return;
  clearTimeout(timers.later);
  if (!answer.more) return;
  const pause = 1000 * (answer.after ?? 0) || (answer.prefetch ? AFTER_PAINT : 0);
  const more = () => answer.request_id === store.state.asked && send("more");
  if (pause) timers.later = window.setTimeout(more, pause);
  else more();
}

// An action that no answer came to: without a connection the controls go back to what the picture shows, and that is said
// until the server answers again.
async function ping() {
  const mine = store.state.asked;
  const answered = () => store.state.asked !== mine || store.state.taken >= mine;
  if (answered()) return;
  const address = new URL("gradio_api/app_id", document.baseURI);
  const there = await fetch(address, { cache: "no-store" }).then(
    () => true,
    () => false,
  );
  if (answered()) return;
  if (there && away) {
    away = false;
    return store.change(reached);
  }
  timers.doubt = window.setTimeout(ping, DOUBT);
  if (there) return;
  away = true;
  store.change(cutOff, own("unreachable"), (names) => own("takenBack", names));
}

/** Say why an action was not carried out. @param {Said | null} sentence @param {number} mine its number */
function refused(sentence, mine) {
  const { asked, taken } = store.state;
  if (sentence && mine === asked && taken < asked) store.change(stayed, sentence);
}

// What the server refuses comes with a sentence, which Gradio does not show.
function watchRefusals() {
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const mine = store.state.asked;
    const answer = await plain(...given);
    const address = given[0] instanceof Request ? given[0].url : String(given[0]);
    if (answer.status < 400 || !address.includes("gradio_api/run/predict")) return answer;
    answer
      .clone()
      .json()
      .then(
        (body) => refused(refusalOf(body), mine),
        () => {},
      );
    return answer;
  };
}
