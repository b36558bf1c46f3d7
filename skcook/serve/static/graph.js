// A model's graph, computed: the operators that skcook.export writes, as ONNX defines them, in double precision.
// An array is { shape, data }; numbers, whole numbers and truth are all doubles, which hold them exactly.
const size = (shape) => shape.reduce((a, b) => a * b, 1);
const array = (shape, data) => ({ shape, data });
const last = (list) => list[list.length - 1];

// Unpack what the page holds: the numbers of all constants are one compressed block, named by place.
export async function load(graph, packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const block = await new Response(stream).arrayBuffer();
  const kinds = { f8: Float64Array, i4: Int32Array, u1: Uint8Array };
  const unpack = ({ kind, at, n, shape, texts }) =>
    array(shape, texts || Float64Array.from(new kinds[kind](block, at, n)));
  const constants = Object.fromEntries(Object.entries(graph.constants).map(([name, packed]) => [name, unpack(packed)]));
  const nodes = graph.nodes.map((node) => {
    const arrays = Object.entries(node.arrays).map(([name, packed]) => [name, unpack(packed).data]);
    return { ...node, with: { ...node.settings, ...Object.fromEntries(arrays) } };
  });
  return { constants, nodes, outputs: graph.outputs };
}

// Compute the outputs for columns, each of shape [n, 1].
export function run(graph, columns) {
  const known = { ...graph.constants, ...columns };
  for (const { op, inputs, output, dtype, with: settings } of graph.nodes) {
    const made = operators[op](...inputs.map((name) => known[name]), { ...settings, dtype });
    if (dtype === "float32") made.data = made.data.map(Math.fround);
    known[output] = made;
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, known[value]]));
}

// ---------------------------------------------------------------- shapes
function common(...shapes) {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const padded = shapes.map((shape) => [...Array(rank - shape.length).fill(1), ...shape]);
  return Array.from({ length: rank }, (_, i) => {
    const sizes = padded.map((shape) => shape[i]);
    return sizes.find((n) => n !== 1) ?? 1;
  });
}

// Where each cell of a shape finds its value in an array that is repeated along axes of length one.
function places({ shape }, wide) {
  const own = [...Array(wide.length - shape.length).fill(1), ...shape];
  const steps = [];
  for (let i = own.length - 1, step = 1; i >= 0; step *= own[i], i--) steps[i] = own[i] === 1 ? 0 : step;
  const at = new Int32Array(size(wide));
  const index = Array(wide.length).fill(0);
  for (let k = 0, place = 0; k < at.length; k++) {
    at[k] = place;
    for (let i = wide.length - 1; i >= 0; i--) {
      place += steps[i];
      if (++index[i] < wide[i]) break;
      place -= steps[i] * wide[i];
      index[i] = 0;
    }
  }
  return at;
}

const like = (data, n) => (data instanceof Float64Array ? new Float64Array(n) : new Array(n));

const each = (f) => (x) => array(x.shape, x.data.map(f));

const pairs = (f) => (a, b) => {
  const shape = common(a.shape, b.shape);
  const [i, j] = [places(a, shape), places(b, shape)];
  return array(shape, new Float64Array(i.length).map((_, k) => f(a.data[i[k]], b.data[j[k]])));
};

// The lengths before an axis, along it and after it.
function around(shape, axis) {
  const at = axis < 0 ? shape.length + axis : axis;
  return [size(shape.slice(0, at)), shape[at], size(shape.slice(at + 1)), at];
}

const reduce = (f, start) => (x, axes) => {
  const [before, n, after, at] = around(x.shape, axes.data[0]);
  const out = new Float64Array(before * after);
  for (let i = 0; i < before; i++) {
    for (let k = 0; k < after; k++) {
      let found = start;
      for (let j = 0; j < n; j++) found = f(found, x.data[(i * n + j) * after + k]);
      out[i * after + k] = found;
    }
  }
  return array(x.shape.map((length, i) => (i === at ? 1 : length)), out);
};

// ---------------------------------------------------------------- operators
const truth = (f) => (a, b) => (f(a, b) ? 1 : 0);

