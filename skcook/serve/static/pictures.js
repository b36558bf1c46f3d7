// What was explained, with the weights on it: words in their text, regions of an image.
import { element } from "./common.js";

const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

// ---------------------------------------------------------------- words
// `texts` are pairs of a column and its text in pieces; a text that stands alone has no column.
export function showTexts(box, texts) {
  const shown = texts.filter(([, pieces]) => pieces.length);
  const largest = Math.max(1e-12, ...shown.flatMap(([, pieces]) => pieces.map(([, weight]) => Math.abs(weight || 0))));
  box.hidden = shown.length === 0;
  // What is there stays, so that a text keeps its focus and its place while one types.
  while (box.children.length > shown.length) box.lastChild.remove();
  shown.forEach(([column, pieces], i) => {
    const words = box.children[i] || box.appendChild(element("p", "words"));
    words.tabIndex = 0;
    words.setAttribute("role", "region");
    words.setAttribute("aria-label", `${column || "The text"}, with its words marked`);
    words.replaceChildren(...(column ? [element("b", "", column), " "] : []), ...marked(pieces, largest));
  });
}

function marked(pieces, largest) {
  return pieces.map(([text, weight]) => {
    const strength = Math.abs(weight || 0) / largest;
    if (strength < 0.01) return document.createTextNode(text);
    const mark = element("mark", weight < 0 ? "against" : "for", text);
    mark.style.setProperty("--strength", `${Math.round(12 + 58 * strength)}%`);
    mark.title = `${weight < 0 ? "\u2212" : "+"}${Math.abs(weight).toFixed(3)}`;
    return mark;
  });
}

// ---------------------------------------------------------------- pixels
// An array of rows of pixels, each a number or a list of channels, as bytes of a canvas. Faded, they
// lose their colours and their darks, so that what is painted over black is seen.
export function draw(canvas, rows, low, high, fade = 0) {
  canvas.height = rows.length;
  canvas.width = rows[0].length;
  canvas.classList.toggle("coarse", canvas.width < 100);
  const data = new ImageData(canvas.width, canvas.height);
  const byte = (value) => (255 * (value - low)) / (high - low || 1);
  let at = 0;
  for (const line of rows) {
    for (const pixel of line) {
      const channels = Array.isArray(pixel) ? pixel : [pixel];
      const rgb = channels.length < 3 ? [channels[0], channels[0], channels[0]] : channels;
      const grey = byte((rgb[0] + rgb[1] + rgb[2]) / 3);
      const floor = 128 * fade;
      for (let c = 0; c < 3; c++) {
        const faded = byte(rgb[c]) * (1 - fade) + grey * fade;
        data.data[at++] = floor + faded * (1 - floor / 255);
      }
      data.data[at++] = 255;
    }
  }
  canvas.getContext("2d").putImageData(data, 0, 0);
}

export function paint(canvas, rows, low, high, segments, features) {
  draw(canvas, rows, low, high, 0.7);
  const weights = new Map(features.map((f) => [f.value, f.weight]));
  const largest = Math.max(1e-12, ...features.map((f) => Math.abs(f.weight)));
  const context = canvas.getContext("2d");
  const sides = [colour("--for"), colour("--against")];
  segments.forEach((line, y) =>
    line.forEach((segment, x) => {
      const weight = weights.get(segment) || 0;
      context.globalAlpha = (0.75 * Math.abs(weight)) / largest;
      context.fillStyle = sides[weight < 0 ? 1 : 0];
      context.fillRect(x, y, 1, 1);
    }),
  );
  context.globalAlpha = 1;
  canvas.hidden = false;
}

// A row of pixels as an image of the size of its superpixels.
export function fold(values, segments) {
  const width = segments[0].length;
  const channels = values.length / (width * segments.length);
  const pixel = (i) => (channels === 1 ? values[i] : values.slice(i * channels, (i + 1) * channels));
  const rows = segments.map((line, y) => line.map((_, x) => pixel(y * width + x)));
  return { rows, low: Math.min(...values), high: Math.max(...values) };
}

// A file as such an array, of the size and the range of values that the model takes.
export async function read(file, shape, low, high, whole) {
  const [height, width, channels] = shape;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(await createImageBitmap(file), 0, 0, width, height);
  const bytes = context.getImageData(0, 0, width, height).data;
  const scaled = (byte) => {
    const value = low + ((high - low) * byte) / 255;
    return whole ? Math.round(value) : Number(value.toPrecision(6));
  };
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const [r, g, b, a] = bytes.subarray(4 * (y * width + x), 4 * (y * width + x) + 4);
      const grey = 0.299 * r + 0.587 * g + 0.114 * b;
      if (!channels) return scaled(grey);
      return channels < 3 ? [grey, a].slice(0, channels).map(scaled) : [r, g, b, a].slice(0, channels).map(scaled);
    }),
  );
}

// The border of one region, on a canvas that lies over the picture; of null, nothing.
export function outline(canvas, segments, chosen) {
  canvas.hidden = chosen === null || chosen === undefined;
  if (canvas.hidden) return;
  const [height, width] = [segments.length, segments[0].length];
  const scale = Math.max(1, Math.round(512 / width));
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = colour("--ink");
  const thick = Math.max(2, Math.round(canvas.width / 128));
  const at = (y, x) => segments[y]?.[x] === chosen;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!at(y, x)) continue;
      const [left, top] = [x * scale, y * scale];
      if (!at(y - 1, x)) context.fillRect(left, top, scale, thick);
      if (!at(y + 1, x)) context.fillRect(left, top + scale - thick, scale, thick);
      if (!at(y, x - 1)) context.fillRect(left, top, thick, scale);
      if (!at(y, x + 1)) context.fillRect(left + scale - thick, top, thick, scale);
    }
  }
}
