// Review: a person says of the model's reasons, row by row, which are right, wrong, or push the wrong way.
import { byId, element, number, percent, points, signed } from "./common.js";

const app = byId("review");
const { address, text: isText } = app.dataset;
const hasShares = app.dataset.methods.split(" ").includes("predict_proba");
const N_ROWS = 10;
const said = { right: "right", wrong: "wrong", "wrong way": "pushing the wrong way" };
let rows = [];
let at = -1;
let told = {};
const done = [];

async function ask(path, options = {}) {
  const response = await fetch(`${address}/${path}`, { headers: { Accept: "application/json", "Content-Type": "application/json" }, ...options });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.errors?.[0]?.expected || answer.detail || answer.title);
  return answer;
}

function tell(text, isBad = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("bad", isBad);
}

const guarded = (run) => (...given) => run(...given).catch((error) => tell(`Not kept: ${error.message}`, true));

// ---------------------------------------------------------------- what is shown
async function load() {
  tell("Looking for rows that show most of what was not judged\u2026");
  told = await ask(`review/rows?n=${N_ROWS}`);
  rows = told.rows;
  at = -1;
  showGroups(told.proposals);
  next();
}

function next() {
  if (at + 1 >= rows.length) {
    if (at >= 0) return load();
    byId("reasons").replaceChildren();
    byId("answer").textContent = "Nothing left";
    tell("Every reason that the model gives for these rows was judged.");
    return undefined;
  }
  at += 1;
  show(rows[at]);
  tell(`Row ${at + 1} of ${rows.length}; you have judged ${told.n_judged + done.length}.`);
  byId("reasons").querySelector("button")?.focus();
  return undefined;
}

function show({ explanation, row }) {
  const isClass = explanation.target !== null && explanation.target !== undefined;
  const isShare = isClass && hasShares;
  const value = (x) => (isShare ? percent(x) : number(x, 4));
  byId("place").textContent = `${told.who}, row ${at + 1} of ${rows.length}`;
  byId("answer").textContent = isClass ? `${explanation.target} ${value(explanation.prediction)}` : value(explanation.prediction);
  byId("local").textContent = `the reasons lead to ${value(explanation.local_prediction)}`;
  if (isText) showText(explanation.text || [[Object.values(row)[0], null]]);
  else showValues(row);
  const largest = Math.max(1e-12, ...explanation.features.map((f) => Math.abs(f.weight)));
  byId("reasons").replaceChildren(...explanation.features.map((f, i) => reason(f, i, largest, isShare)));
}

function reason(feature, i, largest, isShare) {
  const line = element("li", "reason");
  line.dataset.feature = feature.feature;
  const head = element("div", "reason-text");
  const rule = String(feature.rule).replaceAll("<=", "\u2264").replaceAll(">=", "\u2265");
  const shown = typeof feature.value === "number" ? number(feature.value, 6) : String(feature.value ?? "missing");
  head.append(element("b", "", rule), element("small", "", isText ? "" : `here ${shown}`));
  const meter = element("span", "meter");
  meter.setAttribute("aria-hidden", "true");
  meter.append(element("i", feature.weight < 0 ? "against" : ""));
  meter.firstChild.style.width = `${(100 * Math.abs(feature.weight)) / largest}%`;
  const weight = element("span", "value", isShare ? points(feature.weight) : signed(feature.weight));
  const buttons = element("div", "inline verdicts");
  buttons.setAttribute("role", "group");
  buttons.setAttribute("aria-label", `Is ${rule} a right reason?`);
  const verdicts = isText || !told.can_turn || typeof feature.value !== "number" ? ["right", "wrong"] : ["right", "wrong", "wrong way"];
  const label = { right: "\u2713 right", wrong: "\u2717 wrong", "wrong way": "\u2195 wrong way" };
  for (const verdict of verdicts) {
    const button = element("button", "verdict", label[verdict]);
    button.type = "button";
    button.dataset.verdict = verdict;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => judge(line, verdict));
    buttons.append(button);
  }
  line.append(head, meter, weight, buttons);
  return line;
}

// The words that have a weight are buttons: they lead to their reason.
function showText(pieces) {
  const box = byId("words");
  box.hidden = false;
  const judged = new Set(rows[at].explanation.features.map((f) => f.feature));
  box.replaceChildren(
    ...pieces.map(([text, weight]) => {
      const line = weight && [...judged].find((word) => word.toLowerCase() === text.toLowerCase());
      if (!line) return document.createTextNode(text);
      const button = element("button", `word ${weight < 0 ? "against" : "for"}`, text);
      button.type = "button";
      button.addEventListener("click", () => lineOf(line)?.querySelector("button").focus());
      return button;
    }),
  );
}

