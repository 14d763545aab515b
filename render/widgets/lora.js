/* LoRA's matrices as heat maps: W, A, B and their product, through the training and rank by rank. anywidget interface. */

const WORDS = {
  zh: {
    title: "LoRA 的矩阵",
    matrix: "矩阵",
    step: "训练步",
    rank: "前几个秩一项",
    loss: "损失",
    row: "行",
    column: "列",
    value: "值",
    term: "项",
    keys: "用方向键在图中移动；加 Shift 每次走 8 格。",
    alt: (name, rows, columns, most) => `${name} 的热力图，${rows} 行 ${columns} 列，最大绝对值 ${most}。`,
    names: { W: "W（冻结）", A: "A", B: "B", delta: "ΔW = s·BA", merged: "W + ΔW" },
  },
  en: {
    title: "The matrices of LoRA",
    matrix: "Matrix",
    step: "Training step",
    rank: "First rank-one terms",
    loss: "loss",
    row: "row",
    column: "column",
    value: "value",
    term: "term",
    keys: "Arrow keys move in the picture; with Shift by 8 cells.",
    alt: (name, rows, columns, most) => `Heat map of ${name}, ${rows} by ${columns}, largest magnitude ${most}.`,
    names: { W: "W (frozen)", A: "A", B: "B", delta: "ΔW = s·BA", merged: "W + ΔW" },
  },
};
// [positive, negative]: the colour of the thing, and one that is far from it
const COLOURS = {
  W: ["weight", "gradient"],
  A: ["lora-a", "weight"],
  B: ["lora-b", "gradient"],
  delta: ["update", "weight"],
  merged: ["weight", "gradient"],
};
const bright = (share) => Math.sqrt(share); // few entries are large; the scale beside the picture says the same

const decode = ({ shape, data }) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
};

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

