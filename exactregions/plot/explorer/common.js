// What the pages of two and of three inputs have in common. The page defines `picture`: how it is drawn,
// saved, and which classes and values it has.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);

// ---- the arrays of the page

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => new Float64Array(bytes(text).buffer);
const integers = (text) => new Int32Array(bytes(text).buffer);

const n = data.count, inputs = data.axes.length, sizes = floats(data.sizes);
const slopes = floats(data.slopes), offsets = floats(data.offsets), outputs = data.outputs;
const edges = integers(data.edges), units = integers(data.units), tints = integers(data.tints);
const patterns = bytes(data.patterns);
const width = data.layers.reduce((sum, layer) => sum + layer, 0), rowBytes = Math.ceil(width / 8);
const entries = data.radii && {
  values: floats(data.radii.values), upper: floats(data.radii.upper),
  steps: floats(data.radii.steps), counts: integers(data.radii.counts),
};
const layerOf = new Int32Array(width);
data.layers.reduce((first, size, layer) => (layerOf.fill(layer + 1, first, first + size), first + size), 0);
const neighbours = Array.from({ length: n }, () => []);
const lastCut = new Int32Array(n);
units.forEach((unit, k) => {
  const a = edges[2 * k], b = edges[2 * k + 1];
  neighbours[a].push(b);
  neighbours[b].push(a);
  for (const i of [a, b]) lastCut[i] = Math.max(lastCut[i], layerOf[unit]);
});

// slopes and offset of an output in a region
const output = (i, k) => {
  const s = i * outputs + k;
  return [...slopes.subarray(inputs * s, inputs * (s + 1)), offsets[s]];
};
const isOn = (i, unit) => (patterns[i * rowBytes + (unit >> 3)] >> (unit & 7)) & 1;
const patternText = (i) => {
  let first = 0;
  return data.layers.map((size) => {
    const text = Array.from({ length: size }, (_, k) => isOn(i, first + k)).join("");
    first += size;
    return text;
  }).join(" | ");
};

const SIZE = ["length", "area", "volume"][inputs - 1];
const canvas = byId("cells"), pen = canvas.getContext("2d");

// ---- numbers as text

const short = (value) => (value === 0 ? "0" : Number(value.toPrecision(6)).toString());
const grouped = (value) => value.toLocaleString("en-US");
const counted = (value) => `${data.exact ? "exactly" : "at least"} ${grouped(value)} region${value === 1 ? "" : "s"}`;

// ---- colours: those of Okabe and Ito, of Tol, and viridis, which people with any colour vision tell apart

const TINTS = ["#7CC0EA", "#F3CB6E", "#9FD8C3", "#E8A7C8", "#F6EFA6", "#C9CDD6"];
const CLASSES = ["#77AADD", "#EE8866", "#EEDD88", "#44BB99", "#FFAABB", "#AAAA00", "#99DDFF", "#BBCC33", "#DDDDDD", "#B8A1D9"];
const LINES = ["#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#888888"];
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
const channel = (text, k) => parseInt(text.slice(1 + 2 * k, 3 + 2 * k), 16);
const onScale = (t) => {
  const place = Math.max(0, Math.min(1, t)) * (VIRIDIS.length - 1), k = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const mixed = [0, 1, 2].map((j) => Math.round(channel(VIRIDIS[k], j) + (place - k) * (channel(VIRIDIS[k + 1], j) - channel(VIRIDIS[k], j))));
  return `rgb(${mixed.join(",")})`;
};
const range = (values) => values.reduce(([lo, up], v) => [Math.min(lo, v), Math.max(up, v)], [Infinity, -Infinity]);
const within = (value, [lo, up]) => (up > lo ? (value - lo) / (up - lo) : 0.5);

