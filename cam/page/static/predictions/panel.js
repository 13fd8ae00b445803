// The card beside the picture: the most probable classes and the slider over all of them.
// Knows names, probabilities and ranks, and calls `choose(index)`. Knows nothing about maps.

import { TEXT, percent, whole, write } from "../words.js";

const TOP = 8;

export function makePanel(part, choose) {
  let labels = [];
  let ranking = null;
  let chosen = -1;

  const rows = Array.from({ length: TOP + 1 }, (_, i) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const [name, share, bar] = ["span", "span", "i"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.append(name, share, bar);
    bar.setAttribute("aria-hidden", "true");
    button.addEventListener("click", () => choose(Number(button.dataset.index)));
    item.append(button);
    if (i === TOP) item.className = "cx-extra";
    part.list.append(item);
    return { item, button, name, share, bar };
  });
  const rest = document.createElement("p");
  rest.className = "cx-rest";
  rows[TOP].item.append(rest);

  // Up and down step through the rows, as in a list.
  part.list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = rows.findIndex((row) => row.button === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = rows[at + step];
    if (next && !next.button.hidden) next.button.focus();
  });

  const nameOf = (index) => labels[index] ?? `class ${index}`;
  const rankOf = (index) => (ranking ? ranking.rankOf[index] || 0 : 0);
  const shareOf = (index) => (ranking ? ranking.probabilities[index] : NaN);

  function press(button, on) {
    if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
  }

  function fill(row, index, shown, name = nameOf(index)) {
    row.button.hidden = !shown;
    if (!shown) return;
    row.button.dataset.index = index;
    write(row.name, row.name.title = name);
    write(row.share, percent(shareOf(index)));
    row.bar.style.width = `${Math.max(1, (100 * shareOf(index)) / shareOf(ranking.order[0]))}%`;
  }

  function showChosen() {
    const count = ranking ? ranking.order.length : 0;
    const rank = rankOf(chosen);
    const extra = rank > TOP;
    fill(rows[TOP], chosen, extra, TEXT.slide(rank, nameOf(chosen)));
    for (const { button } of rows) press(button, String(Number(button.dataset.index) === chosen));
    rows[TOP].item.classList.toggle("cx-shown", extra);
    rest.hidden = extra || count <= TOP;
    write(rest, rest.hidden ? "" : TEXT.more(count - TOP));
    part.rank.disabled = !count;
    write(part.last, whole(count || 1000));
    if (!count) return;
    part.rank.max = String(count);
    if (rank && Number(part.rank.value) !== rank) part.rank.value = String(rank);
    part.rank.style.setProperty("--cx-fill", `${(100 * (rank - 1)) / Math.max(1, count - 1)}%`);
    part.rank.setAttribute("aria-valuetext", TEXT.slideValue(nameOf(chosen), shareOf(chosen), rank, count));
    write(part.chosen, part.chosen.title = TEXT.slide(rank, nameOf(chosen)));
  }

  part.rank.addEventListener("input", () => {
    if (ranking) choose(ranking.order[Number(part.rank.value) - 1]);
  });

  // The classes whose logits lie nearest to a class's own: log-probabilities differ from logits by the same constant.
  function nearest(index, count) {
    if (!ranking) return [];
    const own = Math.log(shareOf(index));
    const away = (other) => Math.abs(Math.log(shareOf(other)) - own);
    return [...ranking.order].filter((other) => other !== index).sort((a, b) => away(a) - away(b)).slice(0, count);
  }

  return {
    nameOf, rankOf, shareOf, nearest,
    count: () => (ranking ? ranking.order.length : labels.length),
    setClasses: (names, ranked) => {
      labels = names;
      ranking = ranked;
      const count = ranking ? ranking.order.length : 0;
      for (let i = 0; i < TOP; i++) fill(rows[i], i < count ? ranking.order[i] : -1, i < count);
      showChosen();
    },
    setChosen: (index) => {
      chosen = index;
      showChosen();
    },
  };
}
