"use strict";
const { rows, columns, scales, origin, palette, kind, token } = settings;
const element = (name) => document.getElementById(name);
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
const canvas = element("canvas");
const paper = canvas.getContext("2d");
const picture = new OffscreenCanvas(columns, rows);
const shade = new OffscreenCanvas(columns, rows);
const view = { scale: 1, x: 0, y: 0 };
const history = [];
let values = null;
let mask = null;
let positions = [];
let selected = -1;
let drag = null;
let hover = null;
let unsaved = false;

function say(text) { element("said").textContent = text; }

async function request(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { "X-Token": token } });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

// The image

function paintPicture() {
  const image = new ImageData(columns, rows);
  const isLog = chosen("stretch") === "log";
  const [low, high] = settings[isLog ? "log" : "linear"];
  const top = low + (high - low) * 10 ** -Number(element("bright").value);
  const span = isLog ? Math.log(Math.max(top, 1.01 * low) / low) : top - low;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    const share = isLog ? Math.log(Math.max(value, low) / low) / span : (value - low) / span;
    const colour = palette[Math.max(0, Math.min(255, Math.round(255 * share)))];
    image.data.set(colour, 4 * i);
    image.data[4 * i + 3] = 255;
  }
  picture.getContext("2d").putImageData(image, 0, 0);
  draw();
}

function paintShade() {
  const image = new ImageData(columns, rows);
  for (let i = 0; i < mask.length; i++) if (mask[i]) image.data.set([70, 190, 255, 120], 4 * i);
  shade.getContext("2d").putImageData(image, 0, 0);
  draw();
}

function showWhole() {
  const box = canvas.getBoundingClientRect();
  view.scale = 0.96 * Math.min(box.width / columns, box.height / rows);
  view.x = (box.width - columns * view.scale) / 2;
  view.y = (box.height - rows * view.scale) / 2;
  draw();
}

function draw() {
  const ratio = window.devicePixelRatio;
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * ratio);
  canvas.height = Math.round(box.height * ratio);
  paper.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  paper.imageSmoothingEnabled = false;
  paper.drawImage(picture, 0, 0);
  if (mask) paper.drawImage(shade, 0, 0);
  paper.setTransform(ratio, 0, 0, ratio, 0, 0);
  positions.forEach(([row, column], index) => drawMark(toScreen(row, column), index));
  drawCursor();
}

function ring(x, y, radius, colour) {
  for (const [width, style] of [[4, "rgba(0,0,0,.6)"], [2, colour]]) {
    paper.beginPath();
    paper.arc(x, y, radius, 0, 2 * Math.PI);
    paper.lineWidth = width;
    paper.strokeStyle = style;
    paper.stroke();
  }
}

function drawMark([x, y], index) {
  ring(x, y, 8, index === selected ? "#ffd54a" : "#00e5ff");
  paper.font = "600 13px sans-serif";
  paper.lineWidth = 3;
  paper.strokeStyle = "rgba(0,0,0,.7)";
  paper.strokeText(index + 1, x + 11, y - 7);
  paper.fillStyle = "#fff";
  paper.fillText(index + 1, x + 11, y - 7);
}

function drawCursor() {
  if (!mask || !hover || chosen("tool") === "move") return;
  const [row, column] = drag && drag.from && chosen("tool") === "circle" ? drag.from : hover;
  const radius = chosen("tool") === "brush" ? brushRadius() : drag && drag.from ? distance(drag.from, hover) : 0;
  const [x, y] = toScreen(row, column);
  ring(x, y, Math.max(2, radius * view.scale), chosen("action") === "1" ? "#46beff" : "#fff");
}

// Places: (row, column) in pixels from the top left corner

const toScreen = (row, column) => [view.x + column * view.scale, view.y + row * view.scale];
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const brushRadius = () => Number(element("brush").value) / 2;

function placeOf(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientY - box.top - view.y) / view.scale, (event.clientX - box.left - view.x) / view.scale];
}

