// What forms do beyond what they do without a script: a bound that follows a slider, a range that is drawn on the chart,
// and a key for each answer.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

// Edges of bins are as wide as one another on the chart, whatever they are in numbers.
function placeOf(edges, value) {
  if (value <= edges[0]) return 0;
  const last = edges.length - 1;
  if (value >= edges[last]) return last;
  let left = 0;
  while (edges[left + 1] <= value) left += 1;
  return left + (value - edges[left]) / (edges[left + 1] - edges[left]);
}

function valueAt(edges, place) {
  const left = Math.min(Math.floor(place), edges.length - 2);
  return edges[left] + (place - left) * (edges[left + 1] - edges[left]);
}

function countedUpTo(counts, place) {
  const whole = Math.floor(place);
  let found = 0;
  for (let bin = 0; bin < whole; bin += 1) found += counts[bin];
  return whole < counts.length ? found + (place - whole) * counts[whole] : found;
}

// A range is dragged over the chart, or one bar is pressed; its documents are then asked for.
function brushable(form, chart, edges) {
  const ends = ["from", "to"].map((name) => form.querySelector(`[data-end=${name}]`));
  const box = chart.viewBox.baseVal;
  const last = edges.length - 1;
  const shade = document.createElementNS(SVG, "rect");
  shade.setAttribute("class", "brush");
  shade.setAttribute("y", box.y);
  shade.setAttribute("height", box.height);
  chart.append(shade);
  chart.classList.add("brushed");
  form.parentElement.querySelector("[data-brush]").hidden = false;
  let start = null;
  function draw(low, high) {
    shade.setAttribute("x", (box.width * low) / last);
    shade.setAttribute("width", (box.width * (high - low)) / last);
  }
  function drawn() {
    if (ends.every((end) => end.value === "")) draw(0, 0);
    else draw(...ends.map((end, side) => (end.value === "" ? side * last : placeOf(edges, Number(end.value)))));
  }
  function at(event) {
    const seen = chart.getBoundingClientRect();
    return Math.min(last, Math.max(0, (last * (event.clientX - seen.left)) / seen.width));
  }
  function range(event) {
    const [low, high] = [start, at(event)].sort((one, other) => one - other);
    const bar = Math.min(Math.floor(low), last - 1);
    return high - low < 0.3 ? [bar, bar + 1] : [low, high];
  }
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = at(event);
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => {
    if (start !== null) draw(...range(event));
  });
  chart.addEventListener("pointercancel", () => {
    start = null;
    drawn();
  });
  chart.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const places = range(event);
    start = null;
    draw(...places);
    // The outermost bars also hold what lies beyond the edges.
    const beyond = [places[0] <= 0, places[1] >= last];
    ends.forEach((end, side) => {
      end.value = beyond[side] ? "" : String(Number(valueAt(edges, places[side]).toPrecision(6)));
    });
    if (beyond.every(Boolean)) {
      drawn();
      return;
    }
    form.action = "signal#range";
    form.requestSubmit();
  });
  for (const end of ends) end.addEventListener("input", drawn);
  drawn();
}

function movable(form) {
  const edges = JSON.parse(form.dataset.edges);
  const counts = JSON.parse(form.dataset.counts);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const chart = form.parentElement.querySelector("figure > svg");
  if (!chart || !all) return;
  const box = chart.viewBox.baseVal;
  brushable(form, chart, edges);
  const told = document.createElement("output");
  form.append(told);
  const inputs = [...form.querySelectorAll("[data-edge]")];
  const lines = new Map();
  for (const input of inputs) {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("class", "moving");
    chart.append(line);
    lines.set(input, line);
    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "slider";
    slider.min = "0";
    slider.max = String(counts.length);
    slider.step = "0.01";
    slider.setAttribute("aria-label", input.labels[0].textContent);
    const following = input.dataset.edge === "min" ? 0 : counts.length;
    slider.value = String(input.value === "" ? following : placeOf(edges, Number(input.value)));
    slider.addEventListener("input", () => {
      input.value = String(Number(valueAt(edges, Number(slider.value)).toPrecision(4)));
      show();
    });
    input.addEventListener("input", () => {
      if (input.value !== "") slider.value = String(placeOf(edges, Number(input.value)));
      show();
    });
    form.append(slider);
  }
  function show() {
    let beyond = 0;
    for (const input of inputs) {
      const line = lines.get(input);
      if (input.value === "") {
        line.setAttribute("d", "");
        continue;
      }
      const place = placeOf(edges, Number(input.value));
      const x = (box.width * place) / counts.length;
      line.setAttribute("d", `M${x} ${box.y}V${box.y + box.height}`);
      const below = countedUpTo(counts, place);
      beyond += input.dataset.edge === "min" ? below : all - below;
    }
    told.textContent = form.dataset.told.replace("{share}", `${((100 * beyond) / all).toFixed(1)}%`);
  }
}

function keyed(event) {
  const typing = event.target.matches("input:not([type=radio]), select, textarea");
  if (event.ctrlKey || event.altKey || event.metaKey || typing) return;
  if (event.key === "Enter" && !event.target.matches("a, button, summary")) {
    const form = document.querySelector("form[data-keys]");
    event.preventDefault();
    if (form) form.requestSubmit();
    return;
  }
  const control = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (!control) return;
  event.preventDefault();
  control.click();
}

for (const form of document.querySelectorAll("form[data-edges]")) movable(form);
if (document.querySelector("[data-keys]")) document.addEventListener("keydown", keyed);
