// What is taken along: the picture as a PNG that says how it was made, and the lines of Python that make the same map.

import { WORDS } from "../activities/words.js";
import { copied } from "../clipboard.js";
import { nameOf } from "../predictions/classes.js";
import { own } from "../said.js";
import { opening, store } from "../store.js";
import { TEXT } from "../words.js";
import { heading } from "./describe.js";
import { facts, withText } from "./metadata.js";
import { pythonOf } from "./python.js";

/** @import { Parts } from "../dom.js" */
/** @import { Drawn } from "./main.js" */
/** @import { Stage } from "./stage.js" */

/** The name of a saved picture says what is on it. @param {Drawn} drawn @param {string} name of its class */
export function fileName({ confirmed, evidence, common, instead }, name) {
  const { picture } = confirmed;
  const { at, class_blind, contrast, method, combination, layer } = picture;
  const label = class_blind ? "" : name;
  const words = [
    label,
    evidence === "for" ? "" : evidence,
    contrast ? "contrast" : "",
    common ? "common scale" : "",
    instead ? "covered" : "",
    method,
    combination,
    layer,
  ];
  const done = picture.share < 1 ? `unfinished ${Math.floor(100 * picture.share)}` : "";
  const text = [done, ...words, at.detail === 1 ? "" : `${at.detail}x`].join(" ").normalize("NFKD");
  return `${
    text
      .replace(/[^\p{L}\p{N}.]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 80) || "map"
  }.png`;
}

/** @param {Parts} part @param {Stage} stage @param {() => Drawn | null} drawnNow */
export function makeSaving(part, stage, drawnNow) {
  const save = /** @type {HTMLElement} */ (part.save.lastElementChild);
  const python = /** @type {HTMLElement} */ (part.python.lastElementChild);
  part.save.addEventListener("click", async () => {
    const drawn = drawnNow();
    if (drawn && (await saved(part, stage, drawn))) say(save, TEXT.savedShort, () => TEXT.save);
  });
  part.python.addEventListener("click", async () => {
    const drawn = drawnNow();
    if (!drawn) return;
    const colours = /** @type {HTMLSelectElement} */ (part.colours).value;
    const { models } = (await opening).lists;
    const own = models.some((one) => one.own && one.name === drawn.confirmed.picture.at.model);
    const done = await copied(pythonOf(drawn, nameOf(store.state, drawn.index), colours, stage.look.opacity, own));
    part.spoken.textContent = done ? TEXT.copiedPython : TEXT.notCopied;
    say(python, done ? TEXT.copied : TEXT.notCopied, () => TEXT.pythonShort);
  });
}

/** A button says for a moment what it did. @param {HTMLElement} label @param {string} words @param {() => string} usual */
function say(label, words, usual) {
  label.textContent = words;
  setTimeout(() => {
    label.textContent = usual();
  }, 2000);
}

/** @param {Parts} part @param {Stage} stage @param {Drawn} drawn */
async function saved(part, stage, drawn) {
  const { picture } = drawn.confirmed;
  const label = nameOf(store.state, drawn.index);
  const name = fileName(drawn, label);
  const title = heading(drawn.confirmed, label, drawn.evidence);
  const { version } = await opening;
  const caption = picture.share < 1 ? title : drawn.instead ? WORDS.sameScale : "";
  const blob = await stage.toBlob(caption).catch(() => null);
  if (!blob) {
    store.set({ message: own("notSaved") });
    return false;
  }
  const said = { Title: title, Software: `CAM Explorer ${version}`, Source: location.href };
  const bytes = withText(new Uint8Array(await blob.arrayBuffer()), { ...said, ...facts(drawn, label) });
  const file = new Blob([bytes], { type: "image/png" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  const [size, full] = [stage.savedSize(), drawn.confirmed.photo.size];
  if (size[0] < full[0])
    store.set({ message: own("saved", name, size, full) }); // fewer pixels than the photo has: that is for all to see
  else part.spoken.textContent = TEXT.saved(name, size, full);
  return true;
}
