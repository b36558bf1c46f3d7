// Rows that are kept: in the address, in the list of the last ones, and one that is pinned to compare with.
import { byId, element, number } from "./common.js";
import { edits, fields, pixels, row, setField, setRow } from "./form.js";
import { canPair, hidePairs, showPairs } from "./pairs.js";

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

// The reasons of the pinned row for the class that is explained now, if `explain` has to be asked for them.
export async function explainPinned(explanation, explain) {
  if (!pinned?.explanation || canPair(pinned.explanation, explanation)) return;
  const { values } = pinned;
  const told = await explain(values, explanation.target);
  if (told && pinned?.values === values) pinned.explanation = told;
}

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
  byId("pinned-rows").tBodies[0].replaceChildren(
    ...lines.map(([title, a, b, kind]) => {
      const line = element("tr", kind);
      const head = element("th", "", title);
      head.scope = "row";
      line.append(head, element("td", "", a), element("td", "", b));
      return line;
    }),
  );
  if (!byId("pinned-reasons")) return;
  if (!canPair(pinned.explanation, explanation)) hidePairs("pinned-reasons");
  else showPairs(byId("pinned-reasons"), [pinned.explanation, explanation], ["Pinned", "Now"], said.values !== undefined, titleOf);
}
