// The form of one row: its fields, the row that they hold, and the notes beside them.
import { byId } from "./common.js";

const form = byId("form");

export const fields = [...form.querySelectorAll(".field")].map((box) => ({
  box,
  column: box.dataset.column,
  title: box.querySelector("label").textContent.trim(),
  input: box.querySelector("[data-kind]"),
  slider: box.querySelector(".slider"),
  lock: box.querySelector(".lock"),
  note: box.querySelector(".note"),
  start: box.querySelector("[data-kind]").value,
}));

export const pixels = form.querySelector('[data-kind="array"]');

// A text that is no number is sent as it is: the server says what is wrong.
function valueOf(input) {
  const text = input.value;
  const kind = input.dataset.kind;
  if (input.validity && input.validity.badInput) return "not a number";
  if (text === "") return null;
  if (kind === "array") return JSON.parse(text);
  if (kind === "boolean") return text === "true";
  if ((kind === "number" || kind === "any") && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  return text;
}

// The row that the form holds; an image may be a row of pixels.
export function row() {
  if (!pixels?.dataset.columns) return Object.fromEntries(fields.map(({ column, input }) => [column, valueOf(input)]));
  const values = valueOf(pixels).flat(2);
  return Object.fromEntries(JSON.parse(pixels.dataset.columns).map((column, i) => [column, values[i]]));
}

// The texts of the fields that are not those of the example.
export const edits = () => fields.filter((f) => f.input.value !== f.start).map((f) => [f.column, f.input.value]);

export const locked = () => fields.filter((f) => f.lock?.getAttribute("aria-pressed") === "true").map((f) => f.column);

function asText(value) {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

export function setField(column, value) {
  const field = fields.find((f) => f.column === column);
  if (!field) return;
  const text = asText(value);
  const { input } = field;
  if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === text)) {
    input.add(new Option(text, text));
  }
  input.value = text;
  // A date that comes with its time, into a field of dates.
  if (input.value === "" && input.type === "date") input.value = text.slice(0, 10);
  if (input.value === "" && input.type === "datetime-local") input.value = text.slice(0, 19);
  followSlider(field);
}

export function setRow(values) {
  for (const field of fields) setField(field.column, field.column in values ? values[field.column] : field.start);
}

// ---------------------------------------------------------------- notes beside the fields
const sentences = {
  missing_column: () => "A value is needed here.",
  null: () => "A value is needed here.",
  never_missing: () => "Never missing in what the model learned from.",
  type: (p) => `Expected ${p.expected}, got ${p.got}.`,
  not_finite: () => "The number is too large.",
  category: (p, warning) => (warning ? "The model has not seen this value." : "The model does not know this value."),
  range: () => "Outside what the model has seen.",
};

export function showNotes(problems, isWarning) {
  for (const field of fields) {
    const found = problems.filter((p) => p.loc[p.loc.length - 1] === field.column);
    const texts = found.map((p) => (sentences[p.code] || (() => `Not accepted: ${p.code}.`))(p, isWarning));
    field.note.textContent = texts.join(" ");
    field.note.hidden = texts.length === 0;
    field.note.classList.toggle("bad", !isWarning);
    if (texts.length && !isWarning) field.input.setAttribute("aria-invalid", "true");
    else field.input.removeAttribute("aria-invalid");
  }
}

// ---------------------------------------------------------------- what happens in the form
function followSlider(field) {
  if (!field.slider) return;
  field.slider.value = field.input.value;
  field.slider.classList.toggle("absent", field.input.value === "");
}

// `begun` is called when a person turns to a field, `changed` when its value is another.
export function listen(begun, changed) {
  for (const field of fields) {
    for (const event of ["input", "change"]) {
      field.input.addEventListener(event, () => {
        followSlider(field);
        changed();
      });
    }
    field.input.addEventListener("focus", begun);
    field.slider?.addEventListener("pointerdown", begun);
    field.slider?.addEventListener("input", () => {
      field.input.value = field.slider.value;
      followSlider(field);
      changed();
    });
    field.lock?.addEventListener("click", () => {
      const on = field.lock.getAttribute("aria-pressed") !== "true";
      field.lock.setAttribute("aria-pressed", String(on));
    });
    followSlider(field);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed();
  });
}
