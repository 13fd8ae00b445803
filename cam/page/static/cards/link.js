// What a card's link becomes, and which card an address names. Knows addresses; knows no document.

/** @typedef {{name: string, title: string, link: string, task: string, hint: string, solution: string, ask: string}} LessonCard */

const STAYS = ["lang", "__theme"]; // of the address, from card to card

/**
 * The address of a card: its link, its name, and what of the present address is no part of a state.
 * @param {LessonCard} card @param {string} search the present address's
 */
export function addressOf({ link, name }, search) {
  const query = new URLSearchParams(link);
  query.set("card", name);
  const now = new URLSearchParams(search);
  for (const one of STAYS) {
    const value = now.get(one);
    if (value !== null && !query.has(one)) query.set(one, value);
  }
  return `?${query}`;
}

/** Whether an address names a card and nothing of its state. @param {string} search */
export const isBare = (search) => {
  const query = new URLSearchParams(search);
  return query.has("card") && [...query.keys()].every((name) => name === "card" || STAYS.includes(name));
};
