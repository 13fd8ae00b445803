// Every word that the scripts show: what is said, and of what; how, stands in `locales`. Knows how numbers are written; knows
// nothing about the page.

import { listed, say, together } from "./language.js";
import {
  duration,
  fixed,
  percent,
  quantity,
  roughDuration,
  roughPercent,
  roughWithin,
  whole,
  wholePercent,
} from "./numbers.js";

const [ROWS, COLUMNS] = [
  ["top", "middle", "bottom"],
  ["left", "centre", "right"],
];

/** @param {number} row @param {number} column */
const place = (row, column) => say(`page-place-${ROWS[row]}-${COLUMNS[column]}`);

/**
 * Texts by their ids beside functions: each reads as the words of the language in use.
 * @template {Record<string, string>} W @template {object} F
 * @param {W} ids @param {F} [functions] @returns {Readonly<W> & F}
 */
export function table(ids, functions = /** @type {F} */ ({})) {
  for (const [name, id] of Object.entries(ids))
    Object.defineProperty(functions, name, { enumerable: true, get: () => say(id) });
  return /** @type {Readonly<W> & F} */ (functions);
}

/** The same sentence about a class for each way of seeing evidence. @param {string} start of the ids */
const ofClass = (start) => ({
  for: (/** @type {string} */ name) => say(`${start}-for`, { name }),
  against: (/** @type {string} */ name) => say(`${start}-against`, { name }),
  both: (/** @type {string} */ name) => say(`${start}-both`, { name }),
});

/** @param {"for" | "against" | "both"} evidence */
const noEvidence =
  (evidence) =>
  (/** @type {string} */ name, at = true) =>
    say(`page-no-evidence-${evidence}`, { name, at: String(at) });

/** What a part of a choice or of a link is called. @param {string} name */
const partOf = (name) => say(`page-part-${name}`, {}, name);

/** @param {number[]} shape */
const sizes = (shape) => shape.join("\u202f×\u202f");

/** @param {number} factor */
const times = (factor) => `${factor}\u202f×`;

