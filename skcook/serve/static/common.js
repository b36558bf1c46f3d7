// What the pages share: making elements, asking the server, the command to copy, files that are dropped.
// Everything from the server is set as text, never as markup.
"use strict";

const common = (() => {
  const byId = (id) => document.getElementById(id);

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // Ask methods of the model at an address, one request of a method at a time: the newest question wins, an older
  // answer is dropped.
  function asker(address) {
    const running = {};
    return async (method, body) => {
      running[method]?.abort();
      const controller = new AbortController();
      running[method] = controller;
      const response = await fetch(`${address}/${method}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
        signal: controller.signal,
      });
      const answer = await response.json();
      if (!response.ok) throw Object.assign(new Error(answer.detail || answer.title), { answer });
      return answer;
    };
  }

  const quoted = (body) => `'${JSON.stringify(body).replaceAll("'", "'\\''")}'`;

  function showCommand(path, data) {
    byId("curl").textContent =
      `curl -s ${location.origin}${path} \\\n  -H 'Content-Type: application/json' \\\n  -d ${data}`;
  }

  async function copyCommand() {
    const button = byId("copy");
    try {
      await navigator.clipboard.writeText(byId("curl").textContent);
    } catch {
      // Without leave for the clipboard, or over plain HTTP.
      const range = document.createRange();
      range.selectNodeContents(byId("curl"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }

  // A box takes the file that is chosen in it or dropped on it.
  function listenForFiles(drop, take) {
    if (!drop) return;
    drop.querySelector("input").addEventListener("change", (event) => {
      if (event.target.files.length) take(event.target.files[0]);
      event.target.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
    });
  }

  byId("copy")?.addEventListener("click", copyCommand);
  return { byId, element, asker, quoted, showCommand, listenForFiles };
})();
