// Rows that are kept: in the address, in the list of the last ones, and one that is pinned to compare with.
import { byId, element, number } from "./common.js";
import { edits, fields, pixels, row, setField, setRow } from "./form.js";

const MAX_ROWS = 8;
const MAX_ADDRESS = 4000;
const last = [];
let pinned = null;

// ---------------------------------------------------------------- the address
export function readAddress() {
  for (const [column, text] of new URLSearchParams(location.hash.slice(1))) setField(column, text);
}

export function writeAddress() {
  // An image is too long for an address.
  const state = pixels ? "" : new URLSearchParams(edits()).toString();
  if (state.length > MAX_ADDRESS) return;
  history.replaceState(null, "", state ? `#${state}` : location.pathname + location.search);
}

// ---------------------------------------------------------------- the last rows
export function remember(told, take) {
  if (pixels || !told) return;
  const values = row();
  const key = JSON.stringify(values);
  const known = last.findIndex((item) => item.key === key);
  if (known >= 0) last.splice(known, 1);
  last.unshift({ key, values, told });
  last.splice(MAX_ROWS);
  const list = byId("last-rows");
  list.replaceChildren(
    ...last.slice(1).map((item) => {
      const button = element("button", "row-button", summary(item));
      button.type = "button";
      button.addEventListener("click", () => {
        setRow(item.values);
        take();
      });
      const line = element("li");
      line.append(button);
      return line;
    }),
  );
  byId("last").hidden = last.length < 2;
}

// What a row has that the one in the form has not.
function summary(item) {
  const values = row();
  const other = Object.entries(item.values).filter(([column, value]) => value !== values[column]);
  const told = other.slice(0, 3).map(([column, value]) => `${titleOf(column)} ${shown(value)}`);
  return `${item.told}: ${told.join(", ")}${other.length > 3 ? ", \u2026" : ""}`;
}

const titleOf = (column) => fields.find((f) => f.column === column)?.title || column;

function shown(value) {
  const text = typeof value === "number" ? number(value, 6) : String(value ?? "missing");
  return text.length > 40 ? `${text.slice(0, 40)}\u2026` : text;
}

// ---------------------------------------------------------------- the pinned row
export function pin(said, explanation) {
  pinned = { values: row(), said, explanation };
  byId("pinned").hidden = false;
  compare(said, explanation);
}

export function unpin() {
  pinned = null;
  byId("pinned").hidden = true;
}

export const pinnedRow = () => pinned?.values;

export function compare(said, explanation) {
  if (!pinned || !said) return;
  const values = row();
  const lines = [["Prediction", pinned.said.short, said.short, "sum"]];
  for (const { column, title } of fields) {
    if (JSON.stringify(values[column]) !== JSON.stringify(pinned.values[column])) {
      lines.push([title, shown(pinned.values[column]), shown(values[column]), ""]);
    }
  }
  if (lines.length === 1) lines.push(["No field differs", "", "", "hint"]);
  if (explanation && pinned.explanation && pinned.explanation.target === explanation.target) {
    lines.push(...reasons(pinned.explanation, explanation));
  }
  byId("pinned-rows").tBodies[0].replaceChildren(
    ...lines.map(([title, a, b, kind]) => {
      const line = element("tr", kind);
      const head = element("th", "", title);
      head.scope = "row";
      line.append(head, element("td", "", a), element("td", "", b));
      return line;
    }),
  );
}

// The reasons whose weights differ most.
function reasons(before, after) {
  const old = new Map(before.features.map((f) => [f.feature, f.weight]));
  const changes = after.features.map((f) => ({ f, was: old.get(f.feature) ?? 0 }));
  const told = (weight) => (weight < 0 ? "\u2212" : "+") + number(Math.abs(weight), 3);
  return changes
    .filter(({ f, was }) => Math.abs(f.weight - was) > 1e-6)
    .sort((a, b) => Math.abs(b.f.weight - b.was) - Math.abs(a.f.weight - a.was))
    .slice(0, 6)
    .map(({ f, was }) => [`Weight of ${titleOf(f.feature)}`, told(was), told(f.weight), "weights"]);
}
