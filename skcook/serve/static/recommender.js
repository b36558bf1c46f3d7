// The page of a recommender: it asks for a user's items, and for those like one of them.
import { byId, element, later, quoted, showCommand } from "./common.js";
import { fields, row, showNotes } from "./form.js";
import { asker } from "./server.js";

const app = byId("app");
const address = app.dataset.address;
const post = asker(address);
const hasSimilar = app.dataset.methods.split(" ").includes("similar");
const hasWhy = app.dataset.why !== "";
const MOST_LIKES = 10;
const MOST_PARTS = 8;
const takesHistory = app.dataset.history !== "";
// What the user likes today, told by adding items that were found.
const today = [];
const NUMBER = /^-?\d+(\.\d+)?$/;

function score(value) {
  if (typeof value !== "number") return "";
  const text = Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4, useGrouping: false });
  return text.replace("-", "\u2212");
}

// Ids of numbers are sent as numbers; a text that is none is sent as it is, and the server says what is wrong.
function userId() {
  const text = byId("user").value;
  return app.dataset.users !== "string" && NUMBER.test(text.trim()) ? Number(text) : text;
}

// What the form says of a user whom the model has not met; null if it says nothing.
function features() {
  const filled = Object.entries(row()).filter(([, value]) => value !== null);
  return filled.length ? Object.fromEntries(filled) : null;
}

// `asks` says what can be asked of an item: why it is there, which are similar.
function draw(list, items, { canWhy = false, canSimilar = false } = {}) {
  const scores = items.map((item) => item.score).filter((x) => typeof x === "number");
  const high = Math.max(...scores);
  const low = Math.min(0, ...scores);
  list.replaceChildren(
    ...items.map((item, i) => {
      const line = element("li");
      const name = item.title ?? String(item.item);
      const text = element("span", "what");
      text.append(element("b", "", name));
      if (item.title) text.append(element("small", "", String(item.item)));
      const meter = element("span", "meter");
      meter.setAttribute("aria-hidden", "true");
      meter.append(element("i"));
      meter.firstChild.style.width = high > low ? `${(100 * (item.score - low)) / (high - low)}%` : "100%";
      line.append(element("span", "place", String(i + 1)), text, meter, element("span", "value", score(item.score)));
      const asks = element("span", "inline asks-of");
      if (canWhy) asks.append(asking("Why", `Why ${name}`, () => why(item, name)));
      if (canSimilar) asks.append(asking("Similar", `Items similar to ${name}`, () => similar(item, name)));
      if (asks.children.length) line.append(asks);
      return line;
    }),
  );
}

function asking(text, label, run) {
  const button = element("button", "quiet", text);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => run().catch(showFailure));
  return button;
}

function showBanner(text, isBad) {
  byId("banner").textContent = text;
  byId("banner").hidden = !text;
  byId("banner").classList.toggle("bad", Boolean(isBad));
}

function showNote(text) {
  byId("note").textContent = text;
  byId("note").hidden = !text;
  byId("note").classList.add("bad");
  byId("user").toggleAttribute("aria-invalid", false);
  if (text) byId("user").setAttribute("aria-invalid", "true");
}

const sentences = {
  unknown_id: "The model does not know this id.",
  empty: "Enter an id.",
  type: "The ids of this model are of another kind.",
};

function showFailure(error) {
  if (error.name === "AbortError") return;
  const answer = error.answer;
  const first = answer?.errors?.[0];
  byId("recommendations").setAttribute("aria-busy", "false");
  byId("list").replaceChildren();
  byId("list-title").textContent = "Recommendations";
  showBanner("", false);
  if (first && first.loc[0] === "users") {
    const expected = first.expected ? ` Expected: ${first.expected}.` : "";
    showNote((sentences[first.code] || "The id is not accepted.") + expected);
  } else if (first && first.loc[0] === "user_features") showNotes(answer.errors, false);
  else if (first && first.loc[0] === "k") showBanner(`How many: ${first.expected}.`, true);
  else showBanner(answer ? `${answer.title}. ${answer.detail}` : "The server does not answer. Is it still running?", true);
}