export const TEXT = table(
  {
    instant: "page-instant",
    computing: "page-computing",
    working: "page-working",
    skip: "page-skip",
    noPicture: "page-no-picture",
    noActivity: "page-no-activity",
    noAnswer: "page-no-answer",
    stripStale: "page-strip-stale",
    stripKept: "page-strip-kept",
    stripCommon: "page-strip-common",
    honest: "page-honest",
    honestWhole: "page-honest-whole",
    unseen: "page-unseen",
    wheelHint: "page-wheel-hint",
    fullScreen: "page-full-screen",
    leaveFullScreen: "page-leave-full-screen",
    stop: "page-stop",
    stopping: "page-stopping",
    resume: "page-resume",
    resumeHint: "page-resume-hint",
    takesUnknown: "page-takes-unknown",
    save: "page-save",
    savedShort: "page-saved-short",
    notSaved: "page-not-saved",
    nothingFor: "page-nothing-for",
    nothingAgainst: "page-nothing-against",
    flat: "page-flat",
    reload: "page-reload",
    unreachable: "page-unreachable",
    here: "page-here",
    ownNetworks: "page-own-networks",
    hub: "page-hub-group",
    hubAsking: "page-hub-asking",
    hubBusy: "page-hub-busy",
    cardModels: "page-cards-models",
    offline: "page-offline",
    usual: "page-usual",
    effortUnknown: "page-effort-unknown",
    oneMap: "page-one-map",
    opening: "page-opening",
    drop: "page-drop",
    ownPhoto: "page-own-photo",
    emptyFile: "page-empty-file",
    notSent: "page-not-sent",
    onlyAddress: "page-only-address",
    title: "page-title",
    moreTabs: "page-tabs-more",
    footer: "page-footer",
    api: "page-footer-api",
    record: "page-footer-record",
    light: "page-light",
    dark: "page-dark",
    copyByHand: "page-copy-by-hand",
    copiedOwn: "page-copied-own",
    copied: "page-copied",
    pythonShort: "page-python-short",
    copiedPython: "page-copied-python",
    notCopied: "page-not-copied",
    othersFirst: "page-others-first",
    besideWaiting: "page-beside-waiting",
    besideNotHere: "page-beside-not-here",

    explain: "page-explain",
    predictions: "page-predictions",
    questionNote: "page-question-note",
    restarting: "page-restarting",
    away: "page-away",
  },
  {
    evidence: ofClass("page-evidence"),
    contrast: ofClass("page-contrast"),
    others: (/** @type {string[]} */ names) => say("page-others", { names: listed(names) }),
    unsigned: (/** @type {string} */ method) => say("page-unsigned", { method }),
    unfinished: (/** @type {string} */ heading, /** @type {number} */ share) =>
      say("page-unfinished", { heading, share: roughWithin(share) }),
    // Of a method whose map is the same for every class: what it shows, by its name; the others show activity.
    blind: {
      activity: table({ title: "page-blind-activity", honest: "page-blind-activity-honest" }),
      random: table({ title: "page-blind-random", honest: "page-blind-random-honest" }),
      attention_rollout: table({ title: "page-blind-attention", honest: "page-blind-attention-honest" }),
    },
    rank: (/** @type {number} */ rank, /** @type {number} */ count) => say("page-rank", { rank, count }),
    computingShare: (/** @type {number} */ share) =>
      say("page-computing-share", { share: wholePercent(Math.floor(100 * share) / 100) }),
    besidePart: (/** @type {number} */ share) => say("page-beside-part", { share: wholePercent(share) }),
    left: (/** @type {string} */ share, /** @type {number} */ seconds) =>
      say("page-left", { share, time: roughDuration(seconds) }),
    stopped: (/** @type {number} */ share) => say("page-stopped-at", { share: roughWithin(share) }),
    takes: (/** @type {number} */ seconds) => say("page-takes", { time: roughDuration(seconds) }),
    optionTakes: (/** @type {string} */ title, /** @type {number} */ seconds) =>
      say("page-option-takes", { title, time: roughDuration(seconds) }),
    still: (/** @type {string} */ name) => say("page-still", { name }),
    now: (/** @type {string} */ title, /** @type {string} */ facts) => say("page-now", { title, facts }),
    noEvidence: { for: noEvidence("for"), against: noEvidence("against"), both: noEvidence("both") },
    end: (/** @type {number} */ v) => `${v < 0 ? "−" : "+"}${quantity(Math.abs(v))}`,
    maximum: (/** @type {number} */ peak, /** @type {string} */ unit) =>
      say("page-maximum", {
        peak: `${peak > 0 && unit ? "+" : ""}${quantity(peak)}`,
        unit: unit ? ` ${unit}` : "",
      }),
    bare: (/** @type {number} */ least) => say("page-bare", { least: quantity(least) }),
    commonMaximum: (/** @type {number} */ peak, /** @type {string} */ unit, /** @type {string} */ name) =>
      say("page-common-maximum", { peak: quantity(peak), unit: unit ? ` ${unit}` : "", name }),
    // Gradio's panel about the API.
    panel: table(
      {
        documentation: "page-panel-documentation",
        recorder: "page-panel-recorder",
        endpoint: "page-panel-endpoint",
        ways: "page-panel-ways",
        copyPage: "page-panel-copy",
        install: "page-panel-install",
        client: "page-panel-client",
        documents: "page-panel-documents",
        installed: "page-panel-installed",
        find: "page-panel-find",
        orUse: "page-panel-or-use",
        generate: "page-panel-generate",
        name: "page-panel-name",
        required: "page-panel-required",
        usual: "page-panel-usual",
        returns: "page-panel-returns",
      },
      {
        about: (/** @type {string} */ fits, /** @type {string} */ combinations, /** @type {string} */ efforts) =>
          say("page-panel-about", { fits, combinations, efforts }),
        accepts: (/** @type {string} */ count) => say("page-panel-accepts", { count }),
        tuple: (/** @type {string} */ count) => say("page-panel-tuple", { count }),
        input: (/** @type {string} */ name) => say("page-panel-input", { name }),
        output: (/** @type {string} */ name) => say("page-panel-output", { name }),
      },
    ),
    activity: table({ full: "page-cover-full" }),
    // Brightness.
    scaleNote: table(
      {
        label: "page-scale",
        findings: "page-finding-scale",
        ownFound: "page-finding-scale-own",
        aloneFound: "page-finding-scale-alone",
        own: "page-scale-own",
        blind: "page-scale-blind",
        alone: "page-scale-alone",
      },
      {
        common: (/** @type {string} */ name, /** @type {number} */ share) =>
          say("page-scale-common", { name, share: percent(share) }),
        commonFound: (/** @type {string} */ name) => say("page-finding-scale-common", { name }),
        strongest: (/** @type {number} */ count) => say("page-scale-strongest", { count }),
        pair: (/** @type {number} */ peak) => say("page-beside-scale", { peak: quantity(peak) }),
        weak: (/** @type {number} */ share, /** @type {string} */ top) =>
          say("page-scale-weak", { share: percent(share), top }),
      },
    ),
    veryWeak: (/** @type {number} */ share, /** @type {string} */ top) =>
      say("page-very-weak", { share: percent(share), top }),
    fullFrom: (/** @type {number} */ full, /** @type {string} */ most) =>
      say("page-full-from", { full: quantity(full), most }),
    fullColour: (/** @type {number} */ share) => say("page-full-colour", { share: roughWithin(share) }),
    layer: (/** @type {string} */ name, /** @type {number[]} */ shape) => `${name} · ${sizes(shape)}`,
    strip: (/** @type {string} */ method) => say("page-strip", { method }),
    grid: (/** @type {number} */ h, /** @type {number} */ w) => sizes([h, w]),
    sameForAll: (/** @type {string} */ method) => say("page-same-for-all", { method }),
    value: (/** @type {number} */ share, /** @type {boolean} */ signed) =>
      say("page-value", { share: `${signed && share > 0 ? "+" : ""}${fixed(share, 2).replace("-", "−")}` }),
    cell: (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ h, /** @type {number} */ w) =>
      say("page-cell", { row, column, h, w }),
    hide: (/** @type {number} */ v) => (v ? say("page-hide-below", { least: fixed(v, 2) }) : say("page-hide-off")),
    opacity: (/** @type {number} */ v) => say("page-opacity-at", { value: fixed(v, 2) }),
    zoom: (/** @type {number} */ v) => wholePercent(v),
    wipe: (/** @type {number} */ v) => say("page-wipe-at", { share: wholePercent(v) }),
    saved: (/** @type {string} */ name, /** @type {number[]} */ size, /** @type {number[]} */ full) =>
      size[0] < full[0]
        ? say("page-saved-smaller", { name, size: size.map(whole).join(" × "), full: full.map(whole).join(" × ") })
        : say("page-saved", { name }),
    slide: (/** @type {number} */ rank, /** @type {string} */ name) => `${whole(rank)}. ${name}`,
    slideValue: (
      /** @type {string} */ name,
      /** @type {number} */ p,
      /** @type {number} */ rank,
      /** @type {number} */ count,
    ) => say("page-slide-value", { name, share: percent(p), rank: TEXT.rank(rank, count) }),
    more: (/** @type {number} */ count) => say("page-more", { count }),
    found: (/** @type {number} */ count, /** @type {number} */ most) =>
      count > most ? say("page-found-first", { most, count }) : say("page-found", { count }),
    notFound: (/** @type {string} */ query) => say("page-not-found", { query }),
    strongest: (/** @type {number} */ row, /** @type {number} */ column) =>
      say("page-strongest", { place: place(row, column) }),
    strongestFor: (/** @type {number} */ row, /** @type {number} */ column) =>
      say("page-strongest-for", { place: place(row, column) }),
    strongestAgainst: (/** @type {number} */ row, /** @type {number} */ column) =>
      say("page-strongest-against", { place: place(row, column) }),
    balance: (/** @type {number} */ fraction) => say("page-balance", { share: roughPercent(fraction) }),
    aboveHalf: (/** @type {number} */ fraction) => say("page-above-half", { share: roughPercent(fraction) }),
    cut: {
      for: (/** @type {number} */ fraction) => say("page-cut-for", { share: roughPercent(fraction) }),
      against: (/** @type {number} */ fraction) => say("page-cut-against", { share: roughPercent(fraction) }),
    },
    nothingCut: table({ for: "page-nothing-cut-for", against: "page-nothing-cut-against" }),
    floor: (/** @type {number} */ share) => say("page-floor", { share: fixed(share, 2) }),
    nothing: (at = true) => say("page-nothing", { at: String(at) }),
    approximate: (/** @type {number} */ median, /** @type {number} */ lowest) =>
      say("page-approximate", { median: fixed(median, 2), lowest: fixed(lowest, 2) }),
    detail: (/** @type {number} */ factor) => say("page-detail-at", { times: times(factor) }),
    finer: (/** @type {number} */ factor, /** @type {number[]} */ input) =>
      say("page-finer", { times: times(factor), input: sizes(input) }),
    seen: (/** @type {number} */ fraction) => say("page-seen", { share: roughWithin(fraction) }),
    picture: (/** @type {string} */ name, /** @type {string} */ words) => say("page-picture", { name, words }),
    // The choices and the photo.
    takenBack: (/** @type {string[]} */ names) =>
      say("page-taken-back", { names: names.map(partOf).join(say("page-comma")) }),
    // Parts of a link that name nothing.
    leftOut: (/** @type {[string, string][]} */ parts) =>
      say("page-left-out", {
        parts: parts
          .map(([name, value]) => say("page-link-part", { part: partOf(name), value }))
          .join(say("page-comma")),
      }),
    linkFaults: (/** @type {[string, string][]} */ parts, /** @type {string} */ missing) =>
      together([parts.length ? TEXT.leftOut(parts) : "", missing ? TEXT.notFound(missing) : ""]),
    kept: (/** @type {number} */ minutes) => say("page-kept", { minutes }),
    hubFound: (
      /** @type {string} */ title,
      /** @type {number} */ size,
      /** @type {string} */ licence,
      /** @type {boolean} */ here,
    ) => say("page-hub-found", { title, size, licence, licensed: String(Boolean(licence)), here: String(here) }),
    megabytes: (/** @type {string} */ title, /** @type {number} */ size) => `${title} · ${size} MB`,
    size: (/** @type {number} */ megabytes) => `${megabytes} MB`,
    speed: table({ instant: "page-speed-instant", pass: "page-speed-pass", passes: "page-speed-passes" }),
    groups: table({
      start: "page-group-start",
      gradients: "page-group-gradients",
      slow: "page-group-slow",
      baselines: "page-group-baselines",
    }),
    // What the methods of a group do, for those who begin.
    plain: table({
      start: "page-plain-start",
      gradients: "page-plain-gradients",
      slow: "page-plain-slow",
      baselines: "page-plain-baselines",
    }),
    costs: (/** @type {string} */ cost) => say("page-costs", { cost }),
    missingMethods: (/** @type {number} */ count) => say("page-missing-methods", { count }),
    example: (/** @type {string} */ title) => say("page-example", { title }),
    times,
    layerOption: (/** @type {number} */ at, /** @type {number} */ count, /** @type {string} */ name) =>
      at === count ? say("page-last-layer", { name }) : say("page-layer-of", { at, count, name }),
    layerFacts: (/** @type {string} */ name, /** @type {number[]} */ shape) => `${name} · ${sizes(shape)}`,
    sizes,
    detailAhead: (/** @type {number} */ detail, /** @type {number[]} */ grid, /** @type {number} */ cost) =>
      say("page-detail-ahead", { times: times(detail), grid: sizes(grid), cost }),
    detailNow: (/** @type {string[]} */ words, /** @type {number[]} */ grid) =>
      say("page-detail-now", { words: words.join(say("page-semicolon")), grid: sizes(grid) }),
    detailGrid: (/** @type {number[]} */ fine, /** @type {number[]} */ coarse) =>
      say("page-detail-grid", { fine: sizes(fine), coarse: sizes(coarse) }),
    detailCost: (/** @type {number} */ cost) => say("page-detail-cost", { cost }),
    detailSeen: (/** @type {number[] | undefined} */ input) =>
      input ? say("page-detail-seen-size", { input: sizes(input) }) : say("page-detail-seen"),
    tooLarge: (/** @type {number} */ bytes, /** @type {number} */ most) =>
      say("page-too-large", { size: whole(Math.round(bytes / 2 ** 20)), most: whole(Math.round(most / 2 ** 20)) }),
    // What the tables of the package say, by name; of what they do not know, what the server calls it.
    method: {
      title: (/** @type {string} */ name) => say(`method-${name}-title`, {}, name),
      about: (/** @type {string} */ name) =>
        together([say(`method-${name}-summary`), say(`method-${name}-advice`), TEXT.costs(say(`method-${name}-cost`))]),
    },
    combination: {
      title: (/** @type {string} */ name) => say(`combination-${name}-title`, {}, name),
      about: (/** @type {string} */ name) =>
        together([say(`combination-${name}-summary`), TEXT.costs(say(`combination-${name}-cost`))]),
    },
    effort: {
      title: (/** @type {string} */ name) => say(`effort-${name}-title`, {}, name),
      close: (/** @type {string} */ title, /** @type {number} */ median) => `${title} ≈ ${fixed(median, 2)}`,
      about: (/** @type {number} */ median, /** @type {number} */ lowest) =>
        say("page-effort-close", {
          median: fixed(median, 3),
          lowest: fixed(lowest, 3),
          where: say("effort-measured-on"),
        }),
    },
    fit: {
      title: (/** @type {string} */ name) => say(`page-fit-${name}`),
      about: (/** @type {string} */ name) => say(`fit-${name}`),
    },
    colormap: (/** @type {string} */ name) => {
      const word = say(`colormap-${name}`, {}, name);
      return word.charAt(0).toUpperCase() + word.slice(1);
    },
    exampleTitle: (/** @type {string} */ name, /** @type {string} */ title) => say(`example-${name}`, {}, title),
    tab: (/** @type {string} */ name) => say(`page-tab-${name}`),
    // What detectors and networks for regions find.
    tasks: (/** @type {string} */ task) => (["", "classification"].includes(task) ? "" : say(`page-task-${task}`)),
    // The camera.
    camera: table(
      {
        insecure: "page-camera-insecure",
        NotAllowedError: "page-camera-not-allowed",
        NotFoundError: "page-camera-not-found",
        NotReadableError: "page-camera-not-readable",
        other: "page-camera-other",
        asking: "page-camera-asking",
        waiting: "page-camera-waiting",
        lost: "page-camera-lost",
        stopped: "page-camera-stopped",
        idle: "page-camera-idle",
        retry: "page-camera-retry",
        silent: "page-camera-silent",
        follow: "page-camera-follow",
        title: "page-camera-title",
        unpin: "page-camera-unpin",
        start: "page-camera-start",
        stop: "page-camera-stop",
      },
      {
        pin: (/** @type {string} */ label) => say("page-camera-pin", { label }),
        honest: (/** @type {string} */ method, /** @type {string} */ layer) =>
          say("page-camera-honest", { method, layer }),
        number: (/** @type {number} */ number) => say("page-camera-number", { number }),
        rate: (/** @type {number} */ rate) => say("page-camera-rate", { rate: fixed(rate, 1) }),
        delay: (/** @type {number} */ seconds) => say("page-camera-delay", { time: duration(seconds) }),
      },
    ),
    // The names of classes.
    unnamed: (/** @type {number} */ index) => say("page-unnamed", { index: String(index) }),
    foundBy: (/** @type {string} */ name, /** @type {string} */ other) => `${name} · ${other}`,
  },
);
