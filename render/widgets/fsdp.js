/* One FSDP step of several ranks: a time line to move along, and what every rank holds at that moment. anywidget interface. */

const WORDS = {
  zh: {
    title: "一步 FSDP：时间线与内存",
    moment: "时刻",
    back: "上一时刻",
    forward: "下一时刻",
    rank: "第",
    ms: "毫秒",
    begin: "开始",
    end: "结束",
    whole: "此刻完整的参数",
    nothing: "无",
    root: "根",
    layer: "第 {} 层",
    memory: "每个 rank 此刻持有的字节（不含激活值）",
    note: "数据来自真实的 gloo 运行；CPU 上的时间只看先后，不看长短。用左右方向键逐个时刻移动。",
    kinds: { gather: "聚齐参数", forward: "前向", backward: "反向", reduce: "规约并散开梯度", free: "释放" },
    categories: { parameters: "参数分片", unsharded: "完整参数", gradients: "梯度", optimizer: "优化器状态", buffers: "通信缓冲" },
    alt: (count, total) => `${count} 个 rank 在 ${total} 毫秒内的时间线：聚齐、前向、反向、散开依次进行。`,
  },
  en: {
    title: "One FSDP step: time line and memory",
    moment: "Moment",
    back: "Previous moment",
    forward: "Next moment",
    rank: "rank",
    ms: "ms",
    begin: "begin",
    end: "end",
    whole: "Whole parameters now",
    nothing: "none",
    root: "root",
    layer: "layer {}",
    memory: "Bytes each rank holds now (no activations)",
    note: "From a real run over gloo; on a CPU the order of things counts, not how long they take. Left and right arrow keys move moment by moment.",
    kinds: { gather: "gather", forward: "forward", backward: "backward", reduce: "reduce-scatter", free: "free" },
    categories: { parameters: "parameter shards", unsharded: "whole parameters", gradients: "gradients", optimizer: "optimizer state", buffers: "buffers" },
    alt: (count, total) => `Time line of ${count} ranks over ${total} ms: gather, forward, backward, reduce-scatter.`,
  },
};
const KINDS = [
  ["gather", /all_gather(?!_copy)/, "gathered"],
  ["free", /post_forward|reshard/, "buffer"],
  ["reduce", /reduce/, "gradient"],
  ["forward", /^forward/, "weight"],
  ["backward", /^backward(?!_prefetch)/, "update"],
];
const CATEGORIES = { parameters: "weight", unsharded: "gathered", gradients: "gradient", optimizer: "optimizer", buffers: "buffer" };
const LANE = 26, GAP = 8, LEFT = 58;

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
const kibibytes = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;

