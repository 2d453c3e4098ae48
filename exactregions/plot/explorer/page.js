"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);

  // ---- the arrays of the page

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const floats = (text) => new Float64Array(bytes(text).buffer);
  const integers = (text) => new Int32Array(bytes(text).buffer);

  const corners = floats(data.corners), starts = integers(data.starts), areas = floats(data.areas);
  const slopes = floats(data.slopes), offsets = floats(data.offsets), outputs = data.outputs;
  const edges = integers(data.edges), units = integers(data.units), tints = integers(data.tints);
  const patterns = bytes(data.patterns), outline = floats(data.domain);
  const n = starts.length - 1;
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

  const polygon = (i) => {
    const points = [];
    for (let k = starts[i]; k < starts[i + 1]; k++) points.push([corners[2 * k], corners[2 * k + 1]]);
    return points;
  };
  const output = (i, k) => {
    const s = 2 * (i * outputs + k);
    return [slopes[s], slopes[s + 1], offsets[i * outputs + k]];
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

  // ---- numbers as text

  const short = (value) => (value === 0 ? "0" : Number(value.toPrecision(6)).toString());
  const grouped = (value) => value.toLocaleString("en-US");
  const counted = (value) => `${data.exact ? "exactly" : "at least"} ${grouped(value)} region${value === 1 ? "" : "s"}`;

  // ---- cutting polygons

  const clipped = (points, [a, b, c]) => {
    const values = points.map(([x, y]) => a * x + b * y + c);
    const kept = [];
    points.forEach((p, k) => {
      const q = points[(k + 1) % points.length], v = values[k], w = values[(k + 1) % points.length];
      if (v >= 0) kept.push(p);
      if ((v > 0 && w < 0) || (v < 0 && w > 0)) {
        const t = v / (v - w);
        kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
      }
    });
    return kept.length > 2 ? kept : null;
  };
  // the parts of a region in which each output is the largest, or the only one has each sign
  const classesOf = (i) => {
    const rows = outputs === 1 ? [[0, 0, 0], output(i, 0)] : Array.from({ length: outputs }, (_, k) => output(i, k));
    return rows.flatMap((row, number) => {
      let part = polygon(i);
      rows.forEach((other, k) => {
        const gap = row.map((value, j) => value - other[j]);
        if (k === number || part === null) return;
        if (gap.some((value) => value !== 0)) part = clipped(part, gap);
        else if (k < number) part = null;
      });
      return part === null ? [] : [{ number, part }];
    });
  };
  let parts = null;
  const classParts = () => (parts ??= Array.from({ length: n }, (_, i) => classesOf(i)));
  // where the class changes: inside a cell two outputs are equal, on the side of a cell the map is continuous
  let changes = null;
  const boundary = () => {
    if (changes) return changes;
    changes = [];
    classParts().forEach((pieces, i) => {
      if (pieces.length < 2) return;
      for (const { number, part } of pieces) {
        const own = outputs === 1 ? (number ? output(i, 0) : [0, 0, 0]) : output(i, number);
        for (const other of pieces) {
          if (other.number <= number) continue;
          const theirs = outputs === 1 ? (other.number ? output(i, 0) : [0, 0, 0]) : output(i, other.number);
          const gap = own.map((value, j) => value - theirs[j]);
          const size = Math.hypot(gap[0], gap[1]) * extent * 1e-9;
          part.forEach((p, k) => {
            const q = part[(k + 1) % part.length];
            const at = (r) => Math.abs(gap[0] * r[0] + gap[1] * r[1] + gap[2]);
            if (at(p) <= size && at(q) <= size) changes.push([p, q]);
          });
        }
      }
    });
    return changes;
  };

  // ---- the view: data coordinates to pixels

  const canvas = byId("cells"), pen = canvas.getContext("2d");
  let lower = [Infinity, Infinity], upper = [-Infinity, -Infinity];
  for (let k = 0; k < outline.length; k++) {
    lower[k % 2] = Math.min(lower[k % 2], outline[k]);
    upper[k % 2] = Math.max(upper[k % 2], outline[k]);
  }
  const middle = lower.map((value, k) => value + (upper[k] - value) / 2);
  const extent = Math.max(upper[0] - lower[0], upper[1] - lower[1]);
  const view = { x: middle[0], y: middle[1], zoom: 1 };
  const scale = () => (0.94 * Math.min(canvas.width, canvas.height) * view.zoom) / extent;
  const toScreen = ([x, y]) => [canvas.width / 2 + (x - view.x) * scale(), canvas.height / 2 - (y - view.y) * scale()];
  const toData = (px, py) => [view.x + (px - canvas.width / 2) / scale(), view.y - (py - canvas.height / 2) / scale()];

  // ---- which region is where: a grid of lists

  const SIDE = Math.max(1, Math.min(256, Math.ceil(Math.sqrt(n))));
  const grid = Array.from({ length: SIDE * SIDE }, () => []);
  const slot = (value, k) => Math.max(0, Math.min(SIDE - 1, Math.floor(((value - lower[k]) / (upper[k] - lower[k])) * SIDE)));
  for (let i = 0; i < n; i++) {
    let lo = [Infinity, Infinity], up = [-Infinity, -Infinity];
    for (const p of polygon(i)) {
      lo = [Math.min(lo[0], p[0]), Math.min(lo[1], p[1])];
      up = [Math.max(up[0], p[0]), Math.max(up[1], p[1])];
    }
    for (let a = slot(lo[0], 0); a <= slot(up[0], 0); a++)
      for (let b = slot(lo[1], 1); b <= slot(up[1], 1); b++) grid[a * SIDE + b].push(i);
  }
  const holds = (i, x, y) => {
    const points = polygon(i);
    return points.every(([px, py], k) => {
      const [qx, qy] = points[(k + 1) % points.length];
      return (qx - px) * (y - py) - (qy - py) * (x - px) >= 0;
    });
  };
  const regionAt = (x, y) => {
    if (x < lower[0] || x > upper[0] || y < lower[1] || y > upper[1]) return -1;
    const found = grid[slot(x, 0) * SIDE + slot(y, 1)].find((i) => isShown(i) && holds(i, x, y));
    return found === undefined ? -1 : found;
  };

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
  const center = (i) => {
    const points = polygon(i);
    return [0, 1].map((j) => points.reduce((sum, p) => sum + p[j], 0) / points.length);
  };
  const valueAt = (i, k, [x, y]) => {
    const [a, b, c] = output(i, k);
    return a * x + b * y + c;
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
      of: () => scaled("length of the gradient", (i) => Math.hypot(...output(i, chosenOutput()).slice(0, 2)))(),
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
  // an affine function on each cell: a gradient of colours along its slope, which is linear there as the scale is
  const affineColours = (k) => {
    const atCorners = [];
    for (let i = 0; i < n; i++) for (const p of polygon(i)) atCorners.push(valueAt(i, k, p));
    return { label: `output ${k}`, ends: range(atCorners), affine: k };
  };
  let painting = null;

  // ---- drawing

  const PART = 16; // polygons of a path
  let step = entries ? entries.steps.length - 1 : 0, chosen = -1;
  const isShown = (i) => !entries || !entries.steps.length || entries.upper[i] < entries.steps[step] || step === entries.steps.length - 1;
  const trace = (context, points) => {
    points.forEach((p, k) => {
      const [x, y] = toScreen(p);
      if (k) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.closePath();
  };
  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  // the colour of an affine function at the ends of a cell: stops of the scale between its least and largest value
  const gradientFill = (context, i) => {
    const k = painting.affine, [a, b] = output(i, k), points = polygon(i), length = Math.hypot(a, b);
    const values = points.map((p) => valueAt(i, k, p)), least = Math.min(...values), most = Math.max(...values);
    if (!(most > least) || length === 0) return onScale(within(least, painting.ends));
    const from = points[values.indexOf(least)], run = (most - least) / length ** 2;
    const [x0, y0] = toScreen(from), [x1, y1] = toScreen([from[0] + a * run, from[1] + b * run]);
    if (!(Math.hypot(x1 - x0, y1 - y0) > 0.5)) return onScale(within((least + most) / 2, painting.ends));
    const gradient = context.createLinearGradient(x0, y0, x1, y1);
    for (let t = 0; t <= 8; t++) gradient.addColorStop(t / 8, onScale(within(least + (t / 8) * (most - least), painting.ends)));
    return gradient;
  };
  const shapesOf = (i) => {
    if (!painting.classes) return [{ points: polygon(i), fill: painting.affine === undefined ? painting.of(i) : null }];
    return classParts()[i].map(({ number, part }) => ({ points: part, fill: CLASSES[number % CLASSES.length] }));
  };
  const drawCells = () => {
    const byFill = new Map();
    for (let i = 0; i < n; i++) {
      if (!isShown(i)) continue;
      for (const { points, fill } of shapesOf(i)) {
        const colour = fill ?? gradientFill(pen, i);
        if (typeof colour !== "string") {
          pen.fillStyle = pen.strokeStyle = colour;
          pen.lineWidth = 0.6;
          pen.beginPath();
          trace(pen, points);
          pen.fill();
          pen.stroke();
          continue;
        }
        if (!byFill.has(colour)) byFill.set(colour, []);
        byFill.get(colour).push(points);
      }
    }
    for (const [colour, shapes] of byFill) {
      pen.fillStyle = pen.strokeStyle = colour;
      pen.lineWidth = 0.6; // closes the gaps that smoothing leaves between two cells
      inParts(shapes, () => {
        pen.fill();
        pen.stroke();
      });
    }
  };
  // a path of very many polygons takes a browser long, and so do very many paths
  const inParts = (shapes, paint) => {
    for (let first = 0; first < shapes.length; first += PART) {
      pen.beginPath();
      for (const points of shapes.slice(first, first + PART)) trace(pen, points);
      paint();
    }
  };
  const drawLines = () => {
    const shapes = [];
    for (let i = 0; i < n; i++) if (isShown(i)) shapes.push(polygon(i));
    pen.strokeStyle = ink();
    pen.globalAlpha = 0.55;
    pen.lineWidth = Math.min(1.2, (0.03 * extent * scale()) / Math.sqrt(n) + 0.1) * (window.devicePixelRatio || 1);
    inParts(shapes, () => pen.stroke());
    pen.globalAlpha = 1;
  };
  const drawBoundary = () => {
    pen.beginPath();
    for (const [p, q] of boundary()) {
      pen.moveTo(...toScreen(p));
      pen.lineTo(...toScreen(q));
    }
    pen.strokeStyle = "#B00020";
    pen.lineWidth = 2.5 * (window.devicePixelRatio || 1);
    pen.stroke();
  };
  // the ball of the chosen radius: a circle, a square, or one on its corner
  const drawBall = () => {
    const { center: [x, y], norm } = data.radii, r = entries.steps[step];
    pen.beginPath();
    if (norm === 2) pen.arc(...toScreen([x, y]), r * scale(), 0, 2 * Math.PI);
    else if (norm === 1) trace(pen, [[x + r, y], [x, y + r], [x - r, y], [x, y - r]]);
    else trace(pen, [[x + r, y + r], [x - r, y + r], [x - r, y - r], [x + r, y - r]]);
    pen.setLineDash([6, 5]);
    pen.lineWidth = 1.5 * (window.devicePixelRatio || 1);
    pen.strokeStyle = ink();
    pen.stroke();
    pen.setLineDash([]);
  };
  const draw = () => {
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    painting ??= colourings[byId("colour").value].of();
    drawCells();
    if (byId("lines").checked) drawLines();
    if (byId("boundary").checked) drawBoundary();
    const points = [];
    for (let k = 0; k < outline.length; k += 2) points.push([outline[k], outline[k + 1]]);
    pen.beginPath();
    trace(pen, points);
    pen.strokeStyle = ink();
    pen.lineWidth = 1.5;
    pen.stroke();
    if (entries && entries.steps.length) drawBall();
    if (chosen >= 0) {
      pen.beginPath();
      trace(pen, polygon(chosen));
      pen.lineWidth = 3.5 * (window.devicePixelRatio || 1);
      pen.stroke();
    }
  };
  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
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
    const keys = painting.classes ? [...new Set(classParts().flat().map((piece) => piece.number))].sort((a, b) => a - b)
      .map((k) => [CLASSES[k % CLASSES.length], className(k)]) : painting.keys || [];
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
    const [a, b, c] = output(i, k), term = (value) => (value < 0 ? `\u2212 ${short(-value)}` : `+ ${short(value)}`);
    return `${short(a)} x ${term(b)} y ${term(c)}`;
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
    add("area \u2248", short(areas[i]));
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
  const svgText = () => {
    const [w, h] = [upper[0] - lower[0], upper[1] - lower[1]], size = 800 / extent;
    const path = (points) => "M" + points.map(([x, y]) => `${((x - lower[0]) * size).toFixed(3)},${((upper[1] - y) * size).toFixed(3)}`).join("L") + "Z";
    const lines = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 ${w * size + 8} ${h * size + 8}" width="${w * size + 8}" height="${h * size + 8}">`,
      `<title>${data.verdict.replace(/[<&]/g, "")}</title>`];
    const stroke = byId("lines").checked ? ' stroke="#222" stroke-width="0.3"' : "";
    for (let i = 0; i < n; i++) {
      if (!isShown(i)) continue;
      for (const { points, fill } of shapesOf(i)) {
        const flat = fill ?? onScale(within(valueAt(i, painting.affine, center(i)), painting.ends));
        lines.push(`<path d="${path(points)}" fill="${flat}"${stroke || ` stroke="${flat}" stroke-width="0.3"`}/>`);
      }
    }
    if (byId("boundary").checked)
      lines.push(`<path d="${boundary().map((pair) => path(pair).replace("Z", "")).join("")}" fill="none" stroke="#B00020" stroke-width="2"/>`);
    const edge = [];
    for (let k = 0; k < outline.length; k += 2) edge.push([outline[k], outline[k + 1]]);
    lines.push(`<path d="${path(edge)}" fill="none" stroke="#222" stroke-width="1.2"/>`, "</svg>");
    return lines.join("\n");
  };
  const csvText = () => {
    const names = ["region", "pattern", "area", "facets", "last_cut_layer", ...(entries ? ["entry_radius"] : [])];
    for (let k = 0; k < outputs; k++) names.push(`output_${k}_slope_x`, `output_${k}_slope_y`, `output_${k}_offset`);
    const lines = [names.join(",")];
    for (let i = 0; i < n; i++) {
      if (!isShown(i)) continue;
      const row = [i, patternText(i).replaceAll(" ", ""), areas[i], neighbours[i].length, lastCut[i], ...(entries ? [entries.values[i]] : [])];
      for (let k = 0; k < outputs; k++) row.push(...output(i, k));
      lines.push(row.join(","));
    }
    return lines.join("\n") + "\n";
  };

  // ---- hands: pointer, wheel, keys

  const pixel = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const enlarge = (factor, [px, py] = [canvas.width / 2, canvas.height / 2]) => {
    const before = toData(px, py);
    view.zoom = Math.max(0.5, Math.min(1e9, view.zoom * factor));
    const after = toData(px, py);
    view.x += before[0] - after[0];
    view.y += before[1] - after[1];
    redraw();
  };
  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { from: pixel(event), x: view.x, y: view.y, far: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = pixel(event);
    if (dragged) {
      dragged.far ||= Math.hypot(px - dragged.from[0], py - dragged.from[1]) > 4;
      if (dragged.far) {
        view.x = dragged.x - (px - dragged.from[0]) / scale();
        view.y = dragged.y + (py - dragged.from[1]) / scale();
        redraw();
      }
      return;
    }
    const [x, y] = toData(px, py), i = regionAt(x, y);
    byId("place").textContent = `x ${short(x)}, y ${short(y)}` + (i < 0 ? "" : `: region ${i}`);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (dragged && !dragged.far) choose(regionAt(...toData(...pixel(event))));
    dragged = null;
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    enlarge(Math.exp(-event.deltaY / 400), pixel(event));
  }, { passive: false });
  const next = (by) => {
    for (let k = 1; k <= n; k++) {
      const i = (((chosen < 0 && by < 0 ? 0 : chosen) + by * k) % n + n) % n;
      if (isShown(i)) return choose(i);
    }
  };
  const move = (dx, dy) => {
    view.x += (0.1 * dx * extent) / view.zoom;
    view.y += (0.1 * dy * extent) / view.zoom;
    redraw();
  };
  const home = () => {
    Object.assign(view, { x: middle[0], y: middle[1], zoom: 1 });
    redraw();
  };
  const keys = {
    "+": () => enlarge(1.3), "=": () => enlarge(1.3), "-": () => enlarge(1 / 1.3), 0: home, n: () => next(1), p: () => next(-1),
    Escape: () => choose(-1), ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // ---- the beginning

  byId("verdict").textContent = data.verdict;
  byId("verdict").className = data.exact ? "" : "loud";
  canvas.setAttribute("aria-label", `${data.verdict}; axes ${data.axes.join(" and ")}`);
  byId("axes").textContent = data.axes.map((name, k) => `${"xy"[k]} is ${name}, ${short(lower[k])} to ${short(upper[k])}`).join("; ");
  for (const [name, { text }] of Object.entries(colourings)) byId("colour").append(new Option(text, name));
  for (let k = 0; k < outputs; k++) byId("output").append(new Option(k, k));
  byId("radii").hidden = !(entries && entries.steps.length);
  byId("bounds").hidden = !data.bounds.length;
  if (entries && entries.steps.length) {
    Object.assign(byId("radius"), { max: step, value: step });
    byId("bounds-note").textContent = "At a radius between two at which a bound was evaluated the value of the next holds.";
  }
  byId("radius").addEventListener("input", () => {
    step = Number(byId("radius").value);
    if (chosen >= 0 && !isShown(chosen)) choose(-1);
    showRadius();
  });
  byId("colour").addEventListener("change", recolour);
  byId("output").addEventListener("change", recolour);
  byId("boundary").addEventListener("change", redraw);
  byId("lines").addEventListener("change", redraw);
  byId("svg").addEventListener("click", () => download("regions.svg", "image/svg+xml", svgText()));
  byId("csv").addEventListener("click", () => download("regions.csv", "text/csv", csvText()));
  const fit = () => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    showRadius();
    redraw();
  };
  window.addEventListener("resize", fit);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", fit);
  recolour();
  fit();
})();
