// The page of one model: it sends the form's row as one types, and draws what comes back.
import { byId, later, listenForFiles, quoted, showCommand } from "./common.js";
import { keepAsBefore, said, setStale, showAnswers, showBanner } from "./answer.js";
import { listenForModels } from "./beside.js";
import { listenForChanges } from "./changes.js";
import { listenForCurves } from "./curve.js";
import { scoreFile } from "./files.js";
import { fields, listen, pixels, row, setRow, showNotes } from "./form.js";
import { showExplanation } from "./ladder.js";
import * as pictures from "./pictures.js";
import { compare, explainPinned, pin, pinnedRow, readAddress, remember, unpin, writeAddress } from "./rows.js";
import { asker } from "./server.js";

const app = byId("app");
const address = app.dataset.address;
const methods = app.dataset.methods.split(" ");
// The methods whose answers are shown: what they are called in JSON and for people.
const shown = JSON.parse(app.dataset.shown);
const hasShares = methods.includes("predict_proba");
const post = asker(address);
const target = byId("target");
const classes = target ? JSON.parse(target.dataset.classes) : [];
let explained = null;

function showFailure(error) {
  if (error.name === "AbortError") return;
  const answer = error.answer;
  showNotes(answer?.errors || [], false);
  showBanner(answer ? `${answer.title}. ${answer.detail}` : "The server does not answer. Is it still running?", true);
  setStale(true);
}

async function predict() {
  const body = { rows: [row()] };
  command(body);
  const answers = await Promise.all(shown.map((method) => post(method.name, body)));
  showNotes(answers[0]?.warnings || [], true);
  showBanner("", false);
  setStale(false);
  showAnswers(shown.map((method, i) => ({ ...method, value: answers[i][method.answers][0] })));
  writeAddress();
  compare(said(), explained);
  besideSoon();
  settled();
}

async function explain() {
  const values = row();
  const body = { rows: [values] };
  if (wantedClass() !== undefined) body.targets = [wantedClass()];
  const answer = await post("explain", body);
  if (answer.explanations.length) {
    explained = answer.explanations[0];
    showExplanation(explained, { image: picture(), values: Object.values(values), hasShares });
    besideSoon();
    await explainPinned(explained, explainFor);
    compare(said(), explained);
  }
  byId("explanation").setAttribute("aria-busy", "false");
}

// The pinned row has requests of its own, so that they do not end those of the row in the form.
const postPinned = asker(address);
const explainFor = async (values, label) => (await postPinned("explain", { rows: [values], targets: [label] })).explanations[0];

function command(body) {
  // An image is too long for a command, so it is saved beside it.
  const file = byId("save-body");
  if (file) {
    URL.revokeObjectURL(file.href);
    file.href = URL.createObjectURL(new Blob([JSON.stringify(body)], { type: "application/json" }));
  }
  showCommand(`${address}/predict`, file ? "@body.json" : quoted(body));
}

// ---------------------------------------------------------------- an image
// The image that the form holds, with its range; null if the model takes none.
function picture() {
  if (!pixels) return null;
  const [low, high] = [Number(pixels.dataset.low), Number(pixels.dataset.high)];
  return { rows: pixels.value ? JSON.parse(pixels.value) : [], low, high };
}

function showImage() {
  const { rows, low, high } = picture();
  if (rows.length) pictures.draw(byId("preview"), rows, low, high);
}

async function takeImage(file) {
  const { low, high } = picture();
  const shape = pixels.dataset.shape.split(" ").map(Number);
  try {
    pixels.value = JSON.stringify(await pictures.read(file, shape, low, high, pixels.dataset.whole !== ""));
  } catch {
    showBanner(`${file.name} cannot be read as an image.`, true);
    return;
  }
  showImage();
  changed();
}

// Black on white and white on black are two images to a model.
function invert() {
  const { rows, low, high } = picture();
  const flip = (value) => (Array.isArray(value) ? value.map(flip) : low + high - value);
  pixels.value = JSON.stringify(flip(rows));
  showImage();
  changed();
}

// ---------------------------------------------------------------- when what happens
const soon = (run, wait) => later(() => Promise.resolve(run()).catch(showFailure), wait);
const predictSoon = soon(predict, 60);
// The class that is explained is the one that the curve follows.
const wantedClass = () => (target && target.value !== "" ? classes[Number(target.value)] : undefined);
const curveSoon = soon(listenForCurves(address, wantedClass, () => curveSoon()), 120);
const explainSoon = methods.includes("explain") ? soon(explain, 160) : () => {};
const besideSoon = soon(listenForModels(() => ({ said: said(), explained }), () => besideSoon()), 60);
// A row on which one stays is one to come back to.
const settled = soon(() => remember(said()?.short, taken), 1200);

function changed() {
  predictSoon();
  explainSoon();
  curveSoon();
}

// Another row is in the form as a whole.
function taken() {
  keepAsBefore();
  if (pixels) showImage();
  changed();
}

async function copyLink(event) {
  writeAddress();
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The address holds it";
  }
  setTimeout(() => (button.textContent = "Copy link"), 1500);
}

readAddress();
listen(keepAsBefore, changed);
byId("reset").addEventListener("click", () => {
  setRow(Object.fromEntries(fields.map((field) => [field.column, field.start])));
  taken();
});
target?.addEventListener("change", () => {
  explainSoon();
  curveSoon();
});
byId("invert")?.addEventListener("click", invert);
byId("link")?.addEventListener("click", copyLink);
byId("print").addEventListener("click", () => print());
byId("pin")?.addEventListener("click", () => said() && pin(said(), explained));
byId("unpin")?.addEventListener("click", unpin);
byId("unpin-back")?.addEventListener("click", () => {
  setRow(pinnedRow());
  taken();
});
addEventListener("hashchange", () => {
  setRow({});
  readAddress();
  taken();
});
listenForChanges(address, taken);
listenForFiles(byId("drop"), (file) => scoreFile(address, file));
listenForFiles(byId("drop-image"), takeImage);
if (pixels) showImage();
predict().catch(showFailure);
if (methods.includes("explain")) explain().catch(showFailure);
