// How every view begins, and small helpers. A view's body and style sheet are files beside its module; Gradio would compile
// its own templates and have the browser read the style sheet again whenever a property changes.

export async function dress(element, name, base) {
  const [html, css] = await Promise.all([".html", ".css"].map((end) => fetch(new URL(name + end, base)).then((answer) => answer.text())));
  element.innerHTML = html;
  element.prepend(Object.assign(document.createElement("style"), { textContent: `#${element.id} { ${css} }` }));
}

// Returns what a property says; the same object until the property changes.
export function reader(props) {
  const unpacked = {};
  return (name) => {
    const text = props[name];
    if (unpacked[name]?.text !== text) unpacked[name] = { text, value: text ? JSON.parse(text) : null };
    return unpacked[name].value;
  };
}
