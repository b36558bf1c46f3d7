// A file of rows: sent, and given back with its predictions.
import { byId, element, number, percent } from "./common.js";

// XMLHttpRequest, because fetch cannot tell how much of a file was sent.
export function scoreFile(address, file) {
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
    byId("file-preview").hidden = true;
    if (request.status === 200) offerFile(file, JSON.parse(request.responseText));
    else explainRefusal(request.responseText);
  };
  request.open("POST", `${address}/table`);
  request.setRequestHeader("Content-Type", "text/csv");
  request.setRequestHeader("Accept", "application/json");
  request.send(file);
}

function offerFile(file, scored) {
  const link = element("a", "", `Save ${file.name.replace(/\.csv$/i, "")}-predicted.csv`);
  link.href = URL.createObjectURL(new Blob([scored.csv], { type: "text/csv" }));
  link.download = link.textContent.slice("Save ".length);
  link.id = "file-link";
  const left = scored.n_refused ? ` ${scored.n_refused} left out:` : "";
  const bad = scored.refused.slice(0, 5).map(({ row, errors }) => place(row, errors[0])).join(" \u2022 ");
  byId("file-note").replaceChildren(`${scored.n_rows} rows predicted. `, link, `${left && "."}${left} ${bad}`);
  showPreview(scored);
  link.focus();
}

const place = (row, p) => `row ${row + 1}, ${p.loc[p.loc.length - 1]}: ${p.expected ? `expected ${p.expected}` : p.code}`;

function showPreview(scored) {
  const table = element("table", "answers");
  table.append(element("caption", "hint", `The first ${scored.preview.length} rows`));
  const head = element("tr");
  for (const title of ["Row", "Prediction", "Reasons"]) {
    const cell = element("th", "", title);
    cell.scope = "col";
    head.append(cell);
  }
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  for (const line of scored.preview) {
    const told = typeof line.prediction === "number" ? number(line.prediction, 6) : String(line.prediction);
    const share = line.probability === undefined ? "" : ` ${percent(line.probability)}`;
    const reasons = (line.reasons || []).map((r) => `${r.rule} (${r.weight < 0 ? "\u2212" : "+"}${number(Math.abs(r.weight), 2)})`);
    const cells = element("tr");
    const rowHead = element("th", "", String(line.row + 1));
    rowHead.scope = "row";
    cells.append(rowHead, element("td", "", told + share), element("td", "", reasons.join(", ")));
    body.append(cells);
  }
  table.append(top, body);
  byId("file-preview").replaceChildren(table);
  byId("file-preview").hidden = false;
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
