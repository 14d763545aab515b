/* Puts widgets on the page: each is a module after anywidget's interface and reads its data from a model. */

class Model extends EventTarget {
  constructor(state) {
    super();
    this.state = state;
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    this.state[name] = value;
    this.dispatchEvent(new Event(`change:${name}`));
  }
  save_changes() {}
  on(name, call) {
    this.addEventListener(name, call);
  }
  off(name, call) {
    this.removeEventListener(name, call);
  }
}

for (const element of document.querySelectorAll(".widget[data-module]")) {
  const { module, source, language } = element.dataset;
  const here = (address) => new URL(address, location.href);
  const [{ default: widget }, answer] = await Promise.all([import(here(module)), fetch(here(source))]);
  const el = document.createElement("div");
  element.append(el);
  await widget.render({ model: new Model({ data: await answer.json(), language }), el });
}
