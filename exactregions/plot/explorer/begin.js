// ---- the beginning

byId("keys").textContent = picture.keys;
byId("verdict").textContent = data.verdict;
byId("verdict").className = data.exact ? "" : "loud";
canvas.setAttribute("aria-label", `${data.verdict}; axes ${data.axes.join(" and ")}`);
byId("axes").textContent = data.axes.map((name, k) => `${"xyz"[k]} is ${name}, ${short(lower[k])} to ${short(upper[k])}`).join("; ");
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
byId("picture").textContent = `Save picture (${picture.kind})`;
byId("picture").addEventListener("click", picture.save);
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
