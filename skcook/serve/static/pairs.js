// The reasons of two explanations on one axis: of two rows, or of two models.
import { byId, element, points, signed } from "./common.js";

const MAX_PAIRS = 10;

// Two classes that are not the same, or a number and a class, have no common axis.
export const canPair = (a, b) => Boolean(a && b) && String(a.target) === String(b.target);

export function showPairs(table, [a, b], names, isShare, titleOf = (x) => x) {
  const weights = [a, b].map((one) => new Map(one.features.map((f) => [f.feature, f])));
  const features = [...new Set([...weights[0].keys(), ...weights[1].keys()])];
  const weight = (side, feature) => weights[side].get(feature)?.weight ?? 0;
  const size = (feature) => Math.max(Math.abs(weight(0, feature)), Math.abs(weight(1, feature)));
  const shown = features.sort((x, y) => size(y) - size(x)).slice(0, MAX_PAIRS);
  const left = (one, side) =>
    (one.others || 0) + features.slice(shown.length).reduce((sum, feature) => sum + weight(side, feature), 0);
  const lines = shown.map((feature) => [titleOf(feature), [weight(0, feature), weight(1, feature)]]);
  lines.push(["Others", [left(a, 0), left(b, 1)]]);
  lines.push(["Not explained", [a.rest || 0, b.rest || 0]]);
  const kept = lines.filter(([, pair]) => pair.some((value) => Math.abs(value) > 1e-9));
  const ends = kept.flatMap(([, pair]) => pair).concat(0);
  const low = Math.min(...ends);
  const span = Math.max(...ends) - low || 1;
  const place = (value) => (100 * (value - low)) / span;
  const tell = isShare ? points : signed;
  table.caption.replaceChildren(
    ...names.map((name, side) => element("span", `key side-${side}`, name)),
    element("span", "", isShare ? "weights in percentage points" : "weights"),
  );
  table.tBodies[0].replaceChildren(...kept.map(([title, pair]) => line(title, pair, place, tell, names)));
  table.hidden = false;
}

function line(title, pair, place, tell, names) {
  const row = element("tr");
  const head = element("th", "", title);
  head.scope = "row";
  const chart = element("td", "chart");
  const told = element("td", "weight");
  const track = element("div", "track pair");
  track.setAttribute("aria-hidden", "true");
  const zero = element("i", "zero");
  zero.style.left = `${place(0)}%`;
  track.append(zero);
  pair.forEach((value, side) => {
    const bar = element("i", `bar side-${side}`);
    bar.style.left = `${place(Math.min(0, value))}%`;
    bar.style.width = `${place(Math.max(0, value)) - place(Math.min(0, value))}%`;
    track.append(bar);
    const text = element("span", "", tell(value));
    text.prepend(element("span", "visually-hidden", `${names[side]} `));
    told.append(text);
  });
  chart.append(track);
  row.append(head, chart, told);
  return row;
}

export const hidePairs = (id) => (byId(id).hidden = true);
