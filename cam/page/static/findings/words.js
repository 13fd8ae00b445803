// What is said of what detectors and networks for regions find; the sentences are in `locales`.

import { say } from "../language.js";
import { fixed, roughWithin, whole } from "../numbers.js";
import { table } from "../words.js";

export const FOUND = table(
  {
    title: "page-finding-title",
    noQuestion: "page-finding-no-question",
    area: "page-finding-area-name",
    explain: "page-finding-explain",
    areaKeys: "page-finding-area-keys",
    areaLong: "page-finding-area-long",
    follow: "page-finding-follow",
    unpin: "page-finding-unpin",
  },
  {
    mark: (/** @type {string} */ name, /** @type {number} */ p) => `${name} ${fixed(p, 2)}`,
    row: (/** @type {number} */ number, /** @type {string} */ name) => `${whole(number)}. ${name}`,
    box: (/** @type {string} */ name, /** @type {number} */ p, /** @type {number} */ number) =>
      say("page-finding-box", { name, score: fixed(p, 2), number }),
    own: (/** @type {string} */ name) => say("page-finding-own", { name }),
    region: (/** @type {string} */ name, /** @type {number} */ share) =>
      say("page-finding-region", { name, share: roughWithin(share) }),
    none: (/** @type {number} */ least) => say("page-finding-none", { least: fixed(least, 2) }),
    hidden: (/** @type {number} */ count) => say("page-finding-hidden", { count }),
    followed: (/** @type {string} */ name) => say("page-finding-followed", { name }),
    lost: (/** @type {string} */ name) => say("page-finding-lost", { name }),
    threshold: (/** @type {number} */ least) => say("page-finding-threshold", { least: fixed(least, 2) }),
  },
);
