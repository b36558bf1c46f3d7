// The page of one model: it sends the form's row as one types, and draws what comes back.
"use strict";

(() => {
  const { byId, element } = common;
  const app = byId("app");
  const form = byId("form");
  const address = app.dataset.address;
  const methods = app.dataset.methods.split(" ");
  const MAX_BARS = 12;
  const MAX_CLASSES = 12;

  const post = common.asker(address);
  const fields = [...form.querySelectorAll(".field")].map((box) => ({
    box,
    column: box.dataset.column,
    input: box.querySelector("[data-kind]"),
    slider: box.querySelector(".slider"),
    note: box.querySelector(".note"),
    start: box.querySelector("[data-kind]").value,
  }));

  function number(value, digits = 3) {
    if (typeof value !== "number") return String(value ?? "missing");
    if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2);
    return String(Number(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(Math.abs(value) + 1))))));
  }

  function signed(value) {
    const size = Math.abs(value);
    const text = size !== 0 && size < 0.0005 ? size.toExponential(1) : size >= 1000 ? number(size) : size.toFixed(3);
    return (value < 0 ? "\u2212" : "+") + text;
  }

  function percent(value) {
    if (value > 0 && value < 0.001) return "< 0.1 %";
    if (value < 1 && value > 0.999) return "> 99.9 %";
    return (100 * value).toFixed(1) + " %";
  }

  // The row that the form holds. A text that is no number is sent as it is: the server says what is wrong.
  function valueOf(input) {
    const text = input.value;
    const kind = input.dataset.kind;
    if (input.validity && input.validity.badInput) return "not a number";
    if (text === "") return null;
    if (kind === "array") return JSON.parse(text);
    if (kind === "boolean") return text === "true";
    if ((kind === "number" || kind === "any") && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
    return text;
  }

  function row() {
    return Object.fromEntries(fields.map(({ column, input }) => [column, valueOf(input)]));
  }

  // ---------------------------------------------------------------- notes beside the fields
  const sentences = {
    missing_column: () => "A value is needed here.",
    null: () => "A value is needed here.",
    type: (p) => `Expected ${p.expected}, got ${p.got}.`,
    not_finite: () => "The number is too large.",
    category: (p, warning) => (warning ? "The model has not seen this value." : "The model does not know this value."),
    range: () => "Outside what the model has seen.",
  };

  function showNotes(problems, isWarning) {
    for (const field of fields) {
      const found = problems.filter((p) => p.loc[p.loc.length - 1] === field.column);
      const texts = found.map((p) => (sentences[p.code] || (() => `Not accepted: ${p.code}.`))(p, isWarning));
      field.note.textContent = texts.join(" ");
      field.note.hidden = texts.length === 0;
      field.note.classList.toggle("bad", !isWarning);
      if (texts.length && !isWarning) field.input.setAttribute("aria-invalid", "true");
      else field.input.removeAttribute("aria-invalid");
    }
  }

  function showBanner(text, isBad) {
    const banner = byId("banner");
    banner.textContent = text;
    banner.hidden = !text;
    banner.classList.toggle("bad", Boolean(isBad));
  }

  function showFailure(error) {
    if (error.name === "AbortError") return;
    const answer = error.answer;
    showNotes(answer?.errors || [], false);
    showBanner(answer ? `${answer.title}. ${answer.detail}` : "The server does not answer. Is it still running?", true);
    setStale(true);
  }

  function setStale(stale) {
    for (const id of ["prediction", "explanation"]) {
      byId(id)?.classList.toggle("stale", stale);
      byId(id)?.setAttribute("aria-busy", "false");
    }
  }

  // ---------------------------------------------------------------- prediction
  function showPrediction(predicted, probabilities) {
    const value = predicted ? predicted.predictions[0] : "";
    const text = typeof value === "number" ? number(value, 6) : Array.isArray(value) ? value.join(", ") : String(value);
    const answer = byId("answer");
    if (answer.textContent !== text) answer.textContent = text;
    const box = byId("probabilities");
    if (!probabilities) return;
    const values = probabilities.probabilities[0];
    if (!values.every((x) => typeof x === "number")) return;
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
      name.textContent = String(probabilities.classes[position]);
      name.title = name.textContent;
      meter.firstChild.style.width = `${100 * values[position]}%`;
      share.textContent = percent(values[position]);
      line.classList.toggle("top", values[position] === best);
    });
  }

  async function predict() {
    const body = { rows: [row()] };
    showCommand(body);
    const wanted = ["predict", "predict_proba"].filter((method) => methods.includes(method));
    const answers = await Promise.all(wanted.map((method) => post(method, body)));
    const answer = Object.fromEntries(wanted.map((method, i) => [method, answers[i]]));
    showNotes(answers[0]?.warnings || [], true);
    showBanner("", false);
    setStale(false);
    showPrediction(answer.predict, answer.predict_proba);
  }

  // ---------------------------------------------------------------- explanation
  let showAll = false;
  const target = byId("target");
  const classes = target ? JSON.parse(target.dataset.classes) : [];

  const tidy = (rule) => rule.replaceAll("<=", "\u2264").replaceAll(">=", "\u2265").replaceAll("!=", "\u2260");

  function showExplanation(explanation) {
    const features = [...explanation.features].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const scale = Math.max(1e-12, ...features.map((f) => Math.abs(f.weight) + (f.std_error || 0)));
    const body = byId("bars").tBodies[0];
    const before = new Map([...body.rows].map((line) => [line.dataset.feature, line]));
    const shown = showAll ? features : features.slice(0, MAX_BARS);
    const told = explanation.kind === "tabular" ? tellValue : tellCount;
    body.replaceChildren(...shown.map((feature) => drawBar(before.get(feature.feature), feature, scale, told)));
    showMore(features.length);
    showLegend(explanation);
    if (explanation.text) pictures.showWords(byId("words"), explanation.text);
    if (explanation.segments) {
      const { rows, low, high } = picture() || pictures.fold(Object.values(row()), explanation.segments);
      pictures.paint(byId("painted"), rows, low, high, explanation.segments, features);
    }
    showFidelity(explanation);
  }

  // What stands below a rule: the row's own value, unless the rule names it.
  function tellValue(feature, rule) {
    const value = feature.value === null ? "missing" : number(feature.value, 6);
    return rule.includes(value) ? "" : `here ${value}`;
  }

  function tellCount(feature, rule) {
    return typeof feature.value === "number" && feature.value > 1 && !rule.includes(feature.value) ? `${feature.value} times` : "";
  }

  function drawBar(line, feature, scale, told) {
    if (!line) {
      line = element("tr");
      line.dataset.feature = feature.feature;
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
    const rule = tidy(String(feature.rule));
    head.children[0].textContent = rule;
    head.children[1].textContent = told(feature, rule);
    const half = (50 * feature.weight) / scale;
    const spread = (50 * (feature.std_error || 0)) / scale;
    bar.classList.toggle("against", feature.weight < 0);
    bar.style.left = `${Math.min(50, 50 + half)}%`;
    bar.style.width = `${Math.abs(half)}%`;
    whisker.hidden = !feature.std_error;
    whisker.style.left = `${50 + half - spread}%`;
    whisker.style.width = `${2 * spread}%`;
    weight.textContent = signed(feature.weight);
    weight.title = feature.std_error ? `standard error ${number(feature.std_error)}` : "";
    return line;
  }

  function showMore(count) {
    byId("more")?.remove();
    if (count <= MAX_BARS) return;
    const button = element("button", "more-button", showAll ? `Show the ${MAX_BARS} strongest` : `Show all ${count}`);
    button.id = "more";
    button.type = "button";
    button.addEventListener("click", () => {
      showAll = !showAll;
      explain().then(() => byId("more")?.focus());
    });
    byId("bars").after(button);
  }

  function showLegend(explanation) {
    const legend = byId("legend");
    const isClass = explanation.target !== null && explanation.target !== undefined;
    const pieces = isClass
      ? [element("span", "key", "speaks for "), element("span", "key against", "speaks against ")]
      : [element("span", "key", "raises the prediction"), element("span", "key against", "lowers it")];
    if (isClass) pieces.forEach((piece) => piece.append(element("b", "", String(explanation.target))));
    legend.replaceChildren(...pieces);
  }

  function showFidelity(explanation) {
    const line = byId("fidelity");
    const r2 = explanation.r2;
    line.classList.toggle("weak", typeof r2 === "number" && r2 < 0.5);
    const texts = [];
    if (typeof r2 === "number") {
      const share = `${Math.round(100 * Math.max(0, r2))} %`;
      texts.push(`These bars account for ${share} of how the prediction moves around this row.`);
    }
    if (explanation.note) texts.push(explanation.note);
    line.textContent = texts.join(" ");
  }

  async function explain() {
    const body = { rows: [row()] };
    if (target && target.value !== "") body.targets = [classes[Number(target.value)]];
    const answer = await post("explain", body);
    if (answer.explanations.length) showExplanation(answer.explanations[0]);
    byId("explanation").setAttribute("aria-busy", "false");
  }

  // ---------------------------------------------------------------- the command line
  function showCommand(body) {
    // An image is too long for a command, so it is saved beside it.
    const file = byId("save-body");
    if (file) {
      URL.revokeObjectURL(file.href);
      file.href = URL.createObjectURL(new Blob([JSON.stringify(body)], { type: "application/json" }));
    }
    common.showCommand(`${address}/predict`, file ? "@body.json" : common.quoted(body));
  }

  // ---------------------------------------------------------------- an image
  const pixels = form.querySelector('[data-kind="array"]');

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

  // ---------------------------------------------------------------- a file of rows
  // XMLHttpRequest, because fetch cannot tell how much of a file was sent.
  function scoreFile(file) {
    const note = byId("file-note");
    const progress = byId("file-progress");
    const request = new XMLHttpRequest();
    progress.hidden = false;
    progress.value = 0;
    note.textContent = `Sending ${file.name}\u2026`;
    request.upload.onprogress = (event) => {
      progress.value = (80 * event.loaded) / Math.max(1, event.total);
    };
    request.upload.onload = () => {
      progress.removeAttribute("value");
      note.textContent = "Predicting\u2026";
    };
    request.onloadend = () => {
      progress.hidden = true;
      if (request.status === 200) offerFile(file, request.response);
      else request.response ? request.response.text().then(explainRefusal) : explainRefusal("");
    };
    request.open("POST", `${address}/predict`);
    request.setRequestHeader("Content-Type", "text/csv");
    request.setRequestHeader("Accept", "text/csv");
    request.responseType = "blob";
    request.send(file);
  }

  function offerFile(file, scored) {
    const link = element("a", "", `Save ${file.name.replace(/\.csv$/i, "")}-predicted.csv`);
    link.href = URL.createObjectURL(scored);
    link.download = link.textContent.slice("Save ".length);
    link.id = "file-link";
    byId("file-note").replaceChildren("Done. ", link);
    link.focus();
  }

  function explainRefusal(text) {
    let problem = {};
    try {
      problem = JSON.parse(text);
    } catch {
      problem = { title: "The server does not answer", detail: "" };
    }
    const places = (problem.errors || []).slice(0, 5).map((p) => {
      const line = typeof p.loc[1] === "number" ? `row ${p.loc[1] + 1}, ` : "";
      return `${line}${p.loc[p.loc.length - 1]}: ${p.expected ? `expected ${p.expected}` : p.code}`;
    });
    byId("file-note").textContent = [`${problem.title}.`, problem.detail, ...places].join(" \u2022 ");
  }

  // ---------------------------------------------------------------- when what happens
  function followSlider(field) {
    if (!field.slider) return;
    field.slider.value = field.input.value;
    field.slider.classList.toggle("absent", field.input.value === "");
  }

  function later(run, wait) {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(() => run().catch(showFailure), wait);
    };
  }

  const predictSoon = later(predict, 60);
  const explainSoon = methods.includes("explain") ? later(explain, 160) : () => {};
  function changed() {
    predictSoon();
    explainSoon();
  }

  for (const field of fields) {
    for (const event of ["input", "change"]) {
      field.input.addEventListener(event, () => {
        followSlider(field);
        changed();
      });
    }
    field.slider?.addEventListener("input", () => {
      field.input.value = field.slider.value;
      followSlider(field);
      changed();
    });
    followSlider(field);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed();
  });
  byId("reset").addEventListener("click", () => {
    for (const field of fields) {
      field.input.value = field.start;
      followSlider(field);
    }
    if (pixels) showImage();
    changed();
  });
  target?.addEventListener("change", () => explainSoon());

  common.listenForFiles(byId("drop"), scoreFile);
  common.listenForFiles(byId("drop-image"), takeImage);
  if (pixels) showImage();
  predict().catch(showFailure);
  if (methods.includes("explain")) explain().catch(showFailure);
})();