function render({ model, el }) {
  const data = model.get("data");
  const said = WORDS[model.get("language")] || WORDS.en;
  const ranks = data.times.length;
  const WIDE = Math.min(Math.max(el.clientWidth - 34, 290), 720); // a unit of the picture is a pixel: letters stay readable
  const kind = (name) => KINDS.find(([, pattern]) => pattern.test(name));
  const spans = data.spans.filter(([, name]) => kind(name));
  // equal room for every moment: on a CPU the waiting would fill the picture
  const place = (rank, time) => {
    const times = data.times[rank];
    let next = times.findIndex((each) => each >= time - 1e-9);
    if (next < 0) next = times.length - 1;
    const before = Math.max(next - 1, 0), width = times[next] - times[before] || 1;
    return (before + (next > 0 ? (time - times[before]) / width : 0)) / (times.length - 1);
  };
  const x = (share) => LEFT + share * (WIDE - LEFT - 8);

  const high = ranks * (LANE + GAP) + 6;
  const picture = draw("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img" });
  picture.setAttribute("aria-label", said.alt(ranks, Math.round(Math.max(...data.times.flat()))));
  for (let rank = 0; rank < ranks; rank++) {
    const top = rank * (LANE + GAP) + 3;
    picture.append(draw("text", { x: 0, y: top + LANE / 2 + 4 }, `rank ${rank}`));
    picture.append(draw("rect", { x: x(0), y: top, width: x(1) - x(0), height: LANE, rx: 3, fill: "var(--tim-tile)" }));
    for (const [who, name, start, length] of spans) {
      if (who !== rank) continue;
      const from = x(place(rank, start)), to = x(place(rank, start + length));
      const [, , colour] = kind(name);
      const bar = draw("rect", { x: from, y: top, width: Math.max(to - from, 1.5), height: LANE, fill: `var(--tim-${colour})` });
      bar.append(draw("title", {}, `${name} · ${length.toFixed(2)} ms`));
      picture.append(bar);
    }
  }
  const cursor = draw("line", { y1: 0, y2: high, stroke: "var(--tim-words)", "stroke-width": 2 });
  picture.append(cursor);

  const legend = make("p", { className: "keys-of" });
  for (const [name, , colour] of KINDS) legend.append(swatch(colour, said.kinds[name]));
  const input = make("input", { type: "range", min: 0, max: data.moments.length - 1, value: 0 });
  const output = make("output");
  const button = (text, by) => {
    const made = make("button", { type: "button", textContent: by < 0 ? "‹" : "›" });
    made.setAttribute("aria-label", text);
    made.addEventListener("click", () => ((input.value = Number(input.value) + by), show()));
    return made;
  };
  const label = make("label", { className: "wide" }, said.moment, input);
  const controls = make("div", { className: "controls" }, button(said.back, -1), label, button(said.forward, 1));
  const told = make("p");
  told.setAttribute("aria-live", "polite");
  const whole = make("p", { className: "quiet" });
  const bars = draw("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img" });
  const categories = make("p", { className: "keys-of" });
  for (const name of data.categories) categories.append(swatch(CATEGORIES[name], said.categories[name]));
  el.replaceChildren(
    make("p", { className: "name", textContent: said.title }),
    legend,
    picture,
    controls,
    told,
    whole,
    make("p", { textContent: said.memory }),
    categories,
    bars,
    make("p", { className: "quiet", textContent: said.note }),
  );

  const most = Math.max(...data.memory.flat().map((held) => held.reduce((sum, each) => sum + each, 0)));
  const group = (name) => (name.startsWith("model.layers.") ? said.layer.replace("{}", name.split(".")[2]) : said.root);
  const show = () => {
    const moment = Number(input.value);
    const share = moment / (data.moments.length - 1);
    cursor.setAttribute("x1", x(share));
    cursor.setAttribute("x2", x(share));
    const [edge, ...name] = data.moments[moment].split(" ");
    told.replaceChildren(
      make("span", { className: "number", textContent: `${moment + 1} / ${data.moments.length}` }),
      ` · ${data.times[0][moment].toFixed(1)} ${said.ms} · ${said[edge]} `,
      make("code", { textContent: name.join(" ") }),
    );
    input.setAttribute("aria-valuetext", told.textContent);
    const alive = data.groups.filter((_, place) => data.alive[0][moment][place]).map(group);
    whole.textContent = `${said.whole}: ${alive.join(", ") || said.nothing}`;
    const lines = [];
    bars.replaceChildren();
    for (let rank = 0; rank < ranks; rank++) {
      const held = data.memory[rank][moment];
      const top = rank * (LANE + GAP) + 3;
      const total = held.reduce((sum, each) => sum + each, 0);
      bars.append(draw("text", { x: 0, y: top + LANE / 2 + 4 }, `rank ${rank}`));
      let from = LEFT;
      held.forEach((bytes, place) => {
        const width = (bytes / most) * (WIDE - LEFT - 80);
        bars.append(draw("rect", { x: from, y: top, width, height: LANE, fill: `var(--tim-${CATEGORIES[data.categories[place]]})` }));
        if (width > 60)
          bars.append(draw("text", { x: from + 5, y: top + LANE / 2 + 4, style: "fill: var(--tim-ground)" }, kibibytes(bytes)));
        from += width;
      });
      bars.append(draw("text", { x: from + 6, y: top + LANE / 2 + 4, class: "strong" }, kibibytes(total)));
      const parts = held.map((bytes, place) => `${said.categories[data.categories[place]]} ${kibibytes(bytes)}`);
      lines.push(`rank ${rank}: ${parts.join(", ")}`);
    }
    bars.setAttribute("aria-label", lines.join(". "));
  };
  input.addEventListener("input", show);
  return themed(el, show);
}

function swatch(colour, text) {
  const made = make("span", {}, make("i"), text);
  made.firstChild.style.background = `var(--tim-${colour})`;
  return made;
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
