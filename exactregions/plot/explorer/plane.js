// The page of two inputs: exact cells as polygons.

const corners = floats(data.corners), starts = integers(data.starts), outline = floats(data.domain);
const polygon = (i) => {
  const points = [];
  for (let k = starts[i]; k < starts[i + 1]; k++) points.push([corners[2 * k], corners[2 * k + 1]]);
  return points;
};
const center = (i) => {
  const points = polygon(i);
  return [0, 1].map((j) => points.reduce((sum, p) => sum + p[j], 0) / points.length);
};

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

// ---- drawing

const MARKS = "#222"; // what is drawn on cells, which are pale in dark mode too
const PART = 16; // polygons of a path
const trace = (context, points) => {
  points.forEach((p, k) => {
    const [x, y] = toScreen(p);
    if (k) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
  context.closePath();
};
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
  pen.strokeStyle = MARKS;
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
  pen.strokeStyle = MARKS;
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
    pen.strokeStyle = MARKS;
    pen.lineWidth = 3.5 * (window.devicePixelRatio || 1);
    pen.stroke();
  }
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

// ---- hands: pointer, wheel, keys

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
const move = (dx, dy) => {
  view.x += (0.1 * dx * extent) / view.zoom;
  view.y += (0.1 * dy * extent) / view.zoom;
  redraw();
};
const home = () => {
  Object.assign(view, { x: middle[0], y: middle[1], zoom: 1 });
  redraw();
};
listen({
  "+": () => enlarge(1.3), "=": () => enlarge(1.3), "-": () => enlarge(1 / 1.3), 0: home, n: () => next(1), p: () => next(-1),
  Escape: () => choose(-1), ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
});

const picture = {
  kind: "SVG",
  keys: "Drag to move, wheel or + and \u2212 to enlarge, 0 for the whole domain; click a region, or press n and p for the next " +
    "and the one before.",
  draw,
  classes: () => [...new Set(classParts().flat().map((piece) => piece.number))].sort((a, b) => a - b),
  outputEnds: (k) => {
    const atCorners = [];
    for (let i = 0; i < n; i++) for (const p of polygon(i)) atCorners.push(valueAt(i, k, p));
    return range(atCorners);
  },
  save: () => download("regions.svg", "image/svg+xml", svgText()),
};