function render({ model, el }) {
  const data = model.get("data");
  const W = decode(data.W), A = decode(data.A), B = decode(data.B);
  const [out, inside] = W.shape;
  const rank = A.shape[1];
  const words = () => WORDS[model.get("language")] || WORDS.en;
  const state = { matrix: "delta", step: data.steps.length - 1, rank, row: 0, column: 0 };

  const matrix = (name) => {
    const a = A.values.subarray(state.step * rank * inside, (state.step + 1) * rank * inside);
    const b = B.values.subarray(state.step * out * rank, (state.step + 1) * out * rank);
    if (name === "W") return { rows: out, columns: inside, at: (i, j) => W.values[i * inside + j] };
    if (name === "A") return { rows: rank, columns: inside, at: (i, j) => a[i * inside + j] };
    if (name === "B") return { rows: out, columns: rank, at: (i, j) => b[i * rank + j] };
    const term = (i, j, k) => data.scaling * b[i * rank + k] * a[k * inside + j];
    const delta = (i, j) => {
      let sum = 0;
      for (let k = 0; k < state.rank; k++) sum += term(i, j, k);
      return sum;
    };
    if (name === "delta") return { rows: out, columns: inside, at: delta, term };
    return { rows: out, columns: inside, at: (i, j) => W.values[i * inside + j] + delta(i, j), term };
  };

  const said = words();
  const number = (value) => (value === 0 ? "0" : value.toPrecision(3));
  const title = make("p", { className: "name", textContent: `${said.title} · ${data.module}` });
  const choice = make("fieldset", {}, make("legend", { textContent: said.matrix }));
  const group = `matrix-${Math.random().toString(36).slice(2)}`;
  for (const name of Object.keys(said.names)) {
    const input = make("input", { type: "radio", name: group, value: name, checked: name === state.matrix });
    choice.append(make("label", {}, input, said.names[name]));
  }
  const slider = (text, most, value, least = 0) => {
    const input = make("input", { type: "range", min: least, max: most, value });
    const output = make("output");
    return { input, output, label: make("label", { className: "wide" }, text, input, output) };
  };
  const step = slider(said.step, data.steps.length - 1, state.step);
  const ranks = slider(said.rank, rank, rank, 1);
  const canvas = make("canvas", { width: 512, height: 512, tabIndex: 0 });
  canvas.setAttribute("role", "img");
  const told = make("div");
  told.setAttribute("aria-live", "polite");
  const legend = make("p", { className: "quiet scale" });
  const terms = make("table");
  const hint = make("p", { className: "quiet", textContent: said.keys });
  const side = make("div", {}, told, terms, legend, hint);
  const controls = make("div", { className: "controls" }, choice, step.label, ranks.label);
  el.replaceChildren(title, controls, make("div", { className: "aside" }, canvas, side));

  let shown, most;
  const colour = (name) => getComputedStyle(el).getPropertyValue(`--tim-${name}`).trim();
  const draw = () => {
    shown = matrix(state.matrix);
    const { rows, columns } = shown;
    state.row = Math.min(state.row, rows - 1);
    state.column = Math.min(state.column, columns - 1);
    most = 0;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) most = Math.max(most, Math.abs(shown.at(i, j)));
    const wide = Math.max(1, Math.floor(512 / columns)), high = Math.max(1, Math.floor(512 / rows));
    const cell = { wide: columns === rank ? 24 : wide, high: rows === rank ? 24 : high };
    canvas.width = cell.wide * columns;
    canvas.height = cell.high * rows;
    const context = canvas.getContext("2d");
    context.fillStyle = colour("ground");
    context.fillRect(0, 0, canvas.width, canvas.height);
    const sides = COLOURS[state.matrix].map(colour);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const value = shown.at(i, j);
        context.globalAlpha = most ? bright(Math.abs(value) / most) : 0;
        context.fillStyle = sides[value > 0 ? 0 : 1];
        context.fillRect(j * cell.wide, i * cell.high, cell.wide, cell.high);
      }
    context.globalAlpha = 1;
    context.strokeStyle = colour("words");
    context.lineWidth = 2;
    context.strokeRect(state.column * cell.wide - 1, state.row * cell.high - 1, cell.wide + 2, cell.high + 2);
    tell();
  };
  const tell = () => {
    const { row, column } = state;
    step.output.textContent = `${data.steps[state.step]} · ${said.loss} ${data.loss[state.step].toFixed(3)}`;
    ranks.output.textContent = `${state.rank} / ${rank}`;
    step.label.hidden = state.matrix === "W";
    ranks.label.hidden = !shown.term;
    told.replaceChildren(
      `${said.row} ${row}, ${said.column} ${column}: `,
      make("span", { className: "number", textContent: number(shown.at(row, column)) }),
    );
    const list = shown.term ? Array.from({ length: state.rank }, (_, k) => shown.term(row, column, k)) : [];
    terms.replaceChildren(
      ...list.map((value, k) => {
        const name = make("th", { scope: "row", textContent: `${said.term} ${k + 1}` });
        return make("tr", {}, name, make("td", { textContent: number(value) }));
      }),
    );
    const stops = [-1, -0.75, -0.5, -0.25, -0.1, 0, 0.1, 0.25, 0.5, 0.75, 1].map((share) => {
      const side = COLOURS[state.matrix][share > 0 ? 0 : 1];
      return `color-mix(in srgb, var(--tim-${side}) ${bright(Math.abs(share)) * 100}%, var(--tim-ground)) ${(share + 1) * 50}%`;
    });
    const bar = make("i");
    bar.style.background = `linear-gradient(90deg, ${stops})`;
    legend.replaceChildren(`−${number(most)}`, bar, number(most));
    const name = said.names[state.matrix];
    canvas.setAttribute("aria-label", said.alt(name, shown.rows, shown.columns, number(most)));
  };

  choice.addEventListener("change", (event) => ((state.matrix = event.target.value), draw()));
  step.input.addEventListener("input", () => ((state.step = Number(step.input.value)), draw()));
  ranks.input.addEventListener("input", () => ((state.rank = Number(ranks.input.value)), draw()));
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const by = event.shiftKey ? 8 : 1;
    state.row = Math.min(Math.max(state.row + by * move[0], 0), shown.rows - 1);
    state.column = Math.min(Math.max(state.column + by * move[1], 0), shown.columns - 1);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    state.row = Math.min(Math.max(Math.floor(((event.clientY - box.top) / box.height) * shown.rows), 0), shown.rows - 1);
    const column = Math.floor(((event.clientX - box.left) / box.width) * shown.columns);
    state.column = Math.min(Math.max(column, 0), shown.columns - 1);
    draw();
  });
  return themed(el, draw);
}

/* Draw now and whenever the ground turns dark or light; returns what takes that back. Every widget has it: a module
   that Jupyter loads stands alone. */
function themed(el, draw) {
  el.classList.add("tim");
  const ask = () => {
    const ground = getComputedStyle(el.parentElement || document.body);
    const [red, green, blue] = (ground.color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    el.classList.toggle("tim-dark", red + green + blue > 384); // light words stand on a dark ground
    draw();
  };
  const watcher = new MutationObserver(ask);
  watcher.observe(document.body, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", ask);
  ask();
  return () => {
    watcher.disconnect();
    scheme.removeEventListener("change", ask);
  };
}

export default { render };
