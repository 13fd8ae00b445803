// Asking for the story of what is on show: one question at a time, and no answer but that to the last one is taken. Knows the
// state and the way to the server; draws nothing.

import { call } from "../connection.js";
import { own } from "../said.js";
import { drawnClass, phase } from "../state.js";
import { toldOf } from "./story.js";

/** @import { Said, Story } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @import { Told } from "./story.js" */

/** @typedef {import("../protocol.js").Choice} Wish */

const KEPT = 4; // stories
const LATER = 800; // ms until it is asked for again where others come first

/** What is on show, as a question; null as long as that is not known, or not finished. @param {State} state @returns {Wish | null} */
export function wishOf(state) {
  const { confirmed, pending } = state;
  if (!confirmed || pending || phase(state) !== "ready" || confirmed.picture.share < 1) return null;
  return { ...confirmed.choice, class: drawnClass(state) };
}

/** @param {(question: string, told: Told | null, error: Said | null) => void} take */
export function makeAsking(take) {
  /** @type {Map<string, Told>} */
  const kept = new Map();
  let asked = "";
  let timer = 0;

  /** @param {Wish} wish @param {string} question */
  async function ask(wish, question) {
    /** @type {{busy?: boolean, error?: Said} & Partial<Story>} */
    const answer = await call("lesson_story", wish).catch((error) => ({ error: error?.said ?? own("unreachable") }));
    if (question !== asked) return; // something else is on show by now
    if (answer.busy) {
      timer = window.setTimeout(ask, LATER, wish, question);
      return;
    }
    if (!answer.steps) {
      asked = "";
      return take(question, null, answer.error ?? own("unreachable"));
    }
    const told = toldOf(/** @type {Story} */ (answer));
    kept.set(question, told);
    for (const old of [...kept.keys()].slice(0, -KEPT)) kept.delete(old);
    take(question, told, null);
  }

  return {
    /** Ask, or take what was told before. @param {Wish} wish */
    want(wish) {
      const question = JSON.stringify(wish);
      if (question === asked) return;
      clearTimeout(timer);
      asked = question;
      const before = kept.get(question);
      if (before) take(question, before, null);
      else ask(wish, question);
    },
    /** Whether it was told before. @param {Wish} wish */
    has: (wish) => kept.has(JSON.stringify(wish)),
    /** What is on its way is of no use any more. */
    forget() {
      clearTimeout(timer);
      asked = "";
    },
  };
}
