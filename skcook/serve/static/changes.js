// What would have to change: the smallest changes of the row after which the model says something else.
import { byId, element, number, percent } from "./common.js";
import { fields, locked, row, setField } from "./form.js";
import { asker } from "./server.js";

export function listenForChanges(address, taken) {
  const button = byId("find-changes");
  if (!button) return;
  const post = asker(address);
  const wish = byId("wish");
  const list = byId("changes");
  const note = byId("changes-note");
  const hasClasses = wish.tagName === "SELECT";

  async function find() {
    const body = { rows: [row()], frozen: locked() };
    if (hasClasses && wish.value !== "") body.target = JSON.parse(wish.value);
    if (!hasClasses) body.target = Number(wish.value);
    list.replaceChildren();
    note.textContent = "Looking\u2026";
    try {
      const { changes } = await post("what_would_change", body);
      note.textContent = changes.length
        ? "The smallest changes found; each was asked of the model. Choose one to try it."
        : "No change of up to eight fields was found. Unlock a field, or ask for less.";
      list.replaceChildren(...changes.map((found) => line(found)));
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = error.answer?.detail || "The server does not answer.";
    }
  }

  function line(found) {
    const texts = found.changes.map(({ feature, value, to }) => `${titleOf(feature)} ${shown(value)} \u2192 ${shown(to)}`);
    const then = hasClasses ? `${found.target} ${percent(found.prediction)}` : number(found.prediction, 6);
    const button = element("button", "row-button", `${texts.join(" and ") || "Nothing has to change"} (then ${then})`);
    button.type = "button";
    button.addEventListener("click", () => {
      for (const { feature, to } of found.changes) setField(feature, to);
      taken();
    });
    const item = element("li");
    item.append(button);
    return item;
  }

  const titleOf = (column) => fields.find((f) => f.column === column)?.title || column;
  const shown = (value) => (typeof value === "number" ? number(value, 6) : String(value ?? "missing"));

  button.addEventListener("click", find);
}
