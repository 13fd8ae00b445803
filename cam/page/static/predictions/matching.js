// Which classes a typed name may mean, and in which order they are offered. Pure.

/** @typedef {{name: string, plain: string, main: boolean}} Name `plain` is folded; `main` for a label, not a synonym */
/** @typedef {{index: number, fit: number, tier: number, rank: number, via: string}} Hit `via` another name than the shown one */
/** @typedef {{zh: string[], others: string[][]}} Others */

const LISTED = 8; // predictions that stand beside the picture
const LIKELY = 0.01; // probability of a class that comes before a better match of an unlikely one
const LAST = 1e9; // rank of a class that has none

/** @param {string} text in lower case without accents, as typed on a keyboard */
export const simple = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").trim();

/** Chinese is written without spaces: each character may begin or end a word. @param {string | undefined} character */
const letter = (character) => /[\p{L}\p{N}]/u.test(character ?? "") && !/\p{Script=Han}/u.test(character ?? "");

/**
 * The whole name, then whole words, then beginnings of words, then anywhere, then all words in any order; -1 for none.
 * @param {string} name @param {string} query both simple
 */
export function score(name, query) {
  if (name === query) return 0;
  let best = name.includes(query) ? 3 : query.split(/\s+/).every((word) => name.includes(word)) ? 4 : -1;
  for (let at = name.indexOf(query); at >= 0 && query; at = name.indexOf(query, at + 1)) {
    const [first, last] = [query[0], query[query.length - 1]];
    if (letter(first) && letter(name[at - 1])) continue;
    best = Math.min(best, letter(last) && letter(name[at + query.length]) ? 2 : 1);
  }
  return best;
}

/**
 * All names of each class, the shown one first.
 * @param {string[]} shown @param {string[]} labels @param {Others | null} others @returns {Name[][]}
 */
export function namesOf(shown, labels, others) {
  const made = (/** @type {string} */ name, main = true) => ({ name, plain: simple(name), main });
  return labels.map((label, index) => [
    made(shown[index]),
    ...[label, others?.zh[index] ?? ""].filter((name) => name && name !== shown[index]).map((name) => made(name)),
    ...(others?.others[index] ?? []).map((name) => made(name, false)),
  ]);
}

/** How well one of a class's names fits; the shown one where several fit alike; null for none. @param {Name[]} names @param {string} query */
function bestOf(names, query) {
  /** @type {{fit: number, name: Name} | null} */
  let best = null;
  for (const name of names) {
    const fit = score(name.plain, query);
    if (fit >= 0 && (!best || fit < best.fit)) best = { fit, name };
  }
  return best;
}

/** Where a class stands among those that fit: 0 is first. @param {{fit: number, name: Name}} best @param {string} typed @param {boolean} likely */
function tierOf({ fit, name }, typed, likely) {
  if (fit > 0) return likely ? 3 : 3 + fit;
  if (!name.main) return 2;
  return name.name === typed ? 0 : 1;
}

/**
 * The classes that fit what was typed: by their very name, then those among the listed predictions, then as well as they
 * fit; among equals the more probable one first. Nothing typed fits all.
 * @param {Name[][]} names @param {string} typed @param {(index: number) => number} rankOf @param {(index: number) => number} shareOf
 * @returns {Hit[]}
 */
export function matches(names, typed, rankOf, shareOf) {
  const query = simple(typed);
  /** @type {Hit[]} */
  const hits = [];
  names.forEach((all, index) => {
    const best = query ? bestOf(all, query) : { fit: 0, name: all[0] };
    if (!best) return;
    const rank = rankOf(index) || LAST;
    const likely = rank <= LISTED && shareOf(index) >= LIKELY;
    const via = best.name === all[0] ? "" : best.name.name;
    hits.push({ index, fit: best.fit, tier: query ? tierOf(best, typed.trim(), likely) : 0, rank, via });
  });
  return hits.sort((a, b) => a.tier - b.tier || a.rank - b.rank || a.index - b.index);
}

/** The class that a name means: its whole name or whole words of it; -1 for none. @param {Hit[]} hits */
export const meant = (hits) => hits.find(({ fit }) => fit <= 1)?.index ?? -1;