const operators = {
  Add: pairs((a, b) => a + b),
  Sub: pairs((a, b) => a - b),
  Mul: pairs((a, b) => a * b),
  Div: pairs((a, b) => a / b),
  Pow: pairs((a, b) => a ** b),
  Max: pairs(Math.max),
  Min: pairs(Math.min),
  Less: pairs(truth((a, b) => a < b)),
  LessOrEqual: pairs(truth((a, b) => a <= b)),
  Greater: pairs(truth((a, b) => a > b)),
  GreaterOrEqual: pairs(truth((a, b) => a >= b)),
  Equal: pairs(truth((a, b) => a === b)),
  Or: pairs(truth((a, b) => a || b)),
  Neg: each((x) => -x),
  Abs: each(Math.abs),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Floor: each(Math.floor),
  Sin: each(Math.sin),
  Cos: each(Math.cos),
  Tanh: each(Math.tanh),
  Relu: each((x) => (x < 0 ? 0 : x)),
  Sigmoid: each((x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))),
  IsNaN: each((x) => (x !== x ? 1 : 0)),
  IsInf: each((x) => (Math.abs(x) === Infinity ? 1 : 0)),
  ReduceSum: reduce((a, b) => a + b, 0),
  ReduceMax: reduce(Math.max, -Infinity),

  Cast: (x, { to }) => (to === "int64" ? each(Math.trunc)(x) : array(x.shape, x.data.slice())),

  Where(yes, a, b) {
    const shape = common(yes.shape, a.shape, b.shape);
    const [i, j, k] = [yes, a, b].map((x) => places(x, shape));
    const out = like(a.data, i.length);
    for (let m = 0; m < i.length; m++) out[m] = yes.data[i[m]] ? a.data[j[m]] : b.data[k[m]];
    return array(shape, out);
  },

  Concat(...values) {
    const { axis } = values.pop();
    const [before, , after, at] = around(values[0].shape, axis);
    const widths = values.map((x) => x.shape[at] * after);
    const width = widths.reduce((a, b) => a + b);
    const out = new Float64Array(before * width);
    for (let i = 0; i < before; i++) {
      let to = i * width;
      values.forEach((x, k) => {
        for (let j = 0; j < widths[k]; j++) out[to++] = x.data[i * widths[k] + j];
      });
    }
    return array(values[0].shape.map((n, i) => (i === at ? width / after : n)), out);
  },

  Gather(x, where, { axis }) {
    const [before, n, after, at] = around(x.shape, axis);
    const out = like(x.data, before * where.data.length * after);
    let to = 0;
    for (let i = 0; i < before; i++) {
      for (const place of where.data) {
        const from = (i * n + (place < 0 ? place + n : place)) * after;
        for (let k = 0; k < after; k++) out[to++] = x.data[from + k];
      }
    }
    return array([...x.shape.slice(0, at), ...where.shape, ...x.shape.slice(at + 1)], out);
  },

  Reshape(x, { data }) {
    const shape = Array.from(data, (n, i) => (n === 0 ? x.shape[i] : n));
    const known = size(shape.filter((n) => n >= 0));
    return array(shape.map((n) => (n < 0 ? x.data.length / known : n)), x.data.slice());
  },

  // One after the other, each sum rounded as its dtype is.
  CumSum(x, axis, { dtype }) {
    const [before, n, after] = around(x.shape, axis.data[0]);
    const rounded = dtype === "float32" ? Math.fround : (sum) => sum;
    const out = new Float64Array(x.data.length);
    for (let i = 0; i < before; i++) {
      for (let k = 0; k < after; k++) {
        let sum = 0;
        for (let j = 0; j < n; j++) {
          const at = (i * n + j) * after + k;
          out[at] = sum = rounded(sum + x.data[at]);
        }
      }
    }
    return array(x.shape, out);
  },

  ArgMax(x, { axis }) {
    const [before, n, after, at] = around(x.shape, axis);
    const out = new Float64Array(before * after);
    for (let i = 0; i < before; i++) {
      for (let k = 0; k < after; k++) {
        const value = (j) => x.data[(i * n + j) * after + k];
        let best = 0;
        for (let j = 1; j < n; j++) if (value(j) > value(best)) best = j;
        out[i * after + k] = best;
      }
    }
    return array(x.shape.filter((_, i) => i !== at), out);
  },

  Softmax(x) {
    const n = last(x.shape);
    const out = new Float64Array(x.data.length);
    for (let i = 0; i < out.length; i += n) {
      const row = x.data.subarray(i, i + n);
      const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const shares = row.map((value) => Math.exp(value - most));
      const total = shares.reduce((a, b) => a + b, 0);
      shares.forEach((share, k) => (out[i + k] = share / total));
    }
    return array(x.shape, out);
  },

  MatMul(a, b) {
    const [n, m] = a.shape;
    const width = b.shape[1];
    const out = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        const value = a.data[i * m + j];
        for (let k = 0; k < width; k++) out[i * width + k] += value * b.data[j * width + k];
      }
    }
    return array([n, width], out);
  },

  // The places of the greatest values; of equal ones the first.
  TopK(x, { data }) {
    const [n, width] = x.shape;
    const out = [];
    for (let i = 0; i < n; i++) {
      const row = x.data.subarray(i * width, (i + 1) * width);
      const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
      out.push(...order.slice(0, data[0]));
    }
    return array([n, data[0]], Float64Array.from(out));
  },

  // Texts: in lower case by the letters of ASCII alone, matched whole, cut into words, counted.
  StringNormalizer: each((text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),

  RegexFullMatch(x, { pattern }) {
    const whole = new RegExp(`^(?:${pattern})$`, "u");
    return array(x.shape, Float64Array.from(x.data, (text) => (whole.test(text) ? 1 : 0)));
  },

  Tokenizer(x, { tokenexp, pad_value }) {
    const found = x.data.map((text) => text.match(new RegExp(tokenexp, "gu")) || []);
    const width = Math.max(0, ...found.map((words) => words.length));
    const row = (words) => [...words, ...Array(width - words.length).fill(pad_value)];
    return array([x.shape[0], 1, width], found.flatMap(row));
  },

  TfIdfVectorizer(x, s) {
    const columns = new Map();
    const ends = [...s.ngram_counts.slice(1), s.pool_strings.length];
    let place = 0;
    s.ngram_counts.forEach((start, i) => {
      for (let at = start; at < ends[i]; at += i + 1) {
        const key = s.pool_strings.slice(at, at + i + 1).join(" ");
        columns.set(key, [...(columns.get(key) || []), s.ngram_indexes[place++]]);
      }
    });
    const [n, width] = x.shape;
    const n_columns = s.ngram_indexes.reduce((a, b) => Math.max(a, b), -1) + 1;
    const out = new Float64Array(n * n_columns);
    for (let i = 0; i < n; i++) {
      for (let size = s.min_gram_length; size <= s.max_gram_length; size++) {
        for (let j = 0; j + size <= width; j++) {
          const term = x.data.slice(i * width + j, i * width + j + size).join(" ");
          for (const column of columns.get(term) || []) out[i * n_columns + column] += 1;
        }
      }
    }
    return array([n, n_columns], out);
  },

  LabelEncoder(x, settings) {
    const codes = new Map(Array.from(settings.keys_tensor, (key, i) => [key, settings.values_tensor[i]]));
    const unknown = settings.default_tensor[0];
    return array(x.shape, Float64Array.from(x.data, (key) => codes.get(key) ?? unknown));
  },

  TreeEnsemble(x, t) {
    const [n, width] = x.shape;
    const out = new Float64Array(n * t.n_targets);
    for (let i = 0; i < n; i++) {
      for (const root of t.tree_roots) {
        for (let at = root, isLeaf = 0; ; ) {
          if (isLeaf) {
            out[i * t.n_targets + t.leaf_targetids[at]] += t.leaf_weights[at];
            break;
          }
          const value = x.data[i * width + t.nodes_featureids[at]];
          const yes = value === value ? value <= t.nodes_splits[at] : t.nodes_missing_value_tracks_true[at];
          isLeaf = yes ? t.nodes_trueleafs[at] : t.nodes_falseleafs[at];
          at = yes ? t.nodes_truenodeids[at] : t.nodes_falsenodeids[at];
        }
      }
    }
    return array([n, t.n_targets], out);
  },
};
