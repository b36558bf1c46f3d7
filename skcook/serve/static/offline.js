// The model itself, in the place of a server: what is asked is computed here, from the graph that the page holds.
import { byId } from "./common.js";
import { load, run } from "./graph.js";

const TOLERANCE = 1e-6;
const { graph: packed, columns, answers, checks } = JSON.parse(byId("model-data").textContent);
const graph = await load(packed, byId("model-numbers").textContent.trim());
const failure = check();

export function asker() {
  return async (method, { rows }) => {
    if (failure) throw refusal("This browser computes other numbers than the model", failure);
    const found = rows.map(read);
    const errors = found.flatMap(({ problems }) => problems);
    if (errors.length) throw refusal("The row does not fit", "See the notes beside the fields.", errors);
    const made = compute(found.map(({ cells }) => cells));
    if (made.refused[0]) {
      throw refusal("The model does not answer this row", "A value is unknown to it, or one that it needs is missing.");
    }
    return { [answers[method]]: made[method], warnings: found.flatMap(({ warnings }) => warnings) };
  };
}

function refusal(title, detail, errors = []) {
  return Object.assign(new Error(detail), { answer: { title, detail, errors } });
}

// ---------------------------------------------------------------- rows
// Compare a row with the schema, as the server does, and turn its values into cells of the graph.
function read(row) {
  const [cells, problems, warnings] = [{}, [], []];
  for (const column of columns) {
    const value = row[column.name] ?? null;
    const note = (list, code, more) => list.push({ loc: ["rows", 0, column.name], code, ...more });
    const wrong = problemOf(column, value);
    if (wrong) note(problems, wrong.code, wrong);
    else if (value === null && column.never_missing) note(warnings, "never_missing");
    else if (isUnknown(column, value)) note(column.unknown === "error" ? problems : warnings, "category");
    else if (isOutside(column, value)) note(warnings, "range");
    cells[column.name] = wrong ? null : cellOf(column, value);
  }
  return { cells, problems, warnings };
}

const isTime = ({ type }) => type === "date" || type === "datetime";

function problemOf({ type, nullable, expected }, value) {
  if (value === null) return nullable ? null : { code: "null" };
  const got = typeof value;
  if (isTime({ type })) return Number.isFinite(secondsOf(value)) ? null : { code: "type", expected, got };
  const wanted = { integer: "number", number: "number", duration: "number", boolean: "boolean", string: "string" }[type];
  if (got !== wanted) return { code: "type", expected, got };
  if (got === "number" && !Number.isFinite(value)) return { code: "not_finite" };
  if (type === "integer" && !Number.isInteger(value)) return { code: "type", expected, got };
  return null;
}

const isUnknown = ({ categories }, value) => value !== null && categories !== null && !categories.includes(value);

function isOutside(column, value) {
  if (value === null || column.categories !== null || column.minimum === null || column.maximum === null) return false;
  const [at, low, high] = [value, column.minimum, column.maximum].map((x) => (isTime(column) ? secondsOf(x) : x));
  return typeof at === "number" && (at < low || at > high);
}

// Seconds since 1970; a time without a zone is taken as it is written.
function secondsOf(text) {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  const isWhole = /\d\d:\d\d/.test(text);
  return Date.parse(String(text).replace(" ", "T") + (isWhole && !hasZone ? "Z" : "")) / 1000;
}

function cellOf(column, value) {
  if (column.dtype === "str") return value ?? "";
  if (value === null) return NaN;
  return isTime(column) ? secondsOf(value) : Number(value);
}

// ---------------------------------------------------------------- answers
function compute(rows) {
  const given = columns.map(({ name, dtype }) => {
    const cells = rows.map((row) => row[name]);
    return [name, { shape: [rows.length, 1], data: dtype === "str" ? cells : Float64Array.from(cells) }];
  });
  const made = run(graph, Object.fromEntries(given));
  return Object.fromEntries(Object.entries(made).map(([name, { shape, data }]) => [name, nested(name, shape, data)]));
}

function nested(name, [n, width], data) {
  const values = packed.truths.includes(name) ? Array.from(data, Boolean) : Array.from(data);
  return width === undefined ? values : Array.from({ length: n }, (_, i) => values.slice(i * width, (i + 1) * width));
}

// Before it answers, the page computes rows whose answers it knows from the model itself.
function check() {
  const rows = checks.rows.map((cells) =>
    Object.fromEntries(columns.map(({ name, dtype }, j) => [name, cells[j] ?? (dtype === "str" ? "" : NaN)])),
  );
  let most = 0;
  if (rows.length) {
    const made = compute(rows);
    for (const [method, expected] of Object.entries(checks.answers)) {
      const got = made[method].flat();
      for (const [i, value] of expected.flat().entries()) {
        if (typeof value !== "number" || packed.labels.includes(method)) {
          if (got[i] !== value) return `${method} gives ${got[i]} instead of ${value}.`;
        } else {
          most = Math.max(most, got[i] === value ? 0 : Math.abs(got[i] - value) / Math.max(1, Math.abs(value)));
          if (!(most <= TOLERANCE)) return `${method} gives ${got[i]} instead of ${value}.`;
        }
      }
    }
  }
  document.documentElement.dataset.checked = rows.length;
  document.documentElement.dataset.difference = most;
  byId("checked").textContent = `, checked in this browser over ${rows.length} rows`;
  return "";
}
