// The page of three inputs: every dot of the picture is a ray, followed exactly from cell to cell.

const planes = floats(data.planes), walls = floats(data.walls), sphere = data.sphere, witnesses = floats(data.witnesses);
const lower = data.lower, upper = data.upper, middle = lower.map((v, k) => v + (upper[k] - v) / 2);
const extent = Math.max(...upper.map((v, k) => v - lower[k]));

// the facets of each region: the number of the plane, the sign that is positive inside, the region behind
const facetStarts = new Int32Array(n + 1), facetPlanes = new Int32Array(2 * units.length);
const facetSigns = new Int8Array(2 * units.length), facetBehind = new Int32Array(2 * units.length);
for (const i of edges) facetStarts[i + 1]++;
for (let i = 0; i < n; i++) facetStarts[i + 1] += facetStarts[i];
const filled = facetStarts.slice();
for (let k = 0; k < units.length; k++) {
  for (const side of [0, 1]) {
    const place = filled[edges[2 * k + side]]++;
    facetPlanes[place] = k;
    facetSigns[place] = side ? -1 : 1;
    facetBehind[place] = edges[2 * k + 1 - side];
  }
}

// ---- the view

const view = { turn: -0.6, tilt: 0.45, zoom: 1 };
let right, up, ahead;
const lookAlong = () => {
  const [s, c, t, u] = [Math.sin(view.turn), Math.cos(view.turn), Math.sin(view.tilt), Math.cos(view.tilt)];
  right = [c, s, 0];
  ahead = [-s * u, c * u, -t];
  up = [-s * t, c * t, u];
};
lookAlong();
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scale = (size) => (0.56 * size * view.zoom) / extent;
const toScreen = (p) => {
  const q = p.map((v, k) => v - middle[k]), size = scale(Math.min(canvas.width, canvas.height));
  return [canvas.width / 2 + dot(q, right) * size, canvas.height / 2 - dot(q, up) * size];
};
// the point of the plane through the middle that is seen at a dot
const toPoint = (px, py, width, height) => {
  const size = scale(Math.min(width, height)), a = (px - width / 2) / size, b = (height / 2 - py) / size;
  return middle.map((v, k) => v + a * right[k] + b * up[k]);
};

// ---- the cut

const cutPlane = () => {
  const kind = byId("normal").value;
  if (kind === "") return null;
  const share = Number(byId("place-of-cut").value) / 1000, flip = byId("flip").checked ? -1 : 1;
  if (kind === "view") {
    const at = (share - 0.5) * 1.8 * extent;
    return { at, name: "distance from the middle", plane: [...ahead.map((v) => flip * v), -flip * (dot(ahead, middle) + at)] };
  }
  // of the side that is kept the first view sees the cut
  const k = Number(kind), sign = k === 2 ? -flip : flip, at = lower[k] + share * (upper[k] - lower[k]), plane = [0, 0, 0, -sign * at];
  plane[k] = sign;
  return { at, name: "xyz"[k], plane };
};
let sides = [];
const showCut = () => {
  const cut = cutPlane();
  sides = [];
  for (let k = 0; k < walls.length; k += 4) sides.push([...walls.subarray(k, k + 4), false]);
  if (cut) sides.push([...cut.plane, true]);
  byId("place-of-cut").disabled = byId("flip").disabled = !cut;
  const text = cut ? `${cut.name} = ${short(cut.at)}` : "no cut";
  byId("cut-text").textContent = text;
  byId("place-of-cut").setAttribute("aria-valuetext", text);
};

// ---- rays: from + t * ahead

