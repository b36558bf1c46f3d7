// The prediction: what the model says, with what share, and what it said before the last change.
import { byId, element, number, percent } from "./common.js";

const MAX_CLASSES = 12;
const MAX_OTHERS = 24;
const unit = byId("app").dataset.unit;
const bar = byId("answer-bar");
let now = null;
let before = null;

export const said = () => now;

function text(value) {
  if (value === null || value === undefined) return "missing";
  if (typeof value === "number") return number(value, 6);
  return Array.isArray(value) ? value.map(text).join(", ") : String(value);
}

// Keep what is said now, to be shown as "was" beside what comes.
export function keepAsBefore() {
  before = now;
  showWas();
}

function showWas() {
  let told = "";
  if (now && before && before.short !== now.short) {
    const same = before.answer === now.answer && before.share !== "";
    told = `was ${same ? before.share : before.short}`;
  }
  for (const id of ["was", "bar-was"]) byId(id).textContent = told;
}

// `answers` are those of the methods that the page shows, each with its name, title, labels and value.
export function showAnswers(answers) {
  const by = Object.fromEntries(answers.map((one) => [one.name, one]));
  const value = by.predict?.value;
  const classes = by.predict_proba?.labels;
  let values = by.predict_proba?.value;
  if (values && !values.every((x) => typeof x === "number")) values = undefined;
  let share = "";
  if (values) {
    const place = classes.findIndex((c) => String(c) === String(value));
    share = percent(values[place < 0 ? values.indexOf(Math.max(...values)) : place]);
    showShares(values, classes);
  }
  const others = answers.filter((one) => !["predict", "predict_proba"].includes(one.name));
  showOthers(others);
  const answer = by.predict ? text(value) + (unit && typeof value === "number" ? ` ${unit}` : "") : values ? text(classes[values.indexOf(Math.max(...values))]) : others[0].title;
  now = { answer, share, short: share ? `${answer} ${share}` : answer, value, values, classes };
  if (byId("answer").textContent !== answer) byId("answer").textContent = answer;
  byId("bar-answer").textContent = now.short;
  showWas();
}

// Scores, and what a step makes of the row.
function showOthers(answers) {
  const pairs = answers.flatMap(({ title, labels, value }) => {
    if (!Array.isArray(value)) return [[title, value]];
    return value.slice(0, MAX_OTHERS).map((x, i) => [labels?.length === value.length ? `${title} ${labels[i]}` : `${title} ${i + 1}`, x]);
  });
  const list = byId("other-answers");
  list.hidden = pairs.length === 0;
  list.replaceChildren(
    ...pairs.map(([title, value]) => {
      const pair = element("div");
      pair.append(element("dt", "", title), element("dd", "", text(value)));
      return pair;
    }),
  );
}

function showShares(values, classes) {
  const box = byId("probabilities");
  let order = values.map((_, i) => i);
  if (values.length > MAX_CLASSES) order = order.sort((a, b) => values[b] - values[a]).slice(0, MAX_CLASSES);
  if (box.children.length !== order.length) {
    box.replaceChildren(
      ...order.map(() => {
        const line = element("div", "probability");
        const meter = element("span", "meter");
        meter.append(element("i"));
        meter.setAttribute("aria-hidden", "true");
        line.append(element("span", "name"), meter, element("span", "value"));
        return line;
      }),
    );
  }
  const best = Math.max(...values);
  order.forEach((position, i) => {
    const line = box.children[i];
    const [name, meter, share] = line.children;
    name.textContent = String(classes[position]);
    name.title = name.textContent;
    meter.firstChild.style.width = `${100 * values[position]}%`;
    share.textContent = percent(values[position]);
    line.classList.toggle("top", values[position] === best);
  });
}

export function showBanner(message, isBad) {
  const banner = byId("banner");
  banner.textContent = message;
  banner.hidden = !message;
  banner.classList.toggle("bad", Boolean(isBad));
  if (isBad) byId("bar-was").textContent = message.slice(0, 80);
}

export function setStale(stale) {
  for (const id of ["prediction", "explanation"]) {
    byId(id)?.classList.toggle("stale", stale);
    byId(id)?.setAttribute("aria-busy", "false");
  }
  bar.classList.toggle("stale", stale);
}

// The bar at the bottom edge stands in for the prediction while that is out of sight.
new IntersectionObserver(([entry]) => bar.classList.toggle("away", entry.isIntersecting)).observe(byId("answer"));
