// The words around the picture: its title, the sentence on it, the legend's ends, the card in words and the alternative text.
// Knows what is wanted and what is shown (see main.js); the sentences themselves are in text.js.

function title() {
  const state = !value ? "empty" : shown.index !== wanted ? "computing" : value.share < 1 ? "improving" : "ready";
  root.dataset.state = state;
  root.dataset.class = wanted;
  root.dataset.shown = shown ? shown.index : -1;
  showEvidence();
  part.placeholder.hidden = Boolean(value);
  part.centre.classList.toggle("cx-computing", state === "computing");
  if (!value) return;
  const rank = panel.rankOf(wanted);
  const time = state === "computing" ? TEXT.computing : shown.local ? TEXT.instant : duration(value.seconds);
  const facts = [percent(panel.shareOf(wanted)), rank && TEXT.rank(rank, panel.count()), value.combination, value.effort, finer() && TEXT.detail(value.at.detail), time];
  write(part.title, heading(wanted));
  write(part.facts, (value.class_blind ? [panel.nameOf(wanted), ...facts] : facts).filter(Boolean).join(" · "));
  note(state);
  strip.show(value, wanted, state, value.signed ? evidence : "for");
}

function heading(index) {
  if (value.class_blind) return TEXT.activity;
  return (value.contrast ? TEXT.contrast : TEXT.evidence)[value.signed ? evidence : "for"](panel.nameOf(index));
}

function note(state) {
  let words = "";
  if (state === "computing") words = TEXT.still(panel.nameOf(shown.index));
  else if (shown.heat.flat) words = TEXT.flat;
  else if (shown.heat.empty) words = value.class_blind ? TEXT.noActivity : TEXT.noEvidence[shown.evidence](panel.nameOf(wanted));
  write(part.note, words);
  part.note.hidden = !words;
}

// The legend, the honest sentence and the card in words; the same words are the picture's alternative text.
function describe() {
  const { heat, index } = shown;
  write(part.least, heat.signed ? TEXT.end(-heat.high) : heat.empty ? "0" : quantity(heat.low));
  write(part.most, heat.signed ? TEXT.end(heat.high) : TEXT.maximum(heat.peak, value.unit));
  write(part.honest, value.class_blind ? TEXT.honestBlind : TEXT.honest);
  part.blind.hidden = !value.class_blind;
  write(part.blind, value.class_blind ? TEXT.sameForAll(value.method) : "");
  const words = heat.signed && !heat.empty ? wordsOfBoth() : wordsOfOne();
  if (value.contrast) words.unshift(TEXT.others(panel.nearest(index, 3).map(panel.nameOf)));
  if (finer()) words.push(TEXT.finer(value.at.detail, stage.photo.view.input));
  if (value.effort && value.correlation) words.push(TEXT.approximate(...value.correlation));
  if (shown.facts.seen < 0.995) words.push(TEXT.seen(shown.facts.seen));
  const items = part.glance.children;
  while (items.length > words.length) items[words.length].remove();
  while (items.length < words.length) part.glance.append(document.createElement("li"));
  words.forEach((sentence, i) => write(items[i], sentence));
  part.canvas.setAttribute("aria-label", TEXT.picture(heading(index), words.join(" ")));
}

const third = (at) => (at < 0.4 ? 0 : at > 0.6 ? 2 : 1); // a narrow middle: what is called the centre is there

function wordsOfOne() {
  const { heat, facts, negative, evidence: seen } = shown;
  const cut = seen === "against" ? 1 - negative : negative;
  const words = heat.flat ? [TEXT.flat] : heat.empty ? [TEXT.nothing]
    : [TEXT.strongest(third(facts.y), third(facts.x)), TEXT.aboveHalf(facts.above)];
  if (seen !== "both") words.push(cut > 0 ? TEXT.cut[seen](cut) : TEXT.nothingCut[seen]);
  if (!heat.empty && heat.low > 0.05 * heat.high) words.push(TEXT.floor(heat.low / heat.high));
  return words;
}

function wordsOfBoth() {
  const { facts, other, negative } = shown;
  return [
    facts.best > 0 ? TEXT.strongestFor(third(facts.y), third(facts.x)) : TEXT.nothingFor,
    other.best > 0 ? TEXT.strongestAgainst(third(other.y), third(other.x)) : TEXT.nothingAgainst,
    TEXT.balance(negative),
  ];
}