// where a ray is inside the domain and behind the cut; what it meets first decides the light
const span = (from) => {
  let begin = -Infinity, end = Infinity, light = 1;
  for (const [a, b, c, d, isCut] of sides) {
    const value = a * from[0] + b * from[1] + c * from[2] + d, slope = a * ahead[0] + b * ahead[1] + c * ahead[2];
    if (slope > 0) {
      if (-value / slope > begin) {
        begin = -value / slope;
        light = isCut ? 1 : 0.62 + 0.3 * slope;
      }
    } else if (slope < 0) end = Math.min(end, -value / slope);
    else if (value <= 0) return null;
  }
  if (sphere) {
    const q = from.map((v, k) => v - sphere.center[k]), h = dot(q, ahead), room = h * h - dot(q, q) + sphere.radius ** 2;
    if (room <= 0) return null;
    const half = Math.sqrt(room);
    if (-h - half > begin) {
      begin = -h - half;
      light = 0.55 + (0.37 * half) / sphere.radius;
    }
    end = Math.min(end, -h + half);
  }
  return begin < end ? { begin, end, light } : null;
};
// the facet by which a line leaves a region, and where: the index of the facet, or -1 before `end`
let leaving = 0;
const exit = (i, x, y, z, dx, dy, dz, end, came) => {
  let found = -1;
  leaving = end;
  for (let f = facetStarts[i]; f < facetStarts[i + 1]; f++) {
    const k = facetPlanes[f], s = facetSigns[f];
    if (k === came) continue;
    const slope = s * (planes[4 * k] * dx + planes[4 * k + 1] * dy + planes[4 * k + 2] * dz);
    if (slope >= 0) continue;
    const t = (s * (planes[4 * k] * x + planes[4 * k + 1] * y + planes[4 * k + 2] * z + planes[4 * k + 3])) / -slope;
    if (t < leaving) {
      leaving = t;
      found = f;
    }
  }
  return found;
};
const MOST = 20000; // regions that one line passes through
let known = 0, knownPoint = witnesses.slice(0, 3);
// the region that holds a point: along the line from a point whose region is known
const regionOf = (p) => {
  const [x, y, z] = knownPoint, d = [p[0] - x, p[1] - y, p[2] - z];
  let came = -1;
  for (let k = 0; k < MOST; k++) {
    const f = exit(known, x, y, z, d[0], d[1], d[2], 1, came);
    if (f < 0) break;
    came = facetPlanes[f];
    known = facetBehind[f];
  }
  knownPoint = p;
  return known;
};
const pointAt = (from, t) => [from[0] + t * ahead[0], from[1] + t * ahead[1], from[2] + t * ahead[2]];
const classAt = (i, p) => {
  if (outputs === 1) return valueAt(i, 0, p) > 0 ? 1 : 0;
  let best = 0, most = -Infinity;
  for (let k = 0; k < outputs; k++) {
    const value = valueAt(i, k, p);
    if (value > most) [best, most] = [k, value];
  }
  return best;
};
const triple = new Map();
const rgb = (colour) => {
  if (!triple.has(colour)) triple.set(colour, colour[0] === "#" ? [0, 1, 2].map((j) => channel(colour, j)) : colour.match(/\d+/g).map(Number));
  return triple.get(colour);
};
const colourAt = (i, p) => {
  if (painting.classes) return rgb(CLASSES[classAt(i, p) % CLASSES.length]);
  if (painting.affine !== undefined) return rgb(onScale(Math.round(255 * within(valueAt(i, painting.affine, p), painting.ends)) / 255));
  return rgb(painting.of(i));
};
// what is seen along a ray: its colour, how opaque it is, and the first region of those that are shown
const seen = (from, thin, wanted) => {
  const inside = span(from);
  if (inside === null) return null;
  const { end, light } = inside, total = [0, 0, 0];
  let t = inside.begin, left = 1, first = -1, kind = -1, came = -1;
  let i = regionOf(pointAt(from, t + 1e-9 * (end - t)));
  for (let k = 0; k < MOST && left > 0.01; k++) {
    const f = exit(i, from[0], from[1], from[2], ahead[0], ahead[1], ahead[2], end, came), next = Math.max(leaving, t);
    if (isShown(i) && (next > t || f < 0)) {
      const at = first < 0 ? t : (t + next) / 2, p = pointAt(from, at);
      const solid = thin === 0 || i === chosen ? 1 : 1 - Math.exp((-thin * (next - t)) / extent);
      const bright = first < 0 && thin === 0 ? light : 1;
      if (first < 0) {
        first = i;
        kind = wanted ? classAt(i, p) : 0;
      }
      const colour = colourAt(i, p);
      for (let j = 0; j < 3; j++) total[j] += left * solid * bright * colour[j];
      left *= 1 - solid;
    }
    if (f < 0) break;
    came = facetPlanes[f];
    i = facetBehind[f];
    t = next;
  }
  return { first, kind, colour: total, solid: 1 - left };
};

// ---- drawing: coarse at once, then finer, a few rows at a time

