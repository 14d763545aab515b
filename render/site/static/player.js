/* The player of a lecture: a plain video whose chapters, captions and words our buttons and keys move through. */
"use strict";

const SEEK = 5; // seconds
const EARLY = 0.04; // a step ends this much before its last picture, so that the next one has not begun
const LATE = 0.4; // going back within this time of a step's start goes to the step before

function player(root) {
  const video = root.querySelector("video");
  const at = (name) => root.querySelector(`[data-do="${name}"]`);
  const beats = [...root.querySelectorAll(".beat")].map((element) => ({
    element,
    start: Number(element.dataset.start),
    end: Number(element.dataset.end),
  }));
  const pieces = [...root.querySelectorAll(".piece")].map((element) => ({
    element,
    start: Number(element.dataset.time),
    end: Number(element.dataset.end),
  }));
  const chapters = [...root.querySelectorAll(".parts button")];
  const said = root.querySelector(".said");
  let stop = Infinity; // where step mode pauses
  let scrolled = 0; // when the reader last moved the transcript

  const latest = (list, time) => list.findLastIndex((each) => each.start <= time + 0.01);
  const stepping = () => at("steps").getAttribute("aria-pressed") === "true";
  const aim = () => {
    const next = beats.find((beat) => beat.end - EARLY > video.currentTime + 0.1);
    stop = stepping() && next ? next.end - EARLY : Infinity;
  };
  const go = (time) => {
    video.currentTime = Math.min(Math.max(time, 0), video.duration || time);
    aim();
  };
  const play = () => video.play().catch(() => {}); // a browser may want a click first
  const jump = (time) => {
    go(time);
    play();
  };

  // moving on from a stop in step mode plays the next step; otherwise one jumps to it
  const beat = (by) => {
    const here = latest(beats, video.currentTime);
    if (by > 0 && stepping() && video.paused && video.currentTime >= stop - 0.15) {
      aim();
      return play();
    }
    const back = by < 0 && here >= 0 && video.currentTime - beats[here].start > LATE ? 0 : by;
    const target = beats[Math.min(Math.max(here + back, 0), beats.length - 1)];
    jump(target.start);
  };
  const chapter = (by) => {
    const list = chapters.map((button) => ({ start: Number(button.dataset.time) }));
    const here = latest(list, video.currentTime);
    jump(list[Math.min(Math.max(here + by, 0), list.length - 1)].start);
  };
  const choose = (select, by) => {
    const count = select.options.length;
    select.selectedIndex = select.dataset.do === "speed"
      ? Math.min(Math.max(select.selectedIndex + by, 0), count - 1)
      : (select.selectedIndex + by) % count;
    select.dispatchEvent(new Event("change"));
  };
  const toggle = () => {
    at("steps").setAttribute("aria-pressed", String(!stepping()));
    aim();
  };

  at("back").addEventListener("click", () => beat(-1));
  at("forward").addEventListener("click", () => beat(1));
  at("steps").addEventListener("click", toggle);
  at("speed").addEventListener("change", (event) => (video.playbackRate = Number(event.target.value)));
  at("captions").addEventListener("change", (event) => {
    for (const track of video.textTracks) track.mode = track.language === event.target.value ? "showing" : "disabled";
  });
  video.textTracks.addEventListener("change", () => {
    const shown = [...video.textTracks].find((track) => track.mode === "showing");
    at("captions").value = shown ? shown.language : "";
  });
  root.addEventListener("click", (event) => {
    const target = event.target.closest("[data-time]");
    if (target && !getSelection().toString()) jump(Number(target.dataset.time));
  });
  const keys = {
    k: () => (video.paused ? play() : video.pause()),
    j: () => go(video.currentTime - SEEK),
    l: () => go(video.currentTime + SEEK),
    "[": () => beat(-1),
    "]": () => beat(1),
    "{": () => chapter(-1),
    "}": () => chapter(1),
    "<": () => choose(at("speed"), -1),
    ">": () => choose(at("speed"), 1),
    c: () => choose(at("captions"), 1),
    s: toggle,
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input")) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // the words that are spoken
  const mark = (list, name) => {
    const here = latest(list, video.currentTime);
    const now = here >= 0 && video.currentTime < list[here].end ? list[here].element : null;
    const old = root.querySelector(`.${name}`);
    if (old === now) return null;
    old?.classList.remove(name);
    now?.classList.add(name);
    return now;
  };
  const follow = () => {
    mark(pieces, "now");
    const now = mark(beats, "current");
    const here = latest(chapters.map((button) => ({ start: Number(button.dataset.time) })), video.currentTime);
    chapters.forEach((button, number) => {
      if (number === here) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    if (now && Date.now() - scrolled > 4000)
      said.scrollTo({ top: now.offsetTop - said.clientHeight / 3, behavior: still.matches ? "auto" : "smooth" });
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const touched = () => (scrolled = Date.now());
  for (const kind of ["wheel", "touchmove", "keydown"]) said.addEventListener(kind, touched, { passive: true });
  const watch = () => {
    if (video.currentTime >= stop) {
      video.pause();
      return;
    }
    if (!video.paused) requestAnimationFrame(watch); // timeupdate comes four times a second: too late for a stop
  };
  video.addEventListener("play", () => {
    if (video.currentTime >= stop - 0.15) aim();
    watch();
  });
  video.addEventListener("seeked", () => {
    if (video.paused) aim();
    follow();
  });
  video.addEventListener("timeupdate", () => {
    follow();
    if (video.currentTime > 0) Memory.save(root.dataset.media, { at: video.currentTime });
  });
  video.addEventListener("ended", () => Memory.save(root.dataset.media, { at: 0 }));

  const before = Memory.load(root.dataset.media).at || 0;
  video.addEventListener(
    "loadedmetadata",
    () => before < video.duration - 1 && !video.currentTime && go(before),
    { once: true },
  );
}

document.querySelectorAll(".player[data-media]").forEach(player);