const lineOf = (feature) => [...byId("reasons").children].find((line) => line.dataset.feature === feature);

function showValues(row) {
  const list = byId("values");
  list.hidden = false;
  list.replaceChildren(
    ...Object.entries(row).map(([name, value]) => {
      const pair = element("div");
      pair.append(element("dt", "", name), element("dd", "", typeof value === "number" ? number(value, 6) : String(value ?? "missing")));
      return pair;
    }),
  );
}

// Groups that hold the words that were struck; all groups are there for those who know.
function showGroups(proposals) {
  const box = byId("groups");
  box.hidden = !told.groups.length;
  box.replaceChildren(element("span", "", "Strike a whole group:"));
  for (const name of told.groups) {
    const found = proposals.find((p) => p.feature === name);
    const button = element("button", found ? "primary" : "quiet", found ? `${name}: ${found.because}` : name);
    button.type = "button";
    button.addEventListener("click", guarded(async () => {
      const { ids } = await post({ kind: "pattern", feature: name, verdict: "wrong" });
      keep(ids[0], `The group ${name} was called wrong`, button);
    }));
    box.append(button);
  }
}

// ---------------------------------------------------------------- what is said
const post = (item) => ask("feedback", { method: "POST", body: JSON.stringify({ items: [withWhy(item)] }) });

function withWhy(item) {
  const why = byId("why").value.trim();
  return why ? { ...item, why } : item;
}

function keep(id, sentence, button) {
  done.push({ id, sentence, button });
  byId("undo").disabled = false;
  button?.setAttribute("aria-pressed", "true");
  byId("why").value = "";
  tell(`${sentence}. Kept.`);
}

const judge = guarded(async (line, verdict) => {
  const feature = line.dataset.feature;
  const { ids } = await post({ row_id: rows[at].row_id, feature, verdict });
  for (const button of line.querySelectorAll(".verdict")) button.setAttribute("aria-pressed", "false");
  const button = line.querySelector(`[data-verdict="${verdict}"]`);
  keep(ids[0], `${feature} was called ${said[verdict]}`, button);
});

const label = guarded(async (value, button) => {
  const { ids } = await post({ row_id: rows[at].row_id, verdict: "label", label: value });
  keep(ids[0], `The truth of this row: ${value}`, button);
});

const undo = guarded(async () => {
  const last = done.at(-1);
  if (!last) return;
  await ask(`feedback/${last.id}`, { method: "DELETE" });
  done.pop();
  last.button?.setAttribute("aria-pressed", "false");
  byId("undo").disabled = done.length === 0;
  tell(`Taken back: ${last.sentence}.`);
});

// ---------------------------------------------------------------- keys
function go(step) {
  const lines = [...byId("reasons").children];
  const here = lines.findIndex((line) => line.contains(document.activeElement));
  const line = lines[Math.min(lines.length - 1, Math.max(0, here + step))];
  line?.querySelector("button").focus();
}

const keys = {
  j: () => go(1),
  ArrowDown: () => go(1),
  k: () => go(-1),
  ArrowUp: () => go(-1),
  r: (line) => line && judge(line, "right"),
  x: (line) => line && judge(line, "wrong"),
  w: (line) => (line?.querySelector('[data-verdict="wrong way"]') ? judge(line, "wrong way") : tell("This reason goes no way that could be turned.")),
  l: () => byId("truth").querySelector("button, input, select").focus(),
  u: undo,
  Enter: () => guardedNext(),
};
const guardedNext = guarded(async () => next());

// Single keys work among the reasons alone, so that they disturb nothing else.
byId("reasons").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  // On a button Enter presses it, unless this reason was judged already.
  if (event.key === "Enter" && !event.target.closest(".reason").querySelector('[aria-pressed="true"]')) return;
  event.preventDefault();
  keys[event.key](event.target.closest(".reason"));
});
byId("next").addEventListener("click", guardedNext);
byId("undo").addEventListener("click", undo);
byId("truth").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const field = byId("truth").querySelector("input");
  if (field && field.value === "") return;
  label(field ? Number(field.value) : JSON.parse(button.dataset.label), button);
});
byId("truth").querySelector("select")?.addEventListener("change", (event) => event.target.value && label(JSON.parse(event.target.value)));
load().catch((error) => tell(error.message, true));
