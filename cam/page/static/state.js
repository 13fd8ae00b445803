// The page's state and everything that changes it: each function below takes the state and returns the next one. Pure, so it
// is tested without a browser. Knows the protocol; knows no document, no time and no server.

import { noted } from "./picture/scale.js";
import { decodeClasses, decodeMap, localMap } from "./protocol.js";

/** @import { Answer, Card, Choice, ClassMaps, Detail, Finding, Layer, Names, Opening, Photo, Picture, Ranking, Said } from "./protocol.js" */

/**
 * @typedef {HTMLImageElement | ImageBitmap | HTMLCanvasElement} Pixels
 * @typedef {Photo & {image: Pixels}} OpenPhoto a photo whose pixels the page has
 * @typedef {{upload: string, pixels: Promise<{image: ImageBitmap, size: [number, number]}>, thumb: string}} SentPhoto
 * @typedef {{request_id: number, choice: Choice, onlyClass: boolean}} Pending
 * @typedef {{request_id: number, choice: Choice, picture: Picture, photo: OpenPhoto, card: Card, ranking: Ranking,
 *   labels: string[], classes: ClassMaps | null, layers: Layer[], shown: Names, reasons: Record<string, Said>,
 *   efforts: Record<string, Said> | null, findings?: Finding[] | null, times?: Record<string, number>, peaks?: Peaks | null}} Confirmed `efforts` null until it is known what less work
 *   would bring
 * @typedef {{key: string, of: Record<number, [number, number]>}} Peaks largest and smallest value of the finished maps that
 *   were on show, by class; `key` as a picture's
 * @typedef {{id: string, zh: string[], others: string[][], words?: Record<string, string>}} ClassNames
 *   other names of the classes that `id` names, in their order: in Chinese, and for a search; `words`: Chinese ones of the
 *   things that detectors find, by their English names
 * @typedef {"for" | "against" | "both"} Evidence
 * @typedef {"" | "cover" | "guess"} Activity
 * @typedef {{picture: Picture, photo: OpenPhoto, index: number, raw: Float32Array | null, ranking: Ranking}} Instead
 *   the covered photo in place of a picture's: the raw map of a class, null without one
 * @typedef {object} State
 * @property {Choice} wanted what the person wants; what the controls say
 * @property {Confirmed | null} confirmed what the server found; what the picture shows
 * @property {Pending | null} pending the action that is in flight
 * @property {number} asked number of the last action
 * @property {number} taken number of the last answer that was taken
 * @property {Answer | null} arriving a picture that waits for its photo
 * @property {OpenPhoto | null} photo the photo whose pixels are here
 * @property {Photo | null} decoding the one whose pixels are being made
 * @property {SentPhoto | null} sent the photo that this page sent last, if it can show that by itself
 * @property {boolean} sending whether a photo is on its way to the server
 * @property {Said | null} message the sentence under the picture; `said.js` says it
 * @property {Said | null} note the sentence beside the photo
 * @property {string} about what was refused last: "photo", "layer", "choice"; "lost" for a choice that was taken
 *   back; "" once something is shown
 * @property {boolean} echo whether the note says what stands under the picture, too
 * @property {number} progress below 1 while the server works
 * @property {number} stopping number of the action that was told to stop
 * @property {number} resumes number of the action whose map was stopped and goes on from there when it is asked for again
 * @property {Evidence} evidence what the person wants to see of a map that has a sign
 * @property {number | null} pair maximum of a second picture beside this one that differs in more than its class
 * @property {"own" | "common"} scale whether each map reaches full colour, or the strongest class alone
 * @property {Record<string, Detail[] | null>} surveys by model, what each detail means for it; null while that is asked
 * @property {"en" | "zh"} language in which the page speaks
 * @property {ClassNames | null} names other names of the classes, once they are here
 * @property {number} threshold the probability from which findings are drawn and listed
 * @property {boolean} marks whether findings are drawn on the photo
 * @property {Activity} activity what is tried on the photo
 * @property {boolean} veiled whether the map is hidden, because people guess where it lies
 * @property {Instead | null} instead what an activity shows in place of the picture
 * @property {string} picked the method that the person chose; without one each model shows its default
 */

export const LEAST = 0.3; // the usual threshold

