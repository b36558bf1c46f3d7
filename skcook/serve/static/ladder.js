// Why: a ladder from where the output begins to the prediction, with what is not shown and what is not explained.
import { byId, element, number, percent, points, signed } from "./common.js";
import * as pictures from "./pictures.js";

const MAX_STEPS = 12;
// Two standard errors: the interval that the library prints, too.
const ERRORS = 1.96;
// Where the ladder begins: parts of a text or an image are hidden, not averaged over.
const STARTS = { tabular: "Average", text: "Without its words", image: "With all hidden" };
// What stands below a rule. A region has no value of its own but its number.
const TOLD = { tabular: tellValue, text: tellCount, image: () => "" };
let showAll = false;
let drawn = null;

// Readers of the page know no superpixels.
const tidy = (rule) => rule.replace(/^superpixel \d+ \((.+)\)$/, "Region at $1").replaceAll("<=", "\u2264").replaceAll(">=", "\u2265").replaceAll("!=", "\u2260");

// `image` is the picture that the form holds, or null; `hasShares` says whether the output is a probability.
export function showExplanation(explanation, { image, values, hasShares }) {
  drawn = [explanation, { image, values, hasShares }];
  const features = [...explanation.features].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const steps = ladder(explanation, features);
  const isShare = hasShares && explanation.target !== null && explanation.target !== undefined;
  const body = byId("bars").tBodies[0];
  const before = new Map([...body.rows].map((line) => [line.dataset.feature, line]));
  const ends = steps.flatMap((s) => [s.from, s.to, s.to - s.error, s.to + s.error].filter(Number.isFinite));
  const low = Math.min(...ends);
  const span = Math.max(...ends) - low || 1;
  const place = (value) => (100 * (value - low)) / span;
  body.replaceChildren(...steps.map((step) => draw(before.get(step.key), step, place, TOLD[explanation.kind], isShare)));
  showMore(features.length);
  showLegend(explanation, isShare);
  pictures.showTexts(byId("words"), explanation.text ? [["", explanation.text]] : Object.entries(explanation.texts || {}));
  if (explanation.segments) {
    const { rows, low: dark, high } = image || pictures.fold(values, explanation.segments);
    pictures.paint(byId("painted"), rows, dark, high, explanation.segments, features);
    linkRegions(explanation, features);
  }
  showFidelity(explanation, isShare);
}

// The steps: the start, the features, those not shown, what is not explained, the prediction.
function ladder(explanation, features) {
  const shown = showAll ? features : features.slice(0, MAX_STEPS);
  const hidden = features.slice(shown.length);
  const nOthers = explanation.n_others + hidden.length;
  const others = explanation.others + hidden.reduce((sum, f) => sum + f.weight, 0);
  let at = explanation.intercept;
  const step = (key, label, weight, more) => ({ key, label, weight, from: at, to: (at += weight), error: 0, ...more });
  const steps = [{ key: " start", label: STARTS[explanation.kind], end: at, from: at, to: at, error: 0 }];
  for (const f of shown) steps.push(step(f.feature, tidy(String(f.rule)), f.weight, { feature: f, error: ERRORS * (f.std_error || 0) }));
  if (nOthers) steps.push(step(" others", nOthers === 1 ? "1 other" : `${nOthers} others together`, others, { kind: "others" }));
  if (explanation.rest) steps.push(step(" rest", "Not explained by these bars", explanation.rest, { kind: "rest" }));
  steps.push({ key: " row", label: "This prediction", end: explanation.prediction, from: at, to: at, error: 0 });
  return steps;
}

// The row's own value, unless the rule names it.
function tellValue(feature, rule) {
  const value = feature.value === null ? "missing" : number(feature.value, 6);
  return rule.includes(value) ? "" : `here ${value}`;
}

function tellCount(feature, rule) {
  return typeof feature.value === "number" && feature.value > 1 && !rule.includes(feature.value) ? `${feature.value} times` : "";
}

