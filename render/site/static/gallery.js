/* The gallery of clips: sifting, previews while one points or tabs to a picture, playing in place, lines to copy. */
"use strict";

for (const list of document.querySelectorAll("ul.clips")) {
  const clips = [...list.querySelectorAll(".clip")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const base = new URL(list.dataset.base, document.baseURI).href;

  const form = document.querySelector(".clips-sift");
  const told = form.querySelector("output");
  const sift = () => {
    let left = 0;
    for (const clip of clips) {
      const { kind, topics, mechanisms } = clip.dataset;
      const has = (words, wanted) => !wanted || words.split(" ").includes(wanted);
      clip.hidden =
        !has(kind, form.kind.value) || !has(topics, form.topic.value) || !has(mechanisms, form.mechanism.value);
      left += !clip.hidden;
    }
    told.textContent = told.dataset.words.replace("{}", left);
  };
  // An address may name a clip, as in clips.html#09-lora/merge/LoraMerge/add: then it is shown.
  const named = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!wanted?.classList.contains("clip")) return;
    if (wanted.hidden) form.reset();
    form.kind.value = wanted.dataset.kind;
    sift();
    wanted.scrollIntoView({ block: "center" });
  };
  form.addEventListener("input", sift);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", named);
  form.hidden = false;
  sift(); // browsers keep what was chosen
  named();

  for (const clip of clips) {
    const screen = clip.querySelector(".clip-screen");
    const picture = screen.querySelector("img");
    const move = (moving) => (picture.src = picture.dataset[moving && !still.matches ? "preview" : "poster"]);
    screen.addEventListener("pointerenter", () => move(true));
    screen.addEventListener("pointerleave", () => move(false));
    screen.addEventListener("focusin", () => move(true));
    screen.addEventListener("focusout", () => move(false));

    const play = screen.querySelector(".clip-play");
    play?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
      event.preventDefault();
      for (const other of list.querySelectorAll("video")) other.pause();
      const video = document.createElement("video");
      Object.assign(video, { controls: true, autoplay: true, src: play.href, poster: picture.dataset.poster });
      video.setAttribute("aria-label", picture.alt);
      screen.replaceChildren(video);
      video.focus();
    });
  }

  for (const button of list.querySelectorAll("button.take")) {
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.take.replaceAll("{base}", base));
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = words), 1500);
    });
  }
}