/** @type {State} */
export const EMPTY = {
  wanted: {
    photo: {},
    model: "",
    layer: "",
    method: "",
    contrast: false,
    combine: "",
    effort: "exact",
    fit: "",
    detail: 1,
    class: null,
  },
  confirmed: null,
  pending: null,
  asked: 0,
  taken: 0,
  arriving: null,
  photo: null,
  decoding: null,
  sent: null,
  sending: false,
  language: "en",
  message: null,
  note: null,
  about: "",
  echo: false,
  progress: 1,
  stopping: 0,
  resumes: 0,
  evidence: "for",
  scale: "own",
  pair: null,
  surveys: {},
  names: null,
  activity: "",
  veiled: false,
  instead: null,
  picked: "",
  threshold: LEAST,
  marks: true,
};

// ---- what a state says ----

/** The class that is wanted; -1 before there is a picture. @param {State} state */
export const wantedClass = ({ wanted, confirmed }) => wanted.class ?? confirmed?.picture.class ?? -1;

/** Whether the map of a class is here. @param {State} state @param {number} index */
export function hasMap({ confirmed }, index) {
  if (!confirmed) return false;
  const { picture } = confirmed;
  return picture.class === index || picture.class_blind || Boolean(localMaps(confirmed)?.positionOf.has(index));
}

/** The maps of other classes that belong to the picture. @param {Confirmed} confirmed */
export function localMaps({ picture, classes }) {
  return classes && classes.key === picture.key ? decodeClasses(classes) : null;
}

/** The raw map of a class that is here, (h * w) floats. @param {Confirmed} confirmed @param {number} index */
export function rawMap(confirmed, index) {
  const { picture } = confirmed;
  const [h, w] = picture.shape;
  const maps = picture.class === index ? null : localMaps(confirmed);
  const position = maps?.positionOf.get(index);
  return maps && position !== undefined ? localMap(maps, position, h, w) : decodeMap(picture.map);
}

/** The class whose map is drawn: the wanted one, or the last one that was. @param {State} state */
export function drawnClass(state) {
  const { confirmed } = state;
  if (!confirmed) return -1;
  const last = confirmed.choice.class ?? confirmed.picture.class;
  return [wantedClass(state), last].find((index) => hasMap(state, index)) ?? confirmed.picture.class;
}

/** What stands in place of the picture; null for the picture itself. @param {State} state */
export const insteadOf = ({ instead, confirmed }) =>
  instead && confirmed && instead.picture === confirmed.picture ? instead : null;

/** What is seen of the map on show. @param {State} state @returns {Evidence} */
export const seenEvidence = ({ confirmed, evidence }) => (confirmed?.picture.signed ? evidence : "for");

/** @param {State} state @returns {"empty" | "computing" | "improving" | "ready"} */
export function phase(state) {
  if (!state.confirmed) return "empty";
  if (drawnClass(state) !== wantedClass(state)) return "computing";
  return state.confirmed.picture.share < 1 && state.progress < 1 ? "improving" : "ready";
}

/** The share of a map that was stopped and can go on; 0 for none. @param {State} state */
export const resumable = ({ resumes, asked, progress, confirmed }) =>
  resumes && resumes === asked && progress === 1 && confirmed ? confirmed.picture.share % 1 : 0;

/**
 * Seconds until a slow map is finished, by the part that is done, or by what the method took here before; NaN where neither
 * says anything.
 * @param {State} state
 */
export function secondsLeft({ confirmed, asked, wanted, progress }) {
  if (!confirmed || progress >= 1) return NaN;
  const { seconds, share } = confirmed.picture;
  if (confirmed.request_id === asked && share >= 0.01 && share < 1 && seconds > 0.5)
    return (seconds * (1 - share)) / share;
  return (confirmed.times?.[wanted.method] ?? NaN) * (1 - progress);
}

/** Whether the person waits for a photo of their own. @param {State} state */
export function opening({ sending, pending, confirmed }) {
  const upload = pending?.choice.photo.upload;
  return sending || Boolean(upload && upload !== confirmed?.choice.photo.upload);
}

// ---- what the person does ----

