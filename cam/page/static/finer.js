// The choice of a detail: what each means at the chosen layer, and what the network does not take.
// Knows what the controls say and the server's surveys of models; runs before `controls.js`, which calls it.

const surveys = new Map();  // by model, what each detail means for it; null while that is being asked
const AGAIN = 2000;         // ms until what came while too many waited is asked again

// How fine the grid is. What a network does not take cannot be chosen, as far as that is known.
function showDetail(layer) {
  const known = surveys.get(want.model) ?? [];
  const reasons = known.map((one) => one.reason).filter(Boolean);
  check("detail", (value) => Number(value) === want.detail);
  for (const input of element.querySelectorAll(".detail input")) {
    input.disabled = Boolean(known.find((one) => one.detail === Number(input.value))?.reason);
    input.parentElement.title = input.disabled ? reasons[0] : "";
  }
  const words = reasons[0] ?? (want.detail === 1 ? wordsAhead(known, layer) : wordsOfDetail(known, layer));
  $("#cam-detail-note").textContent = words;
  $("#cam-detail-note").hidden = !words;
}

const times = (number) => Number(number.toFixed(1));

// At 1 x: what the others would give.
function wordsAhead(known, layer) {
  const others = known.filter((one) => one.detail !== 1 && one.grids[layer]);
  const words = others.map(({ detail, grids, cost }) => `${detail}\u202f×: ${sizes(grids[layer])} cells for ${times(cost)} times the pixels`);
  return words.length ? `${words.join("; ")}. Now ${sizes(known.find((one) => one.detail === 1).grids[layer])}.` : "";
}

function wordsOfDetail(known, layer) {
  const [here, usual] = [want.detail, 1].map((detail) => known.find((one) => one.detail === detail));
  const [fine, coarse] = [here, usual].map((one) => one?.grids[layer]);
  const grid = fine && coarse ? `${sizes(fine)} cells instead of ${sizes(coarse)} at this layer. ` : "";
  const cost = here ? `Costs ${times(here.cost)} times the pixels of 1\u202f×. ` : "";
  const size = here ? `, ${sizes(here.input)} pixels,` : "";
  return `${grid}${cost}The network sees a larger picture${size} than it was trained on; the predictions are those of that pass.`;
}

// Asked for when the visitor turns to the choice: nobody else pays for it.
async function learn() {
  const { model } = good.state;
  if (surveys.has(model)) return;
  surveys.set(model, null);
  const found = await server.detail_survey({ model }).catch(() => ({ busy: true }));
  if (found.details) surveys.set(model, found.details);
  else surveys.delete(model);
  if (found.busy) setTimeout(() => $(".detail").matches(":hover, :focus-within") && learn(), AGAIN);
  show();
}
