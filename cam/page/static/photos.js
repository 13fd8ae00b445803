// How photos are sent, and how their pixels come to the page: from the file that was sent, or from the server.
// Knows files, bitmaps and the store; knows no layout.

import { AFTER_PAINT, act, upload } from "./connection.js";
import { keep } from "./link.js";
import { own, refusalOf } from "./said.js";
import { decoded, lost } from "./state.js";
import { opening, store } from "./store.js";

/** @import { Photo, Said } from "./protocol.js" */
/** @import { Pixels, SentPhoto, State } from "./state.js" */

const [SHOWN, THUMB] = [1600, 400]; // pixels of a photo's longer side in the picture and in the left column
const AFTER_ANSWER = 250; // ms in which most photos are explained

// ---- sending ----

/** A size of the same shape with sides of at most `most` pixels. @param {number} most @param {number[]} size */
export function within(most, size) {
  const scale = Math.min(1, most / Math.max(...size));
  return size.map((side) => Math.max(1, Math.round(side * scale)));
}

/**
 * A JPEG is shown from the file that is sent, and need not come back. What else a photo may be, such as a transparent or a
 * deep one, is shown as the server opened it.
 * @param {File} file @returns {SentPhoto["pixels"]}
 */
async function pixelsOf(file) {
  const decoding = createImageBitmap(file, { imageOrientation: "from-image" }); // at once, while the file is sent
  decoding.catch(() => {});
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first !== 0xff || second !== 0xd8) {
    decoding.then(
      (image) => image.close(),
      () => {},
    );
    throw new Error("This is no JPEG, whatever its name says.");
  }
  const image = await decoding;
  /** @type {[number, number]} */
  const size = [image.width, image.height];
  if (Math.max(...size) <= SHOWN) return { image, size };
  const [resizeWidth, resizeHeight] = within(SHOWN, size);
  return { image: await createImageBitmap(image, { resizeWidth, resizeHeight, resizeQuality: "high" }), size };
}

/** @param {{image: ImageBitmap, size: number[]}} photo */
function thumbOf({ image, size }) {
  const [width, height] = within(THUMB, size);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(image, 0, 0, width, height);
  return canvas.toDataURL("image/jpeg");
}

// The small picture is made after the answer, or before where that takes a while.
/** @param {SentPhoto} sent */
async function makeThumb(sent) {
  const found = await sent.pixels.catch(() => null);
  if (!found || store.state.sent?.upload !== sent.upload || store.state.sent.thumb) return;
  store.set({ sent: { ...store.state.sent, thumb: thumbOf(found) } });
}

/** What the server says of a file that it does not take; null for any other failure. @param {unknown} error @returns {Said | null} */
function refusal(error) {
  try {
    return refusalOf(JSON.parse(/** @type {Error} */ (error).message));
  } catch {
    return null;
  }
}

/** @param {Said | null} note */
export const say = (note) => store.set({ note, echo: false });

let last = 0; // counts files that were sent

/** Send the first of some files and ask for its picture. @param {ArrayLike<File>} files */
export async function sendPhoto({ 0: file }) {
  if (!file) return;
  const { limit } = await opening;
  if (file.size > limit) return say(own("tooLarge", file.size, limit));
  if (file.size === 0) return say(own("emptyFile"));
  const mine = ++last;
  store.set({ sending: true, note: null, echo: false });
  const pixels = file.type === "image/jpeg" ? pixelsOf(file) : null;
  pixels?.catch(() => {}); // told to who waits for it
  try {
    const { path } = await upload(file);
    if (mine !== last) return;
    const sent = pixels && { upload: path, pixels, thumb: "" };
    store.set({ sending: false, sent: sent ?? store.state.sent });
    if (sent) setTimeout(makeThumb, AFTER_ANSWER, sent);
    act({ photo: { upload: path } });
  } catch (error) {
    if (mine === last) store.set({ sending: false, note: refusal(error) ?? own("notSent"), echo: false });
  }
}

// ---- opening ----

/** @param {string} url */
async function imageOf(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** The pixels of the photo that this page sent, if they are as the server saw them: upright, of the same size. @param {Photo} photo */
async function ownPixels({ origin, size }) {
  const { sent } = store.state;
  if (!sent || sent.upload !== origin.upload) throw new Error("The photo is not here.");
  const { image, size: found } = await sent.pixels;
  if (found.join() !== size.join()) throw new Error("The photo has another size here.");
  return image;
}

// Where the page cannot use the photo that it sent, the server sends it as it was opened.
/** @param {State} state @param {State} before */
function openNext({ decoding }, before) {
  if (!decoding || (decoding === before.decoding && before !== store.state)) return;
  /** @type {Promise<Pixels>} */
  const pixels = decoding.url ? imageOf(decoding.url) : ownPixels(decoding);
  pixels.then(
    (image) => store.change(decoded, decoding, image),
    () => {
      if (store.state.decoding !== decoding || decoding.url) return;
      store.change(lost);
      act({});
    },
  );
}

/** @param {State} state @param {State} before */
function afterAnswer(state, before) {
  const { sent, confirmed } = state;
  if (confirmed !== before.confirmed && sent && confirmed && !confirmed.card.thumb)
    setTimeout(makeThumb, AFTER_PAINT, sent);
  const refused = before.pending && !state.pending && confirmed === before.confirmed;
  if (refused && before.wanted.photo.upload !== state.wanted.photo.upload) keep(null);
}

opening.then(() => {
  store.subscribe(openNext);
  store.subscribe(afterAnswer);
});