/** @param {State} state @param {Partial<Choice>} changes @param {number} request_id @returns {State} */
export function wish(state, changes, request_id) {
  const wanted = { ...state.wanted, ...changes };
  // A new photo starts at its own top class, and whatever changes what is found at the most confident one.
  const other = ["photo", ...(state.confirmed?.findings ? ["model", "fit", "detail"] : [])].some(
    (name) => name in changes,
  );
  if (other && !("class" in changes)) wanted.class = null;
  if (other && !("area" in changes)) delete wanted.area;
  const onlyClass = Object.keys(changes).join() === "class";
  return { ...state, wanted, pending: { request_id, choice: wanted, onlyClass }, asked: request_id };
}

/** A class is chosen; if its map is here, it is on show at once. @param {State} state @param {number} index @returns {State} */
export function chosen(state, index) {
  const next = { ...state, wanted: { ...state.wanted, class: index }, message: null };
  if (!next.confirmed || !hasMap(next, index)) return next;
  return { ...next, confirmed: { ...next.confirmed, choice: { ...next.confirmed.choice, class: index } } };
}

/** The controls go back to what the picture shows. @param {State} state @returns {State} */
function withdrawn(state) {
  if (!state.confirmed) return { ...state, pending: null };
  return {
    ...state,
    wanted: {
      ...state.confirmed.choice,
      class: state.confirmed.choice.class === null ? null : drawnClass({ ...state, wanted: state.confirmed.choice }),
    },
    pending: null,
  };
}

/** An action takes long, and nothing on the page says so. @param {State} state @param {Said} message @returns {State} */
export const waited = (state, message) =>
  state.pending && state.taken < state.asked && state.progress === 1 ? { ...state, message } : state;

/** The server refuses. @param {State} state @param {Said} note @returns {State} */
export const stayed = (state, note) => ({ ...withdrawn(state), message: null, note, echo: false, progress: 1 });

/**
 * The server cannot be reached. The sentence stands under the picture, too, where the person looks; where choices were
 * taken back it is `lost` that says which, for as long as the server is away.
 * @param {State} state @param {Said} away @param {(names: string[]) => Said} lost
 */
export function cutOff(state, away, lost) {
  const next = withdrawn(state);
  const undone = Object.entries(next.wanted)
    .filter(([name, value]) => name !== "class" && differ(value, Reflect.get(state.wanted, name)))
    .map(([name]) => name);
  if (wantedClass(state) !== wantedClass(next)) undone.push("class");
  const sentence = undone.length ? lost(undone) : state.about === "lost" ? state.note : away;
  const about = undone.length ? "lost" : state.about;
  return { ...next, message: sentence, note: sentence, about, echo: true, progress: 1, stopping: 0 };
}

/** @param {unknown} one @param {unknown} other */
const differ = (one, other) => JSON.stringify(one) !== JSON.stringify(other);

/** The server is there again: what said otherwise goes. @param {State} state @returns {State} */
export const reached = (state) => ({ ...state, message: null, note: null, about: "", echo: false });

/** The page cannot show the photo that it sent: it has none. @param {State} state @returns {State} */
export function lost(state) {
  const { confirmed } = state;
  const shown = { ...confirmed?.shown, photo: "", view: "" };
  return { ...state, sent: null, decoding: null, arriving: null, confirmed: confirmed && { ...confirmed, shown } };
}

// ---- what the server answers ----

/** The page opens on a finished picture. @param {State} state @param {Opening} from @returns {State} */
export function opened(state, { answer }) {
  return answer.confirmed ? take({ ...state, wanted: answer.confirmed }, answer) : state;
}

/** Take an answer, or drop it: the one place where that is decided. @param {State} state @param {Answer} answer @returns {State} */
export function take(state, answer) {
  if (answer.request_id < state.taken) return state; // an older one that comes late
  const current = answer.request_id >= state.asked; // no later action is on its way
  let next = { ...state, taken: answer.request_id };
  if (answer.error !== undefined) return current ? refused(next, answer) : next;
  if (current && answer.progress !== undefined) {
    const { progress, message } = answer;
    next = { ...next, progress, message: message || null, stopping: progress < 1 ? next.stopping : 0 };
    next.resumes = answer.resumes ? answer.request_id : 0;
  }
  if (!answer.picture && !next.arriving) return { ...next, confirmed: next.confirmed && known(next.confirmed, answer) };
  const same = next.arriving?.request_id === answer.request_id;
  return settled({
    ...next,
    arriving: same ? { ...next.arriving, ...answer } : answer.picture ? answer : next.arriving,
  });
}