function arcsecOf([row, column]) {
  return [origin[0] + (rows / 2 - row) * scales[0], origin[1] + (column - columns / 2) * scales[1]];
}

const inside = ([row, column]) => row >= 0 && column >= 0 && row <= rows && column <= columns;
const written = (number) => number.toFixed(3).replace("-", "\u2212");

function tellPlace() {
  if (!hover || !inside(hover)) { element("place").textContent = ""; return; }
  const [y, x] = arcsecOf(hover);
  const pixel = Math.min(rows - 1, Math.floor(hover[0])) * columns + Math.min(columns - 1, Math.floor(hover[1]));
  element("place").textContent = `y ${written(y)}″  x ${written(x)}″  value ${values[pixel].toPrecision(4)}`;
}

// Changes

function remember() {
  history.push(mask ? mask.slice() : positions.map((each) => [...each]));
  if (history.length > 20) history.shift();
}

function changed() {
  unsaved = true;
  say("Not saved yet.");
  mask ? paintShade() : showPositions();
}

function undo() {
  if (!history.length) return;
  if (mask) mask = history.pop();
  else { positions = history.pop(); selected = -1; }
  changed();
}

function fillCircle([row, column], radius) {
  const value = Number(chosen("action"));
  // At least the pixel under the pointer.
  const reach = Math.max(radius, 0.5);
  for (let i = Math.max(0, Math.floor(row - reach)); i <= Math.min(rows - 1, row + reach); i++)
    for (let j = Math.max(0, Math.floor(column - reach)); j <= Math.min(columns - 1, column + reach); j++)
      if (Math.hypot(i + 0.5 - row, j + 0.5 - column) <= radius || (i === Math.floor(row) && j === Math.floor(column)))
        mask[i * columns + j] = value;
}

function brushAlong(from, to) {
  const steps = Math.max(1, Math.ceil(distance(from, to) / Math.max(0.5, brushRadius() / 2)));
  for (let step = 0; step <= steps; step++) {
    const share = step / steps;
    fillCircle([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])], brushRadius());
  }
}

function snapped(place) {
  const reach = Number(element("snap").value);
  if (!reach) return place;
  const [row, column] = place.map(Math.floor);
  let best = place;
  let brightest = -Infinity;
  for (let i = Math.max(0, row - reach); i <= Math.min(rows - 1, row + reach); i++)
    for (let j = Math.max(0, column - reach); j <= Math.min(columns - 1, column + reach); j++)
      if (values[i * columns + j] > brightest) { brightest = values[i * columns + j]; best = [i + 0.5, j + 0.5]; }
  return best;
}

function positionAt(place) {
  let nearest = -1;
  positions.forEach((each, index) => {
    if (distance(each, place) * view.scale < 12 && (nearest < 0 || distance(each, place) < distance(positions[nearest], place)))
      nearest = index;
  });
  return nearest;
}

function removePosition(index) {
  if (index < 0) return;
  remember();
  positions.splice(index, 1);
  selected = -1;
  changed();
}

function showPositions() {
  element("list").replaceChildren(...positions.map((each, index) => {
    const item = document.createElement("li");
    const [y, x] = arcsecOf(each);
    item.append(`y ${written(y)}  x ${written(x)} `);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "✕";
    button.setAttribute("aria-label", `Remove position ${index + 1}`);
    button.onclick = () => removePosition(index);
    item.append(button);
    return item;
  }));
  draw();
}

// Mouse, pen and finger

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  canvas.focus();
  event.preventDefault();
  const place = placeOf(event);
  if (event.button === 1 || event.shiftKey || (mask && chosen("tool") === "move")) {
    drag = { moving: [event.clientX - view.x, event.clientY - view.y] };
  } else if (mask && event.button === 0) {
    remember();
    drag = { from: place };
    if (chosen("tool") === "brush") { fillCircle(place, brushRadius()); changed(); }
  } else if (!mask && event.button === 2) {
    removePosition(positionAt(place));
  } else if (!mask && event.button === 0 && inside(place)) {
    remember();
    selected = positionAt(place);
    if (selected < 0) selected = positions.push(snapped(place)) - 1;
    drag = { index: selected };
    changed();
  }
});

