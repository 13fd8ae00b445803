// The page's words for tests: the tables as they stand in `locales`.

import { readFileSync } from "node:fs";
import { speak } from "../../cam/page/static/language.js";

const FOLDER = new URL("../../cam/page/static/locales/", import.meta.url);

/** Speak a language as the page does. @param {"en" | "zh"} name @param {string} [more] lines behind the table's */
export const speaking = (name, more = "") =>
  speak(name, `${readFileSync(new URL(`${name}.ftl`, FOLDER), "utf8")}\n${more}`);