/** @param {State} state @param {{error?: Said | null, about?: string}} answer @returns {State} */
function refused(state, { error = null, about = "" }) {
  return {
    ...withdrawn(state),
    about,
    message: error,
    note: about === "photo" ? error : null,
    echo: true,
    progress: 1,
    stopping: 0,
  };
}

/** What an answer says beside its picture. @param {Confirmed} before @param {Answer} answer @returns {Confirmed} */
function known(before, answer) {
  const { classes = before.classes, reasons = before.reasons, efforts = before.efforts, times = before.times } = answer;
  return { ...before, classes, reasons, efforts, times };
}

/** The pixels of a photo are here. @param {State} state @param {Photo} photo @param {Pixels} image @returns {State} */
export function decoded(state, photo, image) {
  if (state.decoding !== photo) return state;
  return settled({ ...state, decoding: null, photo: { ...photo, image } });
}

/** The photo that an answer is about, if its pixels are here. @param {State} state @param {Answer} answer @returns {OpenPhoto | null} */
function photoOf({ photo, decoding }, answer) {
  if (!answer.photo) return photo && !decoding && photo.id === answer.picture?.photo_id ? photo : null;
  const { url, ...facts } = { ...answer.photo, view: whole(answer.photo) };
  if (!photo || (url ? photo.url !== url : photo.id !== facts.id)) return null;
  const { image, url: before, ...kept } = photo;
  return JSON.stringify(facts) === JSON.stringify(kept) ? photo : { ...facts, url: before, image };
}

/** @param {Photo} photo */
const whole = ({ view }) => ({
  ...view,
  content: /** @type {import("./protocol.js").Box} */ (view.content.map(Math.round)),
});

/** A picture is confirmed as soon as its photo is here. @param {State} state @returns {State} */
function settled(state) {
  const { arriving } = state;
  if (!arriving?.picture) return state;
  const photo = photoOf(state, arriving);
  if (!photo) {
    const { photo: next = null } = arriving;
    const under = next && state.decoding && state.decoding.id === next.id && state.decoding.url === next.url;
    return under || !next ? state : { ...state, decoding: { ...next, view: whole(next) } };
  }
  const confirmed = joined(state.confirmed, arriving, photo);
  const next = { ...state, arriving: null, decoding: null, photo, confirmed };
  if (arriving.request_id < state.asked) return next;
  const wanted = arriving.confirmed ? { ...arriving.confirmed, class: classAfter(state, confirmed) } : next.wanted;
  return { ...next, wanted, pending: null, note: null, about: "", echo: false };
}

/** @param {Confirmed | null} before @param {Answer} answer @param {OpenPhoto} photo @returns {Confirmed} */
function joined(before, answer, photo) {
  const { picture, confirmed: choice, card, ranking, labels, layers, shown, request_id } = answer;
  const found = Object.entries({ choice, card, ranking, labels, layers, shown, picture }).filter(
    ([, value]) => value !== undefined,
  );
  const base = before ?? /** @type {Confirmed} */ ({ classes: null, reasons: {}, efforts: null });
  const other = choice && (choice.model !== base.choice?.model || choice.method !== base.choice?.method);
  const start = other ? { ...base, efforts: null } : base;
  const next = { ...known(start, answer), ...Object.fromEntries(found), request_id, photo };
  if (ranking) next.findings = answer.findings ?? null;
  if (!picture || picture.share < 1 || picture.class_blind) return next;
  return { ...next, peaks: noted(base.peaks, picture.key, picture.class, decodeMap(picture.map)) };
}

/** The class that is wanted once a picture is confirmed: one that was chosen meanwhile stays. @param {State} before @param {Confirmed} confirmed */
function classAfter({ wanted, pending, confirmed: last }, confirmed) {
  const newer =
    pending && wanted.class !== pending.choice.class && last?.picture.photo_id === confirmed.picture.photo_id;
  return newer && wanted.class !== null && wanted.class < Math.max(1, (confirmed.findings ?? confirmed.labels).length)
    ? wanted.class
    : confirmed.choice.class;
}
