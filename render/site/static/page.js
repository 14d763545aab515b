/* What every page does: formulas, copy buttons, the chosen language, how far one has read, sifting the outline. */
"use strict";

const Memory = {
  // Progress per lecture: {read: 0..1, at: seconds of the video}. Browsers may refuse storage; then nothing is kept.
  load(lecture) {
    try {
      return JSON.parse(localStorage.getItem(`lecture:${lecture}`)) || {};
    } catch {
      return {};
    }
  },
  save(lecture, change) {
    try {
      localStorage.setItem(`lecture:${lecture}`, JSON.stringify({ ...Memory.load(lecture), ...change }));
    } catch {
      /* nothing is kept */
    }
  },
};

function formulas() {
  for (const element of document.querySelectorAll(".math")) {
    const displayMode = element.classList.contains("block");
    katex.render(element.textContent, element, { displayMode, throwOnError: false });
  }
}

/* What is wider than the page scrolls, and can be reached to be scrolled with keys. */
function scrolling() {
  for (const element of document.querySelectorAll(".math.block, .table-wrapper, .highlight pre")) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}

function copying() {
  for (const button of document.querySelectorAll("button.copy")) {
    const code = button.closest(".listing").querySelector("pre");
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = words), 1500);
    });
  }
}

function reading() {
  const lecture = document.querySelector("[data-lecture]")?.dataset.lecture;
  if (!lecture) return;
  const told = document.querySelector(".read");
  const article = document.getElementById("furo-main-content");
  let most = Memory.load(lecture).read || 0;
  const tell = () => {
    told.textContent = told.dataset.words.replace("{}", Math.round(most * 100));
    told.hidden = !most;
  };
  const look = () => {
    const box = article.getBoundingClientRect();
    const seen = Math.min(1, (innerHeight - box.top) / box.height);
    if (seen <= most || scrollY < 10) return;
    most = seen;
    Memory.save(lecture, { read: most });
    tell();
  };
  addEventListener("scroll", look, { passive: true });
  tell();
}

function progress() {
  for (const element of document.querySelectorAll("[data-progress]")) {
    const { read } = Memory.load(element.dataset.progress);
    if (!read) continue;
    const told = document.createElement("span");
    told.className = "share";
    told.textContent = `${Math.round(read * 100)}%`;
    told.style.setProperty("--share", read);
    element.querySelector(".badges").prepend(told);
  }
}

function sifting() {
  const form = document.querySelector("form.sift");
  if (!form) return;
  const sift = () => {
    for (const card of document.querySelectorAll(".chapter-card")) {
      let left = 0;
      for (const row of card.querySelectorAll(".row")) {
        const { level, status } = row.dataset;
        row.hidden =
          (form.level.value && level !== form.level.value) || (form.available.checked && status === "planned");
        left += !row.hidden;
      }
      card.hidden = !left;
    }
  };
  form.addEventListener("input", sift);
  form.addEventListener("submit", (event) => event.preventDefault());
  sift(); // browsers keep what was chosen
}

try {
  localStorage.setItem("language", document.documentElement.lang.slice(0, 2));
} catch {
  /* nothing is kept */
}
if (typeof katex !== "undefined") formulas();
scrolling();
document.fonts.ready.then(scrolling);
addEventListener("resize", scrolling);
copying();
reading();
progress();
sifting();
