// What the address asks for: when the page opens, and when a person goes back or forward. Knows the browser's history and the
// store; what an address looks like is in `link.js`.

import { act, chooseClass } from "./connection.js";
import { classAsked, isEntry, kept, lastAddress, remember, sound, toEntry, wishOf } from "./link.js";
import { learnNames } from "./predictions/names.js";
import { bestNamed } from "./predictions/search.js";
import { own } from "./said.js";
import { opening, store } from "./store.js";

/** @import { Choice, Opening } from "./protocol.js" */
/** @import { State } from "./state.js" */

/** @typedef {{search: string, ignored: [string, string][]}} Link what is left of an address, and what was left out */

const LOOK = [
  "evidence",
  "scale",
  "colours",
  "opacity",
  "hide",
  "contours",
  "wipe",
  "zoom",
  "threshold",
  "boxes",
  "activity",
  "tab",
  "card",
  "beside",
  "present",
]; // no part of a choice

/** @param {{name: string}[]} list */
const namesOf = (list) => list.map((one) => one.name);

/** @param {Opening} opening @param {string} [asked] the model that the address names @returns {Record<string, string[]>} */
const knownOf = ({ lists, colours, hub, cards }, asked = "") => ({
  card: cards.names,
  model: [...namesOf(lists.models), ...(hub && asked.includes("/") ? [asked] : [])], // the server knows what it has
  method: namesOf(lists.methods),
  combine: namesOf(lists.combinations),
  effort: lists.methods.flatMap((method) => namesOf(method.efforts)),
  fit: namesOf(lists.fits),
  example: namesOf(lists.examples),
  detail: lists.details.map(String),
  contrast: ["0", "1"],
  boxes: ["0", "1"],
  evidence: ["for", "against", "both"],
  scale: ["own", "common"],
  activity: ["cover", "guess"],
  colours: Object.keys(colours.colormaps),
  present: ["1"],
  embed: ["1"],
});

/** @type {(link: Link) => void} */
let resolve = () => {};

/** The address that the page opened with, once what it names is on show. @type {Promise<Link>} */
export const linked = new Promise((done) => {
  resolve = done;
});

/** What is on show once nothing is asked for. @returns {Promise<State>} */
const settled = () =>
  new Promise((done) => {
    const stop = store.subscribe((state) => {
      if (!state.confirmed || state.pending) return;
      done(state);
      queueMicrotask(() => stop());
    });
  });

/** Open what the address names. What does not exist is left out, and that is said. */
export async function openLink() {
  const from = await opening;
  const named = new URLSearchParams(location.search).get("model");
  const sameClasses = !named || named === from.answer.confirmed?.model;
  const link = sound(location.search, knownOf(from, named ?? ""), sameClasses ? (from.answer.labels?.length ?? 0) : 0);
  dropTarget(link, from.lists.models.find(({ name }) => name === (named ?? from.answer.confirmed?.model))?.task);
  const changes = wishOf(link.search, kept());
  if (changes) {
    store.set({ picked: new URLSearchParams(link.search).get("method") ?? "" });
    act(changes);
  }
  let state = await settled();
  if (changes?.layer && state.about === "layer") {
    link.ignored.push(["layer", changes.layer]);
    act({ ...changes, layer: "" });
    state = await settled();
  }
  const number = state.confirmed?.findings && new URLSearchParams(link.search).get("target");
  if (number && Number(number) - 1 !== (state.confirmed?.choice.class ?? 0)) link.ignored.push(["target", number]);
  resolve(link);
  const missing = await takeClass(classAsked(link.search));
  const { wanted } = await settled();
  isEntry(wanted);
  if (link.ignored.length || missing) store.set({ message: own("linkFaults", link.ignored, missing) });
  if (link.ignored.length) remember(Object.fromEntries(link.ignored.map(([name]) => [name, ""])), wanted.photo);
  follow(from);
}

/** A classifier's classes are no findings that have a number. @param {Link} link @param {string | undefined} task */
function dropTarget(link, task) {
  const query = new URLSearchParams(link.search);
  const number = query.get("target");
  if (!number || task !== "classification") return;
  link.ignored.push(["target", number]);
  query.delete("target");
  link.search = query.toString();
}

/** Choose a class by any of its names, once those are here; returns a name that none has. @param {string} name */
async function takeClass(name) {
  if (!name) return "";
  const { confirmed, asked } = store.state;
  await learnNames(confirmed?.shown.labels);
  if (store.state.asked !== asked) return ""; // the person chose something else meanwhile
  const index = bestNamed(name);
  if (index < 0) return name;
  chooseClass(index);
  return "";
}

/** Back undoes the last choice and Forward redoes it; how the picture is looked at, and the tab, stay. @param {Opening} from */
function follow({ answer }) {
  const opened = location.search;
  window.addEventListener("popstate", async ({ state }) => {
    const usual = { ...answer.confirmed, ...wishOf(location.search, kept()) }; // of an entry that is not ours
    const choice = /** @type {Choice} */ (state?.cam ?? usual);
    toEntry();
    const query = new URLSearchParams(lastAddress(opened));
    remember(Object.fromEntries(LOOK.map((name) => [name, query.get(name) ?? ""])), choice.photo);
    const changes = changesTo(choice, store.state.wanted);
    if (changes.method !== undefined) store.set({ picked: changes.method });
    const names = Object.keys(changes).join();
    if (names === "class" && choice.class !== null) chooseClass(choice.class);
    else if (names) act({ ...changes, class: choice.class });
    isEntry((await settled()).wanted);
  });
}

/** @param {Choice} choice @param {Choice} wanted @returns {Partial<Choice>} */
const changesTo = (choice, wanted) =>
  Object.fromEntries(
    Object.entries(choice).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(wanted, name)),
    ),
  );