canvas.addEventListener("pointermove", (event) => {
  hover = placeOf(event);
  tellPlace();
  if (drag && drag.moving) {
    [view.x, view.y] = [event.clientX - drag.moving[0], event.clientY - drag.moving[1]];
  } else if (drag && drag.from && chosen("tool") === "brush") {
    brushAlong(drag.from, hover);
    drag.from = hover;
    changed();
  } else if (drag && drag.index !== undefined && inside(hover)) {
    drag.dragged = true;
    positions[drag.index] = hover;
    changed();
  }
  draw();
});

canvas.addEventListener("pointerup", (event) => {
  if (drag && drag.from && chosen("tool") === "circle") {
    fillCircle(drag.from, distance(drag.from, placeOf(event)));
    changed();
  } else if (drag && drag.dragged) {
    positions[drag.index] = snapped(positions[drag.index]);
    changed();
  }
  drag = null;
  draw();
});

canvas.addEventListener("pointerleave", () => { hover = null; tellPlace(); draw(); });
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const factor = Math.exp(-0.0015 * event.deltaY);
  const scale = Math.max(0.05, Math.min(80, view.scale * factor));
  view.x = x - (x - view.x) * (scale / view.scale);
  view.y = y - (y - view.y) * (scale / view.scale);
  view.scale = scale;
  draw();
}, { passive: false });

// Buttons and keys

async function save() {
  try {
    const body = mask ? mask : JSON.stringify(positions);
    say(await (await request("/save", { method: "POST", body })).text());
    unsaved = false;
  } catch (error) { say(`Not saved: ${error.message}`); }
}

async function finish() {
  if (unsaved && !confirm("What you drew last is not saved. Leave without it?")) return;
  try {
    say(await (await request("/done", { method: "POST" })).text());
    unsaved = false;
  } catch (error) { say(`The program has ended: ${error.message}`); }
}

element("save").onclick = save;
element("done").onclick = finish;
element("undo").onclick = undo;
element("whole").onclick = showWhole;
element("invert").onclick = () => { remember(); mask = mask.map((each) => 1 - each); changed(); };
element("clear").onclick = () => { remember(); mask.fill(0); changed(); };
element("bright").oninput = paintPicture;
element("brush").oninput = () => { element("brush-words").textContent = `${element("brush").value} pixels wide`; };
element("snap").oninput = () => {
  const reach = element("snap").value;
  element("snap-words").textContent = reach === "0" ? "Exactly where clicked" : `Snaps to the brightest pixel within ${reach}`;
};
for (const each of document.querySelectorAll('input[name="stretch"]')) each.onchange = paintPicture;
window.addEventListener("resize", showWhole);
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
window.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  if (control && key === "s") { event.preventDefault(); save(); }
  else if (control && key === "z") { event.preventDefault(); undo(); }
  else if ((key === "delete" || key === "backspace") && document.activeElement === canvas) removePosition(selected);
});

async function begin() {
  document.title = `Draw ${settings.file}`;
  element("title").textContent = kind === "mask" ? `Mask: ${settings.file}` : `Positions: ${settings.file}`;
  element(`for-${kind}`).hidden = false;
  element("brush").oninput();
  element("snap").oninput();
  values = new Float32Array(await (await request("/pixels")).arrayBuffer());
  const start = await request("/start");
  if (kind === "mask") mask = new Uint8Array(await start.arrayBuffer());
  else positions = await start.json();
  showWhole();
  paintPicture();
  mask ? paintShade() : showPositions();
  document.body.dataset.ready = "yes";
}

begin().catch((error) => say(error.message));