const chosenOutput = () => Number(byId("output").value || 0);
const valueAt = (i, k, point) => {
  const s = i * outputs + k;
  let value = offsets[s];
  for (let j = 0; j < inputs; j++) value += slopes[inputs * s + j] * point[j];
  return value;
};
const scaled = (label, value) => () => {
  const values = Float64Array.from({ length: n }, (_, i) => value(i)), ends = range(values);
  return { label, ends, of: (i) => onScale(within(values[i], ends)) };
};
const className = (k) => (outputs === 1 ? ["output \u2264 0", "output > 0"][k] : `class ${k}`);
const colourings = {
  pattern: { text: "region", of: () => ({ of: (i) => TINTS[tints[i] % TINTS.length] }) },
  class: { text: "class", of: () => ({ classes: true }) },
  output: { text: "value of an output", output: true, of: () => affineColours(chosenOutput()) },
  slope: {
    text: "length of its gradient", output: true,
    of: () => scaled("length of the gradient", (i) => Math.hypot(...output(i, chosenOutput()).slice(0, inputs)))(),
  },
  layer: {
    text: "layer of the last cut",
    of: () => {
      const present = [...new Set(lastCut)].sort((a, b) => a - b);
      const colour = (layer) => CLASSES[layer % CLASSES.length];
      return { of: (i) => colour(lastCut[i]), keys: present.map((k) => [colour(k), k ? `layer ${k}` : "not cut"]) };
    },
  },
};
if (entries) colourings.entry = { text: "distance of the region", of: scaled("entry radius", (i) => entries.values[i]) };
const affineColours = (k) => ({ label: `output ${k}`, ends: picture.outputEnds(k), affine: k });
let painting = null;

// ---- what is shown

let step = entries ? entries.steps.length - 1 : 0, chosen = -1;
const isShown = (i) => !entries || !entries.steps.length || entries.upper[i] < entries.steps[step] || step === entries.steps.length - 1;
const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
let waiting = false;
const redraw = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    picture.draw();
  });
};

// ---- what stands beside the picture

const element = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);
const swatch = (colour) => {
  const box = element("span", "", { className: "swatch" });
  box.style.background = colour;
  return box;
};
const ratioText = (log) => (log < 9 ? grouped(Number((10 ** log).toPrecision(3))) : `10^${log.toFixed(2)}`);
const showLegend = () => {
  const legend = byId("legend");
  legend.replaceChildren();
  const keys = painting.classes ? picture.classes().map((k) => [CLASSES[k % CLASSES.length], className(k)]) : painting.keys || [];
  for (const [colour, text] of keys) {
    const key = element("span", text, { className: "key" });
    key.prepend(swatch(colour));
    legend.append(key);
  }
  if (painting.ends) {
    const bar = element("div", "", { className: "scale" }), ends = element("div", "", { className: "ends" });
    bar.style.background = `linear-gradient(to right, ${VIRIDIS.join(",")})`;
    ends.append(element("span", short(painting.ends[0])), element("span", painting.label), element("span", short(painting.ends[1])));
    legend.append(bar, ends);
  }
};
const recolour = () => {
  const colouring = colourings[byId("colour").value];
  byId("output-label").hidden = !colouring.output;
  painting = colouring.of();
  showLegend();
  redraw();
};
const countNow = () => (entries && entries.steps.length ? entries.counts[step] : n);
// an upper bound of a larger ball bounds every smaller one too; a lower one holds for larger balls
const boundAt = (bound, radius) => {
  if (radius === null || bound.points[0][0] === null) return bound.points[bound.points.length - 1];
  const fit = bound.kind === "lower" ? bound.points.filter((p) => p[0] <= radius).pop() : bound.points.find((p) => p[0] >= radius);
  return fit || null;
};
const showRadius = () => {
  const radius = entries && entries.steps.length ? entries.steps[step] : null;
  if (radius !== null) {
    byId("radius-text").textContent = `radius ${short(radius)}`;
    byId("count").textContent = counted(countNow());
    byId("radius").setAttribute("aria-valuetext", `radius ${short(radius)}, ${counted(countNow())}`);
    drawCurve(radius);
  }
  const rows = byId("rows");
  rows.replaceChildren();
  for (const bound of data.bounds) {
    const at = boundAt(bound, radius), row = element("tr", ""), name = element("td", `${bound.name} (${bound.kind})`);
    if (radius !== null && bound.points[0][0] !== null) name.prepend(swatch(LINES[data.bounds.indexOf(bound) % LINES.length]));
    row.append(name, element("td", at ? at[1] : "\u2013"), element("td", at ? ratioText(at[2] - Math.log10(countNow())) : "\u2013"));
    rows.append(row);
  }
  redraw();
};
const drawCurve = (radius) => {
  const plot = byId("curve"), context = plot.getContext("2d"), ratio = window.devicePixelRatio || 1;
  plot.width = plot.clientWidth * ratio;
  plot.height = plot.clientHeight * ratio;
  const { steps, counts } = entries, largest = steps[steps.length - 1], margin = 6 * ratio;
  const tops = data.bounds.flatMap((bound) => bound.points.map((p) => p[2]));
  const ceiling = Math.max(Math.log10(n), ...tops.filter((top) => top < Math.log10(n) + 6), 0.5);
  const x = (r) => margin + (r / largest) * (plot.width - 2 * margin);
  const y = (log) => plot.height - margin - (Math.min(log, ceiling * 1.05) / (ceiling * 1.05)) * (plot.height - 2 * margin);
  context.clearRect(0, 0, plot.width, plot.height);
  data.bounds.forEach((bound, k) => {
    if (bound.points[0][0] === null) return;
    context.beginPath();
    bound.points.forEach((p, j) => {
      const before = j ? bound.points[j - 1][0] : 0;
      context.lineTo(x(before), y(p[2]));
      context.lineTo(x(p[0]), y(p[2]));
    });
    context.strokeStyle = LINES[k % LINES.length];
    context.lineWidth = 1.5 * ratio;
    context.stroke();
  });
  context.beginPath();
  counts.forEach((count, k) => {
    context.lineTo(x(k ? steps[k - 1] : 0), y(Math.log10(count)));
    context.lineTo(x(steps[k]), y(Math.log10(count)));
  });
  context.strokeStyle = ink();
  context.lineWidth = 2 * ratio;
  context.stroke();
  context.beginPath();
  context.moveTo(x(radius), 0);
  context.lineTo(x(radius), plot.height);
  context.lineWidth = ratio;
  context.stroke();
};
const affineText = (i, k) => {
  const map = output(i, k), term = (value, j) => (j ? (value < 0 ? ` \u2212 ${short(-value)}` : ` + ${short(value)}`) : short(value));
  return map.map((value, j) => term(value, j) + (j < inputs ? ` ${"xyz"[j]}` : "")).join("");
};
const choose = (i) => {
  chosen = i;
  const box = byId("region");
  box.replaceChildren();
  if (i < 0) {
    box.append(element("p", "None is chosen.", { className: "note" }));
    redraw();
    return;
  }
  const list = element("dl", "");
  const add = (name, value) => list.append(element("dt", name), typeof value === "string" ? element("dd", value) : value);
  add("region", grouped(i));
  const pattern = element("dd", "");
  pattern.append(element("code", patternText(i) || "of no unit"));
  add("pattern", pattern);
  for (let k = 0; k < Math.min(outputs, 10); k++) add(`output ${k} \u2248`, affineText(i, k));
  if (outputs > 10) add("", `and ${outputs - 10} outputs more`);
  add(`${SIZE} \u2248`, short(sizes[i]));
  if (entries) add("entry radius \u2248", short(entries.values[i]));
  add("last cut", lastCut[i] ? `layer ${lastCut[i]}` : "none");
  add("facets", `${neighbours[i].length}`);
  const links = element("dd", "", { className: "neighbours" });
  for (const other of neighbours[i].slice(0, 40)) {
    const button = element("button", `${other}`, { type: "button", onclick: () => choose(other) });
    button.setAttribute("aria-label", `go to region ${other}`);
    links.append(button);
  }
  add("neighbours", links);
  box.append(list);
  redraw();
};

