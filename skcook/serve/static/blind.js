// Two versions side by side without their names: which reasons would one trust?
import { byId, element, number } from "./common.js";

const N_ROWS = 10;
const box = byId("versions");
const versions = JSON.parse(box.dataset.versions);
const address = byId("review").dataset.address.replace(/\/versions\/[^/]*$/, "");
let rows = [];
let at = 0;
let sides = [];
const chosen = versions.map(() => 0);

async function ask(path, body) {
  const options = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await fetch(`${address}${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail || answer.title);
  return answer;
}

async function start() {
  byId("start-blind").disabled = true;
  chosen.fill(0);
  at = 0;
  rows = (await ask(`/review/rows?n=${N_ROWS}`)).rows;
  await show();
}

async function show() {
  if (at >= rows.length) return finish();
  // Which of them is A is drawn anew for each row.
  sides = Math.random() < 0.5 ? [0, 1] : [1, 0];
  const body = { rows: [rows[at].row] };
  const answers = await Promise.all(sides.map((i) => ask(`/versions/${versions[i]}/explain`, body)));
  answers.forEach((answer, place) => {
    const side = "ab"[place];
    const explanation = answer.explanations[0];
    const told = explanation.target ?? "";
    byId(`said-${side}`).textContent = `${told} ${number(explanation.prediction, 3)}`.trim();
    byId(`why-${side}`).replaceChildren(
      ...explanation.features.slice(0, 6).map((feature) => {
        const line = element("tr");
        const head = element("th", "", feature.rule);
        head.scope = "row";
        line.append(head, element("td", "", (feature.weight < 0 ? "\u2212" : "+") + number(Math.abs(feature.weight), 3)));
        return line;
      }),
    );
  });
  byId("blind-status").textContent = `Row ${at + 1} of ${rows.length}: which reasons would you trust?`;
  byId("pair").hidden = false;
  byId("choices").hidden = false;
  return undefined;
}

// Only at the end is it told which is which, and what held-out rows say where the cards hold it.
async function finish() {
  byId("pair").hidden = true;
  byId("choices").hidden = true;
  byId("start-blind").disabled = false;
  const cards = await Promise.all(versions.map((version) => ask(`/versions/${version}`)));
  const lines = versions.map((version, i) => {
    const metrics = Object.entries(cards[i].card.metrics || {}).map(([name, value]) => `${name} ${number(value, 4)}`);
    return `Version ${version}: trusted in ${chosen[i]} of ${rows.length} rows; ${metrics.length ? `held-out rows: ${metrics.join(", ")}` : "its card holds no figures of held-out rows"}.`;
  });
  byId("blind-status").textContent = lines.join(" ");
}

const failed = (error) => (byId("blind-status").textContent = error.message);
byId("start-blind").addEventListener("click", () => start().catch(failed));
byId("choices").addEventListener("click", (event) => {
  const choice = event.target.dataset.choice;
  if (choice === undefined) return;
  if (choice !== "") chosen[sides[Number(choice)]] += 1;
  at += 1;
  show().catch(failed);
});