const COARSE = 6, SIDE = 640, SLICE = 14; // dots of a block, dots of the picture, milliseconds
const sheet = document.createElement("canvas"), ground = sheet.getContext("2d");
let task = 0, image = null, firsts, kinds;
const density = () => {
  const opacity = Number(byId("opacity").value) / 100;
  return opacity === 1 ? 0 : 0.05 + 12 * opacity ** 2;
};
const paintRow = (y, block, thin, wanted) => {
  const { width, height, data: dots } = image;
  for (let x = 0; x < width; x += block) {
    const found = seen(toPoint(x + block / 2, y + block / 2, width, height), thin, wanted);
    const some = found && found.first >= 0;
    for (let r = y; r < Math.min(y + block, height); r++)
      for (let c = x; c < Math.min(x + block, width); c++) {
        const k = r * width + c;
        firsts[k] = some ? found.first : -1;
        kinds[k] = some ? found.kind : -1;
        for (let j = 0; j < 3; j++) dots[4 * k + j] = some ? found.colour[j] / found.solid : 0;
        dots[4 * k + 3] = some ? 255 * found.solid : 0;
      }
  }
};
// lines between the cells, and the decision boundary, where a dot and its neighbour differ
const paintLines = () => {
  const { width, height, data: dots } = image, lines = byId("lines").checked, boundary = byId("boundary").checked;
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches ? 20 : 34;
  for (let k = 0; k < width * (height - 1) - 1; k++) {
    const others = (k + 1) % width ? [k + 1, k + width] : [k + width];
    for (const other of others) {
      if (boundary && kinds[k] >= 0 && kinds[other] >= 0 && kinds[k] !== kinds[other]) dots.set([176, 0, 32, 255], 4 * k);
      else if (lines && firsts[k] !== firsts[other] && firsts[k] >= 0)
        for (let j = 0; j < 3; j++) dots[4 * k + j] = 0.4 * dots[4 * k + j] + 0.6 * dark;
      if (chosen >= 0 && firsts[k] !== firsts[other] && (firsts[k] === chosen || firsts[other] === chosen)) dots.set([0, 0, 0, 255], 4 * k);
    }
  }
};
const CORNERS = Array.from({ length: 8 }, (_, k) => [0, 1, 2].map((j) => ((k >> j) & 1 ? upper[j] : lower[j])));
const EDGES = CORNERS.flatMap((_, k) => [1, 2, 4].filter((bit) => !(k & bit)).map((bit) => [k, k | bit]));
const show = () => {
  const ratio = window.devicePixelRatio || 1;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = pen.fillStyle = ink();
  pen.globalAlpha = 0.35;
  pen.lineWidth = ratio;
  pen.beginPath();
  for (const [a, b] of EDGES) {
    pen.moveTo(...toScreen(CORNERS[a]));
    pen.lineTo(...toScreen(CORNERS[b]));
  }
  pen.stroke();
  pen.globalAlpha = 1;
  ground.putImageData(image, 0, 0);
  pen.drawImage(sheet, 0, 0, canvas.width, canvas.height);
  pen.font = `${13 * ratio}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let j = 0; j < 3; j++) {
    const end = lower.map((v, k) => (k === j ? middle[k] : v - 0.06 * extent));
    pen.fillText("xyz"[j], ...toScreen(end));
  }
  if (chosen >= 0) {
    pen.beginPath();
    pen.arc(...toScreen(witnesses.subarray(3 * chosen, 3 * chosen + 3)), 5 * ratio, 0, 2 * Math.PI);
    pen.lineWidth = 2 * ratio;
    pen.stroke();
  }
};
const draw = () => {
  const own = ++task, share = Math.min(1, SIDE / Math.max(canvas.width, canvas.height, 1));
  sheet.width = Math.max(1, Math.round(canvas.width * share));
  sheet.height = Math.max(1, Math.round(canvas.height * share));
  image = new ImageData(sheet.width, sheet.height);
  firsts = new Int32Array(sheet.width * sheet.height).fill(-1);
  kinds = new Int32Array(firsts.length).fill(-1);
  painting ??= colourings[byId("colour").value].of();
  const thin = density(), wanted = painting.classes || byId("boundary").checked;
  let block = COARSE, y = 0;
  const some = () => {
    if (own !== task) return;
    const stop = performance.now() + SLICE;
    while (y < sheet.height && performance.now() < stop) {
      paintRow(y, block, thin, wanted);
      y += block;
    }
    if (y >= sheet.height) {
      if (block === 1) paintLines();
      show();
      if (block === 1) return canvas.setAttribute("data-drawn", String(own));
      [block, y] = [1, 0];
    }
    requestAnimationFrame(some);
  };
  canvas.removeAttribute("data-drawn");
  some();
};
// values and classes on a grid of points of the domain
const GRID = 24;
const onGrid = (each) => {
  const last = GRID - 1, p = [0, 0, 0];
  for (let k = 0; k < GRID ** 3; k++) {
    for (let j = 0, rest = k; j < 3; j++, rest = Math.floor(rest / GRID)) p[j] = lower[j] + ((rest % GRID) / last) * (upper[j] - lower[j]);
    let inside = !sphere || Math.hypot(...p.map((v, j) => v - sphere.center[j])) <= sphere.radius;
    for (let w = 0; inside && w < walls.length; w += 4) inside = walls[w] * p[0] + walls[w + 1] * p[1] + walls[w + 2] * p[2] + walls[w + 3] >= -1e-9 * extent;
    if (inside) each(regionOf([...p]), p);
  }
};

// ---- hands: pointer, wheel, keys

const regionAt = (px, py) => {
  const found = seen(toPoint(px, py, canvas.width, canvas.height), 0, false);
  return found ? found.first : -1;
};
const changed = () => {
  showCut();
  redraw();
};
const turn = (a, b) => {
  view.turn += a;
  view.tilt = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, view.tilt + b));
  lookAlong();
  changed();
};
const enlarge = (factor) => {
  view.zoom = Math.max(0.3, Math.min(1e6, view.zoom * factor));
  redraw();
};
const moveCut = (by) => {
  byId("place-of-cut").value = Number(byId("place-of-cut").value) + by;
  changed();
};
let dragged = null;
canvas.addEventListener("pointerdown", (event) => {
  dragged = { last: pixel(event), far: 0 };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  const [px, py] = pixel(event);
  if (dragged) {
    const [x, y] = [px - dragged.last[0], py - dragged.last[1]], whole = Math.min(canvas.width, canvas.height);
    dragged.far += Math.hypot(x, y);
    dragged.last = [px, py];
    if (dragged.far > 4) turn((-3 * x) / whole, (3 * y) / whole);
    return;
  }
  const i = regionAt(px, py);
  byId("place").textContent = i < 0 ? "" : `region ${i}`;
});
canvas.addEventListener("pointerup", (event) => {
  if (dragged && dragged.far <= 4) choose(regionAt(...pixel(event)));
  dragged = null;
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  enlarge(Math.exp(-event.deltaY / 400));
}, { passive: false });
for (const id of ["normal", "place-of-cut", "flip", "opacity"]) byId(id).addEventListener("input", changed);
listen({
  "+": () => enlarge(1.3), "=": () => enlarge(1.3), "-": () => enlarge(1 / 1.3), n: () => next(1), p: () => next(-1),
  0: () => {
    Object.assign(view, { turn: -0.6, tilt: 0.45, zoom: 1 });
    turn(0, 0);
  },
  Escape: () => choose(-1), ArrowLeft: () => turn(0.15, 0), ArrowRight: () => turn(-0.15, 0), ArrowUp: () => turn(0, 0.15),
  ArrowDown: () => turn(0, -0.15), "[": () => moveCut(-20), "]": () => moveCut(20),
});
byId("cut").hidden = false;
showCut();

const picture = {
  kind: "PNG",
  keys: "Drag or press the arrows to turn, wheel or + and \u2212 to enlarge, [ and ] to move the cut, 0 for the first view; " +
    "click a region, or press n and p for the next and the one before.",
  draw,
  classes: () => {
    const present = new Set();
    onGrid((i, p) => present.add(classAt(i, p)));
    return [...present].sort((a, b) => a - b);
  },
  outputEnds: (k) => {
    const ends = [Infinity, -Infinity];
    onGrid((i, p) => {
      const value = valueAt(i, k, p);
      ends[0] = Math.min(ends[0], value);
      ends[1] = Math.max(ends[1], value);
    });
    return ends;
  },
  save: () => canvas.toBlob((blob) => {
    const link = element("a", "", { href: URL.createObjectURL(blob), download: "regions.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }),
};