// ---- files

const download = (name, type, text) => {
  const link = element("a", "", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
const csvText = () => {
  const names = ["region", "pattern", SIZE, "facets", "last_cut_layer", ...(entries ? ["entry_radius"] : [])];
  for (let k = 0; k < outputs; k++) names.push(...Array.from({ length: inputs }, (_, j) => `output_${k}_slope_${"xyz"[j]}`), `output_${k}_offset`);
  const lines = [names.join(",")];
  for (let i = 0; i < n; i++) {
    if (!isShown(i)) continue;
    const row = [i, patternText(i).replaceAll(" ", ""), sizes[i], neighbours[i].length, lastCut[i], ...(entries ? [entries.values[i]] : [])];
    for (let k = 0; k < outputs; k++) row.push(...output(i, k));
    lines.push(row.join(","));
  }
  return lines.join("\n") + "\n";
};

// ---- keys

const pixel = (event) => {
  const box = canvas.getBoundingClientRect(), [x, y] = [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop];
  return [(x * canvas.width) / canvas.clientWidth, (y * canvas.height) / canvas.clientHeight];
};
const next = (by) => {
  for (let k = 1; k <= n; k++) {
    const i = (((chosen < 0 && by < 0 ? 0 : chosen) + by * k) % n + n) % n;
    if (isShown(i)) return choose(i);
  }
};
const listen = (keys) => canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
