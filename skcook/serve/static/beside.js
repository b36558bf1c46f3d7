// Another model, or another version, asked about the same row: what it says, and why.
import { byId, element, number, percent } from "./common.js";
import { fields, row } from "./form.js";
import { canPair, hidePairs, showPairs } from "./pairs.js";
import { asker } from "./server.js";

// Returns what asks the model that was chosen; `mine` tells what this one says, and why.
export function listenForModels(mine, chosen) {
  const choice = byId("other-model");
  if (!choice) return () => {};
  const card = byId("beside");
  const askers = new Map();
  choice.addEventListener("change", () => {
    card.hidden = choice.value === "";
    chosen();
  });

  return async function ask() {
    if (choice.value === "") return;
    const option = choice.selectedOptions[0];
    const methods = option.dataset.methods.split(" ");
    if (!askers.has(choice.value)) askers.set(choice.value, asker(choice.value));
    const post = askers.get(choice.value);
    const { said, explained } = mine();
    if (!said) return;
    const body = { rows: [row()] };
    try {
      const calls = { predict: body };
      if (methods.includes("predict_proba")) calls.predict_proba = body;
      if (methods.includes("explain") && explained) {
        calls.explain = explained.target === null ? body : { ...body, targets: [explained.target] };
      }
      const names = Object.keys(calls);
      const answers = await Promise.all(names.map((name) => post(name, calls[name]).catch(unlessTargets(name))));
      const answer = Object.fromEntries(names.map((name, i) => [name, answers[i]]));
      show(option.textContent, said, explained, answer);
    } catch (error) {
      if (error.name !== "AbortError") tell(error.answer?.detail || "It does not answer.");
    }
  };
}

// A model that does not know the class is compared by what it says alone.
const unlessTargets = (name) => (error) => {
  if (name === "explain" && error.answer?.errors?.[0]?.loc[0] === "targets") return { explanations: [] };
  throw error;
};

function tell(text) {
  byId("beside-note").textContent = text;
  byId("beside-said").tBodies[0].replaceChildren();
  hidePairs("beside-reasons");
}

function show(name, said, explained, { predict, predict_proba: shares, explain }) {
  const value = predict.predictions[0];
  const values = shares?.probabilities[0];
  const share = (classes, all, label) => {
    const place = classes ? classes.findIndex((c) => String(c) === String(label)) : -1;
    return place < 0 || typeof all?.[place] !== "number" ? "" : percent(all[place]);
  };
  const text = typeof value === "number" ? number(value, 6) : String(value);
  const lines = [["This model", said.short], [name, `${text} ${share(shares?.classes, values, value)}`.trim()]];
  // Where the two say different classes, each is asked for the share of the other's.
  if (values && said.values && String(value) !== String(said.value)) {
    lines[0][1] += `, ${value} ${share(said.classes, said.values, value)}`;
    lines[1][1] += `, ${said.value} ${share(shares.classes, values, said.value)}`;
  }
  byId("beside-said").tBodies[0].replaceChildren(
    ...lines.map(([who, what]) => {
      const line = element("tr");
      const head = element("th", "", who);
      head.scope = "row";
      line.append(head, element("td", "", what));
      return line;
    }),
  );
  const other = explain?.explanations[0];
  const same = String(value) === String(said.value);
  byId("beside-note").textContent = typeof value === "number" && !values ? "" : same ? "They agree on this row." : "They disagree on this row.";
  if (!canPair(explained, other)) return hidePairs("beside-reasons");
  const titles = new Map(fields.map((f) => [f.column, f.title]));
  const isShare = Boolean(values) && explained.target !== null;
  return showPairs(byId("beside-reasons"), [explained, other], ["This model", name], isShare, (f) => titles.get(f) ?? f);
}
