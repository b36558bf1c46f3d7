// What the pages share: making elements, the command to copy, files that are dropped, numbers.
// Everything from the server is set as text, never as markup.
export const byId = (id) => document.getElementById(id);

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export const quoted = (body) => `'${JSON.stringify(body).replaceAll("'", "'\\''")}'`;

export function showCommand(path, data) {
  if (!byId("curl")) return;
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
export function listenForFiles(drop, take) {
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

// ---------------------------------------------------------------- numbers as people read them
export function number(value, digits = 3) {
  if (typeof value !== "number") return String(value ?? "missing");
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(Math.abs(value) + 1))))));
}

export function signed(value) {
  const size = Math.abs(value);
  const text = size !== 0 && size < 0.0005 ? size.toExponential(1) : size >= 1000 ? number(size) : size.toFixed(3);
  return (value < 0 ? "\u2212" : "+") + text;
}

export function percent(value) {
  if (value > 0 && value < 0.001) return "< 0.1 %";
  if (value < 1 && value > 0.999) return "> 99.9 %";
  return (100 * value).toFixed(1) + " %";
}

// A difference of two shares, in percentage points.
export const points = (value) => (value < 0 ? "\u2212" : "+") + Math.abs(100 * value).toFixed(1);

// Returns what calls a function a moment after the last of several calls.
export function later(run, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}
