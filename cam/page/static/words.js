// Every word that the scripts show. Knows how numbers are written; knows nothing about the page.

import { duration, percent, quantity, roughPercent, whole } from "./numbers.js";

const PLACES = [
  ["at the top left", "at the top, in the middle", "at the top right"],
  ["at the left, half-way up", "in the centre", "at the right, half-way up"],
  ["at the bottom left", "at the bottom, in the middle", "at the bottom right"],
];

export const TEXT = {
  evidence: {
    for: (/** @type {string} */ name) => `Evidence for “${name}”`,
    against: (/** @type {string} */ name) => `Evidence against “${name}”`,
    both: (/** @type {string} */ name) => `For and against “${name}”`,
  },
  contrast: {
    for: (/** @type {string} */ name) => `What tells “${name}” from its look-alikes`,
    against: (/** @type {string} */ name) => `What speaks for the look-alikes of “${name}”`,
    both: (/** @type {string} */ name) => `“${name}” and its look-alikes`,
  },
  others: (/** @type {string[]} */ names) =>
    `Held against ${names.slice(0, -1).join(", ")}${names.length > 1 ? " and " : ""}${names[names.length - 1]}.`,
  unsigned: (/** @type {string} */ method) => `${method} shows how much matters, not whether it speaks for or against.`,
  unfinished: (/** @type {string} */ heading, /** @type {number} */ share) =>
    `${heading} (unfinished, ${roughPercent(share).toLowerCase()})`,
  // Of a method whose map is the same for every class: what it shows, by its name; the others show activity.
  blind: {
    activity: {
      title: "Where the layer responds most",
      honest: "The map shows where this layer is most active, whatever the class. It is no evidence for one class.",
    },
    random: {
      title: "Channels weighed by chance",
      honest: "The map comes from random weights: it shows no evidence. It is here to compare other maps with.",
    },
    attention_rollout: {
      title: "Where attention flows",
      honest:
        "The map shows what the network’s attention passes on through all its blocks, whatever the class. It is no evidence for one class.",
    },
  },
  rank: (/** @type {number} */ rank, /** @type {number} */ count) => `rank ${whole(rank)} of ${whole(count)}`,
  instant: "instant",
  computing: "computing…",
  working: "Computing. Until it is done, the picture is the one before.",
  computingShare: (/** @type {number} */ share) => `Computing: ${Math.floor(100 * share)} %`,
  still: (/** @type {string} */ name) => `Still showing “${name}”`,
  now: (/** @type {string} */ title, /** @type {string} */ facts) => `${title}. ${facts}`,
  skip: "Skip to the predictions",
  noPicture: "The picture and its evidence appear here.",
  noEvidence: {
    for: (/** @type {string} */ name, at = true) =>
      `No positive evidence for “${name}”${at ? " at this layer" : ""}. Nothing is painted.`,
    against: (/** @type {string} */ name, at = true) =>
      `Nothing speaks against “${name}”${at ? " at this layer" : ""}. Nothing is painted.`,
    both: (/** @type {string} */ name, at = true) =>
      `Nothing speaks for or against “${name}”${at ? " at this layer" : ""}. Nothing is painted.`,
  },
  noActivity: "Nothing in this map is positive. Nothing is painted.",
  noAnswer: "No answer yet. Choose the class again to ask once more.",
  end: (/** @type {number} */ v) => `${v < 0 ? "−" : "+"}${quantity(Math.abs(v))}`,
  maximum: (/** @type {number} */ peak, /** @type {string} */ unit) =>
    `max = ${peak > 0 && unit ? "+" : ""}${quantity(peak)}${unit ? ` ${unit}` : ""}`,
  layer: (/** @type {string} */ name, /** @type {number[]} */ shape) => `${name} · ${shape.join("\u202f×\u202f")}`,
  strip: (/** @type {string} */ method) => `The positive values of ${method} alone.`,
  stripStale: "Pale: the maps of the choice before. New ones follow once the picture is finished.",
  grid: (/** @type {number} */ h, /** @type {number} */ w) => `${h}\u202f×\u202f${w}`,
  honest: "The map shows where, at this layer, the evidence for the score lies. It does not prove why.",
  honestWhole:
    "The map shows which places of the picture the score depends on, through the whole network. It does not prove why.",
  sameForAll: (/** @type {string} */ method) =>
    `${method} does not look at the class: its map is the same for every class.`,
  value: (/** @type {number} */ share, /** @type {boolean} */ signed) =>
    `${signed && share > 0 ? "+" : ""}${share.toFixed(2).replace("-", "−")} of maximum`,
  cell: (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ h, /** @type {number} */ w) =>
    `row ${row}, column ${column} of ${h} × ${w}`,
  unseen: "not seen by the model",
  hide: (/** @type {number} */ v) => `Hide weak evidence: ${v ? `below ${v.toFixed(2)}` : "off"}`,
  opacity: (/** @type {number} */ v) => `Opacity ${v.toFixed(2)}`,
  zoom: (/** @type {number} */ v) => `${Math.round(100 * v)} %`,
  wipe: (/** @type {number} */ v) => `${Math.round(100 * v)} % plain photo`,
  wheelHint: "Ctrl + wheel zooms. Or click the picture first.",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
  stop: "Stop",
  stopping: "Stopping…",
  save: "Save PNG",
  savedShort: "Saved",
  saved: (/** @type {string} */ name, /** @type {number[]} */ size, /** @type {number[]} */ full) =>
    size[0] < full[0]
      ? `Saved as ${name}, with ${size.map(whole).join(" × ")} of the photo’s ${full.map(whole).join(" × ")} pixels.`
      : `Saved as ${name}.`,
  notSaved: "The browser did not let the picture be saved.",
  slide: (/** @type {number} */ rank, /** @type {string} */ name) => `${whole(rank)}. ${name}`,
  slideValue: (
    /** @type {string} */ name,
    /** @type {number} */ p,
    /** @type {number} */ rank,
    /** @type {number} */ count,
  ) => `${name}, ${percent(p)}, rank ${whole(rank)} of ${whole(count)}`,
  more: (/** @type {number} */ count) => `${whole(count)} more: slide or search`,
  found: (/** @type {number} */ n, /** @type {number} */ most) =>
    n > most ? `First ${most} of ${whole(n)} classes` : `${whole(n)} ${n === 1 ? "class" : "classes"}`,
  notFound: (/** @type {string} */ query) => `No class is called “${query}”.`,
  strongest: (/** @type {number} */ row, /** @type {number} */ column) => `Strongest ${PLACES[row][column]}.`,
  strongestFor: (/** @type {number} */ row, /** @type {number} */ column) =>
    `Speaks for it most ${PLACES[row][column]} (orange).`,
  strongestAgainst: (/** @type {number} */ row, /** @type {number} */ column) =>
    `Speaks against it most ${PLACES[row][column]} (blue).`,
  nothingFor: "Nothing speaks for it.",
  nothingAgainst: "Nothing speaks against it.",
  balance: (/** @type {number} */ fraction) => `${roughPercent(fraction)} of the raw sum speaks against it.`,
  aboveHalf: (/** @type {number} */ fraction) =>
    `${roughPercent(fraction)} of the picture is above half of the maximum.`,
  cut: {
    for: (/** @type {number} */ fraction) => `${roughPercent(fraction)} of the raw sum spoke against it, not shown.`,
    against: (/** @type {number} */ fraction) =>
      `${roughPercent(fraction)} of the raw sum speaks for it and is not shown.`,
  },
  nothingCut: { for: "Nothing in the raw map speaks against it.", against: "Nothing in the raw map speaks for it." },
  floor: (/** @type {number} */ share) =>
    `Even the weakest place reaches ${share.toFixed(2)} of the maximum; the colours start there.`,
  nothing: (at = true) => `The map is empty: nothing positive remains${at ? " at this layer" : ""}.`,
  flat: "The map has the same value everywhere: it points at no place.",
  approximate: (/** @type {number} */ median, /** @type {number} */ lowest) =>
    `An approximation: such maps correlate ${median.toFixed(2)} with exact ones, ${lowest.toFixed(2)} at worst.`,
  detail: (/** @type {number} */ factor) => `detail ${factor}\u202f×`,
  finer: (/** @type {number} */ factor, /** @type {number[]} */ input) =>
    `At ${factor}\u202f× the network saw a larger picture, ${input.join("\u202f×\u202f")} pixels, than it was trained on; the predictions are those of that pass.`,
  seen: (/** @type {number} */ fraction) =>
    `The model saw ${roughPercent(fraction).toLowerCase()} of the picture; the rest is dimmed.`,
  picture: (/** @type {string} */ name, /** @type {string} */ words) => `${name}. ${words}`,
  // The choices and the photo.
  reload: "This page and its server are of different versions. Reload the page.",
  unreachable: "The server cannot be reached. The picture is the last one; the page opens anew when it is back.",
  takenBack:
    "The server cannot be reached. Your last choice was taken back: the controls say what the picture shows. Choose again when the page is back.",
  here: "On this machine",
  megabytes: (/** @type {string} */ title, /** @type {number} */ size) => `${title} · ${size} MB`,
  size: (/** @type {number} */ megabytes) => `${megabytes} MB`,
  offline: "offline",
  usual: "default",
  speed: { instant: "instant", pass: "quick", passes: "takes a while" },
  groups: { start: "Start here", gradients: "By gradients", slow: "Slow, by trying", baselines: "Baselines" },
  // What the methods of a group do, for those who begin.
  plain: {
    start: "Shows at once which places of the photo count for the class. Good to start with.",
    gradients: "Finds the places where small changes would move the score most.",
    slow: "Hides or changes parts of the photo, or of what the model sees in it, and watches the score.",
    baselines: "Does not look at the class: good for comparing other methods with.",
  },
  oneMap: "One map",
  costs: (/** @type {string} */ cost) => `Cost: ${cost}.`,
  missingMethods: (/** @type {number} */ count) =>
    count === 1 ? "1 method does not apply here" : `${count} methods do not apply here`,
  opening: "Opening the photo …",
  drop: "Drop, paste or pick a photo",
  example: (/** @type {string} */ title) => `Example: ${title}`,
  times: (/** @type {number} */ factor) => `${factor}\u202f×`,
  layerOption: (/** @type {number} */ at, /** @type {number} */ count, /** @type {string} */ name) =>
    `${at === count ? "Last layer" : `Layer ${at} of ${count}`} · ${name}`,
  layerFacts: (/** @type {string} */ name, /** @type {number[]} */ shape) => `${name} · ${TEXT.sizes(shape)}`,
  sizes: (/** @type {number[]} */ shape) => shape.join("\u202f×\u202f"),
  detailAhead: (/** @type {number} */ detail, /** @type {number[]} */ grid, /** @type {number} */ cost) =>
    `${TEXT.times(detail)}: ${TEXT.sizes(grid)} cells for ${cost} times the pixels`,
  detailNow: (/** @type {string[]} */ words, /** @type {number[]} */ grid) =>
    `${words.join("; ")}. Now ${TEXT.sizes(grid)}.`,
  detailGrid: (/** @type {number[]} */ fine, /** @type {number[]} */ coarse) =>
    `${TEXT.sizes(fine)} cells instead of ${TEXT.sizes(coarse)} at this layer. `,
  detailCost: (/** @type {number} */ cost) => `Costs ${cost} times the pixels of 1\u202f×. `,
  detailSeen: (/** @type {number[] | undefined} */ input) =>
    `The network sees a larger picture${input ? `, ${TEXT.sizes(input)} pixels,` : ""} than it was trained on; the predictions are those of that pass.`,
  tooLarge: (/** @type {number} */ bytes, /** @type {number} */ most) =>
    `This file has ${(bytes / 2 ** 20).toFixed(0)} MB; at most ${Math.round(most / 2 ** 20)} MB can be sent. Make it smaller first.`,
  emptyFile: "This file is empty. Choose another one.",
  notSent: "The file could not be sent. Check the connection and try again.",
  onlyAddress: "That brought only an address, no picture. Copy the picture itself and paste it, or save it first.",
  // The camera.
  camera: {
    insecure: "The browser gives the camera only to pages that come by https or from this machine (localhost).",
    NotAllowedError: "The camera was not allowed. Allow it in the browser's site settings, then start it again.",
    NotFoundError: "No camera was found. Connect one, then start it again.",
    NotReadableError: "The camera cannot be read. Close other programs that use it, then start it again.",
    other: "The camera could not be opened. Check it in the browser's settings, then start it again.",
    asking: "Allow the camera in the browser.",
    waiting: "Waiting for the first answer …",
    lost: "The camera was disconnected.",
    stopped: "The camera is off.",
    idle: "Frames go to this page's server, are explained there and not kept.",
    retry: "No answer from the server. Trying again …",
    silent: "The server does not answer. Check the connection, then start the camera again.",
    follow: "The picture follows the top class. Click a prediction to pin it.",
    pin: (/** @type {string} */ label) => `Pinned: ${label}.`,
    honest: (/** @type {string} */ method, /** @type {string} */ layer) =>
      `${method} at ${layer}. Full colour is the strongest evidence of the last seconds, so that the colours keep steady from frame to frame. The map does not prove why.`,
    number: (/** @type {number} */ n) => `Camera ${n}`,
    start: "Start camera",
    stop: "Stop camera",
    rate: (/** @type {number} */ rate) => `${rate.toFixed(1)} frames/s`,
    delay: (/** @type {number} */ seconds) => `${duration(seconds)} delay`,
  },
  // The header.
  light: "Light",
  dark: "Dark",
  copyByHand: "Copy the address from the address bar.",
  copiedOwn: "Copied. Your own photo is not part of the link.",
  copied: "Copied.",
  restarting: "The server is being restarted. The page comes back by itself.",
  away: "The server cannot be reached. The page comes back by itself.",
  // The names of classes.
  unnamed: (/** @type {number} */ index) => `class ${index}`,
  foundBy: (/** @type {string} */ name, /** @type {string} */ other) => `${name} · ${other}`,
};