async function recommend() {
  const body = { users: [userId()], k: Number(byId("k").value), exclude_seen: byId("seen").checked };
  if (today.length) body.history = [{ user: body.users[0], items: today.map((item) => item.item) }];
  const told = features();
  if (told) body.user_features = [{ [app.dataset.userColumn]: body.users[0], ...told }];
  showCommand(`${address}/recommend`, quoted(body));
  byId("recommendations").setAttribute("aria-busy", "true");
  const answer = await post("recommend", body);
  const [found] = answer.recommendations;
  showNote("");
  showNotes([], false);
  byId("recommendations").setAttribute("aria-busy", "false");
  byId("list-title").textContent = `Recommended to ${found.user}`;
  const isNew = answer.warnings.length > 0;
  const texts = [];
  if (isNew) texts.push("The model does not know this user: this is what it says of newcomers.");
  if (!found.items.length) texts.push("There is nothing left to recommend: the user has met everything.");
  showBanner(texts.join(" "), false);
  // Reasons are those of users whom the model knows, by what it knows of them.
  draw(byId("list"), found.items, { canWhy: hasWhy && !isNew && !today.length && !told, canSimilar: hasSimilar });
  if (hasSimilar) byId("similar").hidden = true;
  byId("why").hidden = true;
  await likes(isNew || today.length > 0 || told !== null, body.users[0]);
}

function drawToday() {
  if (!takesHistory) return;
  byId("today").hidden = today.length === 0;
  drawNames(byId("today-list"), today, () => "", false);
  today.forEach((item, i) => {
    const name = item.title ?? String(item.item);
    const remove = () => {
      today.splice(i, 1);
      drawToday();
      return recommend();
    };
    byId("today-list").children[i].append(asking("Remove", `Remove ${name} from what is liked today`, remove));
  });
}

function like(item) {
  if (!today.some((one) => one.item === item.item)) today.push(item);
  drawToday();
  return recommend();
}

// A list of items without scores.
function drawNames(list, items, note, canAsk) {
  list.replaceChildren(
    ...items.map((item) => {
      const name = item.title ?? String(item.item);
      const line = element("li");
      const text = element("span", "what");
      text.append(element("b", "", name), element("small", "", [item.title ? item.item : "", note(item)].filter(Boolean).join(" \u00b7 ")));
      line.append(text);
      const asks = element("span", "inline asks-of");
      if (canAsk && takesHistory) asks.append(asking("Likes", `The user likes ${name} today`, () => like(item)));
      if (canAsk && hasSimilar) asks.append(asking("Similar", `Items similar to ${name}`, () => similar(item, name)));
      if (asks.children.length) line.append(asks);
      return line;
    }),
  );
}

async function likes(isNew, user) {
  byId("likes").hidden = true;
  if (isNew) return;
  const answer = await post("known_likes", { user });
  byId("likes").hidden = answer.items.length === 0;
  drawNames(byId("likes-list"), answer.items.slice(0, MOST_LIKES), (item) => (item.likes > 1 ? `liked by ${item.likes}` : ""), false);
}

// What of the user's history an item is like, or which parts its score has.
async function why(item, name) {
  const told = await post("why", { user: userId(), item: item.item });
  byId("why").hidden = false;
  byId("why-title").textContent = `Why ${name}`;
  const near = told.history.map((line) => {
    const [first, second, title] = Object.values(line);
    const value = line.similarity ?? line.share ?? second;
    return { item: first, score: value, title: Object.keys(line).length > 2 ? title : undefined };
  });
  const parts = told.contributions.map((line) => ({
    item: [line.user_feature, line.item_feature].filter((x) => x !== undefined).join(" \u00d7 "),
    score: line.contribution,
  }));
  byId("why-note").textContent = near.length ? "What the user liked that this is most like:" : "The parts of its score:";
  draw(byId("why-list"), near.length ? near : parts.slice(0, MOST_PARTS));
  byId("why-title").focus();
}

async function find() {
  const answer = await fetch(`${address}/search/items?q=${encodeURIComponent(byId("title").value)}`).then((r) => r.json());
  const items = answer.items || [];
  byId("find-note").textContent = items.length ? `${items.length} found` : "Nothing found.";
  drawNames(byId("find-list"), items, () => "", true);
}

async function similar(item, name) {
  const answer = await post("similar", { items: [item.item] });
  byId("similar").hidden = false;
  byId("similar-title").textContent = `Similar to ${name}`;
  draw(byId("similar-list"), answer.similar[0].items);
  byId("similar-title").focus();
}

const ask = () => recommend().catch(showFailure);
byId("user").addEventListener("input", () => {
  today.length = 0;
  drawToday();
});
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("find")?.addEventListener("submit", (event) => {
  event.preventDefault();
  find().catch(showFailure);
});
const askSoon = later(ask, 200);
for (const { input } of fields) for (const event of ["input", "change"]) input.addEventListener(event, askSoon);
byId("k").addEventListener("change", ask);
byId("seen").addEventListener("change", ask);
ask();
