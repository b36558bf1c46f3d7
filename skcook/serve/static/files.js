// A file of rows: sent, and given back with its predictions.
import { byId, element } from "./common.js";

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
