// Work for when the browser has nothing else to do; Safari has no idle callbacks.

/** @param {() => void} act @returns {number} */
export const whenIdle = (act) => ("requestIdleCallback" in window ? requestIdleCallback(act) : setTimeout(act, 60));

/** @param {number} id */
export const stopIdle = (id) => ("cancelIdleCallback" in window ? cancelIdleCallback(id) : clearTimeout(id));
