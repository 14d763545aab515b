/* Byte-level BPE, merge by merge, on a text of one's own: the merges are those a real tokenizer learned. anywidget interface. */

const WORDS = {
  zh: {
    title: "BPE：逐次合并",
    text: "文本",
    merges: "已做的合并",
    back: "撤回一次合并",
    forward: "再做一次合并",
    next: "跳到下一次改变这段文本的合并",
    none: "还没有合并：每个字节是一个词元。",
    done: (number, left, right, count) => `第 ${number} 次合并：${left} + ${right}，在语料中相邻 ${count.toLocaleString("en")} 次`,
    count: (tokens, bytes) => `${bytes} 个字节，${tokens} 个词元`,
    pieces: "词元",
    note: "Ġ 代表空格；其余不像文字的符号各代表一个字节。合并次序由真实的训练得到，在这里逐次应用。",
  },
  en: {
    title: "BPE, merge by merge",
    text: "Text",
    merges: "Merges done",
    back: "Take one merge back",
    forward: "Do one more merge",
    next: "To the next merge that changes this text",
    none: "No merge yet: every byte is a token.",
    done: (number, left, right, count) => `Merge ${number}: ${left} + ${right}, side by side ${count.toLocaleString("en")} times in the corpus`,
    count: (tokens, bytes) => `${bytes} bytes, ${tokens} tokens`,
    pieces: "Tokens",
    note: "Ġ stands for a space, other odd letters for a byte each. The order of the merges was learned in a real training; here they are applied one by one.",
  },
};
// how GPT-2 cuts text into words before any merge; nothing is joined across them
const CUT = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/* The letter of every byte: printable ones are themselves, the others take letters from 256 on. */
function alphabet() {
  const itself = (byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(itself(byte) ? byte : next++));
}

function render({ model, el }) {
  const data = model.get("data");
  const said = WORDS[model.get("language")] || WORDS.en;
  const letters = alphabet();
  const order = new Map(data.left.map((left, place) => [`${left} ${data.right[place]}`, place]));
  const bytes = (text) => [...new TextEncoder().encode(text)];

  /* Pieces of one word after the first `merges` merges, the earliest learned first. */
  const pieces = (word, merges) => {
    const parts = bytes(word).map((byte) => letters[byte]);
    for (;;) {
      let best = merges, where = -1;
      for (let place = 0; place + 1 < parts.length; place++) {
        const rank = order.get(`${parts[place]} ${parts[place + 1]}`) ?? Infinity;
        if (rank < best) [best, where] = [rank, place];
      }
      if (where < 0) return parts;
      const [left, right] = [parts[where], parts[where + 1]];
      for (let place = where; place + 1 < parts.length; place++)
        if (parts[place] === left && parts[place + 1] === right) parts.splice(place, 2, left + right);
    }
  };
  const tokens = (text, merges) => (text.match(CUT) || []).map((word) => pieces(word, merges));

  const list = make("datalist", { id: `texts-${Math.random().toString(36).slice(2)}` });
  for (const sample of data.samples) list.append(make("option", { value: sample }));
  const text = make("input", { type: "text", value: data.samples[0], maxLength: 200, spellcheck: false });
  text.setAttribute("list", list.id);
  const slider = make("input", { type: "range", min: 0, max: data.left.length, value: 50 });
  const output = make("output");
  const button = (sign, name, act) => {
    const made = make("button", { type: "button", textContent: sign, title: name });
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  };
  const to = (merges) => ((slider.value = merges), show());
  const now = () => Number(slider.value);
  const changing = () => {
    const before = tokens(text.value, now()).flat().length;
    for (let merges = now() + 1; merges <= data.left.length; merges++)
      if (tokens(text.value, merges).flat().length < before) return to(merges);
    to(data.left.length);
  };
  const told = make("p");
  told.setAttribute("aria-live", "polite");
  const count = make("p", { className: "number" });
  const shown = make("ul", { className: "pieces" });
  shown.setAttribute("aria-label", said.pieces);
  el.replaceChildren(
    make("p", { className: "name", textContent: said.title }),
    make("div", { className: "controls" }, make("label", { className: "wide" }, said.text, text, list)),
    make(
      "div",
      { className: "controls" },
      button("‹", said.back, () => to(now() - 1)),
      make("label", { className: "wide" }, said.merges, slider, output),
      button("›", said.forward, () => to(now() + 1)),
      button("»", said.next, changing),
    ),
    told,
    count,
    shown,
    make("p", { className: "quiet", textContent: said.note }),
  );

  const show = () => {
    const merges = now();
    output.textContent = `${merges} / ${data.left.length}`;
    const last = merges - 1;
    told.textContent = merges ? said.done(merges, data.left[last], data.right[last], data.count[last]) : said.none;
    const fresh = merges ? data.left[last] + data.right[last] : "";
    const found = tokens(text.value, merges);
    shown.replaceChildren(
      ...found.flatMap((word) =>
        word.map((piece, place) => make("li", { textContent: piece, className: `${piece === fresh ? "fresh" : ""} ${place ? "" : "first"}` })),
      ),
    );
    count.textContent = said.count(found.flat().length, bytes(text.value).length);
    slider.setAttribute("aria-valuetext", `${output.textContent}. ${told.textContent}`);
  };
  text.addEventListener("input", show);
  slider.addEventListener("input", show);
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
