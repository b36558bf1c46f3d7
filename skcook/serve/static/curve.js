// How the prediction goes with the field in focus, drawn under it: for this row, and on average over others.
import { byId, element, number, percent } from "./common.js";
import { fields, row } from "./form.js";
import { asker } from "./server.js";

const HEIGHT = 64;
// A slider's handle does not reach the ends of its track with its middle; nor does the curve.
const INSET = 8;
const TOP = 6;
// Less than this is no change to look at, as a share or as a part of the number.
const LEAST_SPAN = 0.05;
const MOST_LINES = 12;
const SVG = "http://www.w3.org/2000/svg";

// Returns what asks for the curve of the field in focus, if it has one; `turned` is called when that is another.
export function listenForCurves(address, wantedClass, turned) {
  const post = asker(address);
  let field = null;
  const figure = element("figure", "curve");

  byId("form").addEventListener("focusin", (event) => turn(event.target));
  byId("form").addEventListener("pointerdown", (event) => turn(event.target));

  function turn(target) {
    const found = fields.find((f) => f.box.contains(target));
    if (!found || found === field || target.closest(".lock")) return;
    field = found;
    figure.remove();
    figure.replaceChildren();
    if ("curve" in field.box.dataset) turned();
  }

  return async function ask() {
    if (!field || !("curve" in field.box.dataset)) return;
    const asked = field;
    const body = { rows: [row()], feature: field.column };
    if (wantedClass() !== undefined) body.target = wantedClass();
    let answer;
    try {
      answer = await post("curve", body);
    } catch (error) {
      // A value that does not fit is said at its field.
      if (error.name !== "AbortError") figure.remove();
      return;
    }
    if (asked !== field) return;
    figure.dataset.feature = field.column;
    if (!figure.isConnected) field.box.querySelector(".note").before(figure);
    const { slider, input } = field;
    const width = figure.clientWidth || 240;
    const isTime = input.type === "date" || input.type === "datetime-local";
    if (slider) figure.replaceChildren(...line(answer, Number, [slider.min, slider.max].map(Number), width));
    else figure.replaceChildren(...(isTime ? line(answer, Date.parse, times(answer), width) : lines(answer)));
  };
}

const teller = (answer) => (answer.target === null ? (x) => number(x, 4) : percent);
const subject = (answer) => (answer.target === null ? "Prediction:" : `${answer.target}:`);

// Where the axis of a column of dates begins and ends; the row's own date has a place on it.
function times(answer) {
  const known = [...answer.curve.map((p) => p.value), answer.here.value].map(Date.parse).filter(Number.isFinite);
  return [Math.min(...known), Math.max(...known)];
}

// ---------------------------------------------------------------- a column of numbers, or of dates
function line(answer, place, [low, high], width) {
  const points = answer.curve.filter((p) => typeof p.prediction === "number");
  const here = answer.here;
  const all = points.flatMap((p) => [p.prediction, p.average]).concat(here.prediction).filter(Number.isFinite);
  if (points.length < 2) return [];
  const middle = (Math.min(...all) + Math.max(...all)) / 2;
  const least = answer.target === null ? Math.abs(middle) * LEAST_SPAN : LEAST_SPAN;
  const span = Math.max(Math.max(...all) - Math.min(...all), least, 1e-12);
  const x = (value) => INSET + ((width - 2 * INSET) * (place(value) - low)) / (high - low);
  const y = (value) => HEIGHT / 2 - ((HEIGHT - 2 * TOP) * (value - middle)) / span;
  const path = (key) => points.filter((p) => Number.isFinite(p[key])).map((p) => `${x(p.value).toFixed(1)},${y(p[key]).toFixed(1)}`).join(" ");

  const picture = node("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": sentence(answer, points) });
  if (answer.n_averaged) picture.append(node("polyline", { class: "average", points: path("average") }));
  picture.append(node("polyline", { class: "own", points: path("prediction") }));
  if (here.value !== null && Number.isFinite(place(here.value))) {
    const at = Math.min(Math.max(x(here.value), INSET), width - INSET);
    picture.append(node("line", { class: "stem", x1: at, x2: at, y1: 0, y2: HEIGHT }));
    picture.append(node("circle", { cx: at, cy: y(here.prediction), r: 4 }));
  }
  const told = element("figcaption", "hint", sentence(answer, points));
  if (answer.n_averaged) told.append(element("span", "key average", `average of ${answer.n_averaged} rows`));
  return [picture, told];
}

function sentence(answer, points) {
  const tell = teller(answer);
  const [first, last] = [points[0], points.at(-1)];
  const highest = points.reduce((a, b) => (b.prediction > a.prediction ? b : a));
  const lowest = points.reduce((a, b) => (b.prediction < a.prediction ? b : a));
  const told = (value) => (typeof value === "number" ? number(value, 4) : value.replace(/T00:00:00$/, "").replace("T", " "));
  const at = (p) => `${tell(p.prediction)} at ${told(p.value)}`;
  const ends = [lowest, highest].sort((a, b) => points.indexOf(a) - points.indexOf(b));
  const inside = ends.filter((p) => p !== first && p !== last && Math.abs(p.prediction - first.prediction) > 1e-9);
  return `${subject(answer)} ${[first, ...inside, last].map(at).join(", ")}; here ${tell(answer.here.prediction)}.`;
}

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// ---------------------------------------------------------------- a column of categories
function lines(answer) {
  const tell = teller(answer);
  const points = answer.curve.filter((p) => typeof p.prediction === "number");
  const values = points.map((p) => p.prediction);
  const [low, high] = answer.target === null ? [Math.min(0, ...values), Math.max(0, ...values)] : [0, 1];
  const order = [...points].sort((a, b) => b.prediction - a.prediction).slice(0, MOST_LINES);
  const drawn = order.map((p) => {
    const box = element("div", p.value === answer.here.value ? "probability top" : "probability");
    const meter = element("span", "meter");
    meter.setAttribute("aria-hidden", "true");
    meter.append(element("i"));
    meter.firstChild.style.width = `${(100 * (p.prediction - low)) / (high - low || 1)}%`;
    box.append(element("span", "name", shown(p.value)), meter, element("span", "value", tell(p.prediction)));
    return box;
  });
  const left = points.length - order.length;
  const more = left ? ` The ${order.length} highest of ${points.length}.` : "";
  const what = answer.target === null ? "The prediction by this field" : `${answer.target} by this field`;
  return [...drawn, element("figcaption", "hint", `${what}, all else as it is.${more}`)];
}

const shown = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : String(value));
