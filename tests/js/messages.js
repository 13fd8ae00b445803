// The example messages that the server's tests read, too.

import { readFileSync } from "node:fs";

/** @param {string} name @returns {any} */
export const message = (name) => JSON.parse(readFileSync(new URL(`../messages/${name}.json`, import.meta.url), "utf8"));
