// The page's one state. Views draw from it and change it by `change` alone, with a function of `state.js`.

import { EMPTY } from "./state.js";

/** @import { State } from "./state.js" */
/** @import { Opening } from "./protocol.js" */

/** @typedef {(state: State, before: State) => void} Watcher */

/** An error that nobody caught: the browser's console has it, and what goes on goes on. @param {unknown} error */
const thrown = (error) =>
  queueMicrotask(() => {
    throw error;
  });

/** @param {(error: unknown) => void} [report] told what a watcher throws: the others are told of the change all the same */
export function makeStore(report = thrown) {
  let state = EMPTY;
  let telling = false;
  /** @type {Set<Watcher>} */
  const watchers = new Set();
  /** @param {Watcher} watcher @param {State} now @param {State} was */
  const tell = (watcher, now, was) => {
    try {
      watcher(now, was);
    } catch (error) {
      report(error);
    }
  };
  return {
    get state() {
      return state;
    },
    /**
     * Change the state by a function of it, and tell all watchers.
     * @template {unknown[]} V
     * @param {(state: State, ...values: V) => State} by @param {V} values
     */
    change(by, ...values) {
      const before = state;
      state = by(state, ...values);
      if (telling) return; // a watcher changed it: all are told once they know of the change before
      telling = true;
      for (let told = before; told !== state; ) {
        const [now, was] = [state, told];
        told = now;
        for (const watcher of [...watchers]) tell(watcher, now, was);
      }
      telling = false;
    },
    /** Change some of what the state says. @param {Partial<State>} parts */
    set(parts) {
      this.change((before) => ({ ...before, ...parts }));
    },
    /** Call a watcher after each change, and now. @param {Watcher} watcher */
    subscribe(watcher) {
      watchers.add(watcher);
      watcher(state, state);
      return () => watchers.delete(watcher);
    },
  };
}

export const store = makeStore();

/** @type {(opening: Opening) => void} */
let resolve = () => {};

/** What the page opened with; views wait for it. @type {Promise<Opening>} */
export const opening = new Promise((done) => {
  resolve = done;
});

/** @param {Opening} found */
export const openWith = (found) => resolve(found);