function draw(line, step, place, told, isShare) {
  if (!line) {
    line = element("tr");
    line.dataset.feature = step.key;
    const head = element("th");
    head.scope = "row";
    head.append(element("span"), element("small"));
    const chart = element("td", "chart");
    const track = element("div", "track");
    track.setAttribute("aria-hidden", "true");
    track.append(element("i", "bar"), element("i", "whisker"));
    chart.append(track);
    line.append(head, chart, element("td", "weight"));
  }
  const [head, chart, weight] = line.children;
  const [bar, whisker] = chart.firstChild.children;
  const isEnd = step.end !== undefined;
  line.className = isEnd ? "end" : step.kind || "";
  head.children[0].textContent = step.label;
  head.children[1].textContent = step.feature ? told(step.feature, step.label) : "";
  bar.classList.toggle("against", step.to < step.from);
  bar.style.left = `${place(Math.min(step.from, step.to))}%`;
  bar.style.width = `${Math.abs(place(step.to) - place(step.from))}%`;
  whisker.hidden = !step.error;
  whisker.style.left = `${place(step.to - step.error)}%`;
  whisker.style.width = `${place(step.to + step.error) - place(step.to - step.error)}%`;
  if (isEnd) weight.textContent = isShare ? percent(step.end) : number(step.end, 4);
  else weight.textContent = isShare ? points(step.weight) : signed(step.weight);
  const error = isShare ? (100 * step.error).toFixed(1) : number(step.error);
  weight.title = step.error ? `\u00b1 ${error} (95 % interval)` : "";
  return line;
}

function showMore(count) {
  byId("more")?.remove();
  if (count <= MAX_STEPS) return;
  const button = element("button", "more-button", showAll ? `Show the ${MAX_STEPS} strongest` : `Show all ${count}`);
  button.id = "more";
  button.type = "button";
  button.addEventListener("click", () => {
    showAll = !showAll;
    showExplanation(...drawn);
    byId("more").focus();
  });
  byId("bars").after(button);
}

function showLegend(explanation, isShare) {
  const isClass = explanation.target !== null && explanation.target !== undefined;
  const pieces = isClass
    ? [element("span", "key", "speaks for "), element("span", "key against", "speaks against ")]
    : [element("span", "key", "raises the prediction"), element("span", "key against", "lowers it")];
  if (isClass) pieces.forEach((piece) => piece.append(element("b", "", String(explanation.target))));
  if (isShare) pieces.push(element("span", "", "steps in percentage points"));
  byId("legend").replaceChildren(...pieces);
}

// How far the bars lead, beside what the model says; a large rest is a warning.
function showFidelity(explanation, isShare) {
  const line = byId("fidelity");
  const tell = isShare ? percent : (value) => number(value, 4);
  const texts = [];
  if (typeof explanation.local_prediction === "number") {
    texts.push(`The bars lead to ${tellFar(explanation.local_prediction, isShare, tell)}; the model says ${tell(explanation.prediction)}.`);
  }
  if (explanation.note) texts.push(explanation.note);
  line.classList.toggle("weak", Boolean(explanation.note));
  line.textContent = texts.join(" ");
}

// A sum of weights may leave the range of a probability: then it is told as it is.
function tellFar(value, isShare, tell) {
  return isShare && (value < 0 || value > 1) ? `${(100 * value).toFixed(1)} %, which no probability is` : tell(value);
}

// A region of an image and its line in the list light up together.
function linkRegions(explanation, features) {
  const canvas = byId("painted");
  const lines = byId("bars").tBodies[0].rows;
  const lineOf = new Map(features.map((f) => [f.value, [...lines].find((line) => line.dataset.feature === f.feature)]));
  const light = (segment) => {
    for (const line of lines) line.classList.toggle("lit", line === lineOf.get(segment));
    pictures.outline(byId("outline"), explanation.segments, segment);
  };
  canvas.onpointermove = (event) => {
    const box = canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - box.top) / box.height) * explanation.segments.length);
    const x = Math.floor(((event.clientX - box.left) / box.width) * explanation.segments[0].length);
    light(explanation.segments[y]?.[x]);
  };
  canvas.onpointerleave = () => light(null);
  for (const [segment, line] of lineOf) {
    if (!line) continue;
    line.onpointerenter = () => light(segment);
    line.onpointerleave = () => light(null);
  }
}
