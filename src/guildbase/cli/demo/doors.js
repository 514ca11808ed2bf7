// Says how far the dashboard is, and opens its door as soon as there is something behind it.
const door = document.querySelector("#dashboard");
const told = document.querySelector("#told");
const bar = document.querySelector("progress");

async function look() {
  let state;
  try {
    state = await (await fetch("/state")).json();
  } catch {
    told.textContent = "The demo has ended. Start it again with: make demo";
    return;
  }
  const isBuilding = state.state === "building";
  bar.hidden = !isBuilding;
  door.toggleAttribute("aria-disabled", !state.is_open);
  if (state.is_open) door.href = door.dataset.href;
  else door.removeAttribute("href");
  if (isBuilding) told.textContent = `${state.told} (${state.seconds} s)`;
  else if (state.is_open) told.textContent = "";
  else told.textContent = state.told || "The dashboard was not built.";
  if (isBuilding || !state.is_open) setTimeout(look, 1000);
}

look();
