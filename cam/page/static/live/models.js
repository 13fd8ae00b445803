// The models that frames can be sent to. Knows a select; knows no frames.

const SENT = { classes: 320, things: 416 }; // pixels of the longer side that the server gets: small things need more

/** @typedef {{name: string, title: string, task: string}} Offered */

/** List models, and keep the one that is chosen. @param {HTMLSelectElement} select @param {Offered[]} models */
export function listModels(select, models) {
  const chosen = select.value;
  select.replaceChildren(...models.map(optionOf));
  if (models.some((model) => model.name === chosen)) select.value = chosen;
}

/** @param {Offered} model */
function optionOf({ name, title, task }) {
  const option = new Option(title, name);
  option.dataset.task = task;
  return option;
}

/** How large a frame the chosen model gets. @param {HTMLSelectElement} select */
export const sideOf = (select) =>
  select.selectedOptions[0]?.dataset.task === "classification" ? SENT.classes : SENT.things;
