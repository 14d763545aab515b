/* Error and size of four-bit weights over the block size, and where the weights of one block land. anywidget interface. */

const WORDS = {
  zh: {
    title: "分块与误差",
    scheme: "方案",
    size: "每块的权重数",
    mean: "平均误差",
    max: "最大误差",
    bytes: "每个权重的字节数",
    chart: (rows, columns) => `整个矩阵（${rows} × ${columns}）的平均误差，随块的大小`,
    block: "一块 64 个真实权重：上面是原值，下面是取回的值，每条线是一个权重",
    alt: (scheme, size, mean, bytes) => `${scheme}，每块 ${size} 个权重：平均误差 ${mean}，每个权重 ${bytes} 字节。块越大，误差越大，占用越小。`,
    blockalt: (levels) => `64 个权重落到 ${levels} 个级别上。`,
    note: "误差与字节来自 bitsandbytes 的真实运行。",
  },
  en: {
    title: "Blocks and their error",
    scheme: "Scheme",
    size: "Weights to a block",
    mean: "mean error",
    max: "largest error",
    bytes: "bytes per weight",
    chart: (rows, columns) => `Mean error over the whole matrix (${rows} × ${columns}) against the size of a block`,
    block: "One block of 64 real weights: as they were above, as they come back below, a line for each",
    alt: (scheme, size, mean, bytes) => `${scheme}, ${size} weights to a block: mean error ${mean}, ${bytes} bytes per weight. Larger blocks mean more error and less memory.`,
    blockalt: (levels) => `64 weights land on ${levels} levels.`,
    note: "Errors and bytes come from a real run of bitsandbytes.",
  },
};
const SCHEMES = { nf4: "NF4", fp4: "FP4" };
const DASH = { nf4: "", fp4: "6 4" };
const HIGH = 220, LEFT = 62, BOTTOM = 34, TOP = 14;

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const draw = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const number = (value) => value.toPrecision(3);

function render({ model, el }) {
  const data = model.get("data");
  const said = WORDS[model.get("language")] || WORDS.en;
  const WIDE = Math.min(Math.max(el.clientWidth - 34, 290), 720); // a unit of the picture is a pixel: letters stay readable
  const state = { scheme: "nf4", size: Math.max(data.sizes.indexOf(64), 0) };

  const group = `scheme-${Math.random().toString(36).slice(2)}`;
  const choice = make("fieldset", {}, make("legend", { textContent: said.scheme }));
  for (const [scheme, name] of Object.entries(SCHEMES)) {
    const input = make("input", { type: "radio", name: group, value: scheme, checked: scheme === state.scheme });
    choice.append(make("label", {}, input, name));
  }
  const input = make("input", { type: "range", min: 0, max: data.sizes.length - 1, value: state.size });
  const output = make("output");
  const controls = make("div", { className: "controls" }, choice, make("label", { className: "wide" }, said.size, input, output));
  const card = (name) => {
    const value = make("b");
    return { value, element: make("div", { className: "card" }, value, name) };
  };
  const mean = card(said.mean), max = card(said.max), bytes = card(said.bytes);
  const cards = make("div", { className: "cards" }, mean.element, max.element, bytes.element);
  cards.setAttribute("aria-live", "polite");
  const chart = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
  const block = draw("svg", { viewBox: `0 0 ${WIDE} 130`, role: "img" });
  el.replaceChildren(
    make("p", { className: "name", textContent: `${said.title} · ${data.module}` }),
    controls,
    cards,
    make("p", { className: "quiet", textContent: said.chart(...data.matrix) }),
    chart,
    make("p", { className: "quiet", textContent: said.block }),
    block,
    make("p", { className: "quiet", textContent: said.note }),
  );

  const most = Math.max(...Object.values(data.mean).flat()) * 1.1;
  const x = (place) => LEFT + 20 + (place / (data.sizes.length - 1)) * (WIDE - LEFT - 60);
  const y = (value) => TOP + (1 - value / most) * (HIGH - TOP - BOTTOM);
  const line = () => {
    chart.replaceChildren();
    for (let tick = 0; tick <= most; tick += 0.002) {
      chart.append(draw("line", { x1: LEFT, x2: WIDE, y1: y(tick), y2: y(tick), stroke: "var(--tim-tile)" }));
      chart.append(draw("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, tick.toFixed(3)));
    }
    const every = WIDE < 480 ? 2 : 1; // on a phone there is room for every second number
    data.sizes.forEach((size, place) => {
      if (place % every && place !== state.size) return;
      if (every > 1 && Math.abs(place - state.size) === 1) return;
      const kind = place === state.size ? "strong" : "";
      chart.append(draw("text", { x: x(place), y: HIGH - 10, "text-anchor": "middle", class: kind }, size));
    });
    for (const [scheme, name] of Object.entries(SCHEMES)) {
      const mine = scheme === state.scheme;
      const points = data.mean[scheme].map((value, place) => `${x(place)},${y(value)}`).join(" ");
      const stroke = `var(--tim-${mine ? "error" : "quiet"})`;
      chart.append(draw("polyline", { points, fill: "none", stroke, "stroke-width": mine ? 3 : 2, "stroke-dasharray": DASH[scheme] }));
      const last = data.sizes.length - 1;
      chart.append(draw("text", { x: x(last) + 8, y: y(data.mean[scheme][last]) + 4, class: mine ? "strong" : "" }, name));
    }
    const here = data.mean[state.scheme][state.size];
    chart.append(draw("circle", { cx: x(state.size), cy: y(here), r: 6, fill: "var(--tim-error)", stroke: "var(--tim-ground)", "stroke-width": 2 }));
    const size = data.sizes[state.size];
    chart.setAttribute("aria-label", said.alt(SCHEMES[state.scheme], size, number(here), data.bytes[state.size].toFixed(4)));
  };
  const landing = () => {
    const span = data.absmax;
    const at = (value) => WIDE / 2 + (value / span) * (WIDE / 2 - 24);
    block.replaceChildren();
    for (const level of data.levels[state.scheme]) {
      const place = at(level * span);
      block.append(draw("line", { x1: place, x2: place, y1: 92, y2: 108, stroke: "var(--tim-code)", "stroke-width": 3 }));
    }
    data.block.forEach((weight, place) => {
      const back = data.values[state.scheme][place];
      block.append(draw("line", { x1: at(weight), y1: 24, x2: at(back), y2: 90, stroke: "var(--tim-quiet)", "stroke-opacity": 0.55 }));
      block.append(draw("circle", { cx: at(weight), cy: 20, r: 3.5, fill: "var(--tim-weight)" }));
    });
    for (const value of [-span, 0, span])
      block.append(draw("text", { x: at(value), y: 126, "text-anchor": "middle" }, value ? value.toFixed(3) : "0"));
    block.setAttribute("aria-label", said.blockalt(new Set(data.values[state.scheme]).size));
  };
  const show = () => {
    const size = data.sizes[state.size];
    output.textContent = size;
    input.setAttribute("aria-valuetext", size);
    mean.value.textContent = number(data.mean[state.scheme][state.size]);
    max.value.textContent = number(data.max[state.scheme][state.size]);
    bytes.value.textContent = data.bytes[state.size].toFixed(4);
    line();
    landing();
  };
  choice.addEventListener("change", (event) => ((state.scheme = event.target.value), show()));
  input.addEventListener("input", () => ((state.size = Number(input.value)), show()));
  return themed(el, show);
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
